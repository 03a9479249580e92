// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one scenario on the extracted code: builds the world, performs the operations, observes the
 * list after each. Entry point of the native and of the symbolic engine.
 */
#include "env_swiotlb.h"
#include "sgp_any_list.h"
#include "sgp_env.h"
#include "sgp_legal.h"
#include "sgp_ops.h"

const struct sgp_world *sgp_world;

static struct scatterlist sgp_first[SGP_MAX_NENTS + 1];
static struct scatterlist sgp_second[SGP_MAX_NENTS];
static struct sgp_ctx sgp_ctx;
static struct sgp_table_memory sgp_table_memory;

static unsigned int sgp_now;

unsigned int sgp_current_step(void)
{
	return sgp_now;
}

struct sgp_table *sgp_table(void)
{
	return &sgp_ctx.table;
}

void sgp_make_page(struct page *p, sgp_u64 kind)
{
#if defined(CONFIG_ZONE_DEVICE) && defined(CONFIG_PCI_P2PDMA)
	/* one store to each member, on all paths: see sgp_pages_built() */
	struct page built = { .flags = p->flags };

	set_page_zone(&built, sgp_either(kind != 0, ZONE_DEVICE, ZONE_NORMAL));
	p->flags = built.flags;
	p->pgmap = (void *)(unsigned long)sgp_either(
		kind != 0, (unsigned long)sgp_provider_pgmap(kind == 1 ? 0 : 1), (unsigned long)p->pgmap);
#endif
}

static void sgp_build_page(const struct sgp_scenario *in, struct sgp_report *out, unsigned int j)
{
	const struct sgp_page *page = &in->world.pages[j];
	struct page *p;
	unsigned int k;

	SGP_ASSUME(PFN_RANGE, page->pfn < SGP_PFN_LIMIT && page->kind <= in->nproviders);
	for (k = 0; sgp_symbolic() && k < j; k++)
		SGP_ASSUME(PAGE_KIND, in->world.pages[k].pfn != page->pfn ||
				      in->world.pages[k].kind == page->kind);
	sgp_kind_apart(in, j);
	p = pfn_to_page((unsigned long)page->pfn);
	sgp_ctx.pages[j] = p;
	out->pages[j].pointer = (unsigned long)p;
	out->pages[j].phys = page->pfn << PAGE_SHIFT;
	out->pages[j].kind = page->kind;
	sgp_make_page(p, page->kind);
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

#if SGP_HAS_ANY_LIST
/*
 * On a list of any length: the scenario's entry is the observed one, and a count of all entries is
 * told as 1, the scenario's count. A count that is neither that nor 0 is told as one that no call
 * may return.
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
	if (op->code == SGP_OP_MAP_SG && step->ret)
		step->ret = step->ret == sgp_any_list.nents ? 1 : 2;
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
	if (op->code == SGP_OP_IOVA_WINDOW || op->code == SGP_OP_IOVA_SETUP)
#ifdef CONFIG_IOMMU_DMA
		return sgp_do_window_op(sgp_ctx.devices[op->device], op, step);
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
	sgp_note_list(in);
	out->world = in->world;
#ifdef CONFIG_PCI
	sgp_build_topology(&in->world);
	sgp_build_swiotlb(&in->world);
	sgp_build_devices(&in->world);
	sgp_build_iommu(&in->world, in->nproviders);
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
	sgp_pages_built();
}

/*
 * Proofs with a flat array name a page by its place there and let RAM begin at any frame: both are
 * unknown, and the place is no difference that would be divided by the size of a struct page. It
 * would be one where a table is extended by page frame numbers: then ARM's RAM begins at address 0.
 */
static void sgp_count_frames(const struct sgp_scenario *in)
{
#ifdef CONFIG_FLATMEM
	struct sgp_page *pages = (struct sgp_page *)in->world.pages;
	unsigned int j;

	if (!sgp_symbolic())
		return;
#ifdef CONFIG_ARM_PATCH_PHYS_VIRT
	if (in->ops[0].code >= SGP_OP_TABLE_ALLOC && in->ops[0].code <= SGP_OP_TABLE_SPLIT)
		__pv_phys_pfn_offset = 0;
#endif
	SGP_ASSUME(PFN_RANGE, ARCH_PFN_OFFSET < SGP_PFN_LIMIT);
	for (j = 0; j < in->npages; j++)
		pages[j].pfn += ARCH_PFN_OFFSET;
#endif
}

void SGP_CALL sgp_run(const struct sgp_scenario *in, struct sgp_report *out)
{
	unsigned int i;

	SGP_ASSUME(SHAPE, in->nents && in->nents <= SGP_MAX_NENTS && in->nops <= SGP_MAX_OPS &&
			  in->npages <= SGP_MAX_PAGES && in->nproviders <= SGP_MAX_PROVIDERS &&
			  (!in->split || in->split < in->nents));
	sgp_place_pages();
	sgp_count_frames(in);
	out->magic = SGP_MAGIC_REPORT;
	out->id = in->id;
	out->nents = in->nents;
	out->nops = in->nops;
	sgp_ctx.first = sgp_first;
	sgp_ctx.second = sgp_second;
	sgp_ctx.nents = in->nents;
	sgp_ctx.split = in->split;
	sgp_ctx.mapped = false;
#if SGP_HAS_ANY_LIST
	sgp_any_list.nents = 0;
#endif
	sgp_ctx.table.memory = &sgp_table_memory;
	sgp_ctx.table.apart = sgp_symbolic();
	sgp_havoc(&sgp_ctx.table.append, sizeof(sgp_ctx.table.append));
	sgp_empty_heap();
	sgp_forget_pages();
	sgp_forget_map();
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
		if (sgp_ctx.mapped)
			sgp_note_mapped();
		sgp_observe(&sgp_ctx, &out->steps[i]);
		sgp_translations();
	}
	out->status = SGP_STATUS_COMPLETE;
}
