// What the executor observes of a scenario on concrete values, as a native run reports it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "model/facts.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::smt {

/// Executes the scenario and reads struct sgp_report out of the memory of the run. `why` is set,
/// and the report's status SGP_STATUS_NONE, where the run does not end in a way that a native one
/// has too: inconclusive, undefined behaviour, or answers that were arbitrary.
/// `page_array`: where the native run had the kernel's `struct page` array, so that pointers to
/// pages are the same numbers in both. `entered` gets the functions that the run went through.
sgp_report concrete_report(const Bitcode& bitcode, const model::Facts& facts,
                           const sgp_scenario& scenario, std::optional<std::uint64_t> page_array,
                           std::string& why, std::set<std::string>& entered);

}  // namespace sgproof::smt
