// A family's proof in parts, side by side: together they take less time than the whole, even one
// after another, since each asks smaller questions.
#pragma once

#include <functional>
#include <optional>

#include "kernel-extract/process.hpp"
#include "smt/exec/part.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

/// Decides the claims for the inputs of a part; called from several threads. May throw.
using ProvePart = std::function<smt::FamilyResult(const exec::Part&, const extract::CancelToken&)>;

/// The result of all 2^choices parts as one, where each shows all that it reaches. Nothing where
/// there are no choices, where a part was not shown (the others are cancelled then), or it threw:
/// the whole is to be decided, which has the smallest counterexamples of all inputs, and the
/// reasons.
std::optional<smt::FamilyResult> prove_in_parts(unsigned choices, const ProvePart& prove,
                                                const extract::CancelToken& cancel);

}  // namespace sgproof::gate
