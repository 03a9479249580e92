// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: bounce buffers (kernel/dma/swiotlb.c) as the direct mapping sees them. swiotlb_map()
 * gives the DMA address of a free slot in the device's pool, within the device's reach, or
 * DMA_MAPPING_ERROR when the pool is full; every call is an event. The pool's own arithmetic is the
 * subject of the SWT invariants, not of this contract.
 */
#include <linux/swiotlb.h>
#include <linux/dma-direct.h>
#include "sgp_env.h"

#ifdef CONFIG_SWIOTLB
static struct io_tlb_mem sgp_pool[SGP_MAX_DEVICES] SGP_ARBITRARY;
static sgp_u64 sgp_choice;

void sgp_build_swiotlb(const struct sgp_world *world)
{
	unsigned int i, j;

	SGP_ASSUME(BOUNCE_POOL, world->swiotlb_start <= world->swiotlb_end &&
				world->swiotlb_end <= SGP_PHYS_LIMIT);
	for (i = 0; i < SGP_MAX_DEVICES; i++) {
		sgp_pool[i].start = world->swiotlb_start;
		sgp_pool[i].end = world->swiotlb_end;
		sgp_pool[i].nslabs = 1;
		sgp_pool[i].force_bounce = world->devices[i].force_bounce;
		sgp_pool[i].for_alloc = false;
	}
	for (i = 0; i < 6; i++)
		for (j = 0; j < i; j++)
			SGP_ASSUME(BOUNCE_POOL, world->choices[i] != world->choices[j] ||
						world->choices[i] == ~0ULL);
	sgp_choice = 0;
}

void sgp_attach_swiotlb(struct device *dev, const struct sgp_device *device)
{
	dev->dma_io_tlb_mem = device->swiotlb_active ? &sgp_pool[dev != sgp_device(0)] : NULL;
}

bool is_swiotlb_active(struct device *dev)
{
	return dev->dma_io_tlb_mem && dev->dma_io_tlb_mem->nslabs;
}

dma_addr_t swiotlb_map(struct device *dev, phys_addr_t phys, size_t size,
		       enum dma_data_direction dir, unsigned long attrs)
{
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;
	sgp_u64 slot = sgp_world->choices[sgp_choice];

	sgp_choice++;
	SGP_ASSUME(BOUNCE_POOL, sgp_choice < SGP_MAX_CHOICES);
	SGP_ASSUME(BOUNCE_POOL, slot == ~0ULL ||
				(slot >= mem->start && slot < mem->end && size <= mem->end - slot &&
				 dma_capable(dev, slot, size, true)));
	sgp_event(SGP_EV_SWIOTLB_MAP, phys, size, dir, attrs, slot);
	return slot;
}

void swiotlb_tbl_unmap_single(struct device *dev, phys_addr_t tlb_addr, size_t mapping_size,
			      enum dma_data_direction dir, unsigned long attrs)
{
	sgp_event(SGP_EV_SWIOTLB_UNMAP, tlb_addr, mapping_size, dir, attrs, 0);
}

void swiotlb_sync_single_for_cpu(struct device *dev, phys_addr_t tlb_addr, size_t size,
				 enum dma_data_direction dir)
{
	sgp_event(SGP_EV_SWIOTLB_SYNC_CPU, tlb_addr, size, dir, 0, 0);
}

void swiotlb_sync_single_for_device(struct device *dev, phys_addr_t tlb_addr, size_t size,
				    enum dma_data_direction dir)
{
	sgp_event(SGP_EV_SWIOTLB_SYNC_DEV, tlb_addr, size, dir, 0, 0);
}
#else
void sgp_build_swiotlb(const struct sgp_world *world)
{
}

void sgp_attach_swiotlb(struct device *dev, const struct sgp_device *device)
{
}
#endif
