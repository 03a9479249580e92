// SPDX-License-Identifier: GPL-2.0
/* kernel/dma/mapping.c of the tree under check. */
#include "kernel/dma/mapping.c"
