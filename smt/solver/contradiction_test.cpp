// What a question rests on: few parts, wherever they stand, that contradict each other.
#include "smt/solver/contradiction.hpp"

#include <gtest/gtest.h>

#include <set>

#include "smt/solver/conjuncts.hpp"

namespace sgproof::smt {
namespace {

Term k(u128 v) { return Term::constant(16, v); }

std::set<std::uint32_t> ids(const std::vector<Term>& terms) {
  std::set<std::uint32_t> all;
  for (const Term& t : terms) all.insert(t.node()->id);
  return all;
}

class ContradictionTest : public ::testing::Test {
 protected:
  std::set<std::uint32_t> of(const std::vector<Term>& conditions) {
    return ids(contradiction(terms_, conditions, watchdog_));
  }
  Terms terms_;
  Watchdog watchdog_;
  Term x_ = terms_.var("x", 16), y_ = terms_.var("y", 16), z_ = terms_.var("z", 16);
  Term less_ = ult(x_, y_), greater_ = ult(y_, x_), other_ = ult(z_, k(9));
};

TEST_F(ContradictionTest, PartsAreFoundInConjunctionsAndNegatedDisjunctions) {
  const Term either = bv_or(bv_not(less_), ult(k(3), z_));
  EXPECT_EQ(ids(conjuncts({bv_and(other_, bv_not(either))})),
            ids({other_, less_, bv_not(ult(k(3), z_))}));
  EXPECT_EQ(ids(conjuncts({other_, less_}, 1)), ids({less_}));
  EXPECT_EQ(ids(conjuncts({bv_or(less_, other_)})), ids({bv_or(less_, other_)}))
      << "the sides of a choice are no parts";
}

TEST_F(ContradictionTest, RestsOnTwoPartsOfTwoConditions) {
  EXPECT_EQ(of({bv_and(other_, less_), bv_and(greater_, ult(k(2), z_))}), ids({less_, greater_}));
}

TEST_F(ContradictionTest, WhatOnlyBitsDecideIsFoundToo) {
  // of two numbers that have no bit in common both have the lowest
  const Term apart = eq(bv_and(x_, y_), k(0));
  const Term low = eq(extract(x_, 0, 0), Term::constant(1, 1));
  const Term also = eq(extract(y_, 0, 0), Term::constant(1, 1));
  EXPECT_EQ(of({other_, apart, low, also}), ids({apart, low, also}));
}

TEST_F(ContradictionTest, WhatHoldsKeepsAllItsParts) {
  EXPECT_EQ(of({bv_and(other_, less_), ult(k(2), z_)}), ids({other_, less_, ult(k(2), z_)}));
}

}  // namespace
}  // namespace sgproof::smt
