// Models that differ little from known ones.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "smt/solver/model.hpp"

namespace sgproof::smt {

/// A model of all conditions that gives one or two symbols of the last one another value than a
/// model of the conditions before it does; nothing if none is found soon. A branch often asks for
/// another answer of the environment, or for another number than the one seen before: a solver
/// would look for all symbols anew.
[[nodiscard]] std::shared_ptr<Model> neighbour(const std::deque<std::shared_ptr<Model>>& models,
                                               const std::vector<Term>& conditions);

}  // namespace sgproof::smt
