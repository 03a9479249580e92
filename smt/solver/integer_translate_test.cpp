// Terms as integers: compared with every assignment of small symbols, and what stays exact.
#include "smt/solver/integer_translate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "smt/solver/z3_instance.hpp"

namespace sgproof::smt {
namespace {

Term k(unsigned w, u128 v) { return Term::constant(w, v); }

/// Random terms of 1, 4 and 8 bits over few symbols: all assignments can be tried.
class SmallTerms {
 public:
  SmallTerms(Terms& terms, std::uint32_t seed)
      : rng_(seed),
        flag_(terms.var("flag", 1)),
        nibbles_{terms.var("x", 4), terms.var("y", 4)},
        pair_(terms.var("pair", 2)) {}

  Term condition(unsigned depth) {
    const unsigned w = wide();
    switch (pick(6)) {
      case 0:
        return eq(make(w, depth), make(w, depth));
      case 1:
        return ult(make(w, depth), make(w, depth));
      case 2:
        return slt(make(w, depth), make(w, depth));
      case 3:
        return eq(bv_or(make(w, depth), make(w, depth)), k(w, 0));
      case 4:
        return depth == 0 ? flag_ : bv_or(condition(depth - 1), condition(depth - 1));
      default:
        return depth == 0 ? bv_not(flag_) : bv_xor(condition(depth - 1), condition(depth - 1));
    }
  }

  /// Conditions of which some give bounds or alignment of what the others are made of.
  std::vector<Term> with_facts(unsigned depth) {
    const unsigned w = wide();
    const Term t = make(w, depth), other = make(w, depth);
    return {fact(t), fact(pick(2) == 0 ? t : other), ult(add(t, other), make(w, depth)),
            eq(sub(other, t), bv_and(make(w, depth), k(w, rng_())))};
  }

  /// Whether some assignment meets all conditions.
  bool satisfiable(const Terms& terms, const std::vector<Term>& conditions) const {
    for (unsigned all = 0; all < (1U << 11); ++all) {
      Model m(terms);
      m.set(flag_.node()->var, all & 1);
      m.set(nibbles_[0].node()->var, (all >> 1) & 15);
      m.set(nibbles_[1].node()->var, (all >> 5) & 15);
      m.set(pair_.node()->var, (all >> 9) & 3);
      bool holds = true;
      for (const Term& c : conditions) holds = holds && m.holds(c);
      if (holds) return true;
    }
    return false;
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(rng_() % n); }
  unsigned wide() { return pick(2) == 0 ? 4 : 8; }
  Term fact(const Term& t) {
    const unsigned w = t.width();
    const Term c = k(w, rng_());
    switch (pick(6)) {
      case 0:
        return ult(t, c);
      case 1:
        return ult(c, t);
      case 2:
        return ule(t, c);
      case 3:
        return ule(c, t);
      case 4:
        return eq(t, c);
      default: {
        const unsigned hi = pick(w - 1);
        return eq(extract(t, hi, 0), k(hi + 1, 0));
      }
    }
  }
  Term leaf(unsigned w) {
    if (pick(3) == 0) return k(w, rng_());
    const Term& x = nibbles_[pick(2)];
    switch (pick(4)) {
      case 0:
        return w == 4 ? concat(pair_, k(2, rng_())) : concat(nibbles_[0], nibbles_[1]);
      case 1:
        return sext(flag_, w);
      case 2:
        return w == 4 ? x : sext(x, w);
      default:
        return w == 4 ? x : zext(x, w);
    }
  }
  Term make(unsigned w, unsigned depth) {
    if (depth == 0) return leaf(w);
    const Term a = make(w, depth - 1), b = make(w, depth - 1), c = k(w, rng_());
    switch (pick(16)) {
      case 0:
      case 1:
        return add(a, b);
      case 2:
        return add(a, c);
      case 3:
      case 4:
        return sub(a, b);
      case 5:
        return mul(a, c);
      case 6:
        return pick(4) == 0 ? mul(a, b) : neg(a);
      case 7:
        return udiv(a, pick(4) == 0 ? b : c);
      case 8:
        return urem(a, pick(4) == 0 ? b : c);
      case 9:
        return bv_and(a, pick(4) == 0 ? b : c);
      case 10:
        return bv_or(a, pick(4) == 0 ? b : c);
      case 11:
        return bv_xor(a, pick(4) == 0 ? b : c);
      case 12:
        return bv_not(a);
      case 13:
        return ite(condition(depth - 1), a, b);
      case 14:
        return pick(2) == 0 ? shl(a, k(w, pick(w))) : ashr(a, k(w, pick(w)));
      default: {
        const unsigned lo = pick(w), hi = lo + pick(w - lo);
        const Term part = extract(a, hi, lo);
        return pick(2) == 0 ? zext(part, w) : sext(part, w);
      }
    }
  }

  std::mt19937 rng_;
  Term flag_;
  Term nibbles_[2];
  Term pair_;
};

Z3Answer ask(Z3Instance& z3, const std::vector<Term>& conditions) {
  Watchdog watchdog;
  return z3.check(conditions, watchdog, std::chrono::milliseconds(200),
                  Watchdog::Clock::now() + std::chrono::seconds(100));
}

TEST(Integers, AnswerAsAllAssignmentsDo) {
  unsigned sat = 0, unsat = 0;
  for (unsigned round = 0; round < 600; ++round) {
    Terms terms;
    SmallTerms random(terms, round);
    std::vector<Term> conditions;
    for (unsigned i = 0; i < 1 + round % 3; ++i) {
      const Term c = random.condition(1 + round % 4);
      if (!c.is_const()) conditions.push_back(c);
    }
    if (conditions.empty()) continue;
    const bool truth = random.satisfiable(terms, conditions);
    Z3Instance z3(terms, Theory::Integers);
    const Z3Answer answer = ask(z3, conditions);
    if (answer.result == CheckResult::Unsat) {
      ++unsat;
      ASSERT_FALSE(truth) << "round " << round << "\n" << to_smt2(conditions);
    } else if (answer.result == CheckResult::Sat) {
      ++sat;
      ASSERT_TRUE(truth) << "round " << round;
    }
  }
  // Both answers have to occur often, or the comparison says nothing.
  EXPECT_GT(sat, 150U);
  EXPECT_GT(unsat, 40U);
}

TEST(Integers, WhatFactsGiveIsTakenForGrantedButStillAsserted) {
  unsigned sat = 0, unsat = 0;
  for (unsigned round = 0; round < 1500; ++round) {
    Terms terms;
    SmallTerms random(terms, 10'000 + round);
    std::vector<Term> conditions = random.with_facts(round % 3);
    std::erase_if(conditions, [](const Term& c) { return c.is_const() && c.is_true(); });
    if (conditions.empty() || std::ranges::any_of(conditions, &Term::is_const)) continue;
    const bool truth = random.satisfiable(terms, conditions);
    Z3Instance granted(terms, Theory::Integers);
    granted.add_facts(conditions);
    const CheckResult answer = ask(granted, conditions).result;
    if (answer == CheckResult::Unsat) {
      ++unsat;
      ASSERT_FALSE(truth) << "round " << round << "\n" << to_smt2(conditions);
    } else if (answer == CheckResult::Sat) {
      ++sat;
      ASSERT_TRUE(truth) << "round " << round;
    } else if (answer == CheckResult::Unknown) {
      // where nothing is left open, a model that does not fit would show that a fact was lost
      z3::context ctx;
      IntegerTranslator translate(ctx, [](const z3::expr&) {});
      for (const Term& c : conditions) (void)translate(c);
      EXPECT_GT(translate.left_open(), 0U) << "round " << round << "\n" << to_smt2(conditions);
    }
  }
  EXPECT_GT(sat, 150U);
  EXPECT_GT(unsat, 300U);
}

TEST(Integers, BoundsOfFactsReachToTheirLastNumber) {
  // of the numbers that a fact leaves, the last is the one whose sum or difference wraps
  Terms terms;
  const Term x = terms.var("x", 8), y = terms.var("y", 8);
  const auto answer = [&](const Term& fact, unsigned other, const Term& wraps) {
    Z3Instance z3(terms, Theory::Integers);
    const std::vector<Term> all{fact, eq(y, k(8, other)), wraps};
    z3.add_facts(all);
    return ask(z3, all).result;
  };
  const Term small_sum = ult(add(x, y), k(8, 5)), large_difference = ult(k(8, 250), sub(x, y));
  for (const Term& fact : {ult(x, k(8, 101)), ule(x, k(8, 100))})
    EXPECT_EQ(answer(fact, 156, small_sum), CheckResult::Sat) << to_smt2({fact});
  for (const Term& fact : {ult(x, k(8, 100)), ule(x, k(8, 99))})
    EXPECT_EQ(answer(fact, 156, small_sum), CheckResult::Unsat) << to_smt2({fact});
  for (const Term& fact : {ult(k(8, 99), x), ule(k(8, 100), x)})
    EXPECT_EQ(answer(fact, 101, large_difference), CheckResult::Sat) << to_smt2({fact});
  for (const Term& fact : {ult(k(8, 100), x), ule(k(8, 101), x)})
    EXPECT_EQ(answer(fact, 101, large_difference), CheckResult::Unsat) << to_smt2({fact});
}

TEST(Integers, LinearTermsAreExact) {
  Terms terms;
  z3::context ctx;
  IntegerTranslator translate(ctx, [](const z3::expr&) {});
  const Term x = terms.var("wide x", 64), y = terms.var("wide y", 64), z = terms.var("z", 32);
  const std::vector<Term> linear{ult(add(x, y), sub(y, x)),
                                 eq(add(x, k(64, ~u128{0})), mul(y, k(64, 160))),
                                 slt(x, zext(z, 64)),
                                 eq(sext(z, 64), concat(z, trunc(x, 32))),
                                 eq(bv_or(extract(x, 11, 0), extract(y, 11, 0)), k(12, 0)),
                                 eq(bv_and(x, k(64, 0xff0ff0)), bv_or(y, k(64, 0x55))),
                                 eq(bv_xor(x, k(64, 0x1234)), bv_not(y)),
                                 eq(udiv(x, k(64, 56)), urem(y, k(64, 4096))),
                                 ult(ite(ult(x, y), x, y), mul(x, k(64, ~u128{0} - 55)))};
  for (const Term& t : linear) (void)translate(t);
  EXPECT_EQ(translate.left_open(), 0U);
  for (const Term& t : {mul(x, y), udiv(x, y), bv_and(x, y), shl(x, y), srem(x, y)}) {
    const std::size_t before = translate.left_open();
    (void)translate(eq(t, k(64, 7)));
    EXPECT_EQ(translate.left_open(), before + 1);
  }
}

TEST(Integers, AModelOfAnOpenProductIsNotBelieved) {
  Terms terms;
  const Term x = terms.var("x", 64), y = terms.var("y", 64);
  const std::vector<Term> even{eq(mul(x, y), k(64, 7)), eq(extract(x, 0, 0), k(1, 0))};
  Z3Instance integers(terms, Theory::Integers);
  EXPECT_EQ(ask(integers, even).result, CheckResult::Unknown);
  Solver solver(terms);  // goes on with bits
  EXPECT_EQ(solver.check(even), CheckResult::Unsat);
}

TEST(Integers, SymbolsAreNotMixedUpWithConstantsOfTheTranslation) {
  Terms terms;
  std::vector<Term> conditions;
  for (const char* name : {"i!0", "i!1", "i!2", "i!3", "p!0", "p!1", "p!2"})
    conditions.push_back(eq(add(terms.var(name, 8), k(8, 250)), k(8, 3)));
  Z3Instance z3(terms, Theory::Integers);
  const Z3Answer answer = ask(z3, conditions);
  ASSERT_EQ(answer.result, CheckResult::Sat);
  EXPECT_TRUE(answer.model->eval(terms.var("i!0", 8)) == 9);
}

TEST(Integers, RangesOfAddressesWithoutOverlap) {
  // What the proofs ask all the time: a segment in one range is not in another one.
  Terms terms;
  const auto v = [&](const char* name) { return terms.var(name, 64); };
  const Term a = v("a"), a_size = v("a size"), b = v("b"), b_size = v("b size"), at = v("at");
  const Term length = zext(terms.var("length", 32), 64);
  const u128 limit = u128{1} << 52;
  std::vector<Term> conditions{ult(a, k(64, limit)),
                               ult(b, k(64, limit)),
                               ult(a_size, k(64, limit)),
                               ult(b_size, k(64, limit)),
                               ule(add(a, a_size), b),
                               ule(a, at),
                               ule(add(at, length), add(a, a_size))};
  Z3Instance z3(terms, Theory::Integers);
  EXPECT_EQ(ask(z3, conditions).result, CheckResult::Sat);
  conditions.push_back(ult(b, add(at, length)));
  EXPECT_EQ(ask(z3, conditions).result, CheckResult::Unsat);
  // Without the limits a sum may wrap, and the second range may begin below the first.
  const Term below = ult(b, a);
  EXPECT_EQ(ask(z3, {conditions[0], conditions[2], conditions[4], below}).result,
            CheckResult::Unsat);
  EXPECT_EQ(ask(z3, {conditions[0], conditions[4], below}).result, CheckResult::Sat);
}

}  // namespace
}  // namespace sgproof::smt
