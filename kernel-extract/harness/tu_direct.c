// SPDX-License-Identifier: GPL-2.0
/* kernel/dma/direct.c of the tree under check. */
#include "kernel/dma/direct.c"
