// SPDX-License-Identifier: GPL-2.0
/* What a legal list of a device behind an IOMMU is, in proofs. */
#include "sgp_env.h"
#include "sgp_legal.h"

/* Of the segment that each entry was last given: */
static sgp_u64 sgp_start[SGP_MAX_NENTS];   /* physical address of its first byte */
static sgp_u64 sgp_end[SGP_MAX_NENTS];	   /* and behind its last */
static unsigned int sgp_page[SGP_MAX_NENTS];

static bool sgp_several;
static bool sgp_was_mapped; /* a map call has succeeded */

void sgp_note_list(const struct sgp_scenario *in)
{
	sgp_was_mapped = false;
	sgp_several = in->world.iommu == SGP_IOMMU_CALLS && in->nents > 1;
}

bool sgp_proves_list(void)
{
	return sgp_several;
}

/*
 * In proofs behind an IOMMU lists are followed apart by which entries need addresses, which are
 * reached by bus address, and which is the first that the device does not reach.
 */
void sgp_kind_apart(const struct sgp_scenario *in, unsigned int j)
{
	const struct sgp_provider *providers = in->world.providers;
	sgp_u64 kind = in->world.pages[j].kind, type;
	static bool refused;
	bool mapped;

	if (!sgp_several)
		return;
	type = providers[kind == 2 ? 1 : 0].cached_type[0];
	SGP_ASSUME(TYPES_CACHED, !kind | (type != SGP_TYPE_UNKNOWN));
	mapped = !kind | (type == SGP_TYPE_THRU_HOST_BRIDGE);
	if (!j)
		refused = false;
	if (!refused)
		refused = sgp_case(sgp_either(mapped, 0, sgp_either(type == SGP_TYPE_BUS_ADDR, 1, 2))) == 2;
}

void sgp_note_segment(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_page *page = &in->world.pages[op->page];

	sgp_page[op->entry] = op->page;
	sgp_start[op->entry] = (page->pfn << PAGE_SHIFT) + op->offset;
	sgp_end[op->entry] = sgp_start[op->entry] + op->length;
}

void sgp_note_mapped(void)
{
	sgp_was_mapped = true;
}

/* Whether the device that maps the list reaches an entry by its bus address. */
static bool sgp_by_bus(const struct sgp_scenario *in, const struct sgp_op *map, unsigned int i)
{
	sgp_u64 kind = in->world.pages[sgp_page[i]].kind;

	return kind && in->world.providers[kind - 1].cached_type[map->device] == SGP_TYPE_BUS_ADDR;
}

/* Whether it is not known to reach it at all. */
static bool sgp_may_refuse(const struct sgp_scenario *in, const struct sgp_op *map, unsigned int i)
{
	sgp_u64 kind = in->world.pages[sgp_page[i]].kind;

	return kind && !sgp_by_bus(in, map, i) &&
	       in->world.providers[kind - 1].cached_type[map->device] != SGP_TYPE_THRU_HOST_BRIDGE;
}

/* What released kernels do not map is left to executions: corpus/known/iommu-peer-behind-memory. */
void sgp_legal_last_entry(const struct sgp_scenario *in, const struct sgp_op *map)
{
	unsigned int last = in->nents - 1, i = last;

	if (!sgp_several)
		return;
	while (i && sgp_by_bus(in, map, i))
		i--;
	SGP_ASSUME(PEER_BEHIND, sgp_by_bus(in, map, i) || i == last ||
				sgp_start[last] != PAGE_ALIGN(sgp_end[i]));
}

/*
 * Released kernels take what an earlier use left in the DMA fields for something of their own where
 * a list is refused, from the entry that is refused on: corpus/known/iommu-refused-list-reused.
 */
void sgp_legal_reuse(const struct sgp_scenario *in, const struct sgp_op *map)
{
	bool refused = false;
	unsigned int i;

	if (in->world.iommu != SGP_IOMMU_CALLS)
		return;
	for (i = 0; i < in->nents; i++) {
		const struct sgp_prior *prior = &in->world.prior[i];

		refused = refused || sgp_may_refuse(in, map, i);
		SGP_ASSUME(REFUSED_REUSED, !refused || (!prior->dma_address && !prior->dma_length &&
							!sgp_was_mapped));
	}
}
