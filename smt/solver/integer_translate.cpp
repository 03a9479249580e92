#include "smt/solver/integer_translate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sgproof::smt {
namespace {

// Bounds are kept in 128 bits and must not overflow there.
constexpr unsigned kWidest = 120;

bool is_zero_test_of_or(const Node& n) {
  return n.op == Op::Eq && n.arg[0].width() > 1 && n.arg[1].is_zero() && !n.arg[0].is_const() &&
         n.arg[0].node()->op == Op::Or;
}

void parts_of_or(const Term& t, std::vector<Term>& out) {
  if (!t.is_const() && t.node()->op == Op::Or) {
    parts_of_or(t.node()->arg[0], out);
    parts_of_or(t.node()->arg[1], out);
  } else {
    out.push_back(t);
  }
}

/// The terms whose translations build() uses.
std::vector<Term> operands(const Node& n) {
  std::vector<Term> out;
  if (is_zero_test_of_or(n)) {
    parts_of_or(n.arg[0], out);
    return out;
  }
  out.assign(n.arg, n.arg + n.arity);
  return out;
}

}  // namespace

z3::expr IntegerTranslator::numeral(u128 v) { return ctx_.int_val(fmt::format("{}", v).c_str()); }

IntegerTranslator::Number IntegerTranslator::scaled(const z3::expr& units, unsigned zeros, u128 lo,
                                                    u128 hi) {
  if (zeros == 0) return {units, lo, hi};
  return {units * numeral(u128{1} << zeros), lo, hi, zeros, units};
}

IntegerTranslator::Number IntegerTranslator::value(u128 v) {
  if (v == 0) return {ctx_.int_val(0), 0, 0, kWidest};
  unsigned zeros = 0;
  while (((v >> zeros) & 1) == 0) ++zeros;
  return {numeral(v), v, v, zeros, numeral(v >> zeros)};
}

z3::expr IntegerTranslator::in_units(const Number& a, unsigned zeros) {
  if (a.zeros == zeros || a.hi == 0) return a.units;
  return a.units * numeral(u128{1} << (a.zeros - zeros));
}

IntegerTranslator::Number IntegerTranslator::moved_up(const Number& a, unsigned by) {
  if (a.hi == 0) return a;
  return scaled(a.units, a.zeros + by, a.lo << by, a.hi << by);
}

IntegerTranslator::Number IntegerTranslator::plain_sum(const Number& a, const Number& b) {
  if (a.hi == 0) return b;
  if (b.hi == 0) return a;
  const unsigned zeros = std::min(a.zeros, b.zeros);
  return scaled(in_units(a, zeros) + in_units(b, zeros), zeros, a.lo + b.lo, a.hi + b.hi);
}

IntegerTranslator::Number IntegerTranslator::fresh(u128 lo, u128 hi) {
  const z3::expr e(ctx_, Z3_mk_fresh_const(ctx_, "i", ctx_.int_sort()));
  define_(e >= numeral(lo) && e <= numeral(hi));
  return {e, lo, hi};
}

IntegerTranslator::Number IntegerTranslator::open(unsigned width) {
  ++left_open_;
  if (width == 1) return {z3::expr(ctx_, Z3_mk_fresh_const(ctx_, "b", ctx_.bool_sort()))};
  return fresh(0, mask(width));
}

IntegerTranslator::Number IntegerTranslator::constant(const Term& t) {
  if (t.width() == 1) return {ctx_.bool_val(t.is_true())};
  return value(t.value());
}

IntegerTranslator::Number IntegerTranslator::ready(const Term& t) {
  return t.is_const() ? constant(t) : done_.at(t.node()->id);
}

IntegerTranslator::Number IntegerTranslator::number(const Term& t) {
  if (t.width() > 1) return ready(t);
  if (t.is_const()) return value(t.value());
  return {z3::ite(ready(t).e, ctx_.int_val(1), ctx_.int_val(0)), 0, 1};
}

IntegerTranslator::Number IntegerTranslator::add(const Number& a, const Number& b, unsigned width) {
  if (a.hi + b.hi <= mask(width)) return plain_sum(a, b);
  const unsigned zeros = std::min(a.zeros, b.zeros);
  const u128 most = mask(width) >> zeros;
  const z3::expr sum = in_units(a, zeros) + in_units(b, zeros), modulus = numeral(most + 1);
  const Number units = fresh(0, most);
  define_(units.e == z3::ite(sum >= modulus, sum - modulus, sum));
  return scaled(units.e, zeros, 0, most << zeros);
}

IntegerTranslator::Number IntegerTranslator::add_constant(const Number& a, u128 c, unsigned width) {
  const u128 less = (mask(width) - c) + 1;  // a + c is a - less, modulo 2^width
  if (c > mask(width) / 2) return sub(a, value(less), width);
  return add(a, value(c), width);
}

IntegerTranslator::Number IntegerTranslator::sub(const Number& a, const Number& b, unsigned width) {
  if (b.hi == 0) return a;
  const unsigned zeros = std::min(a.zeros, b.zeros);
  const u128 most = mask(width) >> zeros;
  const z3::expr difference = in_units(a, zeros) - in_units(b, zeros);
  if (a.lo >= b.hi) return scaled(difference, zeros, a.lo - b.hi, a.hi - b.lo);
  const Number units = fresh(0, most);
  define_(units.e == z3::ite(difference < 0, difference + numeral(most + 1), difference));
  return scaled(units.e, zeros, 0, most << zeros);
}

IntegerTranslator::Number IntegerTranslator::multiply(const Number& a, u128 c, unsigned width) {
  if (c == 0) return value(0);
  if (a.hi <= mask(width) / c) {
    const Number factor = value(c);
    return scaled(a.units * factor.units, a.zeros + factor.zeros, a.lo * c, a.hi * c);
  }
  // The product is less than 2^width * c (times -1 for a constant that is negative), so the number
  // of wraps is less than c.
  const bool negative = c > mask(width) / 2;
  const u128 factor = negative ? (mask(width) - c) + 1 : c;
  const Number wraps = fresh(0, factor), n = fresh(0, mask(width));
  const z3::expr product = a.e * numeral(factor), turns = wraps.e * numeral(mask(width) + 1);
  define_(negative ? n.e == turns - product : n.e == product - turns);
  return n;
}

std::pair<IntegerTranslator::Number, IntegerTranslator::Number> IntegerTranslator::divide(
    const Term& t, u128 by) {
  const Number a = number(t);
  if (t.is_const()) return {value(a.lo / by), value(a.lo % by)};
  const auto key = std::pair{t.node()->id, by};
  if (const auto it = quotients_.find(key); it != quotients_.end()) return it->second;
  if (a.hi < by) return {value(0), a};
  const unsigned zeros = std::min(a.zeros, value(by).zeros);
  const u128 units = by >> zeros;
  const Number all = scaled(in_units(a, zeros), 0, a.lo >> zeros, a.hi >> zeros);
  if (units == 1) {
    const unsigned rest = a.zeros - zeros;
    const Number quotient = scaled(a.units, rest, all.lo, all.hi);
    return quotients_.emplace(key, std::pair{quotient, value(0)}).first->second;
  }
  const Number quotient = fresh(a.lo / by, a.hi / by), rest = fresh(0, units - 1);
  define_(all.e == quotient.e * numeral(units) + rest.e);
  return quotients_.emplace(key, std::pair{quotient, moved_up(rest, zeros)}).first->second;
}

/// All parts of a number are made of the same few: what stands above and below each place at which
/// it is cut. That parts fit together is then seen without a search.
IntegerTranslator::Number IntegerTranslator::bits(const Term& t, unsigned hi, unsigned lo) {
  const u128 most = mask(hi - lo + 1);
  if (t.is_const()) {
    return value((t.value() >> lo) & most);
  }
  const Number all = number(t);
  const bool to_the_top = hi + 1 >= t.width() || (all.hi >> (hi + 1)) == 0;
  if (lo == 0) return to_the_top ? all : divide(t, u128{1} << (hi + 1)).second;
  const Number above = divide(t, u128{1} << lo).first;
  if (to_the_top) return above;
  const Number far_above = moved_up(divide(t, u128{1} << (hi + 1)).first, hi + 1 - lo);
  const unsigned zeros = std::min(above.zeros, far_above.zeros);
  const z3::expr part = in_units(above, zeros) - in_units(far_above, zeros);
  define_(part >= 0 && part <= numeral(most >> zeros));
  return scaled(part, zeros, 0, most);
}

IntegerTranslator::Number IntegerTranslator::masked(const Term& a, u128 m) {
  Number sum = value(0);
  for (unsigned lo = 0; lo < a.width(); ++lo) {
    if (((m >> lo) & 1) == 0) continue;
    unsigned hi = lo;
    while (hi + 1 < a.width() && ((m >> (hi + 1)) & 1) != 0) ++hi;
    sum = plain_sum(sum, moved_up(bits(a, hi, lo), lo));
    lo = hi;
  }
  return sum;
}

IntegerTranslator::Number IntegerTranslator::bitwise(const Node& n) {
  const bool first = n.arg[0].is_const();
  if (first || n.arg[1].is_const()) {
    const Term& t = n.arg[first ? 1 : 0];
    const u128 c = n.arg[first ? 0 : 1].value();
    const Number a = ready(t);
    if (n.op == Op::And) return masked(t, c);
    const Number rest = masked(t, ~c & mask(n.width));
    if (n.op == Op::Or) return plain_sum(value(c), rest);
    // a ^ c keeps the bits outside of c and turns round those inside
    const Number inside = masked(t, c);
    return {rest.e + (numeral(c) - inside.e), 0, mask(n.width)};
  }
  const Number a = ready(n.arg[0]), b = ready(n.arg[1]), result = open(n.width);
  if (n.op == Op::And) define_(result.e <= a.e && result.e <= b.e);
  if (n.op == Op::Or) define_(result.e >= a.e && result.e >= b.e);
  if (n.op != Op::And) define_(result.e <= a.e + b.e);
  return result;
}

z3::expr IntegerTranslator::signed_value(const Term& t) {
  const Number a = number(t);
  const u128 largest = mask(t.width()) / 2;
  if (a.hi <= largest) return a.e;
  return z3::ite(a.e > numeral(largest), a.e - numeral(mask(t.width()) + 1), a.e);
}

IntegerTranslator::Number IntegerTranslator::extend_sign(const Node& n) {
  Number a = number(n.arg[0]);
  const unsigned from = n.arg[0].width();
  if (a.hi <= mask(from) / 2) return a;
  const u128 sign = mask(n.width) & ~mask(from);
  return {z3::ite(a.e > numeral(mask(from) / 2), a.e + numeral(sign), a.e), 0, mask(n.width)};
}

z3::expr IntegerTranslator::compare(const Node& n) {
  if (is_zero_test_of_or(n)) {
    z3::expr all = ctx_.bool_val(true);
    for (const Term& part : operands(n)) all = all && number(part).units == 0;
    return all;
  }
  if (n.arg[0].width() == 1 && n.op == Op::Eq) return ready(n.arg[0]).e == ready(n.arg[1]).e;
  if (n.op == Op::SLt) return signed_value(n.arg[0]) < signed_value(n.arg[1]);
  const Number a = number(n.arg[0]), b = number(n.arg[1]);
  const unsigned zeros = std::min(a.zeros, b.zeros);
  const z3::expr left = in_units(a, zeros), right = in_units(b, zeros);
  return n.op == Op::Eq ? left == right : left < right;
}

IntegerTranslator::Number IntegerTranslator::build(const Node& n) {
  const unsigned w = n.width;
  const auto wide = [](const Term& t) { return t.width() > kWidest; };
  const bool too_wide = w > kWidest || std::any_of(n.arg, n.arg + n.arity, wide);
  if (n.op == Op::Var) {
    const std::string& name = n.owner->variable(n.var).name;
    if (w == 1) return {symbol(ctx_.bool_const(name.c_str()), n.var)};
    const z3::expr e = symbol(ctx_.int_const(name.c_str()), n.var);
    define_(e >= 0 && e <= numeral(mask(w)));
    return {e, 0, mask(w)};
  }
  if (too_wide) return open(w);
  switch (n.op) {
    case Op::Eq:
    case Op::ULt:
    case Op::SLt:
      return {compare(n)};
    case Op::Ite: {
      const Number c = ready(n.arg[0]), a = ready(n.arg[1]), b = ready(n.arg[2]);
      const unsigned zeros = std::min(a.zeros, b.zeros);
      return scaled(z3::ite(c.e, in_units(a, zeros), in_units(b, zeros)), zeros,
                    std::min(a.lo, b.lo), std::max(a.hi, b.hi));
    }
    case Op::Not:
      if (w == 1) return {!ready(n.arg[0]).e};
      return sub(value(mask(w)), ready(n.arg[0]), w);
    case Op::And:
      if (w == 1) return {ready(n.arg[0]).e && ready(n.arg[1]).e};
      return bitwise(n);
    case Op::Or:
      if (w == 1) return {ready(n.arg[0]).e || ready(n.arg[1]).e};
      return bitwise(n);
    case Op::Xor:
      if (w == 1) return {ready(n.arg[0]).e != ready(n.arg[1]).e};
      return bitwise(n);
    case Op::Concat: {
      return plain_sum(moved_up(number(n.arg[0]), n.arg[1].width()), number(n.arg[1]));
    }
    case Op::Extract: {
      const Number part = bits(n.arg[0], n.hi, n.lo);
      return w == 1 ? Number{part.e == 1} : part;
    }
    case Op::SExt:
      return extend_sign(n);
    default:
      break;
  }
  if (w == 1) return open(w);  // arithmetic of single bits: the simplifier leaves none
  switch (n.op) {
    case Op::Add:
      if (n.arg[1].is_const()) return add_constant(ready(n.arg[0]), n.arg[1].value(), w);
      return add(ready(n.arg[0]), ready(n.arg[1]), w);
    case Op::Sub:
      return sub(ready(n.arg[0]), ready(n.arg[1]), w);
    case Op::Mul:
      if (n.arg[1].is_const()) return multiply(ready(n.arg[0]), n.arg[1].value(), w);
      break;
    case Op::UDiv:
      if (n.arg[1].is_const() && !n.arg[1].is_zero())
        return divide(n.arg[0], n.arg[1].value()).first;
      break;
    case Op::URem:
      if (n.arg[1].is_const() && !n.arg[1].is_zero())
        return divide(n.arg[0], n.arg[1].value()).second;
      break;
    default:
      break;
  }
  return open(w);
}

void IntegerTranslator::take_for_granted(const Term& condition) {
  if (condition.is_const()) return;
  const Node* n = condition.node();
  if (n->op == Op::And && n->width == 1) {
    take_for_granted(n->arg[0]);
    take_for_granted(n->arg[1]);
    return;
  }
  const bool negated = n->op == Op::Not && !n->arg[0].is_const();
  if (negated) n = n->arg[0].node();
  if (n->op != Op::ULt && (n->op != Op::Eq || negated)) return;
  const bool first = n->arg[0].is_const();
  const Term& t = n->arg[first ? 1 : 0];
  if (!n->arg[first ? 0 : 1].is_const() || t.is_const() || t.width() == 1 || t.width() > kWidest)
    return;
  const u128 c = n->arg[first ? 0 : 1].value();
  const auto learn = [this](const Term& of, u128 lo, u128 hi, unsigned zeros) {
    auto& k = known_.try_emplace(of.node()->id, Known{0, mask(of.width()), 0}).first->second;
    k = {std::max(k.lo, lo), std::min(k.hi, hi), std::max(k.zeros, zeros)};
  };
  if (n->op == Op::Eq) {
    const Node& part = *t.node();
    if (part.op == Op::Extract && part.lo == 0 && c == 0 && part.arg[0].width() <= kWidest)
      learn(part.arg[0], 0, mask(part.arg[0].width()), part.hi + 1);
    learn(t, c, c, 0);
    return;
  }
  // c < t, t < c, and their negations t <= c, c <= t; what cannot be is left to the assertion
  if (first && !negated && c < mask(t.width())) learn(t, c + 1, mask(t.width()), 0);
  if (!first && !negated && c > 0) learn(t, 0, c - 1, 0);
  if (first && negated) learn(t, 0, c, 0);
  if (!first && negated) learn(t, c, mask(t.width()), 0);
}

/// The number with what is known of it. Bounds are used by larger terms alone, so the condition
/// that gives them is asserted in full. Alignment is asserted here, as the definition of the units.
IntegerTranslator::Number IntegerTranslator::as_known(const Node& n, const Number& a) {
  const auto it = known_.find(n.id);
  if (it == known_.end()) return a;
  const Known& k = it->second;
  const u128 lo = std::max(a.lo, k.lo), hi = std::min(a.hi, k.hi);
  if (lo > hi) return a;
  if (k.zeros <= a.zeros) return {a.e, lo, hi, a.zeros, a.units};
  const Number units = fresh(lo >> k.zeros, hi >> k.zeros);
  define_(a.units == units.e * numeral(u128{1} << (k.zeros - a.zeros)));
  return scaled(units.e, k.zeros, lo, hi);
}

z3::expr IntegerTranslator::operator()(const Term& t) {
  if (t.is_const()) return constant(t).e;
  build_parts(t, done_, operands, [this](const Node& n) { return as_known(n, build(n)); });
  return done_.at(t.node()->id).e;
}

}  // namespace sgproof::smt
