// Questions in cases: nothing is lost by splitting, and what is known is used.
#include "smt/solver/case_split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "smt/solver/model.hpp"
#include "smt/solver/solver.hpp"

namespace sgproof::smt {
namespace {

bool all_hold(const std::vector<Term>& conditions, const Model& model) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Term& t) { return model.holds(t); });
}

class CaseSplit : public testing::Test {
 protected:
  Terms terms_;
  Term a_ = terms_.var("a", 8), b_ = terms_.var("b", 8), p_ = terms_.var("p", 1),
       q_ = terms_.var("q", 1);
};

TEST_F(CaseSplit, ChoosesWhatMostChoicesDependOn) {
  const Term x = ite(p_, a_, b_), y = ite(bv_and(p_, q_), b_, add(a_, b_));
  const auto choice = most_used_choice({eq(x, y)});
  ASSERT_TRUE(choice);
  EXPECT_TRUE(choice->same(p_));
  EXPECT_FALSE(most_used_choice({ult(a_, b_)}));
}

TEST_F(CaseSplit, ChoicesVanishUnderTheirCondition) {
  const auto parts = assuming({ult(ite(p_, a_, b_), Term::constant(8, 9))}, p_);
  EXPECT_FALSE(most_used_choice(parts));
  EXPECT_TRUE(std::any_of(parts.begin(), parts.end(),
                          [&](const Term& t) { return t.same(ult(a_, Term::constant(8, 9))); }));
}

TEST_F(CaseSplit, WhatEqualsANumberIsThatNumber) {
  const auto parts = assuming({eq(a_, Term::constant(8, 3)), ult(add(a_, b_), a_)}, p_);
  EXPECT_TRUE(std::any_of(parts.begin(), parts.end(), [&](const Term& t) {
    return t.same(ult(add(b_, Term::constant(8, 3)), Term::constant(8, 3)));
  }));
}

TEST_F(CaseSplit, ContradictionsAreSeen) {
  const auto parts = assuming({bv_or(q_, bv_not(p_)), bv_not(q_)}, p_);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(parts.front().is_false());
}

/// Any formula means under an assumption what it meant before, for every assignment.
TEST_F(CaseSplit, MeansTheSame) {
  std::mt19937 random(1);
  const auto number = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  for (int round = 0; round < 300; ++round) {
    std::vector<Term> words{a_, b_, Term::constant(8, 3)}, bools{p_, q_};
    const auto word = [&] { return words[number(static_cast<unsigned>(words.size()))]; };
    const auto boolean = [&] { return bools[number(static_cast<unsigned>(bools.size()))]; };
    for (int i = 0; i < 8; ++i) {
      words.push_back(number(2) ? ite(boolean(), word(), word()) : add(word(), word()));
      bools.push_back(number(2) ? eq(word(), Term::constant(8, number(4))) : ult(word(), word()));
      bools.push_back(number(2) ? bv_and(boolean(), boolean())
                                : bv_or(boolean(), bv_not(boolean())));
    }
    const std::vector<Term> conditions{boolean(), boolean(), bools.back()};
    const Term known = boolean();
    if (known.is_const()) continue;
    auto with = conditions;
    with.push_back(known);
    const auto parts = assuming(conditions, known);
    for (int sample = 0; sample < 200; ++sample) {
      Model model(terms_);
      for (const Term& t : {a_, b_}) model.set(t.node()->var, number(6));
      for (const Term& t : {p_, q_}) model.set(t.node()->var, number(2));
      ASSERT_EQ(all_hold(parts, model), all_hold(with, model)) << "round " << round;
    }
  }
}

/// A question that is given no time as a whole is answered in cases.
TEST_F(CaseSplit, AnswersWhatTheWholeQuestionHas) {
  const Term x = terms_.var("x", 64), y = terms_.var("y", 64), z = terms_.var("z", 64);
  Term sum = x, mirrored = x;
  for (unsigned i = 0; i < 6; ++i) {
    const Term c = terms_.var("c" + std::to_string(i), 1);
    sum = ite(c, add(sum, y), add(z, sum));
    mirrored = ite(bv_not(c), add(mirrored, z), add(y, mirrored));
  }
  SolverOptions options;
  options.incremental_ms = 1;
  Solver solver(terms_, options);
  EXPECT_EQ(solver.check({ne(sum, mirrored)}), CheckResult::Unsat);
  EXPECT_EQ(solver.check({ne(sum, add(mirrored, ite(p_, y, z)))}), CheckResult::Sat);
}

/// Cases that nobody decides prove nothing: here each has a solution that is hard to find.
TEST_F(CaseSplit, CasesLeftOpenAreNoAnswer) {
  const Term x = terms_.var("x", 64), y = terms_.var("y", 64), big = Term::constant(64, 1ULL << 32);
  const Term product = Term::constant(64, 1'000'000'007ULL * 998'244'353ULL);
  const std::vector<Term> factors{ult(x, big), ult(y, big), ult(Term::constant(64, 1), x),
                                  ult(Term::constant(64, 1), y)};
  auto question = factors;
  question.push_back(eq(mul(ite(p_, x, y), ite(p_, y, x)), product));
  SolverOptions options;
  options.incremental_ms = 1;
  options.case_ms = 1;
  options.query_timeout_ms = 60;
  Solver solver(terms_, options);
  EXPECT_NE(solver.check(question), CheckResult::Unsat);
  EXPECT_GT(solver.stats().cases, 0U);
}

}  // namespace
}  // namespace sgproof::smt
