// Arithmetic operators with local simplification.
#include <optional>

#include "smt/solver/simplify.hpp"
#include "smt/solver/sums.hpp"

namespace sgproof::smt {

using detail::choice;
using detail::is_op;
using detail::log2_exact;
using detail::make;
using detail::trailing_zeros;

Term add(const Term& x, const Term& y) {
  const unsigned w = x.width();
  if (x.is_const() && y.is_const()) return Term::constant(w, x.value() + y.value());
  if (w == 1) return bv_xor(x, y);
  const Term &a = x.is_const() ? y : x, &b = x.is_const() ? x : y;
  if (b.is_zero()) return a;
  if (b.is_const()) {
    const Node& n = *a.node();
    if (n.op == Op::Add && n.arg[1].is_const())
      return add(n.arg[0], Term::constant(w, n.arg[1].value() + b.value()));
    if (n.op == Op::Sub && n.arg[0].is_const())
      return sub(Term::constant(w, n.arg[0].value() + b.value()), n.arg[1]);
    if (n.op == Op::Concat) {
      // No carry out of the low part: add piecewise.
      const unsigned low = n.arg[1].width();
      const u128 lv = b.value() & mask(low);
      const bool no_carry = umax_bound(n.arg[1]) <= mask(low) - lv;
      if (no_carry)
        return concat(add(n.arg[0], Term::constant(w - low, b.value() >> low)),
                      add(n.arg[1], Term::constant(low, lv)));
    }
    if (choice(a)) return ite(n.arg[0], add(n.arg[1], b), add(n.arg[2], b));
    return make(Op::Add, w, a, b);
  }
  // Pull constants out, so that (p + c) + i and (p + i) + c are the same.
  if (is_op(a, Op::Add) && a.node()->arg[1].is_const())
    return add(add(a.node()->arg[0], b), a.node()->arg[1]);
  if (is_op(b, Op::Add) && b.node()->arg[1].is_const())
    return add(add(a, b.node()->arg[0]), b.node()->arg[1]);
  if (is_op(b, Op::Sub) && b.node()->arg[1].same(a)) return b.node()->arg[0];
  if (is_op(a, Op::Sub) && a.node()->arg[1].same(b)) return a.node()->arg[0];
  if (is_op(b, Op::Sub) && b.node()->arg[0].is_zero()) return sub(a, b.node()->arg[1]);
  if (is_op(a, Op::Sub) && a.node()->arg[0].is_zero()) return sub(b, a.node()->arg[1]);
  // Both multiples of a power of two: add the high parts.
  if (is_op(a, Op::Concat) && is_op(b, Op::Concat)) {
    const Node &p = *a.node(), &q = *b.node();
    if (p.arg[1].width() == q.arg[1].width() && (p.arg[1].is_zero() || q.arg[1].is_zero()))
      return concat(add(p.arg[0], q.arg[0]), p.arg[1].is_zero() ? q.arg[1] : p.arg[1]);
  }
  if (const auto joined = detail::joined_choices(a, b)) return *joined;
  if (a.node()->id > b.node()->id) return make(Op::Add, w, b, a);
  return make(Op::Add, w, a, b);
}

Term neg(const Term& a) { return sub(Term::constant(a.width(), 0), a); }

Term sub(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const()) return Term::constant(w, a.value() - b.value());
  if (w == 1) return bv_xor(a, b);
  if (a.same(b)) return Term::constant(w, 0);
  if (b.is_const()) return add(a, Term::constant(w, 0 - b.value()));
  if (is_op(a, Op::Add)) {
    const Node& n = *a.node();
    if (n.arg[0].same(b)) return n.arg[1];
    if (n.arg[1].same(b)) return n.arg[0];
    if (n.arg[1].is_const()) return add(sub(n.arg[0], b), n.arg[1]);
  }
  if (is_op(b, Op::Add)) {
    const Node& n = *b.node();
    if (n.arg[0].same(a)) return neg(n.arg[1]);
    if (n.arg[1].same(a)) return neg(n.arg[0]);
    if (n.arg[1].is_const()) return add(sub(a, n.arg[0]), Term::constant(w, 0 - n.arg[1].value()));
  }
  if (is_op(a, Op::Concat) && is_op(b, Op::Concat)) {
    const Node &p = *a.node(), &q = *b.node();
    if (p.arg[1].width() == q.arg[1].width() && q.arg[1].is_zero())
      return concat(sub(p.arg[0], q.arg[0]), p.arg[1]);
    if (p.arg[1].width() == q.arg[1].width() && p.arg[1].same(q.arg[1]))
      return concat(sub(p.arg[0], q.arg[0]), Term::constant(p.arg[1].width(), 0));
  }
  // x - (x & (2^k - 1)): the low bits are cleared
  if (is_op(b, Op::Concat) && b.node()->arg[0].is_zero()) {
    const Term& low = b.node()->arg[1];
    const unsigned k = low.width();
    if (low.same(extract(a, k - 1, 0))) return concat(extract(a, w - 1, k), Term::constant(k, 0));
  }
  if (a.is_zero() && is_op(b, Op::Sub)) return sub(b.node()->arg[1], b.node()->arg[0]);
  if (a.is_const() && choice(b))
    return ite(b.node()->arg[0], sub(a, b.node()->arg[1]), sub(a, b.node()->arg[2]));
  return make(Op::Sub, w, a, b);
}

Term mul(const Term& x, const Term& y) {
  const unsigned w = x.width();
  if (x.is_const() && y.is_const()) return Term::constant(w, x.value() * y.value());
  if (w == 1) return bv_and(x, y);
  const Term &a = x.is_const() ? y : x, &b = x.is_const() ? x : y;
  if (b.is_const()) {
    if (b.is_zero()) return b;
    if (const int s = log2_exact(b.value()); s >= 0)
      return shl(a, Term::constant(w, static_cast<unsigned>(s)));
    const Node& n = *a.node();
    if (n.op == Op::Mul && n.arg[1].is_const())
      return mul(n.arg[0], Term::constant(w, n.arg[1].value() * b.value()));
    if (n.op == Op::Add && n.arg[1].is_const())
      return add(mul(n.arg[0], b), Term::constant(w, n.arg[1].value() * b.value()));
    if (n.op == Op::Ite && n.arg[1].is_const() && n.arg[2].is_const())
      return ite(n.arg[0], mul(n.arg[1], b), mul(n.arg[2], b));
    // A flag times a constant is a choice, as is a choice of constants.
    if (n.op == Op::Concat && n.arg[0].is_zero() && n.arg[1].width() == 1)
      return ite(n.arg[1], b, Term::constant(w, 0));
    if (n.op == Op::Concat && n.arg[0].is_zero() && is_op(n.arg[1], Op::Ite)) {
      const Node& c = *n.arg[1].node();
      if (c.arg[1].is_const() && c.arg[2].is_const())
        return ite(c.arg[0], mul(zext(c.arg[1], w), b), mul(zext(c.arg[2], w), b));
    }
    // The low bits of a multiple of an even number are zero: an index times the size of an object.
    if (const unsigned s = trailing_zeros(b.value()); s != 0)
      return concat(mul(extract(a, w - 1 - s, 0), Term::constant(w - s, b.value() >> s)),
                    Term::constant(s, 0));
    return make(Op::Mul, w, a, b);
  }
  if (a.node()->id > b.node()->id) return make(Op::Mul, w, b, a);
  return make(Op::Mul, w, a, b);
}

namespace {

/// Whether to shift by each value of a choice: what is shifted, or both values, are constants, as
/// in GENMASK(__fls(x), 0).
bool splits(const Term& a, const Term& b) {
  if (!is_op(b, Op::Ite)) return false;
  const Term &yes = b.node()->arg[1], &no = b.node()->arg[2];
  return a.is_const() ? choice(b) : yes.is_const() && no.is_const();
}

}  // namespace

Term shl(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (w == 1) return bv_and(a, bv_not(b));
  if (b.is_const()) {
    if (b.value() >= w) return Term::constant(w, 0);
    const unsigned s = static_cast<unsigned>(b.value());
    if (s == 0) return a;
    return concat(extract(a, w - 1 - s, 0), Term::constant(s, 0));
  }
  if (a.is_zero()) return a;
  if (splits(a, b))
    return ite(b.node()->arg[0], shl(a, b.node()->arg[1]), shl(a, b.node()->arg[2]));
  return make(Op::Shl, w, a, b);
}

Term lshr(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (w == 1) return bv_and(a, bv_not(b));
  if (b.is_const()) {
    if (b.value() >= w) return Term::constant(w, 0);
    const unsigned s = static_cast<unsigned>(b.value());
    if (s == 0) return a;
    return zext(extract(a, w - 1, s), w);
  }
  if (a.is_zero()) return a;
  if (splits(a, b))
    return ite(b.node()->arg[0], lshr(a, b.node()->arg[1]), lshr(a, b.node()->arg[2]));
  return make(Op::LShr, w, a, b);
}

Term ashr(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (w == 1) return a;
  if (b.is_const()) {
    const unsigned s = b.value() >= w ? w - 1 : static_cast<unsigned>(b.value());
    if (s == 0) return a;
    return sext(extract(a, w - 1, s), w);
  }
  if (a.is_zero()) return a;
  if (splits(a, b))
    return ite(b.node()->arg[0], ashr(a, b.node()->arg[1]), ashr(a, b.node()->arg[2]));
  return make(Op::AShr, w, a, b);
}

}  // namespace sgproof::smt
