#include "gate/obligations.hpp"

#include <gtest/gtest.h>

#include "gate/report/verdict.hpp"

namespace sgproof::gate {
namespace {

FamilyOutcome family(const std::string& name) {
  FamilyOutcome f;
  f.family.name = f.result.family = name;
  return f;
}

FamilyOutcome with_a_proof(const std::string& name) {
  auto f = family(name);
  f.result.claims[{"IOM-2", "bytes", "dma_map_sgtable"}].outcome = smt::Outcome::Proved;
  return f;
}

/// What is said of the one claim that the base has and the tree does not.
Obligation lost(const FamilyOutcome& of_tree) {
  Subject here;
  here.config = "x86_64";
  here.families = {of_tree};
  auto obligations = obligations_of_families(here.config, here.families);
  attach_base(obligations, obligations_of_families(here.config, {with_a_proof("iommu-2")}));
  explain_vanished(obligations, here);
  EXPECT_EQ(obligations.size(), 1U);
  return obligations.at(0);
}

TEST(ExplainVanished, SaysThatTheFamilyWasNotAsked) {
  auto f = family("iommu-2");
  f.result.problems = {"not asked: one entry behind an IOMMU already goes wrong"};
  const auto o = lost(f);
  EXPECT_EQ(o.outcome, Outcome::Inconclusive);
  EXPECT_EQ(o.why.reason, Reason::NotRun);
  EXPECT_EQ(o.why.detail, f.result.problems.front());
}

TEST(ExplainVanished, LeavesAClaimThatAFamilyNoLongerReaches) {
  const auto o = lost(family("iommu-2"));
  EXPECT_EQ(o.outcome, Outcome::Inconclusive);
  EXPECT_EQ(o.why.reason, Reason::Vanished);
}

TEST(ExplainVanished, TakesNoOtherFamilysReason) {
  auto f = family("iommu-1");
  f.result.problems = {"not asked: for a reason of its own"};
  EXPECT_EQ(lost(f).why.reason, Reason::Vanished);
}

}  // namespace
}  // namespace sgproof::gate
