// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one scenario on the extracted code: builds the world, performs the operations, observes the
 * list after each. Entry point of the native and of the symbolic engine.
 */
#include "env_swiotlb.h"
#include "sgp_any_list.h"
#include "sgp_env.h"
#include "sgp_ops.h"

const struct sgp_world *sgp_world;

static struct scatterlist sgp_first[SGP_MAX_NENTS + 1];
static struct scatterlist sgp_second[SGP_MAX_NENTS];
static struct sgp_ctx sgp_ctx;
static struct sgp_table_memory sgp_table_memory;
static const struct sgp_op *sgp_last_map;
static sgp_u64 sgp_length[SGP_MAX_NENTS]; /* that each entry was last given */
static sgp_u64 sgp_start[SGP_MAX_NENTS];  /* physical address of its first byte */
static unsigned int sgp_given[SGP_MAX_NENTS]; /* the page that each entry was last given */
static bool sgp_was_mapped; /* a map call has succeeded */
static bool sgp_is_peer[SGP_MAX_NENTS];	  /* that each entry was last given */
#ifndef CONFIG_64BIT
static sgp_u64 sgp_end[SGP_MAX_NENTS]; /* physical address behind it, where it may not fit a word */
#endif

static unsigned int sgp_now;

unsigned int sgp_current_step(void)
{
	return sgp_now;
}

struct sgp_table *sgp_table(void)
{
	return &sgp_ctx.table;
}

void sgp_legal_split(bool holds)
{
	SGP_ASSUME(SPLIT_KNOWN, holds);
}

static bool sgp_overlaps(sgp_u64 a, sgp_u64 a_size, sgp_u64 b, sgp_u64 b_size)
{
	return a < b + b_size && b < a + a_size;
}

static void sgp_make_page(struct page *p, sgp_u64 kind)
{
#if defined(CONFIG_ZONE_DEVICE) && defined(CONFIG_PCI_P2PDMA)
	if (kind) {
		set_page_zone(p, ZONE_DEVICE);
		p->pgmap = sgp_provider_pgmap(kind == 1 ? 0 : 1);
	} else {
		set_page_zone(p, ZONE_NORMAL);
	}
#endif
}

static bool sgp_proves_lists(const struct sgp_scenario *in)
{
	return in->world.iommu == SGP_IOMMU_CALLS && in->nents > 1;
}

static bool sgp_several;

bool sgp_proves_list(void)
{
	return sgp_several;
}

/*
 * In proofs behind an IOMMU lists are followed apart by which entries need addresses, which are
 * reached by bus address, and which is the first that the device does not reach.
 */
static void sgp_kind_apart(const struct sgp_scenario *in, unsigned int j)
{
	const struct sgp_provider *providers = in->world.providers;
	sgp_u64 kind = in->world.pages[j].kind, type;
	static bool refused;
	bool by_bus;

	if (!sgp_proves_lists(in))
		return;
	type = providers[kind == 2 ? 1 : 0].cached_type[0];
	by_bus = kind && type == SGP_TYPE_BUS_ADDR;
	SGP_ASSUME(PEERS_MIXED, !kind || by_bus || type == SGP_TYPE_NOT_SUPPORTED);
	if (!j)
		refused = false;
	if (!refused)
		refused = sgp_case(!kind ? 0 : by_bus ? 1 : 2) == 2;
}

static void sgp_build_page(const struct sgp_scenario *in, struct sgp_report *out, unsigned int j)
{
	const struct sgp_page *page = &in->world.pages[j];
	struct page *p;

	SGP_ASSUME(PFN_RANGE, page->pfn < SGP_PFN_LIMIT && page->kind <= in->nproviders);
	sgp_kind_apart(in, j);
	p = pfn_to_page((unsigned long)page->pfn);
	sgp_ctx.pages[j] = p;
	out->pages[j].pointer = (unsigned long)p;
	out->pages[j].phys = page->pfn << PAGE_SHIFT;
	out->pages[j].kind = page->kind;
	sgp_make_page(p, page->kind);
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
static void sgp_legal_page(const struct sgp_scenario *in, sgp_u64 index)
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

/* A page of a table that is extended is RAM: memblock_cap_size() leaves the last frame out. */
static void sgp_legal_frame(sgp_u64 frame)
{
	SGP_ASSUME(LAST_FRAME, (phys_addr_t)((frame + 1) << PAGE_SHIFT));
}

/* The last page of the table that is extended. */
static sgp_u64 sgp_table_end;

/*
 * Trees before 6.2 count the bytes behind the table's last page in an unsigned long:
 * append-behind-page-above-4g.
 */
static void sgp_legal_next_frame(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_page *pages = &in->world.pages[op->page];
	sgp_u64 next = sgp_table_end + 1;

	SGP_ASSUME(APPEND_KNOWN, SGP_HAS_NEXT_PFN || !sgp_symbolic() ||
				 sgp_ctx.table.kind != SGP_TABLE_APPENDED || pages->pfn == next ||
				 pages->pfn != (next & (ULONG_MAX >> PAGE_SHIFT)));
	sgp_table_end = op->attrs == SGP_PAGES_APART ? pages[op->raw - 1].pfn :
						       pages->pfn + (op->raw - 1) * op->attrs;
}

/* Frames at the same distance from each other: all of the first one's kind. */
static void sgp_legal_frames(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_page *first = &in->world.pages[op->page];
	sgp_u64 start = first->pfn << PAGE_SHIFT, size;
	unsigned int i, k;

	size = ((op->raw - 1) * op->attrs + 1) << PAGE_SHIFT;
	SGP_ASSUME(PFN_RANGE, first->pfn + (size >> PAGE_SHIFT) <= SGP_PFN_LIMIT);
	sgp_legal_frame(first->pfn + (size >> PAGE_SHIFT) - 1);
	for (k = 0; k < in->nproviders; k++) {
		const struct sgp_provider *p = &in->world.providers[k];

		if (first->kind == k + 1)
			SGP_ASSUME(PAGE_KIND, start >= p->cpu_start &&
					      start + size <= p->cpu_start + p->size);
		else
			SGP_ASSUME(PAGE_KIND, !sgp_overlaps(start, size, p->cpu_start, p->size));
	}
	for (i = 0; i < op->raw; i++)
		sgp_make_page(pfn_to_page((unsigned long)(first->pfn + i * op->attrs)), first->kind);
}

/* A call that extends a table. */
static void sgp_legal_run(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_table *t = &sgp_ctx.table;
	sgp_u64 longest = in->world.devices[op->device].max_segment, bytes = op->raw << PAGE_SHIFT;
	bool apart = op->attrs == SGP_PAGES_APART;
	unsigned int i;

	SGP_ASSUME(TABLE_CALLS, op->page + (apart ? op->raw : 1) <= in->npages &&
				op->length && op->offset + op->length <= bytes &&
				op->offset + op->length > bytes - PAGE_SIZE);
	SGP_ASSUME(TABLE_CALLS, !longest || (longest >= PAGE_SIZE && longest <= UINT_MAX));
	SGP_ASSUME(TABLE_CALLS, !op->dir || op->offset + op->length == bytes);
	if (t->kind == SGP_TABLE_APPENDED)
		SGP_ASSUME(TABLE_CALLS, !op->offset && op->length == bytes);
	/*
	 * Pages that no call brings can be the same frames as those that one does. A booted machine
	 * leaves them where the scenario had them.
	 */
	for (i = 0; i < in->npages; i++)
		if (sgp_symbolic() || (apart && i >= op->page && i < op->page + op->raw))
			sgp_legal_page(in, i);
	for (i = 0; apart && i < op->raw; i++) {
		const struct sgp_page *page = &in->world.pages[op->page + i];

		sgp_legal_frame(page->pfn);
		/* what becomes one entry: shapes of tables are followed one by one */
		if (i)
			sgp_case(page->pfn == page[-1].pfn + 1);
	}
	if (!apart)
		sgp_legal_frames(in, op);
	sgp_legal_next_frame(in, op);
}

/*
 * The operation as it is performed: numbers by which the code under check decides how much memory
 * it asks for are followed one by one.
 */
static const struct sgp_op *sgp_with_cases(const struct sgp_op *op)
{
	static struct sgp_op with_cases;

	if (op->code < SGP_OP_TABLE_ALLOC || op->code > SGP_OP_TABLE_SPLIT)
		return op;
	with_cases = *op;
	if (op->code == SGP_OP_TABLE_ALLOC || op->code == SGP_OP_TABLE_CHUNKS)
		with_cases.length = sgp_case(op->length);
	if (op->code == SGP_OP_TABLE_CHUNKS)
		with_cases.offset = sgp_case(op->offset);
	if (op->code == SGP_OP_TABLE_APPEND || op->code == SGP_OP_TABLE_CHUNKS)
		with_cases.raw = sgp_case(op->raw);
	if (op->code == SGP_OP_TABLE_APPEND)
		with_cases.dir = sgp_case(op->dir);
	return &with_cases;
}

static void sgp_note_segment(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_page *page = &in->world.pages[op->page];

	sgp_start[op->entry] = (page->pfn << PAGE_SHIFT) + op->offset;
}

/* For proofs behind an IOMMU: whether the device that maps the list reaches an entry by bus address. */
static bool sgp_by_bus(const struct sgp_scenario *in, const struct sgp_op *map, unsigned int i)
{
	sgp_u64 kind = in->world.pages[sgp_given[i]].kind;

	return kind && in->world.providers[kind - 1].cached_type[map->device] == SGP_TYPE_BUS_ADDR;
}

/* Whether it is not known to reach it at all. */
static bool sgp_may_refuse(const struct sgp_scenario *in, const struct sgp_op *map, unsigned int i)
{
	sgp_u64 kind = in->world.pages[sgp_given[i]].kind;

	return kind && !sgp_by_bus(in, map, i) &&
	       in->world.providers[kind - 1].cached_type[map->device] != SGP_TYPE_THRU_HOST_BRIDGE;
}

/* What released kernels do not map is left to executions: corpus/known/iommu-peer-behind-memory. */
static void sgp_legal_last_entry(const struct sgp_scenario *in, const struct sgp_op *op)
{
	unsigned int last = in->nents - 1, i = last;

	if (!sgp_proves_lists(in))
		return;
	while (i && sgp_by_bus(in, op, i))
		i--;
	SGP_ASSUME(PEER_BEHIND, sgp_by_bus(in, op, i) || i == last ||
				sgp_start[last] != PAGE_ALIGN(sgp_start[i] + sgp_length[i]));
}

/*
 * Released kernels take what an earlier use left in the DMA fields for something of their own where
 * a list is refused, from the entry that is refused on: corpus/known/iommu-refused-list-reused.
 */
static void sgp_legal_reuse(const struct sgp_scenario *in, const struct sgp_op *op)
{
	bool refused = false;
	unsigned int i;

	if (in->world.iommu != SGP_IOMMU_CALLS)
		return;
	for (i = 0; i < in->nents; i++) {
		const struct sgp_prior *prior = &in->world.prior[i];

		refused = refused || sgp_may_refuse(in, op, i);
		SGP_ASSUME(REFUSED_REUSED, !refused || (!prior->dma_address && !prior->dma_length &&
							!sgp_was_mapped));
	}
}

/*
 * kernel/dma/direct.h: where there is nothing to copy and no cache to maintain, unmapping is no code,
 * and nothing takes the marks of bus addresses off. That is left to executions.
 */
#if defined(CONFIG_PCI_P2PDMA) && !defined(CONFIG_SWIOTLB) && \
	!defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU) && !defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU_ALL)
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
static void sgp_legal_marks(const struct sgp_scenario *in, const struct sgp_op *op)
{
}
#endif

/*
 * Memory that is mapped is RAM to its end: below the limit of 32-bit machines, and where physical
 * addresses have no more bits not in the last frame.
 */
static void sgp_legal_memory(const struct sgp_scenario *in)
{
#ifndef CONFIG_64BIT
	unsigned int i;

	for (i = 0; i < in->nents; i++) {
		SGP_ASSUME(SEGMENT_RANGE, sgp_end[i] <= SGP_PFN_LIMIT << PAGE_SHIFT);
		sgp_legal_frame((sgp_end[i] - 1) >> PAGE_SHIFT);
	}
#endif
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

static void sgp_legal_op(const struct sgp_scenario *in, const struct sgp_op *op)
{
	SGP_ASSUME(SHAPE, op->entry < in->nents && op->page < SGP_MAX_PAGES &&
			  op->device < SGP_MAX_DEVICES);
	SGP_ASSUME(TABLE_SIZE, sgp_table_op_fits(op));
	switch (op->code) {
	case SGP_OP_SET_PAGE:
		sgp_legal_segment(in, op);
		sgp_length[op->entry] = op->length;
		sgp_given[op->entry] = op->page;
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

#if SGP_HAS_ANY_LIST
/*
 * On a list of any length: the scenario's entry is the observed one, and a count of all entries is
 * told as 1, the scenario's count.
 */
static bool sgp_do_any(const struct sgp_scenario *in, const struct sgp_op *op, struct sgp_step *step)
{
	bool done;

	if (op->code == SGP_OP_ANY_LIST) {
		if (!sgp_symbolic())
			return false;
		sgp_build_any_list(in, op, sgp_ctx.pages);
		sgp_ctx.first = sgp_any_observed();
		return true;
	}
	if (op->code != SGP_OP_SET_PAGE) {
		sgp_ctx.first = (struct scatterlist *)(unsigned long)sgp_any_list.first;
		sgp_ctx.nents = sgp_any_list.nents;
	}
	done = sgp_do_op(&sgp_ctx, &in->world, op, step);
	if (op->code == SGP_OP_MAP_SGTABLE)
		step->out_nents = sgp_ctx.sgt.nents == sgp_any_list.nents;
	sgp_ctx.first = sgp_any_observed();
	sgp_ctx.nents = 1;
	return done;
}
#endif

static bool sgp_do(const struct sgp_scenario *in, const struct sgp_op *op, struct sgp_step *step)
{
#if SGP_HAS_ANY_LIST
	if (op->code == SGP_OP_ANY_LIST || sgp_any_list.nents)
		return sgp_do_any(in, op, step);
#endif
	if (op->code == SGP_OP_IOMMU_MAP || op->code == SGP_OP_IOMMU_UNMAP)
#ifdef CONFIG_IOMMU_DMA
		return sgp_do_range_op(op, sgp_now && !step[-1].ret, step);
#else
		return false;
#endif
#if SGP_SWIOTLB_CODE
	if (op->code >= SGP_OP_BOUNCE_POOL)
		return sgp_do_bounce_op(sgp_ctx.devices[op->device], op, step);
#endif
	return sgp_do_op(&sgp_ctx, &in->world, op, step);
}

static void sgp_build_world(const struct sgp_scenario *in, struct sgp_report *out)
{
	unsigned int i;

	sgp_world = &in->world;
	sgp_several = sgp_proves_lists(in);
	out->world = in->world;
#ifdef CONFIG_PCI
	sgp_build_topology(&in->world);
	sgp_build_swiotlb(&in->world);
	sgp_build_devices(&in->world);
	sgp_build_iommu(&in->world);
	for (i = 0; i < SGP_MAX_DEVICES; i++)
		sgp_ctx.devices[i] = sgp_device(i);
#ifdef CONFIG_PCI_P2PDMA
	sgp_build_providers(&in->world, in->nproviders);
#endif
#else
	SGP_ASSUME(TRANSLATION, !in->world.iommu);
#endif
	for (i = 0; i < in->npages; i++)
		sgp_build_page(in, out, i);
}

void SGP_CALL sgp_run(const struct sgp_scenario *in, struct sgp_report *out)
{
	unsigned int i;

	SGP_ASSUME(SHAPE, in->nents && in->nents <= SGP_MAX_NENTS && in->nops <= SGP_MAX_OPS &&
			  in->npages <= SGP_MAX_PAGES && in->nproviders <= SGP_MAX_PROVIDERS &&
			  (!in->split || in->split < in->nents));
	sgp_place_pages();
	out->magic = SGP_MAGIC_REPORT;
	out->id = in->id;
	out->nents = in->nents;
	out->nops = in->nops;
	sgp_ctx.first = sgp_first;
	sgp_ctx.second = sgp_second;
	sgp_ctx.nents = in->nents;
	sgp_ctx.split = in->split;
	sgp_ctx.mapped = sgp_was_mapped = false;
#if SGP_HAS_ANY_LIST
	sgp_any_list.nents = 0;
#endif
	sgp_ctx.table.memory = &sgp_table_memory;
	sgp_ctx.table.apart = sgp_symbolic();
	sgp_havoc(&sgp_ctx.table.append, sizeof(sgp_ctx.table.append));
	sgp_empty_heap();
	sgp_forget_pages();
	sgp_last_map = NULL;
	sgp_havoc(sgp_first, sizeof(sgp_first));
	sgp_havoc(sgp_second, sizeof(sgp_second));
	sgp_build_world(in, out);
	for (i = 0; i < in->nops; i++) {
		const struct sgp_op *op;

		sgp_step(i);
		sgp_now = i;
		op = sgp_with_cases(&in->ops[i]);
		sgp_legal_op(in, op);
		sgp_begin_iommu_step(op->device);
		if (!sgp_do(in, op, &out->steps[i])) {
			out->status = SGP_STATUS_NOT_REPLAYABLE;
			out->steps[0].ret = SGP_UNREPLAYABLE_OP;
			return;
		}
		sgp_was_mapped |= sgp_ctx.mapped;
		sgp_observe(&sgp_ctx, &out->steps[i]);
		sgp_translations();
	}
	out->status = SGP_STATUS_COMPLETE;
}
