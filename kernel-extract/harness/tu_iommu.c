// SPDX-License-Identifier: GPL-2.0
/* drivers/iommu/iommu.c of the tree under check, and groups of devices, which are private to it. */
#ifdef CONFIG_IOMMU_API
#include "drivers/iommu/iommu.c"
#include "sgp_env.h"
#include "env_iommu.h"

static struct iommu_group sgp_group[SGP_MAX_DEVICES] SGP_ARBITRARY;

void sgp_join_group(struct device *dev, unsigned int index, struct iommu_domain *domain)
{
	sgp_group[index].default_domain = sgp_group[index].domain = domain;
	dev->iommu_group = &sgp_group[index];
}
#endif
