// The second, structural shrink: from a scenario that shows a violation to the smallest one near
// it.
#pragma once

#include <cstdint>
#include <functional>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"

namespace sgproof::properties {

/// Whether a scenario is legal and still shows the violation in question.
using StillViolates = std::function<bool(const sgp_scenario&)>;

struct Shrunk {
  sgp_scenario smallest;
  std::uint64_t tried = 0;     ///< scenarios given to the predicate
  bool local_minimum = false;  ///< no single smaller_scenarios() step violates
};

/// Takes the first smaller scenario that still violates, as long as there is one. Deterministic,
/// and ends: every step makes the scenario smaller in a well-founded order (operations, entries,
/// pages, providers, inputs that are not neutral, their distance from neutral). Stops without a
/// local minimum after `most` tries or when `stop` says so.
Shrunk shrink(const sgp_scenario& start, const model::Facts& facts, const StillViolates& violates,
              std::uint64_t most = 20000, const std::function<bool()>& stop = {});

/// Gives each next smaller scenario to `take` until it returns true; whether it did.
bool smaller_scenarios(const sgp_scenario& scenario, const model::Facts& facts,
                       const std::function<bool(const sgp_scenario&)>& take);

}  // namespace sgproof::properties
