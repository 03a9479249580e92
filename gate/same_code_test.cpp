// When a proof of the base is one of the patched tree.
#include "gate/same_code.hpp"

#include <gtest/gtest.h>

namespace sgproof::gate {
namespace {

extract::Function function(const std::string& name, const std::string& hash) {
  extract::Function f;
  f.name = f.source_name = name;
  f.hash = hash;
  f.reachable = true;
  return f;
}

class SameCode : public testing::Test {
 protected:
  void SetUp() override {
    base_.functions = {function("entered", "1"), function("other", "2")};
    base_.facts = {{"WORD_BITS", 64}};
    here_ = base_;
    result_.family = "f";
    result_.complete = true;
    result_.claims[{}].outcome = smt::Outcome::Proved;
    result_.coverage.lines = {{"entered", "a.c", 7}};
    result_.arbitrary = {{"missing", {}}};
  }

  [[nodiscard]] bool is_same() const { return same_of_base(result_, base_, here_).has_value(); }

  extract::Module base_, here_;
  smt::FamilyResult result_;
};

TEST_F(SameCode, WhatWasNotEnteredMayChange) {
  EXPECT_TRUE(is_same());
  here_.functions[1].hash = "3";
  here_.functions.push_back(function("new", "4"));
  const auto same = same_of_base(result_, base_, here_);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->claims.size(), 1U);
  EXPECT_TRUE(same->coverage.lines.empty()) << "lines of the base say nothing of the tree's";
}

TEST_F(SameCode, WhatWasEnteredMayNot) {
  here_.functions[0].hash = "3";
  EXPECT_FALSE(is_same());
}

TEST_F(SameCode, NorMayItVanishOrGetANamesake) {
  here_.functions.erase(here_.functions.begin());
  EXPECT_FALSE(is_same());
  here_ = base_;
  auto twin = function("entered", "5");
  twin.name = "entered.unit";
  here_.functions.push_back(twin);
  EXPECT_FALSE(is_same());
}

TEST_F(SameCode, ABranchIsEnteredToo) {
  exec::BranchSide side;
  side.where.function = "other";
  result_.coverage.branches.push_back(side);
  EXPECT_TRUE(is_same());
  here_.functions[1].hash = "3";
  EXPECT_FALSE(is_same());
}

TEST_F(SameCode, WhatWasArbitraryHasNoCodeNow) {
  here_.functions.push_back(function("missing", "6"));
  EXPECT_FALSE(is_same());
}

TEST_F(SameCode, FactsAndConfigurationAreTheSame) {
  here_.facts["WORD_BITS"] = 32;
  EXPECT_FALSE(is_same());
  here_ = base_;
  here_.kconfig["SWIOTLB"] = "y";
  EXPECT_FALSE(is_same());
}

TEST_F(SameCode, OnlyWhatIsWhollyProvedIsTaken) {
  for (const auto outcome : {smt::Outcome::Refuted, smt::Outcome::Inconclusive}) {
    result_.claims[{}].outcome = outcome;
    EXPECT_FALSE(is_same());
  }
  result_.claims[{}].outcome = smt::Outcome::Proved;
  result_.complete = false;
  EXPECT_FALSE(is_same());
  result_.complete = true;
  result_.problems = {"a path was left open"};
  EXPECT_FALSE(is_same());
  result_.problems.clear();
  result_.coverage = {};
  EXPECT_FALSE(is_same()) << "nobody knows what was entered";
}

}  // namespace
}  // namespace sgproof::gate
