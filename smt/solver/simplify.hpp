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

bool complement(const Term& t, const Term& u, unsigned depth);

/// One of them is a | b and the other !a & !b, in either order.
inline bool de_morgan(const Term& t, const Term& u, unsigned depth) {
  if (!(is_op(t, Op::Or) && is_op(u, Op::And)) && !(is_op(t, Op::And) && is_op(u, Op::Or)))
    return false;
  const Node &p = *t.node(), &q = *u.node();
  for (const unsigned i : {0U, 1U})
    if (complement(p.arg[0], q.arg[i], depth) && complement(p.arg[1], q.arg[1 - i], depth))
      return true;
  return false;
}

/// t is visibly the negation of u; `depth` bounds the search through De Morgan's laws.
inline bool complement(const Term& t, const Term& u, unsigned depth = 4) {
  if (t.is_const() && u.is_const()) return t.width() == u.width() && t.same(bv_not(u));
  return (is_op(t, Op::Not) && t.node()->arg[0].same(u)) ||
         (is_op(u, Op::Not) && u.node()->arg[0].same(t)) ||
         (depth != 0 && de_morgan(t, u, depth - 1));
}

/// A symbol, or its difference from a constant.
inline bool symbol(const Term& t) {
  if (is_op(t, Op::Sub) && t.node()->arg[0].is_const()) return is_op(t.node()->arg[1], Op::Var);
  if (is_op(t, Op::Add) && t.node()->arg[1].is_const()) return is_op(t.node()->arg[0], Op::Var);
  return is_op(t, Op::Var);
}

/// A choice between values of which some are constants: work on it is done for each value. Next to
/// such a choice a symbol is a value as well, as what a bit scan gives for zero.
inline bool choice(const Term& t, unsigned depth = 4) {
  if (!is_op(t, Op::Ite)) return false;
  const Term &yes = t.node()->arg[1], &no = t.node()->arg[2];
  if (yes.is_const() || no.is_const()) return true;
  if (depth == 0) return false;
  const bool first = choice(yes, depth - 1), second = choice(no, depth - 1);
  return (first && (second || symbol(no))) || (second && symbol(yes));
}

inline unsigned trailing_zeros(u128 v) {
  unsigned n = 0;
  while (n < 127 && ((v >> n) & 1) == 0) ++n;
  return n;
}

/// The exponent of a power of two, else -1.
inline int log2_exact(u128 v) {
  if (v == 0 || (v & (v - 1)) != 0) return -1;
  int n = 0;
  while ((v >>= 1) != 0) ++n;
  return n;
}

/// Extraction is cheap for this term: it will not leave an Extract node of something large.
inline bool sliceable(const Term& t) { return t.is_const() || is_op(t, Op::Concat); }

}  // namespace sgproof::smt::detail
