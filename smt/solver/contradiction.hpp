// What an unsatisfiable question rests on.
#pragma once

#include <functional>
#include <vector>

#include "smt/solver/terms.hpp"
#include "smt/solver/watchdog.hpp"

namespace sgproof::smt {

/// Few of the parts of the conditions (`conjuncts`) that contradict each other already, so that
/// somebody else sees it sooner. All parts where Z3 does not find that in a second or two. The
/// answer is a guess as far as anybody else is concerned: that the parts do contradict each other
/// is theirs to show.
[[nodiscard]] std::vector<Term> contradiction(const Terms& terms,
                                              const std::vector<Term>& conditions,
                                              Watchdog& watchdog);

}  // namespace sgproof::smt
