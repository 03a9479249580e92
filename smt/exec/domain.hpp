// What the executor asks of a domain. A domain has a value type `Bv` with the free functions of
// smt/solver/terms.hpp (found by argument-dependent lookup) and the members below.
//
//   Bv fresh(name, width)              the symbol of that name
//   Feasible feasible(pc, extra, briefly)  is pc and extra satisfiable; briefly: do not search long
//   optional<u128> pick(pc, guard, t)  some value of t under pc and guard
//   leaves(t, deep, limit)             guarded cases of t: exclusive, exhaustive, by structure
//   only;
//                                      empty if there are more than limit
//   under(pc, t)                       t, or what is left of it where pc visibly decides a choice
//   is_symbol(t)                       t is an unconstrained symbol or a part of one
//   scaled(t, by)                      (x, k) with t == x * by + k and k < by, by structure only
//   expired()                          the overall deadline has passed
#pragma once

#include <cstdint>

namespace sgproof::exec {

/// Answer to a feasibility question; the default claims nothing.
enum class Feasible : std::uint8_t { Unknown = 0, Yes, No };

}  // namespace sgproof::exec
