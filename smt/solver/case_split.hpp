// A question whose terms are full of choices (Ite, from merged states) as several without them: one
// for each side of the condition that most choices depend on.
#pragma once

#include <optional>
#include <vector>

#include "smt/solver/terms.hpp"

namespace sgproof::smt {

/// The condition, none of And, Or and Not, that most choices in the conditions depend on.
[[nodiscard]] std::optional<Term> most_used_choice(const std::vector<Term>& conditions);

/// Conditions that together with `known` hold for the same models as `conditions` with `known` do.
/// What `known` and the conditions say of booleans, and of terms that equal a number, is used
/// everywhere; `known` is one of the results. A single false condition: they contradict each other.
[[nodiscard]] std::vector<Term> assuming(const std::vector<Term>& conditions, const Term& known);

}  // namespace sgproof::smt
