// Quotients and rests with local simplification: above all by the size of an object in an array.
#include <algorithm>
#include <optional>

#include "smt/solver/simplify.hpp"

namespace sgproof::smt {

using detail::is_op;
using detail::log2_exact;
using detail::make;
using detail::trailing_zeros;

namespace {

/// x where `a` is x * c without wrapping: a product, or a sum of such.
std::optional<Term> times(const Term& a, u128 c, unsigned depth = 4) {
  if (c == 0) return {};
  if (a.is_const())
    return a.value() % c == 0 ? std::optional(Term::constant(a.width(), a.value() / c))
                              : std::nullopt;
  const Node& n = *a.node();
  const u128 most = mask(a.width()) / c;
  if (n.op == Op::Mul && n.arg[1].is_const_value(c))
    return umax_bound(n.arg[0]) <= most ? std::optional(n.arg[0]) : std::nullopt;
  if (n.op != Op::Add || depth == 0) return {};
  const auto x = times(n.arg[0], c, depth - 1), y = times(n.arg[1], c, depth - 1);
  if (!x || !y || umax_bound(*x) > most || umax_bound(*y) > most - umax_bound(*x)) return {};
  return add(*x, *y);
}

/// Whether the low bits of `a` are known to be zero that are zero in the constant `c` too: then
/// both have the quotient of what is above them.
bool above_zeroes(const Term& a, u128 c) {
  return c != 0 && is_op(a, Op::Concat) && a.node()->arg[1].is_zero() &&
         a.node()->arg[1].width() == trailing_zeros(c);
}

/// `a` as a choice of two terms, also where it is something more than one, or above a constant.
struct Choice {
  Term condition, yes, no;
};
std::optional<Choice> choice_of(const Term& a) {
  if (a.is_const()) return {};
  const Node& n = *a.node();
  if (n.op == Op::Ite) return Choice{n.arg[0], n.arg[1], n.arg[2]};
  const bool sum = n.op == Op::Add;
  if (!sum && (n.op != Op::Concat || !n.arg[1].is_const())) return {};
  auto inner = choice_of(n.arg[0]);
  const bool first = inner.has_value();
  if (!first && sum) inner = choice_of(n.arg[1]);
  if (!inner) return {};
  const auto around = [&](const Term& x) {
    return sum ? add(x, n.arg[first ? 1 : 0]) : concat(x, n.arg[1]);
  };
  return Choice{inner->condition, around(inner->yes), around(inner->no)};
}

/// Takes the values of a choice apart from `left`; whether so many are there.
bool few_values(const Term& a, unsigned& left) {
  if (left == 0) return false;
  const auto c = choice_of(a);
  if (!c) return --left, true;
  return few_values(c->yes, left) && few_values(c->no, left);
}

/// A quotient or rest by `b`, which is no power of two, of each value of a choice: numbers of
/// objects in an array, where the choice is between pointers to them.
template <typename Divide>
std::optional<Term> of_each(const Term& a, const Term& b, Divide divide) {
  constexpr unsigned kMost = 16;
  unsigned left = kMost;
  const auto c = choice_of(a);
  if (!c || !few_values(a, left)) return {};
  return ite(c->condition, divide(c->yes, b), divide(c->no, b));
}

/// Bounds of the signed value, by structure; no operation in it wraps within them.
struct Signed {
  i128 lo, hi;
};
std::optional<Signed> within(i128 lo, i128 hi, unsigned width) {
  const i128 limit = i128{1} << (width - 1);
  if (lo < -limit || hi >= limit) return {};
  return Signed{lo, hi};
}
i128 signed_value(const Term& t) {
  const u128 half = u128{1} << (t.width() - 1);
  return static_cast<i128>(t.value() & (half - 1)) - static_cast<i128>(t.value() & half);
}
std::optional<Signed> signed_bounds(const Term& t, unsigned depth = 6) {
  const unsigned w = t.width();
  if (w > 64) return {};
  if (t.is_const()) return Signed{signed_value(t), signed_value(t)};
  if ((umax_bound(t) >> (w - 1)) == 0)
    return Signed{static_cast<i128>(umin_bound(t)), static_cast<i128>(umax_bound(t))};
  const Node& n = *t.node();
  if (depth == 0 || (n.op != Op::Ite && n.op != Op::Add && n.op != Op::Sub)) return {};
  const unsigned first = n.op == Op::Ite ? 1 : 0;
  const auto a = signed_bounds(n.arg[first], depth - 1);
  const auto b = signed_bounds(n.arg[first + 1], depth - 1);
  if (!a || !b) return {};
  if (n.op == Op::Ite) return Signed{std::min(a->lo, b->lo), std::max(a->hi, b->hi)};
  if (n.op == Op::Add) return within(a->lo + b->lo, a->hi + b->hi, w);
  return within(a->lo - b->hi, a->hi - b->lo, w);
}

/// x where `a` is x * c modulo 2^width.
std::optional<Term> factored(const Term& a, u128 c, unsigned depth = 4) {
  if (a.is_const()) {
    const i128 v = signed_value(a), by = static_cast<i128>(c);
    if (v % by != 0) return {};
    return Term::constant(a.width(), static_cast<u128>(v / by));
  }
  const Node& n = *a.node();
  if (n.op == Op::Mul && n.arg[1].is_const_value(c)) return n.arg[0];
  if ((n.op != Op::Add && n.op != Op::Sub) || depth == 0) return {};
  const auto x = factored(n.arg[0], c, depth - 1), y = factored(n.arg[1], c, depth - 1);
  if (!x || !y) return {};
  return n.op == Op::Add ? add(*x, *y) : sub(*x, *y);
}

/// x where `a`, as a signed number, is x * c for a positive c, without wrapping.
std::optional<Term> signed_times(const Term& a, u128 c) {
  const unsigned w = a.width();
  if (w > 64 || c == 0 || (c >> (w - 1)) != 0) return {};
  const auto x = factored(a, c);
  const auto bounds = x ? signed_bounds(*x) : std::nullopt;
  const i128 by = static_cast<i128>(c);
  if (!bounds || !within(bounds->lo * by, bounds->hi * by, w)) return {};
  return x;
}

}  // namespace

Term udiv(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const())
    return Term::constant(w, fold(Op::UDiv, w, w, a.value(), b.value()));
  if (w == 1) return bv_or(a, bv_not(b));
  if (!b.is_const()) return make(Op::UDiv, w, a, b);
  if (const int s = log2_exact(b.value()); s >= 0)
    return lshr(a, Term::constant(w, static_cast<unsigned>(s)));
  if (above_zeroes(a, b.value())) {
    const unsigned s = trailing_zeros(b.value());
    return zext(udiv(a.node()->arg[0], Term::constant(w - s, b.value() >> s)), w);
  }
  if (const auto x = times(a, b.value())) return *x;
  if (const auto each = of_each(a, b, udiv)) return *each;
  return make(Op::UDiv, w, a, b);
}

Term urem(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const())
    return Term::constant(w, fold(Op::URem, w, w, a.value(), b.value()));
  if (w == 1) return bv_and(a, bv_not(b));
  if (!b.is_const()) return make(Op::URem, w, a, b);
  if (log2_exact(b.value()) >= 0) return bv_and(a, Term::constant(w, b.value() - 1));
  if (!b.is_zero() && umax_bound(a) < b.value()) return a;
  if (above_zeroes(a, b.value())) {
    const unsigned s = trailing_zeros(b.value());
    return concat(urem(a.node()->arg[0], Term::constant(w - s, b.value() >> s)),
                  Term::constant(s, 0));
  }
  if (times(a, b.value())) return Term::constant(w, 0);
  if (const auto each = of_each(a, b, urem)) return *each;
  return make(Op::URem, w, a, b);
}

Term sdiv(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const())
    return Term::constant(w, fold(Op::SDiv, w, w, a.value(), b.value()));
  if (w == 1) return bv_or(a, bv_not(b));
  if (b.is_const_value(1)) return a;
  if (b.is_const() && (b.value() >> (w - 1)) == 0 && (umax_bound(a) >> (w - 1)) == 0)
    return udiv(a, b);
  if (const int s = b.is_const() ? log2_exact(b.value()) : -1;
      s > 0 && static_cast<unsigned>(s) < w - 1) {
    // Division by a power of two rounds towards zero: negative dividends are biased first.
    const unsigned k = static_cast<unsigned>(s);
    const Term low = extract(a, k - 1, 0);
    const Term shift = Term::constant(w, k);
    if (low.is_zero()) return ashr(a, shift);
    const Term sign = extract(a, w - 1, w - 1);
    return ashr(add(a, ite(sign, Term::constant(w, b.value() - 1), Term::constant(w, 0))), shift);
  }
  if (!b.is_const()) return make(Op::SDiv, w, a, b);
  if (above_zeroes(a, b.value()) && (b.value() >> (w - 1)) == 0) {
    const unsigned s = trailing_zeros(b.value());
    return sext(sdiv(a.node()->arg[0], Term::constant(w - s, b.value() >> s)), w);
  }
  if (const auto x = signed_times(a, b.value())) return *x;
  if (const auto each = of_each(a, b, sdiv)) return *each;
  return make(Op::SDiv, w, a, b);
}

Term srem(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const())
    return Term::constant(w, fold(Op::SRem, w, w, a.value(), b.value()));
  if (w == 1) return bv_and(a, bv_not(b));
  if (b.is_const() && (b.value() >> (w - 1)) == 0 && (umax_bound(a) >> (w - 1)) == 0)
    return urem(a, b);
  if (const int s = b.is_const() ? log2_exact(b.value()) : -1;
      s > 0 && static_cast<unsigned>(s) < w - 1)
    return sub(a, shl(sdiv(a, b), Term::constant(w, static_cast<unsigned>(s))));
  if (!b.is_const()) return make(Op::SRem, w, a, b);
  if (above_zeroes(a, b.value()) && (b.value() >> (w - 1)) == 0) {
    const unsigned s = trailing_zeros(b.value());
    return concat(srem(a.node()->arg[0], Term::constant(w - s, b.value() >> s)),
                  Term::constant(s, 0));
  }
  if (signed_times(a, b.value())) return Term::constant(w, 0);
  if (const auto each = of_each(a, b, srem)) return *each;
  return make(Op::SRem, w, a, b);
}

}  // namespace sgproof::smt
