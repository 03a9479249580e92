// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for the entries of lists as callers allocate it: not cleared, and no larger than needed.
 * It has caches of its own: probes (table_probes.c) are on kmalloc() and kfree(), and an emulated
 * machine would spend more time in them than on most scenarios.
 */
#include <linux/slab.h>
#include "runner.h"

static struct kmem_cache *caches[SGP_MAX_NENTS + 2]; /* of lists with so many entries */

int sgp_lists_init(void)
{
	unsigned int n;
	char name[16];

	for (n = 1; n < ARRAY_SIZE(caches); n++) {
		snprintf(name, sizeof(name), "sgproof-%u", n);
		caches[n] = kmem_cache_create(name, n * sizeof(struct scatterlist), 0, 0, NULL);
		if (!caches[n])
			return -ENOMEM;
	}
	return 0;
}

struct scatterlist *sgp_list_take(size_t entries)
{
	struct scatterlist *list = kmem_cache_alloc(caches[entries], GFP_KERNEL);

	return list ? memset(list, 0xa5, entries * sizeof(*list)) : NULL;
}

void sgp_list_give_back(struct scatterlist *list, size_t entries)
{
	if (list)
		kmem_cache_free(caches[entries], list);
}
