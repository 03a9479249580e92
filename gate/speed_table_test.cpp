#include "gate/speed_table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace sgproof::gate {
namespace {

/// A family of two claims, one of them with this outcome.
smt::FamilyResult result(smt::Outcome outcome) {
  smt::FamilyResult r;
  r.claims[{"MAP-1", "address", "dma_direct_map_sg"}].outcome = smt::Outcome::Proved;
  r.claims[{"MAP-2", "length", "dma_direct_map_sg"}].outcome = outcome;
  r.complete = true;
  r.paths = 10, r.merges = 3, r.queries = 7, r.instructions = 1000;
  r.seconds = 2, r.solver_seconds = 0.5;
  return r;
}

TEST(ProofWork, IsTheSumOfFamilies) {
  ProofWork work{.name = "MAP"};
  work.add(result(smt::Outcome::Proved));
  work.add(result(smt::Outcome::Proved));
  EXPECT_EQ(work.families, 2U);
  EXPECT_EQ(work.claims, 4U);
  EXPECT_EQ(work.open, 0U);
  EXPECT_EQ(work.states, 20U);
  EXPECT_EQ(work.queries, 14U);
  EXPECT_DOUBLE_EQ(work.in_solver(), 0.25);
}

/// Fast because nothing was shown must not look like fast.
TEST(ProofWork, WhatWasNotProvedIsOpen) {
  for (const auto outcome : {smt::Outcome::Inconclusive, smt::Outcome::Refuted}) {
    ProofWork work;
    work.add(result(outcome));
    EXPECT_EQ(work.open, 1U) << to_string(outcome);
  }
  ProofWork work;
  work.add(result(smt::Outcome::Vacuous));
  EXPECT_EQ(work.open, 0U) << "no input reaches it: a failing list of one entry took nothing";
  auto stopped = result(smt::Outcome::Proved);
  stopped.complete = false;
  work.add(stopped);
  EXPECT_EQ(work.open, 1U);
  stopped.problems = {"a loop", "a call"};
  work.add(stopped);
  EXPECT_EQ(work.open, 3U);
}

TEST(SpeedTable, SaysGrowthOnlyWhereTheLengthIsLookedAt) {
  ProofWork four{.name = "MAP N=4", .nents = 4};
  four.add(result(smt::Outcome::Proved));
  ProofWork all = four;
  all.name = "everything", all.nents = 0;
  std::istringstream lines(speed_table({four, all}));
  std::string head, first, second, more;
  std::getline(lines, head), std::getline(lines, first), std::getline(lines, second);
  EXPECT_NE(head.find("states/entry"), std::string::npos);
  EXPECT_NE(first.find(" 2.5"), std::string::npos) << first;
  EXPECT_EQ(second.find(" 2.5"), std::string::npos) << second;
  EXPECT_NE(second.find(" 2.00"), std::string::npos) << "seconds: " << second;
  EXPECT_FALSE(std::getline(lines, more));
}

}  // namespace
}  // namespace sgproof::gate
