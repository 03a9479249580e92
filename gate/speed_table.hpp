// What proofs cost, and how that grows with the length of the list, as a table.
#pragma once

#include <string>
#include <vector>

#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

/// The cost of proving some families one after another.
struct ProofWork {
  std::string name;
  unsigned nents = 0;  ///< entries of the list, where growth with them is looked at; 0: it is not
  std::size_t families = 0;
  std::size_t claims = 0, open = 0;  ///< open: what is not proved, though inputs reach it
  /// Ended states: the ways that are left where they could be merged.
  std::uint64_t states = 0, merges = 0, queries = 0, instructions = 0;
  double seconds = 0, solver_seconds = 0;  ///< of all processes together
  double elapsed = 0;                      ///< by the clock, with two processes at a time

  void add(const smt::FamilyResult& result);
  /// The part of the time that the solver took, 0 to 1.
  [[nodiscard]] double in_solver() const;
};

/// One line for each. Where growth is looked at, also for each entry of the list: numbers that stay
/// the same are linear growth.
[[nodiscard]] std::string speed_table(const std::vector<ProofWork>& all);

}  // namespace sgproof::gate
