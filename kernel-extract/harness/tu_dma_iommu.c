// SPDX-License-Identifier: GPL-2.0
/*
 * drivers/iommu/dma-iommu.c of the tree under check, and what its private iommu_dma_init_domain()
 * leaves behind for a domain in strict mode: addresses from the first granule on.
 */
#ifdef CONFIG_IOMMU_DMA
#include "env_swiotlb.h"
#include <linux/acpi_iort.h>
#include <linux/crash_dump.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/huge_mm.h>
#include <linux/iommu.h>
#include <linux/iova.h>
#include <linux/irq.h>
#include <linux/list_sort.h>
#include <linux/memremap.h>
#include <linux/of_iommu.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <linux/swiotlb.h>
#include <linux/vmalloc.h>
#include <trace/events/swiotlb.h>
#include "sgp_accessors.h"
#include "sgp_env.h"
#include "env_iommu.h"

/* What is cleared in a bounce buffer is told by its physical address, not cleared. */
#undef phys_to_virt
#define phys_to_virt(phys) ((void *)(unsigned long)(phys))
#define memset(at, byte, bytes) sgp_clear_padding((unsigned long)(at), bytes)
/* Flush queues, which no domain in strict mode has. */
#undef __alloc_percpu
#define __alloc_percpu(bytes, align) ((void __percpu *)(unsigned long)beyond_the_contract())
#undef vmalloc
#define vmalloc(bytes) ((void *)(unsigned long)beyond_the_contract())
#include "drivers/iommu/dma-iommu.c"
#undef memset

static struct iommu_dma_cookie sgp_cookie[SGP_MAX_DEVICES] SGP_ARBITRARY;

void sgp_give_cookie(struct iommu_domain *domain, unsigned int index, unsigned long granule)
{
	struct iommu_dma_cookie *cookie = &sgp_cookie[index];

	cookie->type = IOMMU_DMA_IOVA_COOKIE;
	cookie->iovad.granule = granule;
	cookie->iovad.start_pfn = 1;
	cookie->fq_domain = NULL;
	domain->iova_cookie = cookie;
}

/* As for a domain that was just allocated. */
int sgp_init_domain(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_dma_domain(dev);

	domain->iova_cookie->iovad.start_pfn = 0;
#if SGP_HAS_DMA_RANGE_MAP_MIN
	return iommu_dma_init_domain(domain, dev);
#else
	return iommu_dma_init_domain(domain, 0, U64_MAX, dev);
#endif
}

/* The device whose addresses these are. */
unsigned int sgp_cookie_of(const struct iova_domain *space)
{
	unsigned int i;

	for (i = 0; i + 1 < SGP_MAX_DEVICES && space != &sgp_cookie[i].iovad; i++)
		;
	return i;
}

#if SGP_HAS_DMA_IOMMU
void sgp_use_iommu(struct device *dev, bool translated)
{
	dev->dma_iommu = translated;
}
#else
/* Those of iommu_dma_ops that scenarios reach. */
static const struct dma_map_ops sgp_iommu_ops = {
	.map_sg = iommu_dma_map_sg,
	.unmap_sg = iommu_dma_unmap_sg,
	.sync_single_for_cpu = iommu_dma_sync_single_for_cpu,
	.sync_single_for_device = iommu_dma_sync_single_for_device,
	.sync_sg_for_cpu = iommu_dma_sync_sg_for_cpu,
	.sync_sg_for_device = iommu_dma_sync_sg_for_device,
};

void sgp_use_iommu(struct device *dev, bool translated)
{
	set_dma_ops(dev, translated ? &sgp_iommu_ops : NULL);
}
#endif
#endif
