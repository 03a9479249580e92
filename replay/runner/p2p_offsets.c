// SPDX-License-Identifier: GPL-2.0
/*
 * Never linked: compiled to assembly, from which p2p_offsets.h is made. The tree's own p2pdma.c is
 * included, because its private structures differ between trees and a copy would go stale.
 */
#include <linux/kbuild.h>
#include "p2pdma.c"

void sgp_p2p_offsets(void);
void sgp_p2p_offsets(void)
{
	DEFINE(SGP_P2PDMA_MAP_TYPES, offsetof(struct pci_p2pdma, map_types));
	DEFINE(SGP_P2PDMA_TYPE_UNKNOWN, PCI_P2PDMA_MAP_UNKNOWN);
	DEFINE(SGP_P2PDMA_TYPE_NOT_SUPPORTED, PCI_P2PDMA_MAP_NOT_SUPPORTED);
	DEFINE(SGP_P2PDMA_TYPE_BUS_ADDR, PCI_P2PDMA_MAP_BUS_ADDR);
	DEFINE(SGP_P2PDMA_TYPE_THRU_HOST_BRIDGE, PCI_P2PDMA_MAP_THRU_HOST_BRIDGE);
}
