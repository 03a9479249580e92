// Internal: changes of a function that mean the same.
#pragma once

#include "score/ast.hpp"
#include "score/mutator.hpp"

namespace sgproof::score {

/// Adds rewritings: operands exchanged, conditions negated twice, values that go through a variable
/// of their own, and neighbouring statements that do not depend on each other in the other order.
void add_harmless(const FunctionSyntax& function, Mutator& out);

}  // namespace sgproof::score
