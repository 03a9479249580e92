// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: bounce buffers (kernel/dma/swiotlb.c) as the direct mapping sees them. swiotlb_map()
 * gives the DMA address of a free slot in the device's pool, within the device's reach, or
 * DMA_MAPPING_ERROR when the pool is full; every call is an event. What a slot holds is written
 * back for a device that does not see the caches. The pool's own arithmetic is the
 * subject of the SWT invariants, not of this contract.
 */
#include "env_swiotlb.h"
#include <linux/swiotlb.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include "sgp_any_list.h"
#include "sgp_env.h"

#ifdef CONFIG_SWIOTLB_DYNAMIC
#error "pools that grow: a device can have several, of which this contract knows nothing"
#endif

#ifdef CONFIG_SWIOTLB
static struct io_tlb_mem sgp_mem[SGP_MAX_DEVICES] SGP_ARBITRARY;
static sgp_u64 sgp_choice;

/* Where a device's slots are. */
#if SGP_HAS_IO_TLB_POOL
typedef struct io_tlb_pool sgp_pool;
#define SGP_POOL(mem) (&(mem)->defpool)
#else
typedef struct io_tlb_mem sgp_pool;
#define SGP_POOL(mem) (mem)
#endif

void sgp_build_swiotlb(const struct sgp_world *world)
{
	unsigned int i, j;

	SGP_ASSUME(BOUNCE_POOL, world->swiotlb_start <= world->swiotlb_end &&
				world->swiotlb_end <= SGP_PHYS_LIMIT);
	for (i = 0; i < SGP_MAX_DEVICES; i++) {
		sgp_pool *pool = SGP_POOL(&sgp_mem[i]);

		pool->start = world->swiotlb_start;
		pool->end = world->swiotlb_end;
		sgp_mem[i].nslabs = 1;
		sgp_mem[i].force_bounce = world->devices[i].force_bounce;
		sgp_mem[i].for_alloc = false;
	}
	for (i = 0; i < SGP_MAX_NENTS; i++) /* no family has more calls */
		for (j = 0; j < i; j++)
			SGP_ASSUME(BOUNCE_POOL, world->iommu || world->choices[i] != world->choices[j] ||
						world->choices[i] == ~0ULL);
	sgp_choice = 0;
}

void sgp_attach_swiotlb(struct device *dev, const struct sgp_device *device)
{
	dev->dma_io_tlb_mem = device->swiotlb_active ? &sgp_mem[dev != sgp_device(0)] : NULL;
}

bool is_swiotlb_active(struct device *dev)
{
	return dev->dma_io_tlb_mem && dev->dma_io_tlb_mem->nslabs;
}

dma_addr_t swiotlb_map(struct device *dev, phys_addr_t phys, size_t size,
		       enum dma_data_direction dir, unsigned long attrs)
{
	sgp_pool *pool = SGP_POOL(dev->dma_io_tlb_mem);
	sgp_u64 slot = sgp_world->choices[sgp_choice];

#if SGP_HAS_ANY_LIST
	if (sgp_any_list.nents)
		sgp_havoc(&slot, sizeof(slot));
	else
#endif
		sgp_choice++;
	SGP_ASSUME(BOUNCE_POOL, sgp_choice < SGP_MAX_CHOICES);
	SGP_ASSUME(BOUNCE_POOL, slot == ~0ULL ||
				(slot >= pool->start && slot < pool->end &&
				 size <= pool->end - slot && dma_capable(dev, slot, size, true)));
#if SGP_HAS_RESET_NEED_SYNC
	if (slot != ~0ULL)
		dma_reset_need_sync(dev);
#endif
	sgp_event(SGP_EV_SWIOTLB_MAP, phys, size, dir, attrs, slot);
#if SGP_HAS_NONCOHERENT
	if (slot != ~0ULL && !dev_is_dma_coherent(dev) && !(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		arch_sync_dma_for_device(slot, size, dir);
#endif
	return slot;
}

#if SGP_HAS_FOUND_POOL
/*
 * The caller has found the pool, from which the slot's index is computed (swiotlb_release_slots(),
 * swiotlb_bounce()): in another one there is no such slot.
 */
static sgp_u64 sgp_slot(struct device *dev, const struct io_tlb_pool *pool, phys_addr_t tlb_addr)
{
	return pool == SGP_POOL(dev->dma_io_tlb_mem) ? tlb_addr : ~0ULL;
}

void __swiotlb_tbl_unmap_single(struct device *dev, phys_addr_t tlb_addr, size_t mapping_size,
				enum dma_data_direction dir, unsigned long attrs,
				struct io_tlb_pool *pool)
{
	sgp_event(SGP_EV_SWIOTLB_UNMAP, sgp_slot(dev, pool, tlb_addr), mapping_size, dir, attrs,
		  0);
}

void __swiotlb_sync_single_for_cpu(struct device *dev, phys_addr_t tlb_addr, size_t size,
				   enum dma_data_direction dir, struct io_tlb_pool *pool)
{
	sgp_event(SGP_EV_SWIOTLB_SYNC_CPU, sgp_slot(dev, pool, tlb_addr), size, dir, 0, 0);
}

void __swiotlb_sync_single_for_device(struct device *dev, phys_addr_t tlb_addr, size_t size,
				      enum dma_data_direction dir, struct io_tlb_pool *pool)
{
	sgp_event(SGP_EV_SWIOTLB_SYNC_DEV, sgp_slot(dev, pool, tlb_addr), size, dir, 0, 0);
}
#else
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
#endif
#else
void sgp_build_swiotlb(const struct sgp_world *world)
{
}

void sgp_attach_swiotlb(struct device *dev, const struct sgp_device *device)
{
}
#endif
