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
  return {numeral(t.value()), t.value(), t.value()};
}

IntegerTranslator::Number IntegerTranslator::ready(const Term& t) {
  return t.is_const() ? constant(t) : done_.at(t.node()->id);
}

IntegerTranslator::Number IntegerTranslator::number(const Term& t) {
  if (t.width() > 1) return ready(t);
  if (t.is_const()) return {numeral(t.value()), t.value(), t.value()};
  return {z3::ite(ready(t).e, ctx_.int_val(1), ctx_.int_val(0)), 0, 1};
}

IntegerTranslator::Number IntegerTranslator::add(const Number& a, const Number& b, unsigned width) {
  const z3::expr sum = a.e + b.e;
  if (a.hi + b.hi <= mask(width)) return {sum, a.lo + b.lo, a.hi + b.hi};
  const Number n = fresh(0, mask(width));
  const z3::expr modulus = numeral(mask(width) + 1);
  define_(n.e == z3::ite(sum >= modulus, sum - modulus, sum));
  return n;
}

IntegerTranslator::Number IntegerTranslator::add_constant(const Number& a, u128 c, unsigned width) {
  const u128 less = (mask(width) - c) + 1;  // a + c is a - less, modulo 2^width
  if (c > mask(width) / 2) return sub(a, {numeral(less), less, less}, width);
  return add(a, {numeral(c), c, c}, width);
}

IntegerTranslator::Number IntegerTranslator::sub(const Number& a, const Number& b, unsigned width) {
  const z3::expr difference = a.e - b.e;
  if (a.lo >= b.hi) return {difference, a.lo - b.hi, a.hi - b.lo};
  const Number n = fresh(0, mask(width));
  define_(n.e == z3::ite(difference < 0, difference + numeral(mask(width) + 1), difference));
  return n;
}

IntegerTranslator::Number IntegerTranslator::multiply(const Number& a, u128 c, unsigned width) {
  if (c == 0) return {ctx_.int_val(0), 0, 0};
  if (a.hi <= mask(width) / c) return {a.e * numeral(c), a.lo * c, a.hi * c};
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
  if (t.is_const())
    return {{numeral(a.lo / by), a.lo / by, a.lo / by}, {numeral(a.lo % by), a.lo % by, a.lo % by}};
  const auto key = std::pair{t.node()->id, by};
  if (const auto it = quotients_.find(key); it != quotients_.end()) return it->second;
  if (a.hi < by) return {{ctx_.int_val(0), 0, 0}, a};
  const Number quotient = fresh(a.lo / by, a.hi / by), rest = fresh(0, by - 1);
  define_(a.e == quotient.e * numeral(by) + rest.e);
  return quotients_.emplace(key, std::pair{quotient, rest}).first->second;
}

/// All parts of a number are made of the same few: what stands above and below each place at which
/// it is cut. That parts fit together is then seen without a search.
IntegerTranslator::Number IntegerTranslator::bits(const Term& t, unsigned hi, unsigned lo) {
  const u128 most = mask(hi - lo + 1);
  if (t.is_const()) {
    const u128 v = (t.value() >> lo) & most;
    return {numeral(v), v, v};
  }
  const Number all = number(t);
  const bool to_the_top = hi + 1 >= t.width() || (all.hi >> (hi + 1)) == 0;
  if (lo == 0) return to_the_top ? all : divide(t, u128{1} << (hi + 1)).second;
  const Number above = divide(t, u128{1} << lo).first;
  if (to_the_top) return above;
  const Number far_above = divide(t, u128{1} << (hi + 1)).first;
  const z3::expr part = above.e - far_above.e * numeral(u128{1} << (hi + 1 - lo));
  define_(part >= 0 && part <= numeral(most));
  return {part, 0, most};
}

IntegerTranslator::Number IntegerTranslator::masked(const Term& a, u128 m) {
  Number sum{ctx_.int_val(0), 0, 0};
  for (unsigned lo = 0; lo < a.width(); ++lo) {
    if (((m >> lo) & 1) == 0) continue;
    unsigned hi = lo;
    while (hi + 1 < a.width() && ((m >> (hi + 1)) & 1) != 0) ++hi;
    const Number run = bits(a, hi, lo);
    const u128 unit = u128{1} << lo;
    sum = {sum.e + run.e * numeral(unit), sum.lo + run.lo * unit, sum.hi + run.hi * unit};
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
    if (n.op == Op::Or) return {numeral(c) + rest.e, c + rest.lo, c + rest.hi};
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
    for (const Term& part : operands(n)) all = all && number(part).e == 0;
    return all;
  }
  if (n.arg[0].width() == 1 && n.op == Op::Eq) return ready(n.arg[0]).e == ready(n.arg[1]).e;
  if (n.op == Op::SLt) return signed_value(n.arg[0]) < signed_value(n.arg[1]);
  const Number a = number(n.arg[0]), b = number(n.arg[1]);
  return n.op == Op::Eq ? a.e == b.e : a.e < b.e;
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
      return {z3::ite(c.e, a.e, b.e), std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
    }
    case Op::Not:
      if (w == 1) return {!ready(n.arg[0]).e};
      return sub({numeral(mask(w)), mask(w), mask(w)}, ready(n.arg[0]), w);
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
      const Number high = number(n.arg[0]), low = number(n.arg[1]);
      const unsigned shift = n.arg[1].width();
      return {high.e * numeral(u128{1} << shift) + low.e, (high.lo << shift) + low.lo,
              (high.hi << shift) + low.hi};
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

z3::expr IntegerTranslator::operator()(const Term& t) {
  if (t.is_const()) return constant(t).e;
  build_parts(t, done_, operands, [this](const Node& n) { return build(n); });
  return done_.at(t.node()->id).e;
}

}  // namespace sgproof::smt
