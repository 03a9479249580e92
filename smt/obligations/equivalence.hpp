// Do two versions of the code do the same on all inputs of a family?
#pragma once

#include <string>

#include "smt/obligations/prover.hpp"

namespace sgproof::smt {

struct Equivalence {
  bool proved = false;
  std::string reason;  ///< why not
};

/// Proves that everything that is observed (all fields of every entry after each step, results,
/// calls into the environment with their arguments, in order) is the same for both. Not proved says
/// nothing: also where a path was inconclusive or the solver did not decide.
[[nodiscard]] Equivalence equivalent(const Bitcode& a, const Bitcode& b,
                                     const model::Facts& facts_a, const model::Facts& facts_b,
                                     const model::Family& family, const ProveOptions& options);

}  // namespace sgproof::smt
