// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: dma-iommu (drivers/iommu/dma-iommu.c) for devices that have no IOMMU, as all here. Both
 * functions begin with the domain of the device's group (iommu_get_dma_domain()), and there is none.
 * Trees before 6.12 reach them through dma_map_ops only, which no device has either.
 */
#include "sgp_accessors.h"
#include "sgp_env.h"

#if SGP_HAS_DMA_IOMMU && defined(CONFIG_IOMMU_DMA)
#include <linux/iommu-dma.h>

static int sgp_group_of(struct device *dev)
{
	return READ_ONCE(*(const int *)dev->iommu_group);
}

int iommu_dma_map_sg(struct device *dev, struct scatterlist *sg, int nents,
		     enum dma_data_direction dir, unsigned long attrs)
{
	return sgp_group_of(dev);
}

void iommu_dma_unmap_sg(struct device *dev, struct scatterlist *sg, int nents,
			enum dma_data_direction dir, unsigned long attrs)
{
	sgp_group_of(dev);
}
#endif
