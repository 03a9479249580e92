// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: the driver of an IOMMU (struct iommu_domain_ops) for one range, with pages of 4 KiB, 2 MiB
 * and 1 GiB. map_pages() enters any number of the pages that it is asked for, in order, and
 * then fails with -ENOMEM or not; where it does not, it has entered at least one
 * (include/linux/iommu.h). unmap_pages() removes at least one of those that are mapped. What each
 * call asks for must be the next piece of the range, in pages of one size that both addresses are
 * aligned to. The calls are added up, not kept: there can be any number of them.
 */
#include "sgp_env.h"

#ifdef CONFIG_IOMMU_DMA
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/version.h>
#include "sgp_pieces.h"

struct sgp_pieces sgp_pieces;

static struct iommu_domain sgp_range_domain SGP_ARBITRARY;

static struct {
	sgp_u64 iova, phys, size, prot;
	sgp_u64 removed;
	bool wrong, failed;
} sgp_range;

static unsigned int sgp_shift_of(size_t pgsize)
{
	return pgsize == SZ_1G ? 30 : pgsize == SZ_2M ? 21 : PAGE_SHIFT;
}

static bool sgp_fits_page(sgp_u64 pgsize, size_t pgcount, sgp_u64 addresses)
{
	return pgcount && pgsize == 1ULL << sgp_shift_of(pgsize) &&
	       (pgsize & sgp_range_domain.pgsize_bitmap) && !(addresses & (pgsize - 1));
}

static int sgp_map_some(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr,
			size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	unsigned int shift = sgp_shift_of(pgsize);
	sgp_u64 left = sgp_range.size - sgp_pieces.done;
	struct {
		sgp_u64 pages, fails;
	} driver;

	sgp_havoc(&driver, sizeof(driver));
	SGP_ASSUME(IOMMU_PIECES, driver.fails <= 1 && driver.pages <= pgcount &&
				 (driver.fails || driver.pages));
	sgp_range.wrong |= !sgp_fits_page(pgsize, pgcount, iova | paddr) ||
			   iova != sgp_range.iova + sgp_pieces.done ||
			   paddr != sgp_range.phys + sgp_pieces.done || pgcount > left >> shift ||
			   prot != (int)sgp_range.prot;
	*mapped = (size_t)driver.pages << shift;
	sgp_pieces.done += *mapped;
	sgp_range.failed = driver.fails;
	return driver.fails ? -ENOMEM : 0;
}

static size_t sgp_unmap_some(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
			     size_t pgcount, struct iommu_iotlb_gather *gather)
{
	unsigned int shift = sgp_shift_of(pgsize);
	sgp_u64 pages;
	size_t size;

	sgp_havoc(&pages, sizeof(pages));
	SGP_ASSUME(IOMMU_PIECES, pages && pages <= pgcount);
	sgp_range.wrong |= !sgp_fits_page(pgsize, pgcount, iova) ||
			   iova != sgp_range.iova + sgp_range.removed ||
			   pgcount > sgp_pieces.done >> shift;
	size = (size_t)pages << shift;
	sgp_pieces.done -= size;
	sgp_range.removed += size;
	iommu_iotlb_gather_add_page(domain, gather, iova, size);
	return size;
}

static void sgp_flush_some(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
}

static const struct iommu_domain_ops sgp_range_ops = {
	.map_pages = sgp_map_some,
	.unmap_pages = sgp_unmap_some,
	.iotlb_sync = sgp_flush_some,
};

static int sgp_map_range(void)
{
	struct iommu_domain *domain = &sgp_range_domain;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return iommu_map(domain, sgp_range.iova, sgp_range.phys, sgp_range.size, sgp_range.prot,
			 GFP_ATOMIC);
#else
	return iommu_map_atomic(domain, sgp_range.iova, sgp_range.phys, sgp_range.size,
				sgp_range.prot);
#endif
}

static void sgp_begin_range(const struct sgp_op *op)
{
	sgp_u64 unit = PAGE_SIZE;

	SGP_ASSUME(IOMMU_PIECES, op->length && !((op->raw | op->offset | op->length) & (unit - 1)) &&
				 op->raw <= ULONG_MAX - op->length &&
				 op->length <= SGP_PHYS_LIMIT && op->offset <= SGP_PHYS_LIMIT - op->length);
	sgp_range_domain.type = IOMMU_DOMAIN_DMA;
	sgp_range_domain.ops = &sgp_range_ops;
	sgp_range_domain.pgsize_bitmap = SZ_4K | SZ_2M | SZ_1G;
	sgp_range.iova = op->raw;
	sgp_range.phys = op->offset;
	sgp_range.size = op->length;
	sgp_range.prot = op->dir;
	sgp_pieces.done = 0;
	sgp_pieces.most = op->length;
}

/* The operation in `op`; `ok`: the one before has mapped the range. */
bool sgp_do_range_op(const struct sgp_op *op, bool ok, struct sgp_step *step)
{
	sgp_u64 had;

	if (!sgp_symbolic())
		return false;
	if (op->code == SGP_OP_IOMMU_MAP)
		sgp_begin_range(op);
	else if (!ok)
		return true;
	had = sgp_pieces.done;
	sgp_range.removed = 0;
	sgp_range.wrong = sgp_range.failed = false;
	sgp_pieces.unit = PAGE_SIZE;
	if (op->code == SGP_OP_IOMMU_MAP)
		step->ret = sgp_map_range();
	else
		step->ret = iommu_unmap(&sgp_range_domain, sgp_range.iova, sgp_range.size);
	sgp_pieces.unit = 0;
	sgp_event(SGP_EV_IOMMU_PIECES,
		  op->code == SGP_OP_IOMMU_MAP ? sgp_pieces.done + sgp_range.removed : had,
		  sgp_range.removed, sgp_range.wrong, sgp_range.failed, sgp_range.size);
	return true;
}
#endif
