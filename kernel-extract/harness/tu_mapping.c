// SPDX-License-Identifier: GPL-2.0
/* kernel/dma/mapping.c of the tree under check. */
#include "env_swiotlb.h"
#include "kernel/dma/mapping.c"
