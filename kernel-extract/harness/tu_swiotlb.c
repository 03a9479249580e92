// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/dma/swiotlb.c of the tree under check, and operations that call it directly: mappings of a
 * small pool, which the kernel's own code sets up. What it copies is told, not copied.
 *
 * The number of slots of a segment (IO_TLB_SEGSIZE, 128) is the scenario's here, so that a small
 * pool has whole segments, as the kernel's pools have.
 */
#define SGP_SWIOTLB_ITSELF
#include "env_swiotlb.h"

#if SGP_SWIOTLB_CODE
#include <linux/debugfs.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/iommu-helper.h>
#include <linux/memblock.h>
#include <linux/of.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swiotlb.h>
#include "sgp_env.h"

static unsigned int sgp_segment_slots;
#undef IO_TLB_SEGSIZE
#define IO_TLB_SEGSIZE ((int)sgp_segment_slots)

#ifdef CONFIG_DYNAMIC_MEMORY_LAYOUT
unsigned long page_offset_base = __PAGE_OFFSET_BASE_L5;
#endif

static sgp_u64 sgp_linear(const void *at)
{
	return (unsigned long)at - (unsigned long)__va(0);
}

static void sgp_copy_event(const void *to, const void *from, size_t bytes)
{
	sgp_event(SGP_EV_COPIED, sgp_linear(from), sgp_linear(to), bytes, 0, 0);
}

/* A new pool is filled with zeroes before anybody has a part of it. */
static void sgp_clear_pool(void *at, int byte, size_t bytes)
{
}

#define memcpy(to, from, bytes) sgp_copy_event(to, from, bytes)
#define memset(at, byte, bytes) sgp_clear_pool(at, byte, bytes)
#include "kernel/dma/swiotlb.c"
#undef memcpy
#undef memset

#define SGP_BOUNCE_AREAS 2

/* A mapping of the scenario; live until it is given back. */
struct sgp_bounced {
	bool live;
	phys_addr_t slot;
	size_t size;
	sgp_u64 dir;
};

static struct io_tlb_mem sgp_bounce_mem SGP_ARBITRARY;
static struct io_tlb_area sgp_areas[SGP_BOUNCE_AREAS] SGP_ARBITRARY;
static struct io_tlb_slot sgp_slots[SGP_BOUNCE_SLOTS] SGP_ARBITRARY;
static struct sgp_bounced sgp_bounced[SGP_MAX_NENTS];

#if SGP_HAS_IO_TLB_POOL
#define SGP_THE_POOL (&sgp_bounce_mem.defpool)
#else
#define SGP_THE_POOL (&sgp_bounce_mem)
#endif

static sgp_u64 sgp_tell_slots(void)
{
	sgp_u64 used = 0;
	unsigned int i;

	for (i = 0; i < SGP_BOUNCE_SLOTS; i++)
		sgp_event(SGP_EV_SLOT, i, sgp_slots[i].list, sgp_slots[i].orig_addr,
			  sgp_slots[i].alloc_size,
#if SGP_HAS_PAD_SLOTS
			  sgp_slots[i].pad_slots
#else
			  0
#endif
		);
	for (i = 0; i < SGP_THE_POOL->nareas; i++)
		used += sgp_areas[i].used;
	return used;
}

/* None, a slot's, a page's. */
static bool sgp_usual_mask(sgp_u64 mask)
{
	return !mask || mask == IO_TLB_SIZE - 1 || mask == PAGE_SIZE - 1;
}

static void sgp_make_bounce_pool(struct device *dev, const struct sgp_op *op)
{
	phys_addr_t start = sgp_world->swiotlb_start;
	unsigned int areas = sgp_case(op->raw), i;
	unsigned int mask = sgp_world->devices[op->device].min_align;

	/* swiotlb_init_remap(), swiotlb_init_late(): whole pages, areas of whole segments */
	SGP_ASSUME(BOUNCE_CODE, !(start & ~PAGE_MASK) && sgp_world->swiotlb_end - start ==
				(sgp_u64)SGP_BOUNCE_SLOTS << IO_TLB_SHIFT);
	SGP_ASSUME(BOUNCE_CODE, (areas == 1 || areas == SGP_BOUNCE_AREAS) &&
				(op->length == 4 || (op->length == 8 && areas == 1)) &&
				op->offset < SGP_BOUNCE_SLOTS / areas);
	SGP_ASSUME(BOUNCE_CODE, sgp_usual_mask(mask) || mask == 511);
	sgp_segment_slots = sgp_case(op->length);
	dev->dma_parms->min_align_mask = sgp_case(mask);
	dev->dma_io_tlb_mem = &sgp_bounce_mem;
	for (i = 0; i < SGP_MAX_NENTS; i++)
		sgp_bounced[i].live = false;
	SGP_THE_POOL->areas = sgp_areas;
	SGP_THE_POOL->slots = sgp_slots;
#if SGP_HAS_IO_TLB_POOL
	swiotlb_init_io_tlb_pool(SGP_THE_POOL, start, phys_to_virt(start), SGP_BOUNCE_SLOTS, false,
				 areas);
	add_mem_pool(&sgp_bounce_mem, SGP_THE_POOL);
#else
	swiotlb_init_io_tlb_mem(SGP_THE_POOL, start, SGP_BOUNCE_SLOTS, 0, false, areas);
#endif
	/* where the search goes on after earlier mappings that are gone */
	for (i = 0; i < areas; i++)
		sgp_areas[i].index = sgp_case(op->offset);
}

static phys_addr_t sgp_map_aligned(struct device *dev, const struct sgp_op *op, size_t size)
{
	unsigned int align;

	SGP_ASSUME(BOUNCE_CODE, sgp_usual_mask(op->offset));
	align = sgp_case(op->offset);
#if SGP_HAS_FOUND_POOL
	return swiotlb_tbl_map_single(dev, op->raw, size, align, op->dir, op->attrs);
#else
	/* as iommu_dma_map_page() calls it */
	SGP_ASSUME(BOUNCE_CODE, align < IO_TLB_SIZE ||
				dev->dma_parms->min_align_mask < IO_TLB_SIZE);
	return swiotlb_tbl_map_single(dev, op->raw, size, ALIGN(size, align + 1), align, op->dir,
				      op->attrs);
#endif
}

/*
 * What the search for slots goes by is followed number by number: how many slots, how far the first
 * that has the buffer's address bits, how far the first segment boundary and how long a segment.
 */
static void sgp_search_cases(struct device *dev, const struct sgp_op *op, size_t size)
{
	sgp_u64 start = sgp_world->swiotlb_start, boundary = dma_get_seg_boundary(dev);
	unsigned int mask = dma_get_min_align_mask(dev);
	sgp_u64 offset = op->raw & mask & (IO_TLB_SIZE - 1);

	sgp_case(min_t(sgp_u64, (offset + size + IO_TLB_SIZE - 1) >> IO_TLB_SHIFT,
		       SGP_BOUNCE_SLOTS + 1));
	if (mask >= IO_TLB_SIZE)
		sgp_case(((op->raw >> IO_TLB_SHIFT) - (start >> IO_TLB_SHIFT)) &
			 (mask >> IO_TLB_SHIFT));
	if (!sgp_world->devices[op->device].segment_boundary)
		return;
	sgp_case(min_t(sgp_u64, boundary >> IO_TLB_SHIFT, SGP_BOUNCE_SLOTS));
	sgp_case(min_t(sgp_u64, (~start & boundary) >> IO_TLB_SHIFT, SGP_BOUNCE_SLOTS));
}

static void sgp_bounce_map(struct device *dev, const struct sgp_op *op, struct sgp_step *step)
{
	struct sgp_bounced *m = &sgp_bounced[op->entry];
	size_t size = op->length ?: swiotlb_max_mapping_size(dev);

	SGP_ASSUME(BOUNCE_CODE, !m->live && size <= UINT_MAX && op->dir <= DMA_FROM_DEVICE &&
				op->attrs < (1 << 10));
	SGP_ASSUME(BOUNCE_CODE, op->raw >= PAGE_SIZE && op->raw < SGP_PHYS_LIMIT - UINT_MAX &&
				(op->raw + size <= sgp_world->swiotlb_start ||
				 op->raw >= sgp_world->swiotlb_end));
	sgp_search_cases(dev, op, size);
	if (op->code == SGP_OP_BOUNCE_MAP)
		m->slot = swiotlb_map(dev, op->raw, size, op->dir, op->attrs);
	else
		m->slot = sgp_map_aligned(dev, op, size);
	m->size = size;
	m->dir = op->dir;
	m->live = m->slot != (phys_addr_t)DMA_MAPPING_ERROR;
	step->ret = m->slot;
	step->out_nents = size;
}

/* Known of trees before 6.9: see swiotlb-part-in-later-slot. */
static bool sgp_early_in_later_slot(struct device *dev, const struct sgp_bounced *m,
				    const struct sgp_op *op)
{
	unsigned int before = m->slot & dma_get_min_align_mask(dev) & (IO_TLB_SIZE - 1);
	sgp_u64 at = before + op->offset;

	return at >= IO_TLB_SIZE && (at & (IO_TLB_SIZE - 1)) < before;
}

static void sgp_bounce_use(struct device *dev, const struct sgp_op *op)
{
	struct sgp_bounced *m = &sgp_bounced[op->entry];

	if (!m->live)
		return;
	SGP_ASSUME(DIRECTION, op->dir == m->dir && op->attrs < (1 << 10));
	if (op->code == SGP_OP_BOUNCE_UNMAP) {
		m->live = false;
		swiotlb_tbl_unmap_single(dev, m->slot, m->size, op->dir, op->attrs);
		return;
	}
	SGP_ASSUME(BOUNCE_CODE, op->length && op->length <= UINT_MAX && op->offset < m->size);
	SGP_ASSUME(BOUNCE_CODE, SGP_HAS_FOUND_POOL || !sgp_early_in_later_slot(dev, m, op));
	if (op->code == SGP_OP_BOUNCE_SYNC_CPU)
		swiotlb_sync_single_for_cpu(dev, m->slot + op->offset, op->length, op->dir);
	else
		swiotlb_sync_single_for_device(dev, m->slot + op->offset, op->length, op->dir);
}

bool sgp_do_bounce_op(struct device *dev, const struct sgp_op *op, struct sgp_step *step)
{
	switch (op->code) {
	case SGP_OP_BOUNCE_POOL:
		sgp_make_bounce_pool(dev, op);
		return true;
	case SGP_OP_BOUNCE_MAP:
	case SGP_OP_BOUNCE_MAP_ALIGNED:
		sgp_bounce_map(dev, op, step);
		return true;
	case SGP_OP_BOUNCE_UNMAP:
	case SGP_OP_BOUNCE_SYNC_CPU:
	case SGP_OP_BOUNCE_SYNC_DEVICE:
		sgp_bounce_use(dev, op);
		return true;
	case SGP_OP_BOUNCE_LOOK:
		step->ret = sgp_tell_slots();
		return true;
	default:
		return false;
	}
}
#endif
