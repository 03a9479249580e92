// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: the driver of an IOMMU (struct iommu_domain_ops) and the addresses of its domains
 * (drivers/iommu/iova.c), one domain for each device or one for both.
 *
 * map_pages() enters all pages that it is asked for, but for one call that the scenario names: that
 * one enters some of the first (or none) and fails with -ENOMEM, or enters some and reports success
 * (include/linux/iommu.h). unmap_pages() removes them, where the scenario says so only some of the
 * first at a step's first call, and hands the range to the gather; iova_to_phys() says where an
 * address leads, 0: nowhere. alloc_iova_fast() gives a free range below the limit, aligned to its
 * size rounded up to a power of two, or 0; which, the scenario says (choices, in the order of the
 * calls) or, where that is 0, the highest one. None lies in a bus range of a provider: these are in
 * windows of the host bridge, which are reserved (IOM-6). Every call is an event.
 *
 * SGP_IOMMU_CALLS is the weaker contract of proofs: but for where the only call of map_pages() led,
 * nothing is kept from one call to the next, so a range that is handed out may overlap a live one
 * or a bus range, and it is aligned to granules and to segment boundaries only.
 */
#include "env_swiotlb.h"
#include "sgp_env.h"
#include "sgp_legal.h"

#ifdef CONFIG_IOMMU_DMA
#include <linux/iova.h>
#include <linux/log2.h>
#include <linux/pagemap.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/swiotlb.h>
#include <linux/timer.h>
#include <linux/version.h>
#include "env_iommu.h"

#define SGP_MAX_ENTRIES 24 /* runs of the page tables that are adjacent on both sides */
#define SGP_MAX_IOVAS 16   /* ranges handed out in a scenario */
#define SGP_MOST_PART (1ULL << 20) /* pages of a segment of 4 GiB */

/* Page table entries for adjacent pages; size 0: none. */
struct sgp_run_of_pages {
	struct iommu_domain *domain;
	sgp_u64 iova, phys, size;
};

/* A range that was handed out; live until it is given back. */
struct sgp_iova_range {
	struct iova_domain *space;
	struct iommu_domain *domain;
	sgp_u64 start, size;
	bool live;
};

static struct iommu_domain sgp_domain[SGP_MAX_DEVICES] SGP_ARBITRARY;
static struct dev_iommu sgp_dev_iommu[SGP_MAX_DEVICES] SGP_ARBITRARY;
static struct sgp_run_of_pages sgp_entries[SGP_MAX_ENTRIES];
static struct sgp_iova_range sgp_ranges[SGP_MAX_IOVAS];
static struct sgp_run_of_pages sgp_only_run; /* in proofs */
static unsigned int sgp_only_runs;
static unsigned int sgp_nproviders, sgp_nranges, sgp_iova_calls, sgp_map_calls, sgp_unmap_calls;

static const struct iommu_domain *sgp_step_domain; /* of the step's device */

static sgp_u64 sgp_other_domain(const struct iommu_domain *domain)
{
	return sgp_either(domain != sgp_step_domain, SGP_IOMMU_OTHER_DOMAIN, 0);
}

static bool sgp_keeps_tables(void)
{
	return sgp_world->iommu == SGP_IOMMU_TABLES;
}

/* What is behind the page tables' capacity is outside of what is looked at. */
static void sgp_enter(struct iommu_domain *domain, sgp_u64 iova, sgp_u64 phys, sgp_u64 size)
{
	struct sgp_run_of_pages *e;
	unsigned int i;

	for (i = 0; i < SGP_MAX_ENTRIES; i++) {
		e = &sgp_entries[i];
		if (e->size && e->domain == domain && e->iova + e->size == iova &&
		    e->phys + e->size == phys) {
			e->size += size;
			return;
		}
	}
	for (i = 0; i < SGP_MAX_ENTRIES && sgp_entries[i].size; i++)
		;
	SGP_ASSUME(TRANSLATION, i < SGP_MAX_ENTRIES);
	sgp_entries[i] = (struct sgp_run_of_pages){ domain, iova, phys, size };
}

static void sgp_remove(struct iommu_domain *domain, sgp_u64 iova, sgp_u64 size)
{
	unsigned int i;

	for (i = 0; i < SGP_MAX_ENTRIES; i++) {
		struct sgp_run_of_pages *e = &sgp_entries[i], old = *e;
		sgp_u64 end = old.iova + old.size;

		if (!old.size || old.domain != domain || end <= iova || old.iova >= iova + size)
			continue;
		e->size = old.iova < iova ? iova - old.iova : 0;
		if (end > iova + size)
			sgp_enter(domain, iova + size, old.phys + (iova + size - old.iova),
				  end - (iova + size));
	}
}

/* Where the only call led, for proofs of one entry. */
static void sgp_note_run(struct iommu_domain *domain, sgp_u64 iova, sgp_u64 phys, sgp_u64 size)
{
	if (!size)
		return;
	if (sgp_only_runs && sgp_only_run.iova + sgp_only_run.size == iova &&
	    sgp_only_run.phys + sgp_only_run.size == phys) {
		sgp_only_run.size += size;
		return;
	}
	sgp_only_run = (struct sgp_run_of_pages){ domain, iova, phys, size };
	sgp_only_runs++;
}

/* Without branches: in a proof each is a question. */
static int sgp_map_pages(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr,
			 size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	const struct sgp_world *world = sgp_world;
	bool named = (world->iommu_fails_in == sgp_current_step() + 1) &
		     (world->iommu_fails_at == sgp_map_calls);
	bool fails = named & !world->iommu_part_ok;
	sgp_u64 size = pgsize * pgcount, pages = world->iommu_part, most, part;

	pages += !pages & !fails; /* a success has at least one */
	most = pgsize * pages;
	part = sgp_either(named, sgp_either(most < size, most, size), size);
	sgp_map_calls++;
	sgp_event(SGP_EV_IOMMU_MAP, iova, paddr, size,
		  prot | (fails ? SGP_IOMMU_ERROR : 0) | sgp_other_domain(domain), part);
	if (!sgp_keeps_tables()) {
		if (!sgp_proves_list())
			sgp_note_run(domain, iova, paddr, part);
	} else if (part) {
		sgp_remove(domain, iova, part);
		sgp_enter(domain, iova, paddr, part);
	}
	*mapped = part;
	return fails ? -ENOMEM : 0;
}

static size_t sgp_unmap_pages(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
			      size_t pgcount, struct iommu_iotlb_gather *gather)
{
	size_t size = pgsize * pgcount, part = size;

	if (!sgp_unmap_calls++ && sgp_world->iommu_unmaps_part)
		part = min(size, pgsize * (size_t)sgp_world->iommu_unmaps_part);
	if (sgp_keeps_tables())
		sgp_remove(domain, iova, part);
	/* flushes what was removed before, if that is of another size; this part is not flushed by it */
	iommu_iotlb_gather_add_page(domain, gather, iova, part);
	sgp_event(SGP_EV_IOMMU_UNMAP, iova, size, 0, sgp_other_domain(domain), part);
	return part;
}

static phys_addr_t sgp_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	unsigned int i;

	if (!sgp_keeps_tables()) {
		const struct sgp_run_of_pages *e = &sgp_only_run;

		if (sgp_only_runs != 1 || sgp_proves_list())
			return beyond_the_contract();
		return iova - e->iova < e->size ? e->phys + (iova - e->iova) : 0;
	}
	for (i = 0; i < SGP_MAX_ENTRIES; i++) {
		const struct sgp_run_of_pages *e = &sgp_entries[i];

		if (e->size && e->domain == domain && iova >= e->iova && iova - e->iova < e->size)
			return e->phys + (iova - e->iova);
	}
	return 0;
}

static void sgp_iotlb_sync(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
	sgp_event(SGP_EV_IOMMU_FLUSH, 0, 0, 0, 0, 0);
}

static void sgp_flush_iotlb_all(struct iommu_domain *domain)
{
	sgp_event(SGP_EV_IOMMU_FLUSH, 0, 0, 0, 0, 0);
}

static const struct iommu_domain_ops sgp_domain_ops = {
	.map_pages = sgp_map_pages,
	.unmap_pages = sgp_unmap_pages,
	.iova_to_phys = sgp_iova_to_phys,
	.iotlb_sync = sgp_iotlb_sync,
	.flush_iotlb_all = sgp_flush_iotlb_all,
};

/* IOM-6: windows of the host bridge are reserved (env_windows.c), and bus ranges lie in them. */
static bool sgp_is_reserved(sgp_u64 start, sgp_u64 size)
{
	unsigned int k;

	for (k = 0; k < sgp_nproviders; k++) {
		const struct sgp_provider *p = &sgp_world->providers[k];

		if (sgp_overlaps(start, size, p->bus_start, p->size))
			return true;
	}
	return false;
}

static bool sgp_is_free(const struct iova_domain *space, sgp_u64 start, sgp_u64 size)
{
	unsigned int i;

	if (sgp_is_reserved(start, size))
		return false;
	for (i = 0; i < sgp_nranges; i++) {
		const struct sgp_iova_range *r = &sgp_ranges[i];

		if (r->live && r->space == space && start < r->start + r->size &&
		    r->start < start + size)
			return false;
	}
	return true;
}

/* The highest free range, aligned: below the limit, or below one that is taken or reserved. */
static sgp_u64 sgp_highest(const struct iova_domain *space, sgp_u64 size, sgp_u64 align,
			   sgp_u64 end)
{
	sgp_u64 best = 0, at, below;
	unsigned int i;

	for (i = 0; i <= sgp_nranges + sgp_nproviders; i++) {
		below = end;
		if (i < sgp_nranges)
			below = min(sgp_ranges[i].start, end);
		else if (i < sgp_nranges + sgp_nproviders)
			below = min(sgp_world->providers[i - sgp_nranges].bus_start, end);
		if (below < size)
			continue;
		at = (below - size) & ~(align - 1);
		if (at > best && sgp_is_free(space, at, size))
			best = at;
	}
	return best;
}

/* As the runner does: one that covers an older one, given back meanwhile, takes its place. */
static void sgp_keep(struct sgp_iova_range range)
{
	unsigned int i;

	for (i = 0; i < sgp_nranges; i++) {
		const struct sgp_iova_range *old = &sgp_ranges[i];

		if (!old->live && old->domain == range.domain && old->start >= range.start &&
		    old->start + old->size <= range.start + range.size)
			break;
	}
	SGP_ASSUME(TRANSLATION, i < SGP_MAX_IOVAS);
	sgp_ranges[i] = range;
	sgp_nranges = max(sgp_nranges, i + 1);
}

/*
 * Proofs are told no more of the alignment to the size than a segment boundary relies on: a range
 * that is not longer crosses none, and others begin at one.
 */
static bool sgp_crosses(const struct sgp_device *device, sgp_u64 start, sgp_u64 bytes)
{
	sgp_u64 mask = device->segment_boundary, behind = start & mask;

	return mask && behind && bytes - 1 > mask - behind;
}

static bool sgp_is_aligned(const struct iova_domain *space, sgp_u64 start, sgp_u64 bytes)
{
	const struct sgp_device *devices = sgp_world->devices;

	if (sgp_keeps_tables())
		return !(start & (roundup_pow_of_two(bytes) - 1));
	return !(start & ((1ULL << iova_shift((struct iova_domain *)space)) - 1)) &
	       !sgp_crosses(&devices[0], start, bytes) & !sgp_crosses(&devices[1], start, bytes);
}

unsigned long alloc_iova_fast(struct iova_domain *iovad, unsigned long size,
			      unsigned long limit_pfn, bool flush_rcache)
{
	unsigned long shift = iova_shift(iovad);
	sgp_u64 bytes = (sgp_u64)size << shift, end = ((sgp_u64)limit_pfn + 1) << shift;
	sgp_u64 start;
	bool none;

	if (!sgp_keeps_tables() && sgp_iova_calls >= SGP_PROOF_IOVAS)
		return beyond_the_contract();
	SGP_ASSUME(TRANSLATION, sgp_iova_calls < SGP_MAX_CHOICES);
	start = sgp_world->choices[sgp_iova_calls++];
	SGP_ASSUME(TRANSLATION, sgp_keeps_tables() || start); /* 0: the contract chooses, in executions */
	none = (sgp_world->iova_fails_in == sgp_current_step() + 1) | (start == ~0ULL);
	if (sgp_keeps_tables() && !none && !start)
		start = sgp_highest(iovad, bytes, roundup_pow_of_two(bytes), end);
	start = sgp_either(none, 0, start);
	SGP_ASSUME(TRANSLATION, !start | (sgp_is_aligned(iovad, start, bytes) & (bytes <= end) &
					  (start <= end - bytes)));
	start &= ~((1ULL << shift) - 1); /* as assumed: in a proof this shows in the term */
	sgp_event(SGP_EV_IOVA_ALLOC, bytes, end - 1, 0, 0, start);
	if (!sgp_keeps_tables())
		return start >> shift;
	SGP_ASSUME(TRANSLATION, !start || sgp_is_free(iovad, start, bytes));
	if (start)
		sgp_keep((struct sgp_iova_range){ iovad, &sgp_domain[sgp_cookie_of(iovad)], start,
						    bytes, true });
	return start >> shift;
}

void free_iova_fast(struct iova_domain *iovad, unsigned long pfn, unsigned long size)
{
	unsigned long shift = iova_shift(iovad);
	sgp_u64 start = (sgp_u64)pfn << shift, bytes = (sgp_u64)size << shift;
	unsigned int i;

	sgp_event(SGP_EV_IOVA_FREE, start, bytes, 0, 0, 0);
	if (!sgp_keeps_tables())
		return;
	for (i = 0; i < sgp_nranges; i++)
		if (sgp_ranges[i].live && sgp_ranges[i].start == start &&
		    sgp_ranges[i].size == bytes) {
			sgp_ranges[i].live = false;
			return;
		}
}

/*
 * The flush queue and page tables that are freed late: no domain here has them.
 */
void put_pages_list(struct list_head *pages)
{
	if (!list_empty(pages))
		beyond_the_contract();
}

void __folio_put(struct folio *folio)
{
	beyond_the_contract();
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	return beyond_the_contract();
}

/*
 * Where an address leads and how far what follows leads on from there; or, without a domain, how far
 * it leads nowhere. Physical address 0 is a place like others.
 */
static struct sgp_run_of_pages sgp_look_up(struct iommu_domain *domain, sgp_u64 at, sgp_u64 end)
{
	struct sgp_run_of_pages found = { NULL, at, 0, end - at };
	unsigned int i;

	for (i = 0; i < SGP_MAX_ENTRIES; i++) {
		const struct sgp_run_of_pages *e = &sgp_entries[i];

		if (!e->size || e->domain != domain)
			continue;
		if (at >= e->iova && at - e->iova < e->size)
			return (struct sgp_run_of_pages){ domain, at, e->phys + (at - e->iova),
							  min(e->iova + e->size, end) - at };
		if (e->iova > at)
			found.size = min(found.size, e->iova - at);
	}
	return found;
}

void sgp_translations(void)
{
	unsigned int i;

	if (!sgp_keeps_tables())
		return;
	for (i = 0; i < sgp_nranges; i++) {
		const struct sgp_iova_range *r = &sgp_ranges[i];
		struct sgp_run_of_pages run = { r->domain, 0, 0, 0 }, next;
		sgp_u64 at, end = r->start + r->size;

		for (at = r->start; at < end; at += next.size) {
			next = sgp_look_up(r->domain, at, end);
			if (run.size && next.domain && next.phys == run.phys + run.size) {
				run.size += next.size;
				continue;
			}
			if (run.size)
				sgp_event(SGP_EV_TRANSLATES, run.iova, run.phys, run.size, 0, 0);
			run = next;
			run.size = next.domain ? next.size : 0;
		}
		if (run.size)
			sgp_event(SGP_EV_TRANSLATES, run.iova, run.phys, run.size, 0, 0);
	}
}

void sgp_begin_iommu_step(unsigned int device)
{
	sgp_map_calls = sgp_unmap_calls = 0;
	sgp_step_domain = &sgp_domain[sgp_world->iommu_one_group ? 0 : device];
}

static void sgp_build_domain(unsigned int group, unsigned long granule)
{
	struct iommu_domain *domain = &sgp_domain[group];

	domain->type = IOMMU_DOMAIN_DMA;
	domain->ops = &sgp_domain_ops;
	domain->pgsize_bitmap = granule | (sgp_keeps_tables() ? SZ_2M | SZ_1G : 0);
	domain->geometry.aperture_start = 0;
	domain->geometry.aperture_end = SGP_APERTURE_END;
	domain->geometry.force_aperture = true;
	sgp_give_cookie(domain, group, granule);
}

static void sgp_attach_iommu(struct device *dev, unsigned int group, unsigned int index,
			     const struct sgp_world *world)
{
	sgp_use_iommu(dev, world->iommu);
	if (!world->iommu)
		return;
	sgp_build_domain(group, world->iommu_granule);
	sgp_join_group(dev, group, &sgp_domain[group]);
	dev->iommu = &sgp_dev_iommu[index];
	if (dev_is_pci(dev))
		to_pci_dev(dev)->untrusted = world->devices[index].untrusted;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	dev->iommu->pci_32bit_workaround = dev_is_pci(dev);
#endif
}

void sgp_build_iommu(const struct sgp_world *world, unsigned int nproviders)
{
	sgp_u64 granule = world->iommu_granule;
	unsigned int i;

	SGP_ASSUME(TRANSLATION, world->iommu <= SGP_IOMMU_CALLS && world->iommu_one_group <= world->iommu);
	SGP_ASSUME(TRANSLATION, world->iommu_part <= SGP_MOST_PART && world->iommu_part_ok <= 1 &&
				world->iommu_unmaps_part <= SGP_MOST_PART);
	sgp_nproviders = nproviders;
	sgp_nranges = sgp_iova_calls = sgp_map_calls = sgp_only_runs = 0;
	for (i = 0; world->iommu && i < SGP_MAX_ENTRIES; i++)
		sgp_entries[i].size = 0;
	if (world->iommu)
		SGP_ASSUME(TRANSLATION, granule == PAGE_SIZE);
	sgp_build_iommu_bounce(world);
	sgp_forget_windows();
	for (i = 0; i < SGP_MAX_DEVICES; i++)
		sgp_attach_iommu(sgp_device(i), world->iommu_one_group ? 0 : i, i, world);
}
#else
void sgp_translations(void)
{
}

void sgp_begin_iommu_step(unsigned int device)
{
}

void sgp_build_iommu(const struct sgp_world *world, unsigned int nproviders)
{
	SGP_ASSUME(TRANSLATION, !world->iommu);
}
#endif
