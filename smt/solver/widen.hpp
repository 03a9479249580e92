// Numbers in more bits.
#pragma once

#include <optional>

#include "smt/solver/terms.hpp"

namespace sgproof::smt {

/// The term with its sums made in `width` bits: what zext(t, width) is where none of the sums
/// wraps. Nothing if there is no sum in it.
[[nodiscard]] std::optional<Term> widened(const Term& t, unsigned width);

}  // namespace sgproof::smt
