// Lemmas change how a question is asked, not its answer.
#include "smt/obligations/lemmas.hpp"

#include <gtest/gtest.h>

namespace sgproof::smt {
namespace {

class Lemmas : public testing::Test {
 protected:
  Term k(u128 value) { return Term::constant(8, value); }
  /// Where x < 100 it must hold that `holds`.
  PathCheck check(const Term& holds, std::vector<Term> lemmas) {
    const Term applies = ult(x_, k(100));
    return {
        {}, "x", applies, bv_and(applies, bv_not(holds)), Term::boolean(false), std::move(lemmas)};
  }

  Terms terms_;
  Solver solver_{terms_};
  Term x_ = terms_.var("x", 8);
};

TEST_F(Lemmas, WhatFollowsIsProved) {
  EXPECT_EQ(violation(solver_, check(ult(x_, k(120)), {ult(x_, k(110))})), CheckResult::Unsat);
}

TEST_F(Lemmas, OneThatDoesNotHoldIsNotUsed) {
  // with x < 10 it would follow, and without it does too, or not
  EXPECT_EQ(violation(solver_, check(ult(x_, k(120)), {ult(x_, k(10))})), CheckResult::Unsat);
  EXPECT_EQ(violation(solver_, check(ult(x_, k(20)), {ult(x_, k(10))})), CheckResult::Sat);
  EXPECT_TRUE(solver_.model().value(x_.node()->var) >= 20);
}

TEST_F(Lemmas, OneThatHoldsDoesNotMakeTheRestTrue) {
  EXPECT_EQ(violation(solver_, check(ult(x_, k(20)), {ult(x_, k(110))})), CheckResult::Sat);
}

TEST_F(Lemmas, EachIsAsked) {
  EXPECT_EQ(violation(solver_, check(ult(x_, k(20)), {ult(x_, k(110)), ult(x_, k(10))})),
            CheckResult::Sat);
}

}  // namespace
}  // namespace sgproof::smt
