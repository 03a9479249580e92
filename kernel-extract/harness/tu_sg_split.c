// SPDX-License-Identifier: GPL-2.0
/* lib/sg_split.c of the tree under check. */
#include "lib/sg_split.c"
