// SPDX-License-Identifier: GPL-2.0
/*
 * drivers/pci/p2pdma.c of the tree under check, and providers made from its private structures:
 * what pci_p2pdma_add_resource() leaves behind for a BAR range (drivers/pci/p2pdma.c).
 */
#include "drivers/pci/p2pdma.c"
#include "sgp_env.h"

static struct pci_dev sgp_provider_dev[SGP_MAX_PROVIDERS] SGP_ARBITRARY;
static struct pci_p2pdma sgp_provider_p2pdma[SGP_MAX_PROVIDERS] SGP_ARBITRARY;
static struct pci_p2pdma_pagemap sgp_provider_pagemap[SGP_MAX_PROVIDERS] SGP_ARBITRARY;

/* A client may provide memory of its own, which no scenario uses. */
static struct pci_p2pdma sgp_client_p2pdma SGP_ARBITRARY;

static_assert((int)PCI_P2PDMA_MAP_UNKNOWN == SGP_TYPE_UNKNOWN);
static_assert((int)PCI_P2PDMA_MAP_NOT_SUPPORTED == SGP_TYPE_NOT_SUPPORTED);
static_assert((int)PCI_P2PDMA_MAP_BUS_ADDR == SGP_TYPE_BUS_ADDR);
static_assert((int)PCI_P2PDMA_MAP_THRU_HOST_BRIDGE == SGP_TYPE_THRU_HOST_BRIDGE);

struct dev_pagemap *sgp_provider_pgmap(unsigned int provider)
{
	return &sgp_provider_pagemap[provider].pgmap;
}

int sgp_provider_of_cache(const void *xarray)
{
	int k;

	for (k = 0; k < SGP_MAX_PROVIDERS; k++)
		if (xarray == &sgp_provider_p2pdma[k].map_types)
			return k;
	return -1;
}

unsigned int sgp_listed_host_bridge(bool own_ports_only)
{
	const struct pci_p2pdma_whitelist_entry *e;

	for (e = pci_p2pdma_whitelist; e->vendor; e++)
		if (!(e->flags & REQ_SAME_HOST_BRIDGE) == !own_ports_only)
			return (unsigned int)e->vendor << 16 | e->device;
	return 0;
}

static void sgp_build_provider(const struct sgp_provider *in, unsigned int k)
{
	struct pci_dev *pdev = &sgp_provider_dev[k];
	struct pci_p2pdma_pagemap *pagemap = &sgp_provider_pagemap[k];

	SGP_ASSUME(PROVIDER_RANGE, in->size && !((in->cpu_start | in->size | in->bus_start) &
						 (PAGE_SIZE - 1)));
	SGP_ASSUME(PROVIDER_RANGE, in->cpu_start < SGP_PHYS_LIMIT &&
				   in->size <= SGP_PHYS_LIMIT - in->cpu_start);
	SGP_ASSUME(PROVIDER_RANGE, in->bus_start + (in->size - 1) >= in->bus_start);
	SGP_ASSUME(BOUNCE_POOL, in->cpu_start + in->size <= sgp_world->swiotlb_start ||
				in->cpu_start >= sgp_world->swiotlb_end);
	SGP_ASSUME(MAP_TYPE, in->cached_type[0] <= SGP_TYPE_THRU_HOST_BRIDGE &&
			     in->cached_type[1] <= SGP_TYPE_THRU_HOST_BRIDGE);
	SGP_ASSUME(MAP_TYPE, in->same_switch[0] <= 1 && in->same_switch[1] == !in->same_switch[0]);

	pdev->dev.bus = &pci_bus_type;
	pdev->dev.parent = NULL;
	pdev->p2pdma = &sgp_provider_p2pdma[k];
	sgp_place_provider(pdev, k, in);

	pagemap->pgmap.type = MEMORY_DEVICE_PCI_P2PDMA;
	pagemap->pgmap.nr_range = 1;
	pagemap->pgmap.range.start = in->cpu_start;
	pagemap->pgmap.range.end = in->cpu_start + in->size - 1;
	pagemap->provider = pdev;
	pagemap->bus_offset = in->bus_start - in->cpu_start;
}

void sgp_build_providers(const struct sgp_world *world, unsigned int nproviders)
{
	const struct sgp_provider *p = world->providers;
	unsigned int k;

	sgp_client(0)->p2pdma = NULL;
	sgp_client(1)->p2pdma = &sgp_client_p2pdma;
	for (k = 0; k < nproviders; k++)
		sgp_build_provider(&p[k], k);
	if (nproviders == 2)
		SGP_ASSUME(PROVIDERS_DISJOINT, p[0].cpu_start + p[0].size <= p[1].cpu_start ||
					       p[1].cpu_start + p[1].size <= p[0].cpu_start);
}
