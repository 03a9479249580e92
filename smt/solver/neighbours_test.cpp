// Models near known ones.
#include "smt/solver/neighbours.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "smt/solver/solver.hpp"

namespace sgproof::smt {
namespace {

Term k(unsigned width, u128 value) { return Term::constant(width, value); }

class Neighbours : public testing::Test {
 protected:
  /// A model in which the named symbols have these values, and others 0.
  std::shared_ptr<Model> model(const std::vector<std::pair<Term, u128>>& values) {
    auto made = std::make_shared<Model>(terms_);
    for (const auto& [symbol, value] : values) made->set(symbol.node()->var, value);
    return made;
  }
  static bool all_hold(const Model& m, const std::vector<Term>& conditions) {
    return std::all_of(conditions.begin(), conditions.end(),
                       [&](const Term& t) { return m.holds(t); });
  }

  Terms terms_;
  Term length_ = terms_.var("length", 32), other_ = terms_.var("other length", 32),
       step_ = terms_.var("step", 4), call_ = terms_.var("call", 4);
};

TEST_F(Neighbours, OneSmallSymbol) {
  const std::vector<Term> conditions = {ugt(length_, k(32, 100)), eq(step_, k(4, 9))};
  const auto found = neighbour({model({{length_, 200}})}, conditions);
  ASSERT_TRUE(found);
  EXPECT_TRUE(all_hold(*found, conditions));
  EXPECT_TRUE(found->value(length_.node()->var) == 200) << "what is not asked for stays";
}

TEST_F(Neighbours, TwoSmallSymbols) {
  const std::vector<Term> conditions = {ugt(length_, k(32, 100)),
                                        bv_and(eq(step_, k(4, 9)), eq(call_, k(4, 3)))};
  const auto found = neighbour({model({{length_, 200}})}, conditions);
  ASSERT_TRUE(found);
  EXPECT_TRUE(all_hold(*found, conditions));
}

TEST_F(Neighbours, ANumberNextToAConstantOrToAnotherSymbol) {
  const Term first = ugt(other_, k(32, 100));
  for (const Term& last : {ugt(length_, k(32, 77777)), eq(length_, add(other_, k(32, 1)))}) {
    const auto found = neighbour({model({{other_, 200}})}, {first, last});
    ASSERT_TRUE(found);
    EXPECT_TRUE(all_hold(*found, {first, last}));
  }
}

TEST_F(Neighbours, OnlyWhereTheOtherConditionsHoldStill) {
  const Term small = ult(length_, k(32, 10)), large = ugt(length_, k(32, 100));
  EXPECT_FALSE(neighbour({model({{length_, 5}})}, {small, large}));
  EXPECT_FALSE(neighbour({model({{length_, 50}})}, {small, large})) << "no model to begin with";
  EXPECT_FALSE(neighbour({}, {small}));
}

TEST_F(Neighbours, AnswerWithoutAQuery) {
  Solver solver(terms_);
  ASSERT_EQ(solver.check({ugt(length_, k(32, 100))}), CheckResult::Sat);
  const auto queries = solver.stats().queries;
  const std::vector<Term> conditions = {ugt(length_, k(32, 100)), eq(step_, k(4, 9))};
  EXPECT_EQ(solver.check(conditions), CheckResult::Sat);
  EXPECT_EQ(solver.stats().queries, queries);
  EXPECT_EQ(solver.stats().neighbours, 1U);
  EXPECT_TRUE(all_hold(solver.model(), conditions));
  EXPECT_EQ(solver.check({ugt(length_, k(32, 100)), ult(length_, k(32, 50))}), CheckResult::Unsat);
}

}  // namespace
}  // namespace sgproof::smt
