// SPDX-License-Identifier: GPL-2.0
/*
 * Never linked: compiled to assembly, from which swiotlb_offsets.h is made, as p2p_offsets.c is.
 */
#undef MODULE /* it belongs to the kernel itself, and has boot parameters */
#include <linux/kbuild.h>
#include "kernel/dma/swiotlb.c"

void sgp_swiotlb_offsets(void);
void sgp_swiotlb_offsets(void)
{
	DEFINE(SGP_SIZEOF_AREA, sizeof(struct io_tlb_area));
	DEFINE(SGP_AREA_USED, offsetof(struct io_tlb_area, used));
}
