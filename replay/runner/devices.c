// SPDX-License-Identifier: GPL-2.0
/*
 * The clients below the switches of two islands: an NVMe controller, which transfers whatever a
 * scenario maps for it, and an `edu` device, which does so for a few lists; and a device that is not PCI. A machine without root
 * ports has two `edu` devices, User Mode Linux has none. Their masks and their bounce state are set
 * per scenario. Where the scenario's mask cannot be taken as it is (the pages are elsewhere), one is
 * taken that draws the line between reachable and unreachable memory at the same place, with the same
 * distance to the nearest byte where possible.
 */
#include <linux/dma-map-ops.h>
#include <linux/swiotlb.h>
#include "runner.h"

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define NVME_VENDOR 0x1b36
#define NVME_DEVICE 0x0010

static struct pci_dev *clients[SGP_ISLANDS][SGP_MAX_DEVICES];
static struct device *non_pci[SGP_MAX_DEVICES];
static u64 non_pci_mask[SGP_MAX_DEVICES];
#ifdef CONFIG_SWIOTLB
static struct io_tlb_mem *pool;	 /* the machine's */
static struct io_tlb_mem forced; /* the same slots, bouncing everything */
#endif

/* Island of a device: the root port it is below; SGP_ISLANDS if none. */
unsigned int sgp_island(struct pci_dev *pdev)
{
	unsigned int slot;

	if (!pdev->bus->self)
		return SGP_ISLANDS; /* on the root bus */
	while (pdev->bus->self)
		pdev = pdev->bus->self;
	slot = PCI_SLOT(pdev->devfn);
	if (slot < SGP_ISLAND_SLOT0 || slot >= SGP_ISLAND_SLOT0 + SGP_ISLANDS)
		return SGP_ISLANDS;
	return slot - SGP_ISLAND_SLOT0;
}

static int find_controllers(void)
{
	struct pci_dev *pdev = NULL;
	int ret;

	while ((pdev = pci_get_device(NVME_VENDOR, NVME_DEVICE, pdev))) {
		unsigned int island = sgp_island(pdev);

		if (island == SGP_ISLANDS || clients[island][0])
			continue;
		clients[island][0] = pci_dev_get(pdev);
		ret = sgp_nvme_start(pdev);
		if (ret)
			return ret;
	}
	return 0;
}

#ifdef CONFIG_SWIOTLB
/* Slots hold what earlier mappings left, and not what an idle machine has there. */
static void soil_pool(void)
{
	u64 start, end;

	sgp_bounce_pool(&start, &end);
	if (end && !sgp_slots_taken(non_pci[0]))
		memset(phys_to_virt(start), SGP_FRESH_BYTE, end - start);
}
#endif

int sgp_devices_init(void)
{
	static const char *const names[SGP_MAX_DEVICES] = { "sgp-non-pci0", "sgp-non-pci1" };
	unsigned int found[SGP_ISLANDS + 1] = {}, i;
	struct pci_dev *pdev = NULL;
	int ret = find_controllers();

	if (ret)
		return ret;
	for (i = 0; i < SGP_ISLANDS; i++)
		found[i] = clients[i][0] ? 1 : 0;
	while ((pdev = pci_get_device(EDU_VENDOR, EDU_DEVICE, pdev))) {
		unsigned int island = sgp_island(pdev);

		/* A machine without root ports is one island. */
		if (island == SGP_ISLANDS && !IS_ENABLED(CONFIG_PCIEPORTBUS))
			island = 0;
		if (island == SGP_ISLANDS || found[island] == SGP_MAX_DEVICES)
			continue;
		clients[island][found[island]++] = pci_dev_get(pdev);
		ret = sgp_edu_start(pdev);
		if (ret)
			return ret;
	}
	for (i = 0; i < SGP_MAX_DEVICES; i++) {
		non_pci[i] = root_device_register(names[i]);
		if (IS_ERR(non_pci[i]))
			return PTR_ERR(non_pci[i]);
		non_pci[i]->dma_mask = &non_pci_mask[i];
	}
#ifdef CONFIG_SWIOTLB
	pool = non_pci[0]->dma_io_tlb_mem;
	if (pool && !pool->nslabs)
		pool = NULL;
	soil_pool();
#endif
	return IS_ENABLED(CONFIG_UML) || (clients[0][0] && clients[0][1]) ? 0 : -ENODEV;
}

struct pci_dev *sgp_client(unsigned int island, unsigned int device)
{
	return clients[island][device];
}

bool sgp_behind_iommu(void)
{
	if (!clients[0][0])
		return false;
#if SGP_HAS_DMA_IOMMU && defined(CONFIG_IOMMU_DMA)
	if (clients[0][0]->dev.dma_iommu)
		return true;
#endif
	return get_dma_ops(&clients[0][0]->dev) != NULL;
}

void sgp_bounce_pool(u64 *start, u64 *end)
{
	*start = *end = 0;
#ifdef CONFIG_SWIOTLB
	if (!pool)
		return;
#if SGP_HAS_IO_TLB_POOL
	*start = pool->defpool.start;
	*end = pool->defpool.end;
#else
	*start = pool->start;
	*end = pool->end;
#endif
#endif
}

/* Whether islands for devices and providers give the map types that the scenario's lists see. */
static bool types_fit(const struct sgp_run *run)
{
	unsigned int d, p, real;

	for (d = 0; d < SGP_MAX_DEVICES; d++) {
		if (!run->device_used[d] || !run->scenario.world.devices[d].is_pci)
			continue;
		if (!clients[run->islands[d]][d])
			return false;
		for (p = 0; p < SGP_MAX_PROVIDERS; p++) {
			if (!run->provider_used[p])
				continue;
			if (sgp_type_needs_other_machine(run, d, p))
				return false;
			real = run->islands[d] == run->provider_islands[p] ? SGP_TYPE_BUS_ADDR :
			       sgp_cpu_forwards() ? SGP_TYPE_THRU_HOST_BRIDGE :
						    SGP_TYPE_NOT_SUPPORTED;
			if (real != sgp_effective_type(run, d, p))
				return false;
		}
	}
	return true;
}

/* Picks islands, fewest first, and fills ctx.devices. */
sgp_reason sgp_pick_devices(struct sgp_run *run)
{
	unsigned int choice, d;

	for (d = 0; d < SGP_MAX_DEVICES; d++) /* a machine without PCI devices */
		if (!clients[0][d] && run->device_used[d])
			return SGP_UNREPLAYABLE_DEVICE;
	for (choice = 0; choice < SGP_ISLANDS * SGP_ISLANDS * SGP_ISLANDS * SGP_ISLANDS; choice++) {
		run->islands[0] = choice % SGP_ISLANDS;
		run->islands[1] = choice / SGP_ISLANDS % SGP_ISLANDS;
		run->provider_islands[0] = choice / (SGP_ISLANDS * SGP_ISLANDS) % SGP_ISLANDS;
		run->provider_islands[1] = choice / (SGP_ISLANDS * SGP_ISLANDS * SGP_ISLANDS);
		if (types_fit(run))
			break;
	}
	if (choice == SGP_ISLANDS * SGP_ISLANDS * SGP_ISLANDS * SGP_ISLANDS)
		return SGP_UNREPLAYABLE_MAP_TYPE;
	for (d = 0; d < SGP_MAX_DEVICES; d++) {
		bool pci = clients[0][d] && (run->scenario.world.devices[d].is_pci ||
					     !run->device_used[d]);

		if (pci && !clients[run->islands[d]][d])
			run->islands[d] = 0;
		run->ctx.devices[d] = pci ? &clients[run->islands[d]][d]->dev : non_pci[d];
	}
	return SGP_UNREPLAYABLE_NONE;
}

/* Line between what device d reaches and what not: last byte needed, first end out of reach. */
struct line {
	u64 last_in, first_out;	  /* realised */
	u64 last_in0, first_out0; /* in the scenario */
	bool any_in, any_out;
};

static void draw(struct line *line, u64 limit0, u64 end0, u64 end)
{
	if (end0 <= limit0) {
		line->last_in = max(line->last_in, end);
		line->last_in0 = max(line->last_in0, end0);
		line->any_in = true;
	} else {
		line->first_out = min(line->first_out, end);
		line->first_out0 = min(line->first_out0, end0);
		line->any_out = true;
	}
}

static struct line line_of(const struct sgp_run *run, unsigned int d, u64 limit0, bool *bounces)
{
	struct line line = { .first_out = U64_MAX, .first_out0 = U64_MAX };
	const struct sgp_world *w = &run->scenario.world;
	unsigned int i;

	*bounces = false;
	for (i = 0; i < run->nuses; i++) {
		const struct sgp_use *u = &run->uses[i];
		u64 bytes = u->offset + u->length - 1;
		u64 end0 = (w->pages[u->page].pfn << PAGE_SHIFT) + bytes;

		if (u->device != d || !sgp_use_matters(run, u))
			continue;
		draw(&line, limit0, end0, page_to_phys(run->ctx.pages[u->page]) + bytes);
		if (sgp_use_bounces(run, u))
			*bounces = true;
	}
	return line;
}

static bool fits(const struct line *line, u64 limit)
{
	return (!line->any_in || line->last_in <= limit) &&
	       (!line->any_out || line->first_out > limit);
}

/*
 * The limit for a device, or 0 if no limit separates as the scenario's does. A byte next to the
 * limit stays next to it: comparisons that are wrong by one show only there.
 */
static u64 realised_limit(const struct line *line, u64 limit0)
{
	u64 below = line->any_in ? limit0 - line->last_in0 : U64_MAX;
	u64 above = line->any_out ? line->first_out0 - limit0 : U64_MAX;
	u64 same_below = line->last_in + below, same_above = line->first_out - above;
	u64 candidates[] = {
		below < PAGE_SIZE ? same_below : 0,
		above <= PAGE_SIZE ? same_above : 0,
		limit0,
		line->any_in ? same_below : 0,
		line->any_out ? same_above : 0,
		line->any_out ? line->first_out - 1 : U64_MAX,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(candidates); i++)
		if (candidates[i] && fits(line, candidates[i]))
			return candidates[i];
	return 0;
}

static sgp_reason set_limit(struct sgp_run *run, unsigned int d)
{
	const struct sgp_world *w = &run->scenario.world;
	const struct sgp_device *want = &w->devices[d];
	struct device *dev = run->ctx.devices[d];
	u64 limit0 = sgp_limit_of(want), start, end, limit;
	bool bounces;
	struct line line = line_of(run, d, limit0, &bounces);

	sgp_bounce_pool(&start, &end);
	if (IS_ENABLED(CONFIG_SWIOTLB) && bounces) { /* the pool is one more memory that the device reaches or not */
		if (!end)
			return SGP_UNREPLAYABLE_BOUNCE;
		if (w->swiotlb_end) {
			if (w->swiotlb_end - 1 <= limit0)
				draw(&line, limit0, w->swiotlb_end - 1, end - 1);
			else if (w->swiotlb_start > limit0)
				draw(&line, limit0, w->swiotlb_start, start);
			else
				return SGP_UNREPLAYABLE_BOUNCE; /* partly reachable */
		}
	}
	limit = realised_limit(&line, limit0);
	if (!limit)
		return SGP_UNREPLAYABLE_PAGE;
	if (limit == limit0) {
		*dev->dma_mask = want->dma_mask;
		dev->bus_dma_limit = want->bus_dma_limit;
	} else if (sgp_limit_of(want) == want->bus_dma_limit && want->bus_dma_limit) {
		*dev->dma_mask = max(want->dma_mask, limit);
		dev->bus_dma_limit = limit;
	} else {
		*dev->dma_mask = limit;
		dev->bus_dma_limit = want->bus_dma_limit ? max(want->bus_dma_limit, limit) : 0;
	}
	return SGP_UNREPLAYABLE_NONE;
}

#ifdef CONFIG_SWIOTLB
static sgp_reason set_bounce(struct sgp_run *run, unsigned int d)
{
	const struct sgp_device *want = &run->scenario.world.devices[d];

	if ((want->force_bounce || want->swiotlb_active) && !pool)
		return SGP_UNREPLAYABLE_BOUNCE;
	if (run->ctx.devices[d]->dma_parms)
		run->ctx.devices[d]->dma_parms->min_align_mask = want->min_align;
	else if (want->min_align)
		return SGP_UNREPLAYABLE_BOUNCE;
	if (pool) {
		forced = *pool;
		forced.force_bounce = true;
	}
	run->ctx.devices[d]->dma_io_tlb_mem = want->force_bounce   ? &forced :
					      want->swiotlb_active ? pool :
								     NULL;
	return SGP_UNREPLAYABLE_NONE;
}
#else
static sgp_reason set_bounce(struct sgp_run *run, unsigned int d)
{
	return SGP_UNREPLAYABLE_NONE;
}
#endif

/* A device behind the IOMMU: its mask limits the addresses that are made for it. */
static sgp_reason set_up_translated(struct sgp_run *run, unsigned int d)
{
	const struct sgp_device *want = &run->scenario.world.devices[d];
	struct device *dev = run->ctx.devices[d];

	if (!dev_is_pci(dev) || !dev->dma_parms)
		return SGP_UNREPLAYABLE_IOMMU;
	if (want->untrusted && !sgp_swiotlb_probed())
		return SGP_UNREPLAYABLE_BOUNCE;
	*dev->dma_mask = want->dma_mask;
	dev->bus_dma_limit = want->bus_dma_limit;
	dev->dma_parms->max_segment_size = want->max_segment;
	dev->dma_parms->segment_boundary_mask = want->segment_boundary;
	dev->dma_parms->min_align_mask = want->min_align;
	to_pci_dev(dev)->untrusted = want->untrusted;
	return SGP_UNREPLAYABLE_NONE;
}

/* Gives each device that the scenario uses its mask and bounce state. */
sgp_reason sgp_set_limits(struct sgp_run *run)
{
	unsigned int d;

	for (d = 0; d < SGP_MAX_DEVICES; d++) {
		sgp_reason reason;

		if (!run->device_used[d])
			continue;
		if (run->scenario.world.devices[d].noncoherent)
			return SGP_UNREPLAYABLE_DEVICE;
		if (run->scenario.world.iommu) {
			reason = set_up_translated(run, d);
			if (reason)
				return reason;
			continue;
		}
		reason = set_limit(run, d);
		if (!reason)
			reason = set_bounce(run, d);
		if (reason)
			return reason;
	}
	return SGP_UNREPLAYABLE_NONE;
}

/* The kernel's own state again, for whatever else uses the device. */
void sgp_release_devices(struct sgp_run *run)
{
	unsigned int d;

	for (d = 0; d < SGP_MAX_DEVICES; d++) {
		struct device *dev = run->ctx.devices[d];

		if (!dev)
			continue;
#ifdef CONFIG_SWIOTLB
		dev->dma_io_tlb_mem = pool;
#endif
		if (dev_is_pci(dev))
			to_pci_dev(dev)->untrusted = false;
	}
}
