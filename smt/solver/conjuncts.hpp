// The parts that conditions are made of.
#pragma once

#include <cstddef>
#include <vector>

#include "smt/solver/terms.hpp"

namespace sgproof::smt {

/// The conditions that the given ones (from `from` on) consist of, however conjunctions and negated
/// disjunctions are nested; one that stands in several places is given several times.
[[nodiscard]] std::vector<Term> conjuncts(const std::vector<Term>& conditions,
                                          std::size_t from = 0);

}  // namespace sgproof::smt
