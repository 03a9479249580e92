// Internal helpers of the term operators.
#pragma once

#include "smt/solver/terms.hpp"

namespace sgproof::smt::detail {

inline bool is_op(const Term& t, Op op) { return !t.is_const() && t.node()->op == op; }

/// Makes the node without simplification; at least one argument is not constant.
inline Term make(Op op, unsigned width, const Term& a, const Term& b = {}, const Term& c = {},
                 unsigned hi = 0, unsigned lo = 0) {
  const Node* n = !a.is_const() ? a.node() : !b.is_const() ? b.node() : c.node();
  return n->owner->intern(op, width, a, b, c, hi, lo);
}

/// t is the negation of u.
inline bool complement(const Term& t, const Term& u) {
  if (t.is_const() && u.is_const()) return t.width() == u.width() && t.same(bv_not(u));
  return (is_op(t, Op::Not) && t.node()->arg[0].same(u)) ||
         (is_op(u, Op::Not) && u.node()->arg[0].same(t));
}

/// Extraction is cheap for this term: it will not leave an Extract node of something large.
inline bool sliceable(const Term& t) { return t.is_const() || is_op(t, Op::Concat); }

}  // namespace sgproof::smt::detail
