// SPDX-License-Identifier: GPL-2.0
/*
 * Which pages a scenario's mappings refer to, with which device, offset and length: a walk over the
 * operations that only follows what is assigned to which entry. The realised world must agree
 * with the scenario on whether the device reaches each of these.
 */
#include "runner.h"

bool sgp_scenario_legal(const struct sgp_scenario *s)
{
	unsigned int i;

	if (s->magic != SGP_MAGIC_SCENARIO || !s->nents || s->nents > SGP_MAX_NENTS ||
	    s->nops > SGP_MAX_OPS || (s->split && s->split >= s->nents) ||
	    s->npages > SGP_MAX_PAGES || s->nproviders > SGP_MAX_PROVIDERS)
		return false;
	for (i = 0; i < s->npages; i++)
		if (s->world.pages[i].kind > s->nproviders)
			return false;
	for (i = 0; i < s->nops; i++) {
		const struct sgp_op *op = &s->ops[i];

		if (op->code >= SGP_OP_COUNT || op->device >= SGP_MAX_DEVICES ||
		    op->entry >= s->nents)
			return false;
		if ((op->code == SGP_OP_SET_PAGE || op->code == SGP_OP_ASSIGN_PAGE) &&
		    op->page >= s->npages)
			return false;
		if (!sgp_table_op_fits(op))
			return false;
		if (op->code == SGP_OP_TABLE_APPEND &&
		    op->page + (op->attrs == SGP_PAGES_APART ? op->raw : 1) > s->npages)
			return false;
		if (op->code == SGP_OP_PRIOR && s->world.prior[op->entry].page >= s->npages)
			return false;
	}
	return true;
}

static void extend(struct sgp_run *run, u64 page, u64 offset, u64 length)
{
	run->extent[page] = max(run->extent[page], max_t(u64, offset + length, PAGE_SIZE));
}

/* Whether the bounce buffers have a part in it, in a kernel that is right. */
bool sgp_use_bounces(const struct sgp_run *run, const struct sgp_use *use)
{
	const struct sgp_world *w = &run->scenario.world;
	const struct sgp_device *device = &w->devices[use->device];
	u64 end = (w->pages[use->page].pfn << PAGE_SHIFT) + use->offset + use->length - 1;

	if (w->iommu) /* what shares a granule with other memory */
		return device->untrusted && device->is_pci && !w->pages[use->page].kind;
	return !w->pages[use->page].kind && device->swiotlb_active &&
	       (device->force_bounce || end > min_not_zero(device->dma_mask, device->bus_dma_limit));
}

static void add_use(struct sgp_run *run, const struct sgp_use *entry, unsigned int device)
{
	struct sgp_use *use = &run->uses[run->nuses++];
	u64 *touched = &run->touched[entry->page];

	*use = *entry;
	use->device = device;
	if (sgp_use_bounces(run, use))
		*touched = max(*touched, use->offset + min(use->length, SGP_MOST_BOUNCED));
}

static void collect_devices(struct sgp_run *run)
{
	unsigned int i;

	memset(run->device_used, 0, sizeof(run->device_used));
	for (i = 0; i < run->scenario.nops; i++) {
		const struct sgp_op *op = &run->scenario.ops[i];

		switch (op->code) {
		case SGP_OP_MAP_SGTABLE:
		case SGP_OP_MAP_SG:
		case SGP_OP_UNMAP:
		case SGP_OP_SYNC_CPU:
		case SGP_OP_SYNC_DEVICE:
		case SGP_OP_SYNC_PART_CPU:
		case SGP_OP_SYNC_PART_DEVICE:
			run->device_used[op->device] = true;
		}
	}
}

static void collect_providers(struct sgp_run *run)
{
	unsigned int i;

	memset(run->provider_used, 0, sizeof(run->provider_used));
	for (i = 0; i < SGP_MAX_PAGES; i++)
		if (run->extent[i] && run->scenario.world.pages[i].kind)
			run->provider_used[run->scenario.world.pages[i].kind - 1] = true;
}

void sgp_collect_uses(struct sgp_run *run)
{
	const struct sgp_scenario *s = &run->scenario;
	struct sgp_use list[SGP_MAX_NENTS] = {};
	bool assigned[SGP_MAX_NENTS] = {};
	unsigned int i, k;

	run->nuses = 0;
	memset(run->extent, 0, sizeof(run->extent));
	memset(run->touched, 0, sizeof(run->touched));
	for (i = 0; i < s->nops; i++) {
		const struct sgp_op *op = &s->ops[i];
		const struct sgp_prior *prior = &s->world.prior[op->entry];
		struct sgp_use *use = &list[op->entry];

		switch (op->code) {
		case SGP_OP_INIT:
			memset(assigned, 0, sizeof(assigned));
			break;
		case SGP_OP_PRIOR:
			*use = (struct sgp_use){ prior->page, 0, prior->offset, prior->length };
			assigned[op->entry] = true;
			extend(run, prior->page, prior->offset, prior->length);
			break;
		case SGP_OP_SET_PAGE:
			*use = (struct sgp_use){ op->page, 0, op->offset, op->length };
			assigned[op->entry] = true;
			extend(run, op->page, op->offset, op->length);
			break;
		case SGP_OP_ASSIGN_PAGE:
			use->page = op->page;
			assigned[op->entry] = true;
			extend(run, op->page, use->offset, use->length);
			break;
		case SGP_OP_TABLE_APPEND: /* all of the pages, wherever they lie */
			for (k = 0; op->attrs == SGP_PAGES_APART && k < op->raw; k++) {
				extend(run, op->page + k, 0, PAGE_SIZE);
				run->touched[op->page + k] =
					max_t(u64, run->touched[op->page + k], PAGE_SIZE);
			}
			if (op->attrs == SGP_PAGES_APART)
				break;
			k = ((op->raw - 1) * op->attrs + 1) << PAGE_SHIFT;
			extend(run, op->page, 0, k);
			run->touched[op->page] = max_t(u64, run->touched[op->page], k);
			break;
		case SGP_OP_ASSIGN_RAW:
		case SGP_OP_CHAIN:
			assigned[op->entry] = false;
			break;
		case SGP_OP_MAP_SGTABLE:
		case SGP_OP_MAP_SG:
			for (k = 0; k < s->nents; k++)
				if (assigned[k])
					add_use(run, &list[k], op->device);
			break;
		}
	}
	collect_devices(run);
	collect_providers(run);
}

static bool redirects(const struct sgp_world *w, unsigned int device, unsigned int provider)
{
	return w->devices[device].port_acs > SGP_ACS_HARMLESS ||
	       w->providers[provider].port_acs > SGP_ACS_HARMLESS;
}

/* The map type that a scenario wants between a device and a provider. */
unsigned int sgp_effective_type(const struct sgp_run *run, unsigned int device,
				unsigned int provider)
{
	const struct sgp_world *w = &run->scenario.world;

	if (!w->devices[device].is_pci)
		return SGP_TYPE_NOT_SUPPORTED;
	if (w->providers[provider].cached_type[device])
		return w->providers[provider].cached_type[device];
	if (w->providers[provider].same_switch[device] && !redirects(w, device, provider))
		return SGP_TYPE_BUS_ADDR;
	return w->cpu_forwards_p2p ? SGP_TYPE_THRU_HOST_BRIDGE : SGP_TYPE_NOT_SUPPORTED;
}

/*
 * Whether the kernel looks at something for this map type that no machine here has: access control
 * of a port, or a host bridge other than the one that is there, which is in no list.
 */
bool sgp_type_needs_other_machine(const struct sgp_run *run, unsigned int device,
				  unsigned int provider)
{
	const struct sgp_world *w = &run->scenario.world;

	if (!w->devices[device].is_pci || w->providers[provider].cached_type[device])
		return false;
	if (w->devices[device].port_acs || w->providers[provider].port_acs)
		return true;
	if (w->providers[provider].same_switch[device])
		return false;
	return !w->cpu_forwards_p2p &&
	       (w->two_host_bridges || w->host_bridge[0] != SGP_HOST_BRIDGE_UNLISTED);
}

/* Whether it makes a difference that the device reaches the memory: not for bus segments. */
bool sgp_use_matters(const struct sgp_run *run, const struct sgp_use *use)
{
	u64 kind = run->scenario.world.pages[use->page].kind;

	if (run->scenario.world.iommu)
		return false; /* it reaches addresses that are made for it */
	return !kind || sgp_effective_type(run, use->device, kind - 1) == SGP_TYPE_THRU_HOST_BRIDGE;
}

bool sgp_is_map(const struct sgp_op *op)
{
	return op->code == SGP_OP_MAP_SGTABLE || op->code == SGP_OP_MAP_SG;
}

/* Whether two segments begin in one cache line: legal where caches are coherent. */
bool sgp_uses_overlap(const struct sgp_run *run)
{
	const struct sgp_page *pages = run->scenario.world.pages;
	unsigned int i, k;

	for (i = 0; i < run->nuses; i++)
		for (k = 0; k < i; k++) {
			u64 a = (pages[run->uses[i].page].pfn << PAGE_SHIFT) + run->uses[i].offset;
			u64 b = (pages[run->uses[k].page].pfn << PAGE_SHIFT) + run->uses[k].offset;

			if (a / L1_CACHE_BYTES == b / L1_CACHE_BYTES)
				return true;
		}
	return false;
}
