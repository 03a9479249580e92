// Comparisons and if-then-else.
#include <array>
#include <optional>

#include "smt/solver/simplify.hpp"
#include "smt/solver/sums.hpp"

namespace sgproof::smt {

using detail::choice;
using detail::complement;
using detail::is_op;
using detail::LinearSum;
using detail::make;

namespace {

const Term kFalse = Term::boolean(false);
const Term kTrue = Term::boolean(true);

Term eq_const(const Term& a, const Term& k) {
  const unsigned w = a.width();
  const Node& n = *a.node();
  if (k.value() < n.min || k.value() > n.max) return kFalse;
  switch (n.op) {
    case Op::Add:
      if (n.arg[1].is_const()) return eq(n.arg[0], sub(k, n.arg[1]));
      break;
    case Op::Sub:
      if (n.arg[0].is_const()) return eq(n.arg[1], sub(n.arg[0], k));
      if (k.is_zero()) return eq(n.arg[0], n.arg[1]);
      break;
    case Op::Xor:
      if (n.arg[1].is_const()) return eq(n.arg[0], bv_xor(n.arg[1], k));
      break;
    case Op::Not:
      return eq(n.arg[0], bv_not(k));
    case Op::Concat: {
      const unsigned low = n.arg[1].width();
      return bv_and(eq(n.arg[0], extract(k, w - 1, low)), eq(n.arg[1], extract(k, low - 1, 0)));
    }
    case Op::SExt: {
      const unsigned in = n.arg[0].width();
      const Term t = trunc(k, in);
      return sext(t, w).same(k) ? eq(n.arg[0], t) : kFalse;
    }
    case Op::Ite:
      if (n.arg[1].is_const())
        return n.arg[1].same(k) ? bv_or(n.arg[0], eq(n.arg[2], k))
                                : bv_and(bv_not(n.arg[0]), eq(n.arg[2], k));
      if (n.arg[2].is_const())
        return n.arg[2].same(k) ? bv_or(bv_not(n.arg[0]), eq(n.arg[1], k))
                                : bv_and(n.arg[0], eq(n.arg[1], k));
      if (choice(a)) return ite(n.arg[0], eq(n.arg[1], k), eq(n.arg[2], k));
      break;
    default:
      break;
  }
  return make(Op::Eq, 1, a, k);
}

}  // namespace

namespace {

/// Equality of sums by their normal form: true or false where it decides. A choice that is left in
/// the difference is split, so that x == p + ite(c, a, b) becomes equalities of sums again.
std::optional<Term> eq_linear(const Term& x, const Term& y, unsigned depth) {
  const unsigned w = x.width();
  LinearSum difference;
  unsigned budget = 64;
  difference.add_term(x, 1, budget);
  difference.add_term(y, mask(w), budget);
  if (difference.atoms.empty()) return Term::boolean(difference.constant == 0);
  if (difference.atoms.size() == 1) {
    const auto& [atom, factor] = difference.atoms.begin()->second;
    const u128 wanted = (0 - difference.constant) & mask(w);
    if (factor == 1) return eq(atom, Term::constant(w, wanted));
    if (factor == mask(w)) return eq(atom, Term::constant(w, difference.constant));
  }
  if (depth == 0) return {};
  for (const auto& [id, entry] : difference.atoms) {
    const auto& [atom, factor] = entry;
    if (!is_op(atom, Op::Ite) || (factor != 1 && factor != mask(w))) continue;
    const Node& n = *atom.node();
    std::array<Term, 2> sides;
    for (unsigned i = 0; i < 2; ++i) {
      // The difference with the chosen value must be 0: compare x - atom with y - choice.
      const Term choice = n.arg[1 + i];
      const auto side = factor == 1 ? eq_linear(add(sub(x, atom), choice), y, depth - 1)
                                    : eq_linear(x, add(sub(y, atom), choice), depth - 1);
      if (!side) return {};
      sides[i] = *side;
    }
    return ite(n.arg[0], sides[0], sides[1]);
  }
  return {};
}

}  // namespace

Term eq(const Term& x, const Term& y) {
  if (x.is_const() && y.is_const()) return Term::boolean(x.value() == y.value());
  if (x.same(y)) return kTrue;
  if (x.width() == 1) return bv_not(bv_xor(x, y));
  const Term &a = x.is_const() ? y : x, &b = x.is_const() ? x : y;
  if (b.is_const()) return eq_const(a, b);
  const Node &p = *a.node(), &q = *b.node();
  if (p.max < q.min || q.max < p.min || complement(a, b)) return kFalse;
  if (p.op == Op::Add && q.op == Op::Add) {
    if (p.arg[1].same(q.arg[1])) return eq(p.arg[0], q.arg[0]);
    if (p.arg[0].same(q.arg[0])) return eq(p.arg[1], q.arg[1]);
  }
  for (const auto& [s, t] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    if (!is_op(*s, Op::Add)) continue;
    const Node& n = *s->node();
    if (n.arg[0].same(*t)) return eq(n.arg[1], Term::constant(a.width(), 0));
    if (n.arg[1].same(*t)) return eq(n.arg[0], Term::constant(a.width(), 0));
  }
  if (p.op == Op::Add || p.op == Op::Sub || q.op == Op::Add || q.op == Op::Sub)
    if (const auto decided = eq_linear(a, b, 3)) return *decided;
  if (p.op == Op::SExt && q.op == Op::SExt && p.arg[0].width() == q.arg[0].width())
    return eq(p.arg[0], q.arg[0]);
  for (const auto& [s, t] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    if (!is_op(*s, Op::Concat)) continue;
    const Node& n = *s->node();
    const unsigned w = a.width(), at = n.arg[1].width();
    if (is_op(*t, Op::Concat) || n.arg[0].is_const() || n.arg[1].is_const())
      return bv_and(eq(n.arg[0], extract(*t, w - 1, at)), eq(n.arg[1], extract(*t, at - 1, 0)));
  }
  if (p.op == Op::Ite && q.op == Op::Ite && p.arg[0].same(q.arg[0])) {
    if (p.arg[1].same(q.arg[1])) return bv_or(p.arg[0], eq(p.arg[2], q.arg[2]));
    if (p.arg[2].same(q.arg[2])) return bv_or(bv_not(p.arg[0]), eq(p.arg[1], q.arg[1]));
  }
  if (a.node()->id > b.node()->id) return make(Op::Eq, 1, b, a);
  return make(Op::Eq, 1, a, b);
}

Term ult(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const()) return Term::boolean(a.value() < b.value());
  if (a.same(b)) return kFalse;
  if (w == 1) return bv_and(bv_not(a), b);
  if (umax_bound(a) < umin_bound(b)) return kTrue;
  if (umin_bound(a) >= umax_bound(b)) return kFalse;
  if (detail::is_sum(a) || detail::is_sum(b))
    if (const auto equal = eq_linear(a, b, 0); equal && equal->is_true()) return kFalse;
  if (b.is_const_value(1)) return eq(a, Term::constant(w, 0));
  if (a.is_zero()) return bv_not(eq(b, a));
  if (b.is_ones()) return bv_not(eq(a, b));
  for (const auto& [s, t] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    if (!is_op(*s, Op::Concat)) continue;
    const Node& n = *s->node();
    const unsigned at = n.arg[1].width();
    const bool pair = is_op(*t, Op::Concat) && t->node()->arg[1].width() == at;
    if (!t->is_const() && !pair) continue;
    const Term ah = extract(a, w - 1, at), bh = extract(b, w - 1, at);
    const Term al = extract(a, at - 1, 0), bl = extract(b, at - 1, 0);
    if (ah.same(bh)) return ult(al, bl);
    if (al.same(bl) || bl.is_zero()) return ult(ah, bh);  // low part never makes it smaller
    if (al.is_ones()) return ult(ah, bh);
    if (ah.is_const() && bh.is_const()) return ah.value() < bh.value() ? kTrue : kFalse;
  }
  // Below (or not below) a power of two: the bits above are zero (or not).
  if (b.is_const() && (b.value() & (b.value() - 1)) == 0) {
    unsigned k = 0;
    while ((u128{1} << k) < b.value()) ++k;
    return eq(extract(a, w - 1, k), Term::constant(w - k, 0));
  }
  if (a.is_const() && (a.value() & (a.value() + 1)) == 0) {
    unsigned k = 0;
    while ((u128{1} << k) <= a.value()) ++k;
    return bv_not(eq(extract(b, w - 1, k), Term::constant(w - k, 0)));
  }
  if (b.is_const() && choice(a))
    return ite(a.node()->arg[0], ult(a.node()->arg[1], b), ult(a.node()->arg[2], b));
  if (a.is_const() && choice(b))
    return ite(b.node()->arg[0], ult(a, b.node()->arg[1]), ult(a, b.node()->arg[2]));
  return make(Op::ULt, 1, a, b);
}

Term slt(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const())
    return Term::boolean(fold(Op::SLt, 1, w, a.value(), b.value()) != 0);
  if (a.same(b)) return kFalse;
  if (w == 1) return bv_and(a, bv_not(b));
  const u128 top = u128{1} << (w - 1);
  const bool a_pos = umax_bound(a) < top, b_pos = umax_bound(b) < top;
  const bool a_neg = umin_bound(a) >= top, b_neg = umin_bound(b) >= top;
  if ((a_pos && b_pos) || (a_neg && b_neg)) return ult(a, b);
  if (a_neg && b_pos) return kTrue;
  if (a_pos && b_neg) return kFalse;
  if (b.is_zero()) return extract(a, w - 1, w - 1);
  if (a.is_ones()) return bv_not(extract(b, w - 1, w - 1));
  if (is_op(a, Op::SExt) && is_op(b, Op::SExt) &&
      a.node()->arg[0].width() == b.node()->arg[0].width())
    return slt(a.node()->arg[0], b.node()->arg[0]);
  if (is_op(a, Op::Ite) && b.is_const() &&
      (a.node()->arg[1].is_const() || a.node()->arg[2].is_const()))
    return ite(a.node()->arg[0], slt(a.node()->arg[1], b), slt(a.node()->arg[2], b));
  return make(Op::SLt, 1, a, b);
}

Term ite(const Term& c, const Term& a, const Term& b) {
  if (c.is_const()) return c.is_true() ? a : b;
  if (a.same(b)) return a;
  if (is_op(c, Op::Not)) return ite(c.node()->arg[0], b, a);
  const unsigned w = a.width();
  if (w == 1) {
    if (a.is_true() || a.same(c)) return bv_or(c, b);
    if (a.is_false() || complement(a, c)) return bv_and(bv_not(c), b);
    if (b.is_true() || complement(b, c)) return bv_or(bv_not(c), a);
    if (b.is_false() || b.same(c)) return bv_and(c, a);
    if (complement(a, b)) return bv_not(bv_xor(c, a));
  }
  if (is_op(a, Op::Ite) && a.node()->arg[0].same(c)) return ite(c, a.node()->arg[1], b);
  if (is_op(b, Op::Ite) && b.node()->arg[0].same(c)) return ite(c, a, b.node()->arg[2]);
  if (is_op(b, Op::Ite) && b.node()->arg[1].same(a))
    return ite(bv_or(c, b.node()->arg[0]), a, b.node()->arg[2]);
  if (is_op(b, Op::Ite) && b.node()->arg[2].same(a))
    return ite(bv_or(c, bv_not(b.node()->arg[0])), a, b.node()->arg[1]);
  if (is_op(a, Op::Ite) && a.node()->arg[1].same(b))
    return ite(bv_and(c, bv_not(a.node()->arg[0])), a.node()->arg[2], b);
  if (is_op(a, Op::Ite) && a.node()->arg[2].same(b))
    return ite(bv_and(c, a.node()->arg[0]), a.node()->arg[1], b);
  if (const auto sum = detail::shared_sum(c, a, b)) return *sum;
  if (a.is_zero() || b.is_zero()) {
    // x == 0 ? 0 : x
    const Term& some = a.is_zero() ? b : a;
    const Term none = eq(some, a.is_zero() ? a : b);
    if (a.is_zero() ? none.same(c) : complement(none, c)) return some;
    // where x is 0 the condition does not matter: x == 0 || c ? 0 : x
    const bool either = is_op(c, Op::Or);
    if (either || is_op(c, Op::And))
      for (const unsigned i : {0U, 1U}) {
        const Term& part = c.node()->arg[i];
        if (either ? part.same(none) : complement(part, none))
          return ite(c.node()->arg[1 - i], a, b);
      }
  }
  // Keep a part that both sides share outside.
  for (const Term* t : {&a, &b}) {
    if (!is_op(*t, Op::Concat)) continue;
    const unsigned at = t->node()->arg[1].width();
    const Term& other = t == &a ? b : a;
    if (!detail::sliceable(other)) continue;
    const Term oh = extract(other, w - 1, at), ol = extract(other, at - 1, 0);
    if (t->node()->arg[0].same(oh) || t->node()->arg[1].same(ol))
      return concat(ite(c, extract(a, w - 1, at), extract(b, w - 1, at)),
                    ite(c, extract(a, at - 1, 0), extract(b, at - 1, 0)));
  }
  return make(Op::Ite, w, c, a, b);
}

}  // namespace sgproof::smt
