// Which inputs a violation needs, and the values that are shown for them.
#include "smt/obligations/minimal_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sgproof::smt {
namespace {

using ::testing::UnorderedElementsAre;

// words of the scenario that the inputs of the test stand for
enum Word : std::size_t { kOffset = 20, kMask, kStart, kBus, kFrame };

model::Family family() {
  model::Family f{};
  f.name = "test";
  const auto input = [](Word word, const char* role, std::uint64_t max, std::uint64_t neutral) {
    return model::Input{word, role, role, max, neutral};
  };
  f.inputs = {input(kOffset, "offset", 0xffffffff, 0), input(kMask, "mask", ~0ULL, ~0ULL),
              input(kStart, "start", ~0ULL, 0x4000), input(kBus, "bus", ~0ULL, 0),
              input(kFrame, "frame", ~0ULL, 0)};
  f.inputs[3].neutral_of = kStart;
  f.inputs[4].derived = true;
  return f;
}

class MinimalSetsTest : public ::testing::Test {
 protected:
  std::uint64_t shown(const MinimalSet& set, Word word) const {
    return static_cast<std::uint64_t>(set.model.eval(inputs.words[word]));
  }
  MinimalSets find(const Term& violation) {
    return minimal_sets(solver, shape, inputs, violation, {}, 6);
  }
  const Term& word(Word w) const { return inputs.words[w]; }
  static Term k(std::uint64_t v) { return Term::constant(64, v); }

  Terms terms;
  Solver solver{terms};
  const model::Family shape = family();
  const SymbolicInputs inputs = symbolic_inputs(terms, shape);
};

TEST_F(MinimalSetsTest, TwoCausesAreTwoSets) {
  const auto found = find(bv_or(ugt(word(kOffset), k(100)), ne(word(kBus), word(kStart))));
  EXPECT_EQ(found.last, CheckResult::Unsat);
  ASSERT_EQ(found.sets.size(), 2U);
  EXPECT_THAT((std::vector{found.sets[0].roles, found.sets[1].roles}),
              UnorderedElementsAre(std::set<std::string>{"offset"}, std::set<std::string>{"bus"}));
}

TEST_F(MinimalSetsTest, ValuesAreNearTheNeutralOnes) {
  const auto found = find(bv_and(ugt(word(kOffset), k(100)), ne(word(kBus), word(kStart))));
  ASSERT_EQ(found.sets.size(), 1U);
  EXPECT_EQ(shown(found.sets[0], kOffset), 128U);
  EXPECT_EQ(shown(found.sets[0], kStart), 0x4000U);
  EXPECT_EQ(shown(found.sets[0], kBus), 0x4001U);
  EXPECT_EQ(shown(found.sets[0], kMask), ~0ULL);
}

TEST_F(MinimalSetsTest, AMaskStaysAMask) {
  const auto found = find(ult(word(kMask), k(0x123456789)));
  ASSERT_EQ(found.sets.size(), 1U);
  EXPECT_EQ(shown(found.sets[0], kMask), 0xffffffffU);
}

TEST_F(MinimalSetsTest, WhatFollowsFromOtherInputsIsRound) {
  const auto found = find(bv_and(ugt(word(kFrame), k(0x123456)), ult(word(kFrame), k(0x139999))));
  ASSERT_EQ(found.sets.size(), 1U);
  EXPECT_TRUE(found.sets[0].roles.empty());
  EXPECT_EQ(shown(found.sets[0], kFrame), 0x130000U);
}

TEST_F(MinimalSetsTest, AValueThatCannotBeRoundIsShownAsItIs) {
  const auto found = find(eq(word(kOffset), k(0x1235)));
  ASSERT_EQ(found.sets.size(), 1U);
  EXPECT_EQ(shown(found.sets[0], kOffset), 0x1235U);
}

}  // namespace
}  // namespace sgproof::smt
