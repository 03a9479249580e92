// The booted kernel and the extracted code, run natively, on the same scenarios: do they do the
// same? Where they do not, the extraction, an environment contract or the runner is wrong, and no
// result of this program can be trusted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gate/subject.hpp"
#include "replay/boot.hpp"

namespace sgproof::gate {

/// A scenario on which the two differ.
struct Disagreement {
  std::size_t index = 0;   ///< of the scenario
  std::string text;        ///< the first difference, in words
  std::uint64_t step = 0;  ///< where it is
};

struct Equivalence {
  std::uint64_t compared = 0;  ///< scenarios on which both runs were observed to the end
  /// Why a scenario was not compared, and how often.
  std::map<std::string, std::uint64_t> not_compared;
  std::vector<Disagreement> disagreements;
};

/// Random scenarios that are legal for the subject, half from byte buffers
/// (properties/decoder.hpp), half members of the proofs' families. Those that stop in a BUG or
/// fault when they run natively come last and are few, since what a machine does after that proves
/// little. Bus offsets come from a small set: a machine has room for few. Deterministic for a seed.
std::vector<sgp_scenario> random_scenarios(Subject& subject, std::uint64_t seed, std::size_t count);

/// Random lives of tables that run natively to their end.
std::vector<sgp_scenario> random_tables(Subject& subject, std::uint64_t seed, std::size_t count);

/// Members of the families of bounce buffers as code, all of which run to their end; empty where
/// there are none. No machine executes them.
std::vector<sgp_scenario> random_bounces(Subject& subject, std::uint64_t seed, std::size_t count);

/// random_scenarios() for devices behind an IOMMU; none where the configuration has no IOMMU.
std::vector<sgp_scenario> random_translated(Subject& subject, std::uint64_t seed,
                                            std::size_t count);

/// Runs each scenario that the booted kernel reported natively in the world that it had there, and
/// compares. `scenarios` and `booted` have the same length.
Equivalence compare(Subject& subject, const std::vector<sgp_scenario>& scenarios,
                    const std::vector<replay::ScenarioResult>& booted);

}  // namespace sgproof::gate
