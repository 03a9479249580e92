// Scenarios of devices behind an IOMMU.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"
#include "model/families.hpp"
#include "properties/random_family.hpp"

namespace sgproof::properties {

/// The scenario with its devices behind an IOMMU: PCI devices that bounce nothing, with a random
/// DMA mask and longest segment; segments of at most 64 KiB that start near their page, so that
/// every byte can be translated. In some, one step finds no address or the driver fails to map. A
/// legal scenario stays legal: offsets and lengths only shrink.
sgp_scenario translated(const sgp_scenario& direct, Random64& random);

/// Whether the configuration has dma-iommu.
[[nodiscard]] bool has_iommu(const model::Facts& facts);

/// A random member of one of the families, behind an IOMMU: what the contracts cover. Only where
/// devices can be not coherent, some are, and some are not trusted.
sgp_scenario translated_member(const model::Facts& facts,
                               const std::vector<model::Family>& families, Random64& random);

/// The same scenario with devices that are trusted.
void trusted(sgp_scenario& scenario);

/// At most so many of them, in which only legal uses are made; none where there is no IOMMU.
/// Deterministic for a seed.
std::vector<sgp_scenario> translated_scenarios(const model::Facts& facts, std::uint64_t seed,
                                               std::size_t count);

}  // namespace sgproof::properties
