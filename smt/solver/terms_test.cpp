// Terms: simplification keeps the value, the solver agrees with our evaluator, SMT-LIB is standard.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <random>

#include "model/error.hpp"
#include "smt/solver/second_solver.hpp"
#include "smt/solver/solver.hpp"

namespace sgproof::smt {
namespace {

Term k(unsigned w, u128 v) { return Term::constant(w, v); }

/// A random term over symbols, with a function that computes its value from theirs by plain integer
/// arithmetic of this file (not Model::eval, not fold).
struct Sample {
  Term term;
  std::function<u128(const std::vector<u128>&)> value;
};

class RandomTerms {
 public:
  RandomTerms(Terms& terms, std::uint32_t seed) : rng_(seed) {
    for (unsigned w : kWidths)
      for (int i = 0; i < 2; ++i)
        symbols_.push_back(terms.var("v" + std::to_string(w) + "_" + std::to_string(i), w));
  }
  const std::vector<Term>& symbols() const { return symbols_; }
  std::uint32_t pick(std::uint32_t n) { return static_cast<std::uint32_t>(rng_() % n); }
  u128 number(unsigned w) {
    switch (pick(5)) {
      case 0:
        return pick(3) & mask(w);
      case 1:
        return (mask(w) - pick(3)) & mask(w);
      case 2:
        return (u128{1} << pick(w)) & mask(w);
      case 3:
        return mask(1 + pick(w)) & mask(w);
      default:
        return ((u128{rng_()} << 64) | rng_()) & mask(w);
    }
  }
  Sample make(unsigned w, unsigned depth) {
    if (depth == 0 || pick(8) == 0) return leaf(w);
    const unsigned d = depth - 1;
    switch (pick(w == 1 ? 20 : 19)) {
      case 0:
        return two(w, d, add, [](u128 a, u128 b, unsigned) { return a + b; });
      case 1:
        return two(w, d, sub, [](u128 a, u128 b, unsigned) { return a - b; });
      case 2:
        return two(w, d, mul, [](u128 a, u128 b, unsigned) { return a * b; });
      case 3:
        return two(w, d, bv_and, [](u128 a, u128 b, unsigned) { return a & b; });
      case 4:
        return two(w, d, bv_or, [](u128 a, u128 b, unsigned) { return a | b; });
      case 5:
        return two(w, d, bv_xor, [](u128 a, u128 b, unsigned) { return a ^ b; });
      case 6:
        return two(w, d, udiv, [](u128 a, u128 b, unsigned n) { return b == 0 ? mask(n) : a / b; });
      case 7:
        return two(w, d, urem, [](u128 a, u128 b, unsigned) { return b == 0 ? a : a % b; });
      case 8:
        return two(w, d, shl, [](u128 a, u128 b, unsigned n) { return b >= n ? 0 : a << b; });
      case 9:
        return two(w, d, lshr, [](u128 a, u128 b, unsigned n) { return b >= n ? 0 : a >> b; });
      case 10:
        return two(w, d, ashr, [](u128 a, u128 b, unsigned n) {
          const bool neg = ((a >> (n - 1)) & 1) != 0;
          const u128 s = b >= n ? n - 1 : b;
          return (a >> s) | (neg ? mask(n) & ~(mask(n) >> s) : 0);
        });
      case 11: {
        const bool rem = pick(2) != 0;
        return two(w, d, rem ? srem : sdiv, [rem](u128 a, u128 b, unsigned n) {
          const bool na = ((a >> (n - 1)) & 1) != 0, nb = ((b >> (n - 1)) & 1) != 0;
          const u128 ua = na ? (~a + 1) & mask(n) : a, ub = nb ? (~b + 1) & mask(n) : b;
          const u128 q = ub == 0 ? mask(n) : ua / ub, r = ub == 0 ? ua : ua % ub;
          return rem ? (na ? ~r + 1 : r) : (na != nb ? ~q + 1 : q);
        });
      }
      case 12: {
        const Sample c = make(1, d), a = make(w, d), b = make(w, d);
        return {ite(c.term, a.term, b.term),
                [=](const auto& v) { return c.value(v) ? a.value(v) : b.value(v); }};
      }
      case 13: {
        const Sample a = make(w, d);
        return {bv_not(a.term), [=](const auto& v) { return ~a.value(v) & mask(w); }};
      }
      case 14: {  // extract
        const unsigned big = kWidths[pick(kCount)];
        if (big < w) return leaf(w);
        const unsigned lo = pick(big - w + 1);
        const Sample a = make(big, d);
        return {extract(a.term, lo + w - 1, lo),
                [=](const auto& v) { return (a.value(v) >> lo) & mask(w); }};
      }
      case 15: {  // extensions
        const unsigned small = kWidths[pick(kCount)];
        if (small >= w) return leaf(w);
        const Sample a = make(small, d);
        if (pick(2)) return {zext(a.term, w), a.value};
        return {sext(a.term, w), [=](const auto& v) {
                  const u128 x = a.value(v);
                  return ((x >> (small - 1)) & 1) ? (x | (mask(w) & ~mask(small))) : x;
                }};
      }
      case 16: {  // concat
        const unsigned low = kWidths[pick(kCount)];
        if (low >= w) return leaf(w);
        // The rest must be a width we have: cut it out of a larger one.
        const Sample a = make(64, d), b = make(low, d);
        if (w - low > 64) return leaf(w);
        return {concat(extract(a.term, w - low - 1, 0), b.term),
                [=](const auto& v) { return ((a.value(v) & mask(w - low)) << low) | b.value(v); }};
      }
      case 17: {  // the index of the highest or lowest bit, as the executor gives it
        if (w < 8) return leaf(w);
        const Sample a = make(pick(2) ? 16 : 32, d == 0 ? 0 : d - 1), none = leaf(w);
        return bit_index(a, none, w, pick(2) != 0);
      }
      case 18: {  // low bits taken away, or whether some bits are zero
        if (w == 1) return bits_are_zero();
        const unsigned low = 1 + pick(w - 1);
        const Sample a = make(w, d);
        return {sub(a.term, zext(extract(a.term, low - 1, 0), w)),
                [=](const auto& v) { return a.value(v) & ~mask(low) & mask(w); }};
      }
      default: {  // comparisons
        const unsigned n = kWidths[pick(kCount)];
        const Sample a = make(n, d), b = make(n, d);
        const auto sx = [n](u128 x) { return x ^ (u128{1} << (n - 1)); };
        switch (pick(3)) {
          case 0:
            return {eq(a.term, b.term),
                    [=](const auto& v) -> u128 { return a.value(v) == b.value(v); }};
          case 1:
            return {ult(a.term, b.term),
                    [=](const auto& v) -> u128 { return a.value(v) < b.value(v); }};
          default:
            return {slt(a.term, b.term),
                    [=](const auto& v) -> u128 { return sx(a.value(v)) < sx(b.value(v)); }};
        }
      }
    }
  }

 private:
  static constexpr unsigned kWidths[] = {1, 3, 8, 16, 32, 64, 128};
  static constexpr unsigned kCount = 7;
  template <class F>
  Sample two(unsigned w, unsigned d, Term (*op)(const Term&, const Term&), F f) {
    const Sample a = make(w, d), b = make(w, d);
    return {op(a.term, b.term),
            [=](const auto& v) { return f(a.value(v), b.value(v), w) & mask(w); }};
  }
  static Sample bit_index(const Sample& a, const Sample& none, unsigned w, bool highest) {
    const unsigned n = a.term.width();
    Term t = none.term;
    for (unsigned i = 0; i < n; ++i) {
      const unsigned bit = highest ? i : n - 1 - i;
      const Term rest = highest ? extract(a.term, n - 1, bit) : extract(a.term, bit, 0);
      t = ite(eq(rest, k(rest.width(), 0)), t, k(w, bit));
    }
    return {t, [=](const auto& v) {
              const u128 x = a.value(v);
              if (x == 0) return none.value(v);
              unsigned bit = highest ? n - 1 : 0;
              while (((x >> bit) & 1) == 0) bit += highest ? ~0U : 1U;
              return u128{bit};
            }};
  }
  /// Of few symbols, so that such statements about the same one meet.
  Sample bits_are_zero() {
    const unsigned w = pick(2) ? 8 : 16;
    std::size_t i = 0;
    while (symbols_[i].width() != w) ++i;
    const unsigned lo = pick(w), hi = lo + pick(w - lo);
    const bool negated = pick(2) != 0;
    const Term zero = eq(extract(symbols_[i], hi, lo), k(hi - lo + 1, 0));
    return {negated ? bv_not(zero) : zero, [=](const auto& v) -> u128 {
              return (((v[i] >> lo) & mask(hi - lo + 1)) == 0) != negated;
            }};
  }
  Sample leaf(unsigned w) {
    if (pick(2)) {
      const u128 n = number(w);
      return {k(w, n), [n](const auto&) { return n; }};
    }
    std::size_t i = std::size_t{2} * pick(kCount);
    while (symbols_[i].width() != w) i = (i + 2) % symbols_.size();
    i += pick(2);
    return {symbols_[i], [i](const auto& v) { return v[i]; }};
  }
  std::mt19937_64 rng_;
  std::vector<Term> symbols_;
};

TEST(Terms, SimplificationKeepsTheValue) {
  Terms terms;
  RandomTerms random(terms, 20260101);
  const std::vector<unsigned> widths{1, 3, 8, 16, 32, 64, 128};
  for (int round = 0; round < 6000; ++round) {
    const Sample s = random.make(widths[random.pick(7)], 1 + random.pick(5));
    for (int probe = 0; probe < 6; ++probe) {
      Model m(terms);
      std::vector<u128> values;
      for (const Term& v : random.symbols()) {
        values.push_back(random.number(v.width()));
        m.set(v.node()->var, values.back());
      }
      const u128 got = m.eval(s.term);
      ASSERT_TRUE(got == s.value(values)) << "round " << round;
      ASSERT_TRUE(umin_bound(s.term) <= got && got <= umax_bound(s.term)) << "round " << round;
    }
  }
}

/// The number of an object of 36 bytes in an array: its address less that of the array.
TEST(Terms, TheNumberOfAnObjectInAnArrayIsSeen) {
  Terms terms;
  const Term n = zext(terms.var("n", 20), 32), m = zext(terms.var("m", 20), 32), size = k(32, 36);
  const Term base = k(32, 0xc8000000);
  const auto address = [&](const Term& number) { return add(base, mul(number, size)); };
  // as a pointer is kept: without its low bits, between marks
  const auto kept = [](const Term& pointer) { return concat(extract(pointer, 31, 2), k(2, 0)); };
  const auto number = [&](const Term& pointer) { return sdiv(sub(pointer, base), size); };
  EXPECT_TRUE(number(kept(address(n))).same(n));
  EXPECT_TRUE(srem(sub(kept(address(n)), base), size).is_zero());
  EXPECT_TRUE(udiv(mul(n, size), size).same(n));
  EXPECT_TRUE(urem(mul(n, size), size).is_zero());
  const Term c = terms.var("c", 1);
  EXPECT_TRUE(number(kept(ite(c, address(n), address(m)))).same(ite(c, n, m)));
  // what may wrap is no such number
  const Term any = terms.var("any", 32);
  EXPECT_FALSE(udiv(mul(any, size), size).same(any));
  EXPECT_FALSE(urem(mul(any, size), size).is_zero());
}

/// The same where some objects are counted off one and others on, as a position in a segment is.
TEST(Terms, TheNumberOfAnObjectBesideAnotherIsSeen) {
  Terms terms;
  const Term n = zext(terms.var("n", 40), 64), off = zext(terms.var("off", 20), 64);
  const Term c = terms.var("c", 1), few = zext(ite(c, k(32, 0), k(32, 2)), 64), size = k(64, 56);
  const Term base = k(64, 0xffd4000000000000ULL);
  const auto number = [&](const Term& i) {
    return sdiv(sub(add(add(base, mul(n, size)), mul(i, size)), base), size);
  };
  const auto rest = [&](const Term& i) {
    return srem(sub(add(add(base, mul(n, size)), mul(i, size)), base), size);
  };
  for (const Term& i : {off, few, ite(c, k(64, 1), sub(k(64, 3), off))}) {
    EXPECT_TRUE(rest(i).is_zero());
    Model m(terms);
    m.set(n.node()->arg[1].node()->var, 7);
    m.set(off.node()->arg[1].node()->var, 5);
    EXPECT_EQ(m.eval(number(i)), m.eval(add(n, i)));
  }
  // what may wrap is no such number
  EXPECT_FALSE(rest(terms.var("any", 64)).is_zero());
}

/// Sums and differences of products by one factor, near where they wrap, and what divides them.
class Multiples {
 public:
  explicit Multiples(Terms& terms)
      : x_(terms.var("x", 16)),
        y_(terms.var("y", 10)),
        z_(terms.var("z", 10)),
        c_(terms.var("c", 1)) {}

  Term dividend(u128 factor) {
    const Term p = mul(number(), k(16, factor)), q = mul(number(), k(16, factor));
    Term a = odds(2) ? add(p, q) : sub(p, q);
    if (odds(3)) a = add(a, k(16, odds(2) ? factor * below(20) : below(0x10000)));
    if (odds(3)) a = concat(extract(a, 13, 0), k(2, 0));
    return a;
  }
  /// Often what divides the products, at times a negative number.
  u128 divisor(u128 factor) {
    const u128 d = odds(3) ? factor << 2 : odds(8) ? 0x10000 - 4 * (1 + below(100)) : factor;
    return d & 0xffff;
  }
  u128 factor() { return odds(16) ? 0x8000 + below(0x8000) : 1 + below(100); }
  Model values(Terms& terms) {
    Model m(terms);
    m.set(x_.node()->var, below(0x10000));
    for (const Term& t : {y_, z_}) m.set(t.node()->var, odds(3) ? 1023 - below(4) : below(1024));
    m.set(c_.node()->var, below(2));
    return m;
  }

 private:
  u128 below(u128 n) { return random_() % n; }
  bool odds(unsigned n) { return random_() % n == 0; }
  Term number() {
    const Term y = zext(y_, 16), z = zext(z_, 16);
    switch (random_() % 6) {
      case 0:
        return x_;
      case 1:
        return y;
      case 2:
        return z;
      case 3:
        return sub(y, z);
      case 4:
        return ite(c_, k(16, below(9)), odds(2) ? y : z);
      default:
        return ite(c_, k(16, below(9)), sub(k(16, below(9)), y));
    }
  }

  const Term x_, y_, z_, c_;
  std::mt19937_64 random_{12};
};

/// Their quotients and rests, which may be those of a wrapped number.
TEST(Terms, DifferencesOfMultiplesKeepTheirQuotients) {
  Terms terms;
  Multiples some(terms);
  for (int round = 0; round < 20000; ++round) {
    const u128 factor = some.factor(), divisor = some.divisor(factor);
    const Term a = some.dividend(factor), by = k(16, divisor);
    const Model m = some.values(terms);
    const u128 value = m.eval(a);
    ASSERT_TRUE(m.eval(sdiv(a, by)) == fold(Op::SDiv, 16, 16, value, divisor)) << round;
    ASSERT_TRUE(m.eval(srem(a, by)) == fold(Op::SRem, 16, 16, value, divisor)) << round;
    ASSERT_TRUE(m.eval(udiv(a, by)) == fold(Op::UDiv, 16, 16, value, divisor)) << round;
    ASSERT_TRUE(m.eval(urem(a, by)) == fold(Op::URem, 16, 16, value, divisor)) << round;
  }
}

/// Quotients and rests of products, whose simplification must not change them.
TEST(Terms, MultiplesKeepTheirQuotients) {
  Terms terms;
  const Term x = terms.var("x", 16), y = terms.var("y", 8), c = terms.var("c", 1);
  std::mt19937_64 random(11);
  for (int round = 0; round < 4000; ++round) {
    const u128 factor = random() % 100, divisor = 1 + random() % 100, more = random() % 0x10000;
    const Term product = add(mul(ite(c, x, zext(y, 16)), k(16, factor)), k(16, more));
    Model m(terms);
    const u128 vx = random() % 0x10000, vy = random() % 0x100, vc = random() % 2;
    m.set(x.node()->var, vx);
    m.set(y.node()->var, vy);
    m.set(c.node()->var, vc);
    const u128 value = ((vc != 0 ? vx : vy) * factor + more) & 0xffff;
    const auto signed_value = static_cast<std::int16_t>(static_cast<std::uint16_t>(value));
    const auto small = static_cast<int>(divisor);
    const Term by = k(16, divisor);
    ASSERT_TRUE(m.eval(udiv(product, by)) == value / divisor) << round;
    ASSERT_TRUE(m.eval(urem(product, by)) == value % divisor) << round;
    ASSERT_TRUE(m.eval(sdiv(product, by)) == static_cast<std::uint16_t>(signed_value / small))
        << round;
    ASSERT_TRUE(m.eval(srem(product, by)) == static_cast<std::uint16_t>(signed_value % small))
        << round;
  }
}

TEST(Terms, SolverAgreesWithIndependentArithmetic) {
  Terms terms;
  SolverOptions options;
  options.query_timeout_ms = 3000;
  RandomTerms random(terms, 7);
  int settled = 0;
  for (int round = 0; round < 60; ++round) {
    Solver solver(terms, options);
    const Sample s = random.make(8, 3);
    std::vector<u128> values;
    std::vector<Term> fixed;
    for (const Term& v : random.symbols()) {
      values.push_back(random.number(v.width()));
      fixed.push_back(eq(v, k(v.width(), values.back())));
    }
    const Term right = eq(s.term, k(8, s.value(values)));
    EXPECT_EQ(solver.check(fixed, bv_not(right)), CheckResult::Unsat) << round;
    settled += solver.check(fixed, right) == CheckResult::Sat;
  }
  EXPECT_EQ(settled, 60);
}

TEST(Terms, FlagBitsSeparateFromAPointerByStructure) {
  Terms terms;
  const Term pfn = terms.var("pfn", 64);
  const Term page = add(k(64, 0xffffea0000000000), mul(pfn, k(64, 64)));
  const Term link = bv_or(page, k(64, 2));
  EXPECT_TRUE(bv_and(link, k(64, ~u128{3})).same(page));
  EXPECT_TRUE(bv_and(link, k(64, 3)).is_const_value(2));
  const Term index = lshr(sub(add(page, k(64, 24)), k(64, 0xffffea0000000000)), k(64, 6));
  EXPECT_TRUE(eq(index, zext(extract(pfn, 57, 0), 64)).is_true());
  EXPECT_TRUE(trunc(add(page, k(64, 24)), 6).is_const_value(24));
}

TEST(Terms, ConditionsOverIteOfConstantsBecomeTheCondition) {
  Terms terms;
  const Term c = terms.var("c", 1);
  const Term t = ite(c, k(32, 5), k(32, 9));
  EXPECT_TRUE(eq(t, k(32, 5)).same(c));
  EXPECT_TRUE(ult(t, k(32, 6)).same(c));
  EXPECT_TRUE(eq(t, k(32, 7)).is_false());
  EXPECT_TRUE(bv_or(bv_and(c, t.width() == 32 ? terms.var("d", 1) : c),
                    bv_and(bv_not(c), terms.var("d", 1)))
                  .same(terms.var("d", 1)));
}

TEST(Terms, AMaskOfABitsIndexIsOneComparison) {
  Terms terms;
  const Term size = terms.var("size", 64);
  Term index = k(64, 0);
  for (unsigned bit = 0; bit < 64; ++bit) {
    const Term above = extract(size, 63, bit);
    index = ite(eq(above, k(above.width(), 0)), index, k(64, bit));
  }
  // GENMASK(__fls(size), 0) & 4 KiB, as in iommu_pgsize()
  const Term mask_of = lshr(k(64, ~std::uint64_t{0}), sub(k(64, 63), index));
  const Term fits = ne(bv_and(k(64, 0x1000), mask_of), k(64, 0));
  EXPECT_TRUE(fits.same(bv_not(eq(extract(size, 63, 12), k(52, 0)))));
}

bool has(const Term& t, Op op) {
  if (t.is_const()) return false;
  const Node& n = *t.node();
  return n.op == op ||
         std::any_of(n.arg, n.arg + n.arity, [&](const Term& part) { return has(part, op); });
}

/// Whether something is shifted by one of several numbers.
bool shifts_by_a_choice(const Term& t) {
  if (t.is_const()) return false;
  const Node& n = *t.node();
  return (n.op == Op::LShr && has(n.arg[1], Op::Ite)) ||
         std::any_of(n.arg, n.arg + n.arity, shifts_by_a_choice);
}

TEST(Terms, AMaskOfOneOfTwoBitsIndexesIsAQuestionOfZero) {
  Terms terms;
  const Term any = terms.var("bit scan of 0", 64), merged = terms.var("merged", 1);
  const Term gone = terms.var("gone", 1), p = terms.var("p", 4), q = terms.var("q", 4);
  // what __ffs() gives of an address that is aligned to pages
  const auto first_bit = [&](const Term& frame) {
    Term index = any;
    for (unsigned bit = 4; bit-- > 0;)
      index = ite(eq(extract(frame, bit, 0), k(bit + 1, 0)), index, k(64, 12 + bit));
    return index;
  };
  const Term index = ite(gone, any, ite(merged, first_bit(p), first_bit(q)));
  const Term mask_of = lshr(k(64, ~std::uint64_t{0}), sub(k(64, 63), index));
  const Term none = eq(bv_and(k(64, 0x1000), mask_of), k(64, 0));
  EXPECT_FALSE(shifts_by_a_choice(none));
  Solver solver(terms);
  EXPECT_EQ(solver.check({none, bv_not(gone), merged, eq(p, k(4, 0))}), CheckResult::Sat);
  EXPECT_EQ(solver.check({none, bv_not(gone), merged, ne(p, k(4, 0))}), CheckResult::Unsat);
  EXPECT_EQ(solver.check({none, eq(any, k(64, 12))}), CheckResult::Unsat);
}

TEST(Terms, OppositesAreSeenThroughDeMorgansLaws) {
  Terms terms;
  const Term p = terms.var("p", 1), q = terms.var("q", 1), r = terms.var("r", 1);
  const Term none = bv_and(bv_not(p), bv_not(q));
  EXPECT_TRUE(bv_or(bv_or(p, q), none).is_true());
  EXPECT_TRUE(bv_and(none, bv_or(q, p)).is_false());
  EXPECT_TRUE(bv_or(bv_or(bv_or(p, q), r), bv_and(none, bv_not(r))).is_true());
  EXPECT_FALSE(bv_or(bv_or(p, q), bv_and(bv_not(p), q)).is_const());
  EXPECT_FALSE(bv_or(bv_and(p, q), none).is_const());
}

TEST(Terms, OneNameHasOneWidth) {
  Terms terms;
  (void)terms.var("x", 8);
  EXPECT_THROW((void)terms.var("x", 16), Error);
}

TEST(Solver, DefaultAnswerIsError) { EXPECT_EQ(CheckResult{}, CheckResult::Error); }

TEST(Solver, AssertionsAreScoped) {
  Terms terms;
  Solver solver(terms);
  const Term x = terms.var("x", 8);
  solver.add(ult(x, k(8, 10)));
  EXPECT_EQ(solver.check(), CheckResult::Sat);
  solver.push();
  solver.add(ugt(x, k(8, 20)));
  EXPECT_EQ(solver.check(), CheckResult::Unsat);
  solver.pop();
  EXPECT_EQ(solver.check({eq(x, k(8, 9))}), CheckResult::Sat);
  EXPECT_TRUE(solver.model().eval(x) == 9);
  EXPECT_THROW(solver.pop(), Error);
}

TEST(Solver, FactsOfAnInstanceDoNotLeakIntoOtherQueries) {
  Terms terms;
  Solver solver(terms);
  const Term x = terms.var("x", 16), y = terms.var("y", 16);
  const Term low = ult(x, k(16, 100));
  // The same condition in many queries becomes a fact...
  for (unsigned i = 0; i < 30; ++i)
    EXPECT_EQ(solver.check({low, eq(mul(x, y), k(16, 3 + 2 * i)), ult(y, k(16, 5000 + i))}),
              CheckResult::Sat);
  // ...and must be gone where it is not part of the query.
  for (unsigned i = 0; i < 5; ++i)
    EXPECT_EQ(solver.check({ugt(x, k(16, 1000 + i))}), CheckResult::Sat);
  EXPECT_EQ(solver.check({low, ugt(x, k(16, 1000))}), CheckResult::Unsat);
  EXPECT_EQ(solver.check({ugt(x, k(16, 1000))}), CheckResult::Sat);
}

TEST(Solver, NoTimeIsTimeoutNotUnsat) {
  Terms terms;
  SolverOptions options;
  options.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  Solver solver(terms, options);
  EXPECT_EQ(solver.check({eq(terms.var("x", 8), k(8, 1))}), CheckResult::Timeout);
  EXPECT_THROW((void)solver.model(), Error);
}

/// Without a limit in time, only the flag ends it: if it did not, the test would not end.
TEST(Solver, HardQueryEndsAsTimeoutWhenItIsStopped) {
  Terms terms;
  std::atomic<int> asked = 0;
  SolverOptions options;
  options.query_timeout_ms = 0;
  options.stopped = [&] { return ++asked > 6; };
  Solver solver(terms, options);
  const Term x = terms.var("x", 64), y = terms.var("y", 64);
  // a product of two 40-bit primes
  const Term n = k(64, u128{1099511627689ULL} * 1099511627609ULL);
  const auto result =
      solver.check({eq(mul(x, y), n), ult(x, k(64, u128{1} << 41)), ult(y, k(64, u128{1} << 41)),
                    ugt(x, k(64, 1)), ugt(y, k(64, 1)), ult(x, y)});
  EXPECT_EQ(result, CheckResult::Timeout);
  EXPECT_TRUE(solver.expired());
}

TEST(Solver, HardQueryEndsWithinItsLimitAsTimeout) {
  Terms terms;
  SolverOptions options;
  options.query_timeout_ms = 200;
  Solver solver(terms, options);
  const Term x = terms.var("x", 64), y = terms.var("y", 64);
  // A product of two 40-bit primes.
  const Term n = k(64, u128{1099511627689ULL} * 1099511627609ULL);
  const auto start = std::chrono::steady_clock::now();
  const CheckResult r =
      solver.check({eq(mul(x, y), n), ult(x, k(64, u128{1} << 41)), ult(y, k(64, u128{1} << 41)),
                    ugt(x, k(64, 1)), ugt(y, k(64, 1)), ult(x, y)});
  EXPECT_TRUE(r == CheckResult::Timeout || r == CheckResult::Unknown) << to_string(r);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

class SmtFile : public ::testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(path_) << text; }
  void TearDown() override { (void)std::remove(path_.c_str()); }
  // one file for each test process: tests run side by side
  std::string path_ =
      ::testing::TempDir() + "sgproof_terms_test_" + std::to_string(::getpid()) + ".smt2";
};

TEST_F(SmtFile, Cvc5AgreesOnEveryOperator) {
  Terms terms;
  RandomTerms random(terms, 99);
  const SecondSolver second;
  for (int round = 0; round < 12; ++round) {
    std::vector<Term> fixed;
    std::vector<u128> values;
    for (const Term& v : random.symbols()) {
      values.push_back(random.number(v.width()));
      fixed.push_back(eq(v, k(v.width(), values.back())));
    }
    Term all = Term::boolean(true);
    for (int i = 0; i < 25; ++i) {
      const Sample s = random.make(16, 4);
      all = bv_and(all, eq(s.term, k(16, s.value(values))));
    }
    auto wrong = fixed;
    wrong.push_back(bv_not(all));
    fixed.push_back(all);
    write(to_smt2(fixed, "round\nwith two lines"));
    auto a = second.check_file(path_, 20000);
    EXPECT_EQ(a.result, CheckResult::Sat) << a.output;
    write(to_smt2(wrong));
    a = second.check_file(path_, 20000);
    EXPECT_EQ(a.result, CheckResult::Unsat) << a.output;
  }
}

}  // namespace
}  // namespace sgproof::smt
