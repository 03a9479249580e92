// SPDX-License-Identifier: GPL-2.0
/* lib/scatterlist.c of the tree under check. */
#include "env_highmem.h"
#include "lib/scatterlist.c"
