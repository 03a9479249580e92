/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One operation on a scatterlist through the kernel's own API, and the observation of the list.
 * Included by the extraction harness and by the runner in a booted kernel, so both do the same.
 *
 * The accessors of the bus-address mark differ between trees; SGP_IS_BUS, SGP_MARK_BUS and
 * SGP_UNMARK_BUS come from the generated sgp_accessors.h, which names those of the tree under check.
 * Whoever includes this has declared sgp_event(), sgp_map_page(), sgp_unmap_page(),
 * sgp_mark_beside() and sgp_look_beside().
 */
#ifndef SGP_OPS_H
#define SGP_OPS_H

#include <linux/scatterlist.h>
#include <linux/dma-mapping.h>
#include "sgp_abi.h"
#include "sgp_accessors.h"
#include "sgp_maps.h"
#include "sgp_table_ops.h"

/* A list under test: where its entries and what the operations refer to are. */
struct sgp_ctx {
	struct scatterlist *first;  /* first table, split+1 or nents entries */
	struct scatterlist *second; /* second table where split != 0 */
	unsigned int nents;
	unsigned int split;
	struct page *pages[SGP_MAX_PAGES];
	struct device *devices[SGP_MAX_DEVICES];
	struct sg_table sgt;
	bool mapped; /* the last map call succeeded and was not undone */
	bool by_table; /* it was dma_map_sgtable() */
	struct sgp_table table; /* of the TABLE_ operations */
};

static inline struct scatterlist *sgp_entry(struct sgp_ctx *ctx, unsigned int i)
{
	if (!ctx->split || i < ctx->split)
		return ctx->first + i;
	return ctx->second + (i - ctx->split);
}

static inline void sgp_observe_entry(struct scatterlist *sg, struct sgp_entry_obs *obs)
{
	obs->is_chain = sg_is_chain(sg) ? 1 : 0;
	obs->is_last = sg_is_last(sg) ? 1 : 0;
	obs->is_bus = SGP_IS_BUS(sg) ? 1 : 0;
	if (obs->is_chain) { /* DEBUG_SG forbids sg_page() on a chain entry */
		obs->page = 0;
		obs->chain = (unsigned long)sg_chain_ptr(sg);
	} else {
		obs->page = (unsigned long)sg_page(sg);
		obs->chain = 0;
	}
	obs->offset = sg->offset;
	obs->length = sg->length;
	obs->dma_address = sg_dma_address(sg);
	obs->dma_length = sg_dma_len(sg);
}

static inline void sgp_observe(struct sgp_ctx *ctx, struct sgp_step *step)
{
	unsigned int i;

	for (i = 0; i < ctx->nents; i++)
		sgp_observe_entry(sgp_entry(ctx, i), &step->entries[i]);
	step->done = 1;
}

static inline void sgp_init_list(struct sgp_ctx *ctx)
{
	if (!ctx->split) {
		sg_init_table(ctx->first, ctx->nents);
		return;
	}
	sg_init_table(ctx->first, ctx->split + 1);
	sg_init_table(ctx->second, ctx->nents - ctx->split);
	sg_chain(ctx->first, ctx->split + 1, ctx->second);
}

static inline void sgp_prior(struct sgp_ctx *ctx, struct scatterlist *sg,
			     const struct sgp_prior *prior)
{
	sg_set_page(sg, ctx->pages[prior->page], prior->length, prior->offset);
	sg_dma_address(sg) = prior->dma_address;
#ifdef CONFIG_NEED_SG_DMA_LENGTH
	sg_dma_len(sg) = prior->dma_length;
#endif
}

/* Performs one operation; false for a code it does not know. */
static inline bool sgp_do_op(struct sgp_ctx *ctx, const struct sgp_world *world,
			     const struct sgp_op *op, struct sgp_step *step)
{
	struct scatterlist *sg = sgp_entry(ctx, op->entry);
	struct device *dev = ctx->devices[op->device];

	switch (op->code) {
	case SGP_OP_NOP:
		return true;
	case SGP_OP_INIT:
		sgp_init_list(ctx);
		return true;
	case SGP_OP_PRIOR:
		sgp_prior(ctx, sg, &world->prior[op->entry]);
		return true;
	case SGP_OP_SET_PAGE:
		sg_set_page(sg, ctx->pages[op->page], op->length, op->offset);
		return true;
	case SGP_OP_ASSIGN_PAGE:
		sg_assign_page(sg, ctx->pages[op->page]);
		return true;
	case SGP_OP_ASSIGN_RAW:
		sg_assign_page(sg, (struct page *)(unsigned long)op->raw);
		return true;
	case SGP_OP_MARK_END:
		sg_mark_end(sg);
		return true;
	case SGP_OP_UNMARK_END:
		sg_unmark_end(sg);
		return true;
	case SGP_OP_CHAIN:
		sg_chain(sg, 1, (struct scatterlist *)(unsigned long)op->raw);
		return true;
	case SGP_OP_MARK_BUS:
		SGP_MARK_BUS(sg);
		return true;
	case SGP_OP_UNMARK_BUS:
		SGP_UNMARK_BUS(sg);
		return true;
	case SGP_OP_PHYS:
		step->ret = sg_phys(sg);
		return true;
#if SGP_MAPS_LISTS
	case SGP_OP_MAP_SGTABLE:
		ctx->sgt.sgl = ctx->first;
		ctx->sgt.nents = ctx->nents;
		ctx->sgt.orig_nents = ctx->nents;
		step->ret = (long long)dma_map_sgtable(dev, &ctx->sgt, op->dir, op->attrs);
		step->out_nents = ctx->sgt.nents;
		ctx->mapped = !step->ret;
		ctx->by_table = true;
		return true;
	case SGP_OP_MAP_SG:
		ctx->by_table = false;
		step->ret = dma_map_sg_attrs(dev, ctx->first, ctx->nents, op->dir, op->attrs);
		ctx->mapped = step->ret && step->ret <= ctx->nents;
		return true;
	case SGP_OP_UNMAP: /* legal only after a map call that succeeded */
		if (!ctx->mapped)
			return true;
		ctx->mapped = false;
		if (ctx->by_table)
			dma_unmap_sgtable(dev, &ctx->sgt, op->dir, op->attrs);
		else
			dma_unmap_sg_attrs(dev, ctx->first, ctx->nents, op->dir, op->attrs);
		return true;
	case SGP_OP_SYNC_CPU:
		if (ctx->mapped)
			dma_sync_sg_for_cpu(dev, ctx->first, ctx->nents, op->dir);
		return true;
	case SGP_OP_SYNC_DEVICE:
		if (ctx->mapped)
			dma_sync_sg_for_device(dev, ctx->first, ctx->nents, op->dir);
		return true;
	case SGP_OP_SYNC_PART_CPU:
		if (ctx->mapped && !SGP_IS_BUS(sg))
			dma_sync_single_range_for_cpu(dev, sg_dma_address(sg), op->offset,
						      op->length, op->dir);
		return true;
	case SGP_OP_SYNC_PART_DEVICE:
		if (ctx->mapped && !SGP_IS_BUS(sg))
			dma_sync_single_range_for_device(dev, sg_dma_address(sg), op->offset,
							 op->length, op->dir);
		return true;
#endif
	default:
		return sgp_do_table_op(&ctx->table, world, op, &ctx->pages[op->page], step);
	}
}

#endif /* SGP_OPS_H */
