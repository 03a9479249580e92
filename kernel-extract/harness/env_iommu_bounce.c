// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: bounce buffers (kernel/dma/swiotlb.c) as dma-iommu sees them. swiotlb_tbl_map_single()
 * gives whole granules of the device's pool that nobody else has, or DMA_MAPPING_ERROR; which, the
 * scenario says (bounce_slots, in the order of the calls) or, where that is 0, the lowest that were
 * never given before. Every call is an event. Slots are given back and synchronised as those of
 * direct mappings are (env_swiotlb.c); what was given back is not given again.
 */
#include "env_swiotlb.h"
#include <linux/dma-map-ops.h>
#include <linux/swiotlb.h>
#include "sgp_env.h"

#if defined(CONFIG_IOMMU_DMA) && SGP_HAS_NONCOHERENT
static sgp_u64 sgp_taken_from[SGP_MAX_BOUNCED], sgp_taken_to[SGP_MAX_BOUNCED], sgp_lowest;
static unsigned int sgp_bounce_calls;

void sgp_build_iommu_bounce(const struct sgp_world *world)
{
	unsigned int i;

	sgp_bounce_calls = 0;
	sgp_lowest = world->swiotlb_start;
	for (i = 0; world->iommu && i < SGP_MAX_DEVICES; i++)
		SGP_ASSUME(UNTRUSTED, !world->devices[i].untrusted ||
				      (world->devices[i].swiotlb_active &&
				       !world->devices[i].min_align));
}

/* The first address of a free range of the pool, or DMA_MAPPING_ERROR. */
static sgp_u64 sgp_take_slot(sgp_u64 size, sgp_u64 mask)
{
	sgp_u64 slot = sgp_bounce_calls < SGP_MAX_BOUNCED ?
			       sgp_world->bounce_slots[sgp_bounce_calls] : 0;
	sgp_u64 end = sgp_world->swiotlb_end;
	unsigned int i;

	if (sgp_symbolic())
		SGP_ASSUME(UNTRUSTED, slot);
	else if (!slot)
		slot = ALIGN(sgp_lowest, mask + 1);
	if (slot == ~0ULL) {
		sgp_bounce_calls++;
		return slot;
	}
	SGP_ASSUME(UNTRUSTED, !(slot & mask) && slot >= sgp_world->swiotlb_start && slot < end &&
			      size <= end - slot);
	for (i = 0; i < sgp_bounce_calls && i < SGP_MAX_BOUNCED; i++)
		SGP_ASSUME(UNTRUSTED, slot >= sgp_taken_to[i] || slot + size <= sgp_taken_from[i]);
	if (sgp_bounce_calls < SGP_MAX_BOUNCED) {
		sgp_taken_from[sgp_bounce_calls] = slot;
		sgp_taken_to[sgp_bounce_calls] = slot + size;
	} else {
		SGP_ASSUME(UNTRUSTED, slot >= sgp_lowest);
	}
	sgp_lowest = max(sgp_lowest, slot + size);
	sgp_bounce_calls++;
	return slot;
}

#if SGP_HAS_FOUND_POOL
phys_addr_t swiotlb_tbl_map_single(struct device *dev, phys_addr_t phys, size_t mapping_size,
				   unsigned int alloc_aligned_mask, enum dma_data_direction dir,
				   unsigned long attrs)
{
	size_t alloc_size = ALIGN(mapping_size, alloc_aligned_mask + 1UL);
#else
phys_addr_t swiotlb_tbl_map_single(struct device *dev, phys_addr_t phys, size_t mapping_size,
				   size_t alloc_size, unsigned int alloc_aligned_mask,
				   enum dma_data_direction dir, unsigned long attrs)
{
#endif
	sgp_u64 slot = sgp_take_slot(alloc_size, alloc_aligned_mask);

#if SGP_HAS_RESET_NEED_SYNC
	dma_reset_need_sync(dev);
#endif
	sgp_event(SGP_EV_SWIOTLB_MAP, phys, mapping_size, dir, attrs, slot);
	return slot;
}

/* The bytes of a slot that dma-iommu clears, since they are not of the mapping. */
void sgp_clear_padding(sgp_u64 phys, sgp_u64 bytes)
{
	sgp_event(SGP_EV_CLEARED, phys, bytes, 0, 0, 0);
}
#else
void sgp_build_iommu_bounce(const struct sgp_world *world)
{
	SGP_ASSUME(UNTRUSTED, !world->iommu || (!world->devices[0].untrusted &&
						!world->devices[1].untrusted));
}

#ifdef CONFIG_IOMMU_DMA
#if SGP_HAS_FOUND_POOL
phys_addr_t swiotlb_tbl_map_single(struct device *dev, phys_addr_t phys, size_t mapping_size,
				   unsigned int alloc_aligned_mask, enum dma_data_direction dir,
				   unsigned long attrs)
#else
phys_addr_t swiotlb_tbl_map_single(struct device *dev, phys_addr_t phys, size_t mapping_size,
				   size_t alloc_size, unsigned int alloc_aligned_mask,
				   enum dma_data_direction dir, unsigned long attrs)
#endif
{
	return beyond_the_contract();
}

void sgp_clear_padding(sgp_u64 phys, sgp_u64 bytes)
{
	beyond_the_contract();
}
#endif
#endif
