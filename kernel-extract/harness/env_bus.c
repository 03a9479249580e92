// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: the PCI bus type is an object of its own; only its address is looked at. Where the
 * headers declare it constant (newer trees do) its contents are arbitrary nevertheless.
 */
#define pci_bus_type sgp_declared_pci_bus_type
#include "sgp_env.h"
#undef pci_bus_type

struct bus_type pci_bus_type SGP_ARBITRARY;
