// SPDX-License-Identifier: GPL-2.0
/* lib/scatterlist.c of the tree under check. */
#include "lib/scatterlist.c"
