// What tells two paths apart.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "smt/solver/terms.hpp"

namespace sgproof::smt {

/// The first condition of one path that the other has the opposite of, both from `from` on and
/// however conjunctions are nested; nothing if there is none. A choice between values of the two
/// paths is then about that condition alone, and the same for all pairs of paths that it parts.
[[nodiscard]] std::optional<Term> told_apart(const std::vector<Term>& path,
                                             const std::vector<Term>& other, std::size_t from);

}  // namespace sgproof::smt
