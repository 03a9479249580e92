// Does the executor do what the code does when it runs? Asked on random scenarios, where no booted
// kernel of a configuration says so.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "gate/equivalence.hpp"

namespace sgproof::gate {

struct ExecutorCheck : Equivalence {
  std::uint64_t violating = 0;    ///< runs that violate a claim, which are left out
  std::uint64_t calls = 0;        ///< operations of the scenarios that were compared
  std::set<std::string> entered;  ///< functions that the executor went through there
};

/// Draws `count` scenarios as random_scenarios() does, a twentieth of it as random_tables() does,
/// and a quarter as random_bounces() and as random_translated() do, where devices can be not
/// coherent also a quarter of such and of untrusted ones behind an IOMMU, runs each natively and by
/// the executor on concrete values, and compares all that is observed. Disagreement::index counts
/// them from 0.
ExecutorCheck compare_with_executor(Subject& subject, std::uint64_t seed, std::size_t count,
                                    const extract::CancelToken& cancel = {});

}  // namespace sgproof::gate
