// Which obligations a series leaves open by changing what a contract stands for.
#include "gate/stale_contracts.hpp"

#include <gmock/gmock.h>

namespace sgproof::gate {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

ContractFunction changed(const std::string& name, const std::vector<ChangedPart>& parts) {
  ContractFunction f;
  f.stands_in = "sgp_" + name;
  f.function = name;
  f.file = "kernel/a.c";
  f.line = 7;
  f.code = ContractCode::Differs;
  f.changed = true;
  f.parts = parts;
  return f;
}

Obligation obligation(const std::string& invariant, const std::string& family, Outcome outcome) {
  Obligation o;
  o.invariant = invariant;
  o.clause = "clause";
  o.function = "dma_map_sgtable";
  o.config = "x86_64";
  o.family = family;
  o.outcome = outcome;
  return o;
}

FamilyOutcome family(const std::string& name, const std::vector<std::string>& functions) {
  FamilyOutcome out;
  out.family.name = out.result.family = name;
  for (const auto& f : functions) out.result.coverage.lines.insert({f, "/sgp/env_a.c", 1});
  return out;
}

class StaleContracts : public ::testing::Test {
 protected:
  StaleContracts() {
    extract::Contract contract;
    contract.name = "swiotlb";
    contract.shown_by = "SWT";
    contract.not_shown = {"swiotlb_map"};
    contracts_.all = {contract};
    uses_ = {{"swiotlb", "x86_64", "env_swiotlb.c", "", "", "", {changed("map", {{"find", 3}})}}};
    entered_ = {{"map-1", {"sgp_map", "other"}},
                {"enc-raw", {"other"}},
                {"bounce-map", {"find", "swiotlb_map"}}};
  }
  std::vector<Outcome> left_open(std::vector<Obligation> obligations,
                                 const EnteredByTests& tests = {}) {
    show_again(uses_, contracts_, obligations, entered_);
    leave_open(obligations, uses_, entered_, tests);
    std::vector<Outcome> out;
    for (const Obligation& o : obligations) {
      out.push_back(o.outcome);
      EXPECT_EQ(o.outcome == Outcome::Inconclusive && o.why.reason == Reason::StaleContract,
                !o.why.detail.empty());
    }
    return out;
  }
  extract::Contracts contracts_;
  std::vector<ContractUse> uses_;
  std::map<std::string, std::set<std::string>> entered_;
};

TEST_F(StaleContracts, WhatIsProvedByEnteringItIsOpenAndNothingElse) {
  contracts_.all[0].shown_by = "";
  EXPECT_THAT(left_open({obligation("MAP-1", "map-1", Outcome::Proved),
                         obligation("ENC-1", "enc-raw", Outcome::Proved)}),
              ElementsAre(Outcome::Inconclusive, Outcome::Proved));
}

TEST_F(StaleContracts, WhatIsRefutedStaysRefutedAndWhatIsOpenKeepsItsReason) {
  contracts_.all[0].shown_by = "";
  std::vector<Obligation> obligations{obligation("MAP-1", "map-1", Outcome::Refuted),
                                      obligation("MAP-2", "map-1", Outcome::Inconclusive)};
  obligations[1].why = {Reason::StepLimit, "s", ""};
  leave_open(obligations, uses_, entered_, {});
  EXPECT_EQ(obligations[0].outcome, Outcome::Refuted);
  EXPECT_EQ(obligations[1].why.reason, Reason::StepLimit);
}

TEST_F(StaleContracts, TheReasonNamesContractFunctionAndLine) {
  std::vector<Obligation> obligations{obligation("MAP-1", "map-1", Outcome::Proved)};
  leave_open(obligations, uses_, entered_, {});
  const Why& why = obligations[0].why;
  EXPECT_EQ(why.reason, Reason::StaleContract);
  EXPECT_EQ(why.subject, "swiotlb: map");
  EXPECT_THAT(why.detail, HasSubstr("env_swiotlb.c"));
  EXPECT_THAT(why.detail, HasSubstr("map() (kernel/a.c:7)"));
}

TEST_F(StaleContracts, OtherConfigurationsAreNotTouched) {
  contracts_.all[0].shown_by = "";
  auto other = obligation("MAP-1", "map-1", Outcome::Proved);
  other.config = "i386";
  EXPECT_THAT(left_open({other}), ElementsAre(Outcome::Proved));
}

TEST_F(StaleContracts, AFamilyThatNobodyKnowsDependsOnAll) {
  contracts_.all[0].shown_by = "";
  EXPECT_THAT(left_open({obligation("MAP-1", "unheard-of", Outcome::Proved)}),
              ElementsAre(Outcome::Inconclusive));
}

TEST_F(StaleContracts, TestsDependOnWhatTheyEnter) {
  contracts_.all[0].shown_by = "";
  const EnteredByTests tests{{{"LST-1", "clause", "dma_map_sgtable"}, {"other"}},
                             {{"IOM-1", "clause", "dma_map_sgtable"}, {"sgp_map"}}};
  EXPECT_THAT(left_open({obligation("LST-1", "native tests", Outcome::Tested),
                         obligation("IOM-1", "native tests", Outcome::Tested),
                         obligation("IOM-2", "native tests", Outcome::Tested)},
                        tests),
              ElementsAre(Outcome::Tested, Outcome::Inconclusive, Outcome::Inconclusive));
}

TEST_F(StaleContracts, InvariantsOfTheCodeItselfShowAChangeToBeRight) {
  EXPECT_THAT(left_open({obligation("MAP-1", "map-1", Outcome::Proved),
                         obligation("SWT-1", "bounce-map", Outcome::Proved)}),
              ElementsAre(Outcome::Proved, Outcome::Proved));
  EXPECT_EQ(uses_[0].functions[0].shown_by, "SWT");
  EXPECT_FALSE(any_stale(uses_));
}

TEST_F(StaleContracts, ButNotWhereOneOfThemIsLost) {
  EXPECT_THAT(left_open({obligation("MAP-1", "map-1", Outcome::Proved),
                         obligation("SWT-1", "bounce-map", Outcome::Proved),
                         obligation("SWT-2", "bounce-map", Outcome::Refuted)}),
              ElementsAre(Outcome::Inconclusive, Outcome::Proved, Outcome::Refuted));
}

TEST_F(StaleContracts, WhatTheBaseRefutesInTheSameWayIsNotLost) {
  auto known = obligation("SWT-2", "bounce-map", Outcome::Refuted);
  known.base = BaseOutcome{Outcome::Refuted, {}, 1};
  EXPECT_THAT(left_open({obligation("MAP-1", "map-1", Outcome::Proved),
                         obligation("SWT-1", "bounce-map", Outcome::Proved), known}),
              ElementsAre(Outcome::Proved, Outcome::Proved, Outcome::Refuted));
}

TEST_F(StaleContracts, NorWhereNoFamilyEntersThePart) {
  entered_["bounce-map"].erase("find");
  EXPECT_THAT(left_open({obligation("MAP-1", "map-1", Outcome::Proved),
                         obligation("SWT-1", "bounce-map", Outcome::Proved)}),
              ElementsAre(Outcome::Inconclusive, Outcome::Proved));
}

TEST_F(StaleContracts, NorForWhatTheyDoNotSayAllOf) {
  uses_[0].functions[0].parts = {{"find", 3}, {"swiotlb_map", 9}};
  EXPECT_THAT(left_open({obligation("MAP-1", "map-1", Outcome::Proved),
                         obligation("SWT-1", "bounce-map", Outcome::Proved)}),
              ElementsAre(Outcome::Inconclusive, Outcome::Proved));
}

TEST_F(StaleContracts, NorWhereClangCouldNotReadIt) {
  uses_[0].functions[0].parts.clear();
  EXPECT_THAT(left_open({obligation("MAP-1", "map-1", Outcome::Proved),
                         obligation("SWT-1", "bounce-map", Outcome::Proved)}),
              ElementsAre(Outcome::Inconclusive, Outcome::Proved));
}

TEST(EnteredByFamilies, WhatWasTakenFromTheBaseEntersWhatItDoesThere) {
  Subject here, base;
  here.families = {family("a", {"f"}), family("b", {})};
  base.families = {family("a", {"g"}), family("b", {"h"})};
  EXPECT_THAT(entered_by_families(here, base),
              UnorderedElementsAre(Pair("a", ElementsAre("f")), Pair("b", ElementsAre("h"))));
}

TEST(ExplainContracts, AFileOutsideSaysWhoStandsForIt) {
  std::vector<CoverageLine> lines(3);
  for (auto& line : lines) {
    line.config = "x86_64";
    line.state = CoverageState::OutsideScope;
    line.file = "kernel/a.c";
    line.reason = "the file is not part of the code under check";
  }
  lines[1].file = "kernel/b.c";
  lines[2].config = "i386";
  std::vector<ContractUse> uses{
      {"c", "x86_64", "env_c.c", "", "", "", {changed("map", {{"map", 7}})}}};
  explain_contracts(lines, uses);
  EXPECT_THAT(lines[0].reason, HasSubstr("is open"));
  EXPECT_THAT(lines[1].reason, HasSubstr("not part of"));
  EXPECT_THAT(lines[2].reason, HasSubstr("not part of"));
  uses[0].functions[0].changed = false;
  explain_contracts(lines, uses);
  EXPECT_THAT(lines[0].reason, HasSubstr("stays as it is"));
}

}  // namespace
}  // namespace sgproof::gate
