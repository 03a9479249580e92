// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: caches that a device does not see (arch/arm64/mm/dma-mapping.c and those of other
 * architectures, whose loops over cache lines are assembly). Writing lines back and dropping them
 * changes nothing that the code under check can read; every call is an event.
 *
 * Where small buffers of kmalloc() share lines with others, whether a length can be one of them is
 * asked of the allocator (mm/slab_common.c, create_kmalloc_caches()) and of the processor
 * (arch/arm64/kernel/cacheinfo.c), which has lines of 64 bytes here.
 */
#include <linux/cache.h>
#include <linux/dma-map-ops.h>
#include <linux/slab.h>
#include "sgp_env.h"

#if SGP_HAS_NONCOHERENT
void arch_sync_dma_for_device(phys_addr_t paddr, size_t size, enum dma_data_direction dir)
{
	sgp_event(SGP_EV_CACHE_SYNC, paddr, size, dir, 1, 0);
}

void arch_sync_dma_for_cpu(phys_addr_t paddr, size_t size, enum dma_data_direction dir)
{
	sgp_event(SGP_EV_CACHE_SYNC, paddr, size, dir, 0, 0);
}

#ifdef CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC
#define SGP_CACHE_LINE 64

int cache_line_size(void)
{
	return SGP_CACHE_LINE;
}

/* Objects of 8, 16, 32, 64, 96, 128, 192 and 256 bytes; nobody asks for more. */
size_t kmalloc_size_roundup(size_t size)
{
	static const unsigned int objects[] = { 8, 16, 32, 64, 96, 128, 192, 256 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (size <= objects[i])
			return objects[i];
	return beyond_the_contract();
}
#endif
#endif
