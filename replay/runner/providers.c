// SPDX-License-Identifier: GPL-2.0
/*
 * Providers: ranges of the BARs of ivshmem devices, one device per island. A range is registered
 * with pci_p2pdma_add_resource() the first time a scenario asks for its bus offset, and kept. The
 * offset is given by the host bridge window that contains the BAR: bus = cpu - window->offset; it
 * is changed only while the range is registered.
 */
#include <linux/memremap.h>
#include <linux/pci-p2pdma.h>
#include <linux/xarray.h>
#include "runner.h"

#define IVSHMEM_VENDOR 0x1af4
#define IVSHMEM_DEVICE 0x1110
#define IVSHMEM_BAR 2

#ifndef CONFIG_PCI_P2PDMA

int sgp_providers_init(void)
{
	return 0;
}

bool sgp_providers_present(void)
{
	return false;
}

bool sgp_cpu_forwards(void)
{
	return false;
}

sgp_reason sgp_place_providers(struct sgp_run *run)
{
	unsigned int p;

	for (p = 0; p < SGP_MAX_PROVIDERS; p++)
		if (run->provider_used[p])
			return SGP_UNREPLAYABLE_NO_P2PDMA;
	return SGP_UNREPLAYABLE_NONE;
}

bool sgp_provider_owned(u64 phys, u64 *start, u64 *end)
{
	return false;
}

bool sgp_bus_and_pool_kept(const struct sgp_run *run)
{
	return true;
}

sgp_reason sgp_set_map_types(struct sgp_run *run)
{
	return SGP_UNREPLAYABLE_NONE;
}

#else
#include "p2p_offsets.h"

static_assert(SGP_P2PDMA_TYPE_UNKNOWN == SGP_TYPE_UNKNOWN);
static_assert(SGP_P2PDMA_TYPE_NOT_SUPPORTED == SGP_TYPE_NOT_SUPPORTED);
static_assert(SGP_P2PDMA_TYPE_BUS_ADDR == SGP_TYPE_BUS_ADDR);
static_assert(SGP_P2PDMA_TYPE_THRU_HOST_BRIDGE == SGP_TYPE_THRU_HOST_BRIDGE);

#define GRANULE (2ULL << 20) /* least range that gets struct pages */
#define MAX_RANGES 1024

struct bar_range {
	unsigned int island;
	unsigned int provider; /* providers with one offset are still two */
	u64 bus_offset;
	u64 start;
	u64 size;
};

static struct pci_dev *bars[SGP_ISLANDS];
static u64 taken[SGP_ISLANDS]; /* bytes of the BAR in use */
static struct bar_range ranges[MAX_RANGES];
static unsigned int nranges;
static bool forwards;

int sgp_providers_init(void)
{
	struct pci_dev *pdev = NULL;

	while ((pdev = pci_get_device(IVSHMEM_VENDOR, IVSHMEM_DEVICE, pdev))) {
		unsigned int island = sgp_island(pdev);

		if (island < SGP_ISLANDS && !bars[island])
			bars[island] = pci_dev_get(pdev);
	}
	forwards = boot_cpu_data.x86_vendor == X86_VENDOR_AMD && boot_cpu_data.x86 >= 0x17;
	return 0;
}

bool sgp_providers_present(void)
{
	return bars[0] != NULL;
}

bool sgp_cpu_forwards(void)
{
	return forwards;
}

/* The host bridge window through which the BAR is seen. */
static struct resource_entry *window_of(struct pci_dev *pdev)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(pdev->bus);
	struct resource_entry *window;

	resource_list_for_each_entry(window, &bridge->windows)
		if (resource_contains(window->res, &pdev->resource[IVSHMEM_BAR]))
			return window;
	return NULL;
}

static int register_range(struct bar_range *r)
{
	struct pci_dev *pdev = bars[r->island];
	struct resource_entry *window = window_of(pdev);
	u64 at = taken[r->island];
	resource_size_t saved;
	int ret;

	if (!window || at + r->size > pci_resource_len(pdev, IVSHMEM_BAR))
		return -ENOSPC;
	saved = window->offset;
	window->offset = -r->bus_offset;
	ret = pci_p2pdma_add_resource(pdev, IVSHMEM_BAR, r->size, at);
	window->offset = saved;
	if (ret)
		return ret;
	taken[r->island] += r->size;
	r->start = pci_resource_start(pdev, IVSHMEM_BAR) + at;
	return 0;
}

static const struct bar_range *find_range(unsigned int island, unsigned int provider, u64 bus_offset,
				      u64 size)
{
	struct bar_range *r;
	unsigned int i;

	for (i = 0; i < nranges; i++) {
		r = &ranges[i];
		if (r->island == island && r->provider == provider &&
		    r->bus_offset == bus_offset && r->size >= size)
			return r;
	}
	if (nranges == MAX_RANGES || !bars[island])
		return NULL;
	r = &ranges[nranges];
	*r = (struct bar_range){ island, provider, bus_offset, 0, size };
	if (register_range(r))
		return NULL;
	nranges++;
	return r;
}

/* Whether the address is in a range that is registered, and where that begins and ends. */
bool sgp_provider_owned(u64 phys, u64 *start, u64 *end)
{
	unsigned int i;

	for (i = 0; i < nranges; i++) {
		*start = ranges[i].start;
		*end = *start + ranges[i].size;
		if (phys >= *start && phys < *end)
			return true;
	}
	return false;
}

/* Pages of the provider that operations refer to, as page indices within it: [first, end). */
static void page_window(const struct sgp_run *run, unsigned int p, u64 *first, u64 *end)
{
	const struct sgp_world *w = &run->scenario.world;
	unsigned int i;

	*first = U64_MAX;
	*end = 0;
	for (i = 0; i < SGP_MAX_PAGES; i++) {
		u64 index = w->pages[i].pfn - (w->providers[p].cpu_start >> PAGE_SHIFT);

		if (w->pages[i].kind != p + 1 || !run->extent[i])
			continue;
		*first = min(*first, index);
		*end = max(*end, index + DIV_ROUND_UP_ULL(run->extent[i], PAGE_SIZE));
	}
}

/*
 * Chooses a range for each provider in use; ctx.pages of its pages. Pages keep their place from the
 * provider's start where the BAR is large enough, else their distances.
 */
sgp_reason sgp_place_providers(struct sgp_run *run)
{
	const struct sgp_world *w = &run->scenario.world;
	unsigned int p, i;

	for (p = 0; p < SGP_MAX_PROVIDERS; p++) {
		const struct sgp_provider *want = &w->providers[p];
		unsigned int island = run->provider_islands[p];
		const struct bar_range *r;
		u64 first, end, size;

		if (!run->provider_used[p])
			continue;
		if (!bars[island])
			return SGP_UNREPLAYABLE_MAP_TYPE;
		page_window(run, p, &first, &end);
		if (first > want->size >> PAGE_SHIFT)
			return SGP_UNREPLAYABLE_PAGE; /* not the provider's page */
		size = max(end << PAGE_SHIFT, GRANULE);
		if (size <= 4 * GRANULE) {
			first = 0;
		} else {
			first = round_down(first, GRANULE >> PAGE_SHIFT);
			size = (end - first) << PAGE_SHIFT;
		}
		r = find_range(island, p, want->bus_start - want->cpu_start,
			       round_up(size, GRANULE));
		if (!r)
			return SGP_UNREPLAYABLE_OFFSET;
		run->record->report.world.providers[p].cpu_start = r->start;
		run->record->report.world.providers[p].size = r->size;
		run->record->report.world.providers[p].bus_start = r->start + r->bus_offset;
		for (i = 0; i < SGP_MAX_PAGES; i++) {
			u64 index = w->pages[i].pfn - (want->cpu_start >> PAGE_SHIFT) - first;

			if (w->pages[i].kind == p + 1 && run->extent[i])
				run->ctx.pages[i] = pfn_to_page((r->start >> PAGE_SHIFT) + index);
		}
	}
	return SGP_UNREPLAYABLE_NONE;
}

/*
 * Whether bus addresses are inside the bounce pool exactly where the scenario's are: a kernel that
 * takes one for the other shows it only there.
 */
bool sgp_bus_and_pool_kept(const struct sgp_run *run)
{
	const struct sgp_world *w = &run->scenario.world, *real = &run->record->report.world;
	unsigned int i;
	u64 start, end;

	sgp_bounce_pool(&start, &end);
	for (i = 0; i < run->nuses; i++) {
		const struct sgp_use *u = &run->uses[i];
		const struct sgp_page *page = &w->pages[u->page];
		const struct sgp_provider *want, *got;
		u64 at, at0;

		if (!page->kind)
			continue;
		want = &w->providers[page->kind - 1];
		got = &real->providers[page->kind - 1];
		at0 = (page->pfn << PAGE_SHIFT) + u->offset + want->bus_start - want->cpu_start;
		at = page_to_phys(run->ctx.pages[u->page]) + u->offset + got->bus_start -
		     got->cpu_start;
		if ((at0 >= w->swiotlb_start && at0 < w->swiotlb_end) != (at >= start && at < end))
			return false;
	}
	return true;
}

/* Providers on one island are ranges of one device, which has one type for each client. */
static void share_map_types(struct sgp_run *run)
{
	struct sgp_provider *real = run->record->report.world.providers;
	unsigned int d, p, other;

	for (p = 0; p < SGP_MAX_PROVIDERS; p++)
		for (other = 0; other < SGP_MAX_PROVIDERS; other++)
			for (d = 0; d < SGP_MAX_DEVICES; d++)
				if (run->provider_used[p] && run->provider_used[other] &&
				    run->provider_islands[p] == run->provider_islands[other] &&
				    !real[p].cached_type[d])
					real[p].cached_type[d] = real[other].cached_type[d];
}

/* Fills or empties the kernel's cache of map types, as the scenario says. */
sgp_reason sgp_set_map_types(struct sgp_run *run)
{
	struct sgp_world *real = &run->record->report.world;
	unsigned int d, p;

	for (p = 0; p < SGP_MAX_PROVIDERS; p++) {
		struct pci_dev *pdev = bars[run->provider_islands[p]];

		if (!run->provider_used[p] || !pdev->p2pdma)
			continue;
		xa_destroy((struct xarray *)((char *)rcu_dereference_raw(pdev->p2pdma) +
					     SGP_P2PDMA_MAP_TYPES));
	}
	for (p = 0; p < SGP_MAX_PROVIDERS; p++) {
		const struct sgp_provider *want = &run->scenario.world.providers[p];

		for (d = 0; d < SGP_MAX_DEVICES; d++) {
			struct device *dev = run->ctx.devices[d];

			real->providers[p].cached_type[d] = 0;
			real->providers[p].same_switch[d] =
				run->islands[d] == run->provider_islands[p];
			if (!run->provider_used[p] || !want->cached_type[d] ||
			    !run->device_used[d] || !dev_is_pci(dev))
				continue;
			pci_p2pdma_distance_many(bars[run->provider_islands[p]], &dev, 1, false);
			real->providers[p].cached_type[d] = sgp_effective_type(run, d, p);
		}
	}
	share_map_types(run);
	return SGP_UNREPLAYABLE_NONE;
}
#endif /* CONFIG_PCI_P2PDMA */
