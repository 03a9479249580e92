// Violations of checks that have lemmas.
#pragma once

#include "smt/obligations/family_run.hpp"
#include "smt/solver/solver.hpp"

namespace sgproof::smt {

/// Can the check fail? Where all its lemmas are shown, the question is asked with them; else as it
/// is. The answer is that to the question without them.
CheckResult violation(Solver& solver, const PathCheck& check);

}  // namespace sgproof::smt
