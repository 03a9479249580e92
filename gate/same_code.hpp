// What was proved of the base and holds for a patched tree because the same code was executed.
#pragma once

#include <optional>

#include "kernel-extract/module.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

/// The base's result of a family as that of `here`, if the symbolic run would be the same: facts
/// and configuration are equal, all claims are proved, no path was left open, every function that
/// the run entered is the same in both (extract::Function::hash, with the variables it uses and the
/// layout of types), and what had no definition has none here. Coverage is left out: it has the
/// base's lines, and of none of the changed functions.
[[nodiscard]] std::optional<smt::FamilyResult> same_of_base(const smt::FamilyResult& result,
                                                            const extract::Module& base,
                                                            const extract::Module& here);

}  // namespace sgproof::gate
