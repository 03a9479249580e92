// Random scenarios of the table of a scenario: allocated, extended, walked, split, freed.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"
#include "properties/random_family.hpp"

namespace sgproof::properties {

/// A legal life of one or two tables, with sizes around those at which chunks change, allocations
/// that fail, and pages that are adjacent, equal, apart, and of different owners where the
/// configuration has peer memory. Lists stay small enough that no event is lost.
sgp_scenario table_scenario(const model::Facts& facts, Random64& random);

/// So many of them, all legal. Deterministic for a seed.
std::vector<sgp_scenario> table_scenarios(const model::Facts& facts, std::uint64_t seed,
                                          std::size_t count);

}  // namespace sgproof::properties
