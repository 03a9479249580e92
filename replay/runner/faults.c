// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses that the IOMMU refuses. They are read from the fault recording registers of the Intel
 * IOMMU right after each transfer, with its fault interrupt masked: the kernel's own handler comes
 * at any time later and is limited in rate, this way each belongs to its transfer. What does not fit
 * the registers is of the same transfer as what does.
 */
#include <linux/dmar.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include "runner.h"

#ifdef CONFIG_INTEL_IOMMU
/* Intel VT-d specification, chapter "Register Descriptions" */
#define CAP 0x08
#define CAP_RECORDS_AT(cap) (((cap) >> 24 & 0x3ff) * 16)
#define CAP_RECORDS(cap) (((cap) >> 40 & 0xff) + 1)
#define FAULT_STATUS 0x34
#define FAULT_OVERFLOW 1U
#define FAULT_CONTROL 0x38
#define FAULT_MASKED (1U << 31)
#define RECORD_VALID (1ULL << 63) /* of the upper half, like the next three */
#define RECORD_IS_READ (1ULL << 62)
#define RECORD_REASON(upper) ((upper) >> 32 & 0xff)
#define RECORD_REQUESTER(upper) ((upper) & 0xffff)

static void __iomem *regs;

int sgp_faults_init(void)
{
	struct list_head *units = (void *)sgp_symbol("dmar_drhd_units");
	struct dmar_drhd_unit *unit;

	if (!sgp_behind_iommu())
		return 0;
	if (!units || !list_is_singular(units))
		return -ENODEV;
	unit = list_first_entry(units, struct dmar_drhd_unit, list);
	regs = ioremap(unit->reg_base_addr, PAGE_SIZE);
	if (!regs)
		return -ENOMEM;
	writel(FAULT_MASKED, regs + FAULT_CONTROL);
	return 0;
}

static void take(u64 offset)
{
	u64 address = lo_hi_readq(regs + offset), upper = lo_hi_readq(regs + offset + 8);

	if (!(upper & RECORD_VALID))
		return;
	sgp_event(SGP_EV_IOMMU_FAULT, address & PAGE_MASK, RECORD_REASON(upper),
		  RECORD_REQUESTER(upper), !(upper & RECORD_IS_READ), 0);
	writel(RECORD_VALID >> 32, regs + offset + 12);
}

/* What was refused since the last time, as events. */
void sgp_faults_take(void)
{
	u64 cap, i;

	if (!regs)
		return;
	cap = lo_hi_readq(regs + CAP);
	for (i = 0; i < CAP_RECORDS(cap); i++)
		take(CAP_RECORDS_AT(cap) + 16 * i);
	writel(FAULT_OVERFLOW, regs + FAULT_STATUS);
}
#else
int sgp_faults_init(void)
{
	return 0;
}

void sgp_faults_take(void)
{
}
#endif
