// SPDX-License-Identifier: GPL-2.0
/* lib/sg_split.c of the tree, for kernels into which nothing has selected it. */
#include <linux/export.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#ifndef CONFIG_SG_SPLIT
#undef EXPORT_SYMBOL
#define EXPORT_SYMBOL(name)
#include "lib/sg_split.c"
#endif
