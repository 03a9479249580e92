// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a mapping as large as the kernel says it can be fits a pool that nothing is taken of. The
 * size depends on the kernel, so no scenario can have it: tried before a list is mapped by a device
 * that bounces everything, reaches the pool and wants low address bits kept, with buffers at the
 * places where those bits are 0 and largest.
 *
 *   SGP_EV_BYTES  a=slot, ~0: refused b=dma_max_mapping_size() c=4 d=address of the buffer
 */
#include <linux/dma-mapping.h>
#include <linux/swiotlb.h>
#include "runner.h"

#ifdef CONFIG_SWIOTLB
#define LARGEST_MAPPING 4 /* behind those of enum copied in bounce_bytes.c */

static void try_at(struct device *dev, u64 phys, size_t size)
{
	dma_addr_t slot = dma_map_page_attrs(dev, pfn_to_page(PHYS_PFN(phys)),
					     offset_in_page(phys), size,
					     DMA_TO_DEVICE, DMA_ATTR_NO_WARN);

	sgp_event(SGP_EV_BYTES, dma_mapping_error(dev, slot) ? ~0ULL : slot, size, LARGEST_MAPPING,
		  phys, 0);
	if (!dma_mapping_error(dev, slot))
		dma_unmap_page_attrs(dev, slot, size, DMA_TO_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
}

static bool reaches_pool(struct device *dev)
{
	u64 start, end;

	sgp_bounce_pool(&start, &end);
	return end && end - 1 <= min_not_zero(dma_get_mask(dev), dev->bus_dma_limit);
}

void sgp_largest_mapping(struct sgp_run *run, const struct sgp_op *op)
{
	const struct sgp_device *want = &run->scenario.world.devices[op->device];
	struct device *dev = run->ctx.devices[op->device];
	size_t size = dma_max_mapping_size(dev);
	u64 start, end;

	sgp_some_block(&start, &end);
	if (!want->force_bounce || !want->min_align || !reaches_pool(dev) || sgp_slots_taken(dev) ||
	    size > end - start - want->min_align)
		return;
	try_at(dev, start, size);
	try_at(dev, start + want->min_align, size);
}
#else
void sgp_largest_mapping(struct sgp_run *run, const struct sgp_op *op)
{
}
#endif
