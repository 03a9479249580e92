// Scenarios of devices behind an IOMMU.
#pragma once

#include "kernel-extract/harness/sgp_abi.h"
#include "properties/random_family.hpp"

namespace sgproof::properties {

/// The scenario with its devices behind an IOMMU: PCI devices that bounce nothing, with a random
/// DMA mask and longest segment; segments of at most 64 KiB that start near their page, so that
/// every byte can be translated. In some, one step finds no address or the driver fails to map. A
/// legal scenario stays legal: offsets and lengths only shrink.
sgp_scenario translated(const sgp_scenario& direct, Random64& random);

}  // namespace sgproof::properties
