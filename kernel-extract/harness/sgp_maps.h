/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether lists are mapped: the configuration has the direct mapping, and what it needs of the
 * architecture has a contract. Elsewhere the mapping code must not count as part of what is checked.
 */
#ifndef SGP_MAPS_H
#define SGP_MAPS_H

#if defined(CONFIG_HAS_DMA) && (defined(CONFIG_PCI_P2PDMA) || (defined(CONFIG_PCI) && !defined(CONFIG_UML)))
#define SGP_MAPS_LISTS 1
#else
#define SGP_MAPS_LISTS 0
#endif

#endif /* SGP_MAPS_H */
