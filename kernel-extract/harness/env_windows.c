// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: what the addresses of a domain are when it is set up (drivers/iommu/iova.c): none is
 * reserved, caches are allocated or not, and reserve_iova() takes a range out or finds no memory to
 * note it in. Every reservation is an event. The host bridge has the windows of the scenario, no
 * others and no dma_ranges; the driver of the IOMMU reserves the regions of the scenario.
 */
#include "sgp_env.h"

#ifdef CONFIG_IOMMU_DMA
#include <linux/iommu.h>
#include <linux/iova.h>
#include <linux/pci.h>
#include <linux/resource_ext.h>
#include "env_iommu.h"

#define SGP_MAX_WINDOWS 4

static struct resource_entry sgp_window_entry[SGP_MAX_WINDOWS] SGP_ARBITRARY;
static struct resource sgp_window[SGP_MAX_WINDOWS] SGP_ARBITRARY;
static struct iommu_resv_region sgp_region[SGP_MAX_WINDOWS] SGP_ARBITRARY;
static struct iommu_device sgp_iommu_device SGP_ARBITRARY;
static struct iova sgp_reserved SGP_ARBITRARY; /* what it holds nobody looks at */
static bool sgp_is_region[SGP_MAX_WINDOWS];
static unsigned int sgp_nwindows, sgp_reservations;
static bool sgp_begun; /* the host bridge has lists */

/* drivers/iommu/iova.c */
void init_iova_domain(struct iova_domain *iovad, unsigned long granule, unsigned long start_pfn)
{
	iovad->granule = granule;
	iovad->start_pfn = start_pfn;
}

int iova_domain_init_rcaches(struct iova_domain *iovad)
{
	return sgp_world->iova_fails_in == sgp_current_step() + 1 ? -ENOMEM : 0;
}

struct iova *reserve_iova(struct iova_domain *iovad, unsigned long pfn_lo, unsigned long pfn_hi)
{
	unsigned long shift = iova_shift(iovad);
	bool fails = ++sgp_reservations == sgp_world->alloc_fails_at;

	SGP_ASSUME(WINDOW_KNOWN, !sgp_symbolic() || !fails);
	sgp_event(SGP_EV_IOVA_RESERVED, (sgp_u64)pfn_lo << shift,
		  ((sgp_u64)pfn_hi - pfn_lo + 1) << shift, 0, 0, sgp_either(!fails, 1, 0));
	return fails ? NULL : &sgp_reserved;
}

static void sgp_free_region(struct device *dev, struct iommu_resv_region *region)
{
}

/* Of struct iommu_ops. */
static void sgp_get_resv_regions(struct device *dev, struct list_head *head)
{
	unsigned int i;

	for (i = 0; i < sgp_nwindows; i++)
		if (sgp_is_region[i])
			list_add_tail(&sgp_region[i].list, head);
}

static const struct iommu_ops sgp_iommu_ops = {
	.get_resv_regions = sgp_get_resv_regions,
};

void sgp_forget_windows(void)
{
	sgp_begun = false;
	sgp_nwindows = sgp_reservations = 0;
}

static struct pci_host_bridge *sgp_bridge_of(struct device *dev)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(to_pci_dev(dev)->bus);

	if (!sgp_begun) {
		INIT_LIST_HEAD(&bridge->windows);
		INIT_LIST_HEAD(&bridge->dma_ranges);
		sgp_begun = true;
	}
	return bridge;
}

static void sgp_add_region(const struct sgp_op *op, unsigned int k)
{
	struct iommu_resv_region *region = &sgp_region[k];

	region->start = op->raw;
	region->length = op->length;
	region->type = IOMMU_RESV_RESERVED;
	region->free = sgp_free_region;
}

static void sgp_add_window(struct pci_host_bridge *bridge, const struct sgp_op *op, unsigned int k)
{
	struct resource_entry *entry = &sgp_window_entry[k];
	struct resource *window = &sgp_window[k];

	window->start = op->raw;
	window->end = op->raw + op->length - 1;
	window->flags = op->attrs == SGP_WINDOW_PORTS ? IORESOURCE_IO : IORESOURCE_MEM;
	entry->res = window;
	entry->offset = op->offset;
	list_add_tail(&entry->node, &bridge->windows);
}

static void sgp_add(struct pci_host_bridge *bridge, const struct sgp_op *op)
{
	sgp_u64 kind = sgp_case(op->attrs), most = op->length - 1;
	unsigned int k = sgp_nwindows++;

	SGP_ASSUME(WINDOWS, k < SGP_MAX_WINDOWS && kind <= SGP_WINDOW_LAST && op->length &&
			    op->raw < SGP_PHYS_LIMIT && most < SGP_PHYS_LIMIT - op->raw &&
			    most <= ~0ULL - (op->raw - op->offset));
	sgp_is_region[k] = kind == SGP_WINDOW_DRIVER;
	if (sgp_is_region[k])
		sgp_add_region(op, k);
	else
		sgp_add_window(bridge, op, k);
}

bool sgp_do_window_op(struct device *dev, const struct sgp_op *op, struct sgp_step *step)
{
	struct pci_host_bridge *bridge;

	SGP_ASSUME(WINDOWS, sgp_world->iommu && dev_is_pci(dev));
	bridge = sgp_bridge_of(dev);
	if (op->code == SGP_OP_IOVA_WINDOW) {
		sgp_add(bridge, op);
		return true;
	}
	sgp_iommu_device.ops = &sgp_iommu_ops;
	dev->iommu->iommu_dev = &sgp_iommu_device;
	step->ret = sgp_init_domain(dev);
	return true;
}
#endif
