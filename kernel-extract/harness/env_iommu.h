/* SPDX-License-Identifier: GPL-2.0 */
/* Devices behind an IOMMU: between the contract and the code whose private structures it needs. */
#ifndef SGP_ENV_IOMMU_H
#define SGP_ENV_IOMMU_H

#include <linux/iommu.h>

#define SGP_APERTURE_END ((1ULL << 39) - 1) /* page tables of three levels, as QEMU has */

/* tu_iommu.c */
void sgp_join_group(struct device *dev, unsigned int index, struct iommu_domain *domain);

/* tu_dma_iommu.c */
void sgp_give_cookie(struct iommu_domain *domain, unsigned int index, unsigned long granule);
void sgp_use_iommu(struct device *dev, bool translated);
unsigned int sgp_cookie_of(const struct iova_domain *space);
int sgp_init_domain(struct device *dev);

/* env_windows.c */
void sgp_forget_windows(void);

#endif /* SGP_ENV_IOMMU_H */
