// Many variants of the code beside the original, compared at every call of what they change.
#pragma once

#include <string>
#include <vector>

#include "gate/prove_stage.hpp"
#include "kernel-extract/extract.hpp"
#include "smt/obligations/equivalence.hpp"

namespace sgproof::score {

struct SideBySide {
  const extract::Module& original;
  const std::vector<gate::FamilyOutcome>& families;  ///< of the original
  unsigned max_nents = 3;
  unsigned jobs = 1;
  unsigned levels = 0;   ///< compared at callers so many levels up, see kernel-extract/variants.hpp
  double seconds = 300;  ///< for one family
};

/// Which variants are proved to do the same in every family, in order; the others say why not: they
/// differ, the solver did not decide it, or the prover crashed. One symbolic run of each family
/// serves all variants.
[[nodiscard]] std::vector<smt::Equivalence> side_by_side(
    const SideBySide& what, const std::vector<const extract::Module*>& variants,
    const extract::Context& context);

/// The process that compares in one family: reads its request as JSON, returns the answer as JSON.
[[nodiscard]] std::string compare_family_process(const std::string& request);

}  // namespace sgproof::score
