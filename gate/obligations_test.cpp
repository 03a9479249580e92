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

ManifestLine line(const std::string& clause, unsigned nents = 2, Outcome least = Outcome::Proved) {
  return {"IOM-2", clause, "dma_map_sgtable", "x86_64", nents, least};
}

/// What is said of lines that ask for two entries where the family of one has a proof.
std::vector<Obligation> judged(const FamilyOutcome& of_two, const std::vector<ManifestLine>& lines,
                               const FamilyOutcome* base = nullptr) {
  Subject here;
  here.config = "x86_64";
  here.families = {with_a_proof("iommu-1"), of_two};
  here.families[0].family.nents = 1;
  here.families[1].family.nents = 2;
  auto obligations = obligations_of_families(here.config, here.families);
  add_vacuous(obligations, here, lines);
  if (base) attach_base(obligations, obligations_of_families(here.config, {*base}));
  explain_vanished(obligations, here);
  add_shrunk(obligations, here, lines);
  return obligations;
}

TEST(AddShrunk, SaysWhyALargerFamilyHasNoAnswer) {
  auto f = family("iommu-2");
  f.result.problems = {"the prover of iommu-2 ended with signal 9"};
  const auto all = judged(f, {line("bytes"), line("other")});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].outcome, Outcome::Proved);
  EXPECT_EQ(all[1].clause, "other");
  EXPECT_EQ(all[1].why.detail, f.result.problems.front());
  EXPECT_EQ(all[2].clause, "bytes");
  EXPECT_EQ(all[2].outcome, Outcome::Inconclusive);
  EXPECT_EQ(all[2].why.detail, "only for 1 entries: the prover of iommu-2 ended with signal 9");
  // and the verdict hears of each once
  EXPECT_TRUE(missing({line("bytes"), line("other")}, all).empty());
}

TEST(AddShrunk, AsksForNoMoreThanTheLine) {
  auto f = family("iommu-2");
  f.result.problems = {"the prover of iommu-2 ended with signal 9"};
  EXPECT_EQ(judged(f, {line("bytes", 1)}).size(), 1U);
  EXPECT_EQ(judged(with_a_proof("iommu-2"), {line("bytes")}).size(), 2U);
  EXPECT_EQ(judged(f, {line("tests", 2, Outcome::Tested)}).size(), 1U);
}

TEST(AddShrunk, SaysNothingTwice) {
  auto f = family("iommu-2");
  f.result.problems = {"not asked: one entry behind an IOMMU already goes wrong"};
  const auto base = with_a_proof("iommu-2");
  const auto all = judged(f, {line("bytes")}, &base);
  ASSERT_EQ(all.size(), 2U);  // that of one entry, and the one that only the base has
  EXPECT_EQ(all[1].why.detail, f.result.problems.front());
}

TEST(AddShrunk, LeavesASmallerScopeWithoutAProblemToTheVerdict) {
  const auto all = judged(family("iommu-2"), {line("bytes")});
  EXPECT_EQ(all.size(), 1U);
  EXPECT_EQ(missing({line("bytes")}, all).size(), 1U);
}

TEST(AddVacuous, WhatTheUserStoppedWasNotRun) {
  auto f = family("iommu-2");
  f.result.problems = {"stopped by the user"};
  EXPECT_EQ(judged(f, {line("other")}).back().why.reason, Reason::NotRun);
}

TEST(AddUnanswered, SaysWhyOfEveryLineThatNothingAnswers) {
  auto all = obligations_of_families("x86_64", {with_a_proof("iommu-2")});
  const std::vector<ManifestLine> lines = {line("bytes"), line("tests", 2, Outcome::Tested)};
  add_unanswered(all, lines, {Reason::ExtractionFailed, {}, "SGP-E0141: no clang"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].clause, "tests");
  EXPECT_EQ(all[1].outcome, Outcome::Inconclusive);
  EXPECT_EQ(all[1].why.reason, Reason::ExtractionFailed);
  EXPECT_EQ(all[1].why.detail, "SGP-E0141: no clang");
  EXPECT_EQ(lines_for(Outcome::Tested, lines).size(), 1U);
  EXPECT_EQ(lines_for(Outcome::Tested, lines).front().clause, "tests");
}

}  // namespace
}  // namespace sgproof::gate
