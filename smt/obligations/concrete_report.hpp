// What the executor observes of a scenario on concrete values, as a native run reports it.
#pragma once

#include <string>

#include "model/facts.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::smt {

/// Executes the scenario and reads struct sgp_report out of the memory of the run. `why` is set,
/// and the report's status SGP_STATUS_NONE, where the run does not end in a way that a native one
/// has too: inconclusive, undefined behaviour, or answers that were arbitrary.
sgp_report concrete_report(const Bitcode& bitcode, const model::Facts& facts,
                           const sgp_scenario& scenario, std::string& why);

}  // namespace sgproof::smt
