// SPDX-License-Identifier: GPL-2.0
/*
 * What a legal input is, operation by operation: segments, lists that are mapped, and what is done
 * to them afterwards. Lists behind an IOMMU: legal_iommu.c; tables: legal_table.c.
 */
#include "sgp_env.h"
#include "sgp_legal.h"
#include "sgp_ops.h"

static const struct sgp_op *sgp_last_map;

/* Of the segment that each entry was last given: */
static sgp_u64 sgp_length[SGP_MAX_NENTS];
static bool sgp_is_peer[SGP_MAX_NENTS];
#ifndef CONFIG_64BIT
static sgp_u64 sgp_end[SGP_MAX_NENTS]; /* physical address behind it, where it may not fit a word */
#endif

void sgp_forget_map(void)
{
	sgp_last_map = NULL;
}

bool sgp_overlaps(sgp_u64 a, sgp_u64 a_size, sgp_u64 b, sgp_u64 b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* The assumptions about a segment; `kind` says which physical range it must lie in. */
void sgp_legal_segment(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_world *world = &in->world;
	const struct sgp_page *page = &world->pages[op->page];
	sgp_u64 start = (page->pfn << PAGE_SHIFT) + op->offset;
	unsigned int k;

	SGP_ASSUME(SEGMENT_SIZE, op->length && op->length <= 0xffffffffULL - PAGE_SIZE &&
				 op->offset <= 0xffffffffULL - PAGE_SIZE - op->length);
	SGP_ASSUME(SEGMENT_RANGE, start + op->length <= SGP_PHYS_LIMIT);
	for (k = 0; k < in->nproviders; k++) {
		const struct sgp_provider *p = &world->providers[k];

		/* from the page's first byte: the page itself must be of that kind */
		if (page->kind == k + 1)
			SGP_ASSUME(SEGMENT_RANGE,
				   (page->pfn << PAGE_SHIFT) >= p->cpu_start &&
				   start + op->length <= p->cpu_start + p->size);
		else
			SGP_ASSUME(SEGMENT_RANGE,
				   !sgp_overlaps(page->pfn << PAGE_SHIFT, op->offset + op->length,
						 p->cpu_start, p->size));
	}
	if (IS_ENABLED(CONFIG_SWIOTLB) && !page->kind)
		SGP_ASSUME(SEGMENT_RANGE,
			   !sgp_overlaps(page->pfn << PAGE_SHIFT, op->offset + op->length,
					 world->swiotlb_start,
					 world->swiotlb_end - world->swiotlb_start));
}

/* Pages that are only ever pointed to: no segment of theirs says what they are. */
void sgp_legal_page(const struct sgp_scenario *in, sgp_u64 index)
{
	const struct sgp_page *page = &in->world.pages[index];
	sgp_u64 start = page->pfn << PAGE_SHIFT;
	unsigned int k;

	for (k = 0; k < in->nproviders; k++) {
		const struct sgp_provider *p = &in->world.providers[k];

		if (page->kind == k + 1)
			SGP_ASSUME(PAGE_KIND, start >= p->cpu_start &&
					      start + PAGE_SIZE <= p->cpu_start + p->size);
		else
			SGP_ASSUME(PAGE_KIND,
				   !sgp_overlaps(start, PAGE_SIZE, p->cpu_start, p->size));
	}
}

/* A page of a table that is extended is RAM: memblock_cap_size() leaves the last frame out. */
void sgp_legal_frame(sgp_u64 frame)
{
	SGP_ASSUME(LAST_FRAME, (phys_addr_t)((frame + 1) << PAGE_SHIFT));
}

static void sgp_legal_sync(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_world *world = &in->world;
	unsigned int k;

	SGP_ASSUME(DIRECTION, sgp_last_map && op->dir == sgp_last_map->dir &&
			      op->device == sgp_last_map->device);
	for (k = 0; k < in->nproviders; k++)
		SGP_ASSUME(BUS_RANGE, !sgp_overlaps(world->providers[k].bus_start,
						    world->providers[k].size, world->swiotlb_start,
						    world->swiotlb_end - world->swiotlb_start));
}

/* What released kernels do to bus segments is left to executions: corpus/known/direct-sync-bus-segment. */
static void sgp_legal_list_sync(const struct sgp_scenario *in, const struct sgp_op *op)
{
	unsigned int i;

	for (i = 0; SGP_HAS_NONCOHERENT && sgp_symbolic() && i < in->nents; i++)
		SGP_ASSUME(SYNC_PEERS, !in->world.devices[op->device].noncoherent || !sgp_is_peer[i]);
}

/*
 * kernel/dma/direct.h: where there is nothing to copy and no cache to maintain, unmapping is no code,
 * and nothing takes the marks of bus addresses off. That is left to executions.
 */
#if defined(CONFIG_PCI_P2PDMA) && !defined(CONFIG_SWIOTLB) && \
	!defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU) && !defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU_ALL)
static unsigned int sgp_given[SGP_MAX_NENTS]; /* the page that each entry was last given */

static void sgp_note_page(const struct sgp_op *op)
{
	sgp_given[op->entry] = op->page;
}

static void sgp_legal_marks(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_device *device = &in->world.devices[op->device];
	bool reaches_all = device->dma_mask == ~0ULL && !device->bus_dma_limit, marked = false;
	unsigned int i;

	for (i = 0; sgp_symbolic() && i < in->nents; i++) {
		sgp_u64 kind = in->world.pages[sgp_given[i]].kind;
		sgp_u64 type = kind ? in->world.providers[kind - 1].cached_type[op->device] :
				      SGP_TYPE_THRU_HOST_BRIDGE;
		bool by_bus = type == SGP_TYPE_BUS_ADDR || type == SGP_TYPE_UNKNOWN;

		if (op->code == SGP_OP_UNMAP)
			SGP_ASSUME(MARKS_KEPT, !by_bus);
		else
			SGP_ASSUME(MARKS_KEPT, !marked || type == SGP_TYPE_BUS_ADDR ||
					       (type == SGP_TYPE_THRU_HOST_BRIDGE && reaches_all));
		marked = marked || by_bus;
	}
}
#else
static void sgp_note_page(const struct sgp_op *op)
{
}

static void sgp_legal_marks(const struct sgp_scenario *in, const struct sgp_op *op)
{
}
#endif

/*
 * Memory that is used is RAM to its end: below the limit of 32-bit machines, and where physical
 * addresses have no more bits not in the last frame.
 */
static void sgp_legal_end(unsigned int entry)
{
#ifndef CONFIG_64BIT
	SGP_ASSUME(SEGMENT_RANGE, sgp_end[entry] <= SGP_PFN_LIMIT << PAGE_SHIFT);
	sgp_legal_frame((sgp_end[entry] - 1) >> PAGE_SHIFT);
#endif
}

static void sgp_legal_memory(const struct sgp_scenario *in)
{
	unsigned int i;

	for (i = 0; !IS_ENABLED(CONFIG_64BIT) && i < in->nents; i++)
		sgp_legal_end(i);
}

/* The DMA API asks it of callers, and dma-iommu's sums rely on it; executions go beyond. */
static void sgp_legal_longest(const struct sgp_scenario *in, const struct sgp_op *op)
{
	sgp_u64 longest = in->world.devices[op->device].max_segment ?: SZ_64K;
	unsigned int i;

	for (i = 0; in->world.iommu == SGP_IOMMU_CALLS && i < in->nents; i++)
		SGP_ASSUME(TRANSLATION, sgp_length[i] <= longest);
}

/* What is mapped as lists of untrusted devices are, by the length of its segments. */
static void sgp_legal_lengths(const struct sgp_scenario *in, const struct sgp_op *op)
{
#ifdef CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC
	const struct sgp_device *device = &in->world.devices[op->device];
	unsigned int i;

	for (i = 0; in->world.iommu && i < in->nents; i++)
		SGP_ASSUME(SMALL_BUFFERS, !device->noncoherent || device->untrusted ||
					  op->dir == DMA_TO_DEVICE || sgp_length[i] >= 256);
#endif
}

void sgp_legal_op(const struct sgp_scenario *in, const struct sgp_op *op)
{
	SGP_ASSUME(SHAPE, op->entry < in->nents && op->page < SGP_MAX_PAGES &&
			  op->device < SGP_MAX_DEVICES);
	SGP_ASSUME(TABLE_SIZE, sgp_table_op_fits(op));
	switch (op->code) {
	case SGP_OP_SET_PAGE:
		sgp_legal_segment(in, op);
		sgp_length[op->entry] = op->length;
		sgp_note_page(op);
#ifndef CONFIG_64BIT
		sgp_end[op->entry] = (in->world.pages[op->page].pfn << PAGE_SHIFT) + op->offset + op->length;
#endif
		/* iommu_dma_unmap_page() takes it for none */
		SGP_ASSUME(UNTRUSTED, !in->world.iommu || in->world.pages[op->page].pfn || op->offset ||
				      !(in->world.devices[0].untrusted | in->world.devices[1].untrusted));
		sgp_is_peer[op->entry] = in->world.pages[op->page].kind != 0;
		if (in->world.iommu == SGP_IOMMU_CALLS)
			sgp_note_segment(in, op);
		break;
	case SGP_OP_PRIOR:
		SGP_ASSUME(SHAPE, in->world.prior[op->entry].page < SGP_MAX_PAGES);
		sgp_legal_page(in, in->world.prior[op->entry].page);
		break;
	case SGP_OP_ASSIGN_PAGE:
		sgp_legal_page(in, op->page);
		break;
	case SGP_OP_PHYS:
		sgp_legal_end(op->entry);
		break;
	case SGP_OP_MAP_SGTABLE:
	case SGP_OP_MAP_SG:
		SGP_ASSUME(DIRECTION, op->dir <= DMA_FROM_DEVICE && op->attrs < (1 << 10));
		sgp_legal_last_entry(in, op);
		sgp_legal_reuse(in, op);
		sgp_legal_longest(in, op);
		sgp_legal_lengths(in, op);
		sgp_legal_marks(in, op);
		sgp_legal_memory(in);
		sgp_last_map = op;
		break;
	case SGP_OP_UNMAP:
		SGP_ASSUME(DIRECTION, sgp_last_map && op->dir == sgp_last_map->dir &&
				      op->attrs == sgp_last_map->attrs &&
				      op->device == sgp_last_map->device);
		sgp_legal_marks(in, op);
		break;
	case SGP_OP_SYNC_PART_CPU:
	case SGP_OP_SYNC_PART_DEVICE:
		SGP_ASSUME(SYNC_PART, op->length && op->length <= sgp_length[op->entry] &&
				      op->offset <= sgp_length[op->entry] - op->length);
		sgp_legal_sync(in, op);
		break;
	case SGP_OP_SYNC_CPU:
	case SGP_OP_SYNC_DEVICE:
		sgp_legal_sync(in, op);
		sgp_legal_list_sync(in, op);
		break;
	case SGP_OP_TABLE_APPEND:
		sgp_legal_run(in, op);
		break;
	case SGP_OP_TABLE_SPLIT:
		SGP_ASSUME(TABLE_CALLS, op->length);
		break;
	case SGP_OP_TABLE_MITER:
		SGP_ASSUME(MITER_STEPS, !sgp_symbolic() || !op->raw || op->length <= 2 * op->raw);
		break;
	case SGP_OP_ASSIGN_RAW:
	case SGP_OP_CHAIN:
		SGP_ASSUME(POINTER_WIDTH, op->raw <= ULONG_MAX);
		break;
	default:
		break;
	}
}
