// SAF-5: whether an operation goes on and on. A proof follows a loop for a stated number of rounds;
// where that is not enough, the input is executed with a bound that is linear in the list.
#pragma once

#include <cstdint>
#include <optional>

#include "model/facts.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::smt {

/// How often one loop of a call may go round in a scenario: 16 times for each entry, page and slot
/// that its operations are about, and 1024 times besides. Nothing where that would be too many to
/// execute.
std::optional<unsigned> round_bound(const sgp_scenario& scenario);

/// Whether the scenario, executed on the concrete domain, exceeds that in some loop, without any
/// call having been answered arbitrarily. False too where it ends otherwise, or has no such bound.
bool goes_on(const Bitcode& bitcode, const model::Facts& facts, const sgp_scenario& scenario);

}  // namespace sgproof::smt
