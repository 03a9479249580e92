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

/* The linear map need not hold every physical address (ARM64). */
static bool sgp_is_linear(phys_addr_t from, sgp_u64 bytes)
{
	phys_addr_t last = from + bytes - 1;

	return sgp_linear(phys_to_virt(from)) == from && sgp_linear(phys_to_virt(last)) == last;
}

#ifdef CONFIG_HIGHMEM
/* Contract: the linear map has 896 MiB, as it has by default; what lies behind is high memory. */
#define SGP_LOW_END ((phys_addr_t)896 << 20)

/* In proofs a page that is copied is its frame number: nobody looks into it. */
#undef pfn_to_page
#define pfn_to_page(pfn) (sgp_symbolic() ? (struct page *)(unsigned long)(pfn) : __pfn_to_page(pfn))

static phys_addr_t sgp_phys_of(const struct page *page)
{
	return (phys_addr_t)(sgp_symbolic() ? (unsigned long)page : page_to_pfn(page)) << PAGE_SHIFT;
}

#undef PageHighMem
#define PageHighMem(page) (sgp_phys_of(page) >= SGP_LOW_END)
/* It is mapped for a copy alone. */
void sgp_copy_from_page(sgp_u64 page, size_t offset, sgp_u64 to, size_t bytes);
void sgp_copy_to_page(sgp_u64 page, size_t offset, sgp_u64 from, size_t bytes);
#define memcpy_from_page(to, page, offset, bytes) \
	sgp_copy_from_page(sgp_phys_of(page), offset, sgp_linear(to), bytes)
#define memcpy_to_page(page, offset, from, bytes) \
	sgp_copy_to_page(sgp_phys_of(page), offset, sgp_linear(from), bytes)
#else
#define SGP_LOW_END SGP_PHYS_LIMIT
#endif

static bool sgp_is_low(phys_addr_t from, sgp_u64 bytes)
{
	return sgp_is_linear(from, bytes) && from + bytes <= SGP_LOW_END;
}

static void sgp_copy_event(const void *to, const void *from, size_t bytes)
{
	sgp_event(SGP_EV_COPIED, sgp_linear(from), sgp_linear(to), bytes, 0, 0);
}

/* A new pool is filled with zeroes before anybody has a part of it. */
static void sgp_clear_pool(void *at, int byte, size_t bytes)
{
}

/* Contract: execution is sequential, nobody else holds the lock or looks at interrupts. */
#undef spin_lock_irqsave
#undef spin_unlock_irqrestore
#undef local_irq_save
#undef local_irq_restore
#define spin_lock_irqsave(lock, flags) ((void)(lock), (void)((flags) = 0))
#define spin_unlock_irqrestore(lock, flags) ((void)(lock), (void)(flags))
#define local_irq_save(flags) ((void)((flags) = 0))
#define local_irq_restore(flags) ((void)(flags))
/* Contract: all is executed by the first processor. */
#undef raw_smp_processor_id
#define raw_smp_processor_id() 0
#define memcpy(to, from, bytes) sgp_copy_event(to, from, bytes)
#define memset(at, byte, bytes) sgp_clear_pool(at, byte, bytes)
#include "kernel/dma/swiotlb.c"
#undef memcpy
#undef memset

#define SGP_BOUNCE_AREAS 2

/* A mapping of the scenario; live until it is given back. */
struct sgp_bounced {
	bool live;
	phys_addr_t buffer, slot;
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

/* What counts as used: an area's number that is too low hides none that is too high. */
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
		used |= sgp_areas[i].used;
	return used;
}

/* None, a sector's, a slot's, a page's. */
static bool sgp_usual_mask(unsigned int mask)
{
	return !mask || mask == SZ_512 - 1 || mask == IO_TLB_SIZE - 1 || mask == PAGE_SIZE - 1;
}

/* Where the pool is: the start of a page, which its bits then say. */
static phys_addr_t sgp_pool_start(void)
{
	return sgp_world->swiotlb_start >> PAGE_SHIFT << PAGE_SHIFT;
}

static void sgp_make_bounce_pool(struct device *dev, const struct sgp_op *op)
{
	phys_addr_t start = sgp_pool_start();
	unsigned int areas = sgp_case(op->raw), i;
	unsigned int mask = sgp_world->devices[op->device].min_align;

	/* swiotlb_init_remap(), swiotlb_init_late(): whole pages, areas of whole segments */
	SGP_ASSUME(BOUNCE_CODE, start == sgp_world->swiotlb_start && sgp_world->swiotlb_end - start ==
				(sgp_u64)SGP_BOUNCE_SLOTS << IO_TLB_SHIFT &&
				sgp_is_low(start, (sgp_u64)SGP_BOUNCE_SLOTS << IO_TLB_SHIFT));
	SGP_ASSUME(BOUNCE_CODE, (areas == 1 || areas == SGP_BOUNCE_AREAS) &&
				(op->length == 4 || (op->length == 8 && areas == 1)) &&
				op->offset < SGP_BOUNCE_SLOTS / areas);
	SGP_ASSUME(BOUNCE_CODE, sgp_usual_mask(mask));
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

/*
 * Where an allocation is aligned, trees without slots of padding keep no more of the buffer's bits
 * than an offset into a slot holds: swiotlb-drops-bits-of-aligned-buffers.
 */
static bool sgp_drops_bits(struct device *dev, phys_addr_t buffer, unsigned int align)
{
	return !SGP_HAS_PAD_SLOTS &&
	       (buffer & dma_get_min_align_mask(dev) & align & ~(IO_TLB_SIZE - 1));
}

static phys_addr_t sgp_map_aligned(struct device *dev, const struct sgp_op *op,
				   phys_addr_t buffer, size_t size, unsigned int align)
{
	SGP_ASSUME(BOUNCE_CODE, !sgp_symbolic() || !sgp_drops_bits(dev, buffer, align));
#if SGP_HAS_FOUND_POOL
	return swiotlb_tbl_map_single(dev, buffer, size, align, op->dir, op->attrs);
#else
	/* as iommu_dma_map_page() calls it */
	return swiotlb_tbl_map_single(dev, buffer, size, ALIGN(size, align + 1), align, op->dir,
				      op->attrs);
#endif
}

/*
 * The buffer's address; which slot of a page it asks for is followed. Where slots can be skipped for
 * that, its bits say it.
 */
static phys_addr_t sgp_buffer(struct device *dev, const struct sgp_op *op)
{
	phys_addr_t which = op->raw & IO_TLB_SIZE;

	if (dma_get_min_align_mask(dev) < IO_TLB_SIZE)
		return op->raw;
	if (op->code == SGP_OP_BOUNCE_MAP) {
		sgp_case(which);
		return op->raw;
	}
	return (op->raw & ~(phys_addr_t)IO_TLB_SIZE) | sgp_case(which);
}

/* The bytes that a mapping takes of the pool, from the first of its first slot on. */
static sgp_u64 sgp_bytes_taken(struct device *dev, phys_addr_t buffer, size_t size,
			       unsigned int align)
{
	sgp_u64 offset = buffer & dma_get_min_align_mask(dev);

	if (SGP_HAS_PAD_SLOTS)
		return ALIGN(size + (offset & (align | (IO_TLB_SIZE - 1))), align + 1ULL);
	return ALIGN(size, align + 1ULL) + (offset & (IO_TLB_SIZE - 1));
}

/* A number up to that of the slots is followed by itself, all others together. */
static void sgp_case_up_to(sgp_u64 number)
{
	if (sgp_case(number <= SGP_BOUNCE_SLOTS))
		sgp_case(number);
}

/*
 * What the search for slots goes by is followed number by number: how many slots, how long a segment
 * between boundaries is, and how far the first boundary.
 */
static void sgp_search_cases(struct device *dev, const struct sgp_op *op, sgp_u64 bytes)
{
	sgp_u64 start = sgp_pool_start(), boundary = dma_get_seg_boundary(dev);

	sgp_case_up_to((bytes + IO_TLB_SIZE - 1) >> IO_TLB_SHIFT);
	if (!sgp_world->devices[op->device].segment_boundary)
		return;
	sgp_case_up_to(boundary >> IO_TLB_SHIFT);
	sgp_case_up_to((~start & boundary) >> IO_TLB_SHIFT);
}

/*
 * The address as the sum of the pool's start, whole slots, and the buffer's low bits, where it is
 * that: the same value, of which the engines then know more.
 */
static phys_addr_t sgp_as_sum(struct device *dev, const struct sgp_op *op, phys_addr_t slot)
{
	sgp_u64 start = sgp_pool_start(), sum;

	sum = start + (sgp_case((slot - start) >> IO_TLB_SHIFT) << IO_TLB_SHIFT) +
	      (op->raw & dma_get_min_align_mask(dev) & (IO_TLB_SIZE - 1));
	return sgp_case(slot == sum) ? sum : slot;
}

static void sgp_bounce_map(struct device *dev, const struct sgp_op *op, struct sgp_step *step)
{
	struct sgp_bounced *m = &sgp_bounced[op->entry];
	size_t size = sgp_case(!op->length) ? swiotlb_max_mapping_size(dev) : op->length;
	unsigned int align = 0;
	phys_addr_t buffer;

	SGP_ASSUME(BOUNCE_CODE, !m->live && size <= UINT_MAX && op->dir <= DMA_FROM_DEVICE &&
				op->attrs < (1 << 10));
#ifndef CONFIG_64BIT
	/* a segment's end and a page more fit a word */
	SGP_ASSUME(BOUNCE_CODE, offset_in_page(op->raw) + (sgp_u64)size + PAGE_SIZE <= ULONG_MAX);
#endif
	SGP_ASSUME(BOUNCE_CODE, op->raw >= PAGE_SIZE && op->raw < SGP_PHYS_LIMIT - UINT_MAX &&
				(op->raw + size <= sgp_world->swiotlb_start ||
				 op->raw >= sgp_world->swiotlb_end) &&
				(sgp_is_low(op->raw, size) || op->raw >= SGP_LOW_END));
	if (op->code == SGP_OP_BOUNCE_MAP_ALIGNED) {
		SGP_ASSUME(BOUNCE_CODE, !op->offset || op->offset == PAGE_SIZE - 1);
		align = sgp_case(op->offset);
	}
	buffer = sgp_buffer(dev, op);
	sgp_search_cases(dev, op, sgp_bytes_taken(dev, buffer, size, align));
	if (op->code == SGP_OP_BOUNCE_MAP)
		m->slot = swiotlb_map(dev, buffer, size, op->dir, op->attrs);
	else
		m->slot = sgp_map_aligned(dev, op, buffer, size, align);
	m->buffer = buffer;
	m->size = size;
	m->dir = op->dir;
	m->live = sgp_case(m->slot != (phys_addr_t)DMA_MAPPING_ERROR);
	if (m->live)
		m->slot = sgp_as_sum(dev, op, m->slot);
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

/* Known of 6.1, and left to executions: see swiotlb-part-behind-high-page. */
static bool sgp_behind_high_page(struct device *dev, const struct sgp_bounced *m,
				 const struct sgp_op *op)
{
	unsigned int before = m->slot & dma_get_min_align_mask(dev) & (IO_TLB_SIZE - 1);
	unsigned int at = before + op->offset, in_slot = (at & (IO_TLB_SIZE - 1)) - before;
	phys_addr_t of_slot = m->buffer + (at & ~(IO_TLB_SIZE - 1));

	return of_slot >= SGP_LOW_END && sgp_case(offset_in_page(of_slot) + in_slot >= PAGE_SIZE);
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
	sgp_case((m->slot + op->offset - sgp_pool_start()) >> IO_TLB_SHIFT);
	sgp_case(op->length <= m->size - op->offset);
	SGP_ASSUME(BOUNCE_CODE, SGP_HAS_FOUND_POOL || !sgp_early_in_later_slot(dev, m, op));
	SGP_ASSUME(BOUNCE_CODE, SGP_HAS_FOUND_POOL || !sgp_symbolic() ||
				!sgp_behind_high_page(dev, m, op));
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
