#include "gate/report/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "gate/report/test_results.hpp"
#include "gate/report/verdict.hpp"

namespace sgproof::gate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Obligation obligation(const std::string& invariant, Outcome outcome,
                      const std::string& clause = "bus-address",
                      const std::string& config = "x86_64") {
  Obligation o = testing::proved_obligation();
  o.invariant = invariant, o.outcome = outcome, o.clause = clause, o.config = config;
  if (outcome == Outcome::Inconclusive) o.why = {Reason::TimeLimit, "", "the solver took too long"};
  return o;
}

Finding finding(FindingStatus status, const std::string& clause = "bus-address") {
  Finding f = testing::standing_finding();
  f.status = status, f.clause = clause;
  if (status == FindingStatus::Waived) f.waiver = "known-defect";
  return f;
}

/// A tree without a series, of which nothing is known but these.
Result result(std::vector<Obligation> obligations, std::vector<Finding> findings = {}) {
  Result r;
  r.configs = {"x86_64"};
  r.obligations = std::move(obligations);
  r.findings = std::move(findings);
  return r;
}

Cell cell(const Result& r, const std::string& invariant = "MAP-1",
          const std::string& config = "x86_64", const std::vector<ManifestLine>& manifest = {}) {
  for (const Row& row : tabulate(r, manifest).rows)
    for (const Cell& c : row.cells)
      if (row.invariant == invariant && c.config == config) return c;
  ADD_FAILURE() << "no cell " << invariant << " in " << config;
  return {};
}

NotProved only(const Cell& c) {
  EXPECT_EQ(c.not_proved.size(), 1U);
  return c.not_proved.empty() ? NotProved{} : c.not_proved.front();
}

TEST(Table, ACellIsProvedWhereEveryObligationIs) {
  Obligation narrow = obligation("MAP-1", Outcome::Proved, "a");
  narrow.nents = 1, narrow.family = "map-1", narrow.assumptions = {"DEVICE"};
  Obligation wide = obligation("MAP-1", Outcome::Proved, "b");
  wide.nents = 10, wide.family = "map-10";
  const Cell c = cell(result({narrow, wide, obligation("MAP-1", Outcome::Proved, "c")}));
  EXPECT_EQ(c.outcome, CellOutcome::Proved);
  EXPECT_EQ(c.proved, 3U);
  EXPECT_EQ(c.all(), 3U);
  EXPECT_EQ(c.least_nents, 1U);
  EXPECT_EQ(c.most_nents, 10U);
  EXPECT_THAT(c.families, ElementsAre("map-1", "map-2", "map-10"));
  EXPECT_THAT(c.assumptions, ElementsAre("DEVICE", "SEQUENTIAL"));
  EXPECT_THAT(c.not_proved, IsEmpty());
}

TEST(Table, TheScopeIsOfWhatWasProvedAlone) {
  Obligation wide = obligation("MAP-1", Outcome::Tested, "length");
  wide.nents = 16, wide.family = "native tests", wide.assumptions = {"OTHER"};
  const Cell c = cell(result({obligation("MAP-1", Outcome::Proved), wide}));
  EXPECT_EQ(c.most_nents, 2U);
  EXPECT_THAT(c.families, ElementsAre("map-2"));
  EXPECT_THAT(c.assumptions, ElementsAre("SEQUENTIAL"));
}

TEST(Table, TheWorstOutcomeOfACellIsItsWord) {
  // from good to bad; each cell has all that is better as well
  Result r = result({obligation("MAP-1", Outcome::Proved, "a")});
  EXPECT_EQ(cell(r).outcome, CellOutcome::Proved);
  r.obligations.push_back(obligation("MAP-1", Outcome::Audited, "b"));
  EXPECT_EQ(cell(r).outcome, CellOutcome::Audited);
  r.obligations.push_back(obligation("MAP-1", Outcome::Tested, "c"));
  EXPECT_EQ(cell(r).outcome, CellOutcome::Tested);
  r.obligations.push_back(obligation("MAP-1", Outcome::Refuted, "d"));
  r.findings.push_back(finding(FindingStatus::Waived, "d"));
  EXPECT_EQ(cell(r).outcome, CellOutcome::Known);
  r.obligations.push_back(obligation("MAP-1", Outcome::Inconclusive, "e"));
  EXPECT_EQ(cell(r).outcome, CellOutcome::Inconclusive);
  r.obligations.push_back(obligation("MAP-1", Outcome::Refuted, "f"));
  r.findings.push_back(finding(FindingStatus::New, "f"));
  const Cell c = cell(r);
  EXPECT_EQ(c.outcome, CellOutcome::Refuted);
  EXPECT_THAT((std::vector{c.proved, c.audited, c.tested, c.known, c.inconclusive, c.refuted}),
              ElementsAre(1, 1, 1, 1, 1, 1));
  std::vector<std::string> clauses;
  for (const NotProved& n : c.not_proved) clauses.push_back(n.clause);
  EXPECT_THAT(clauses, ElementsAre("f", "e", "d", "c", "b"));
}

TEST(Table, ARefutedCellHasTheTrace) {
  Finding waived = finding(FindingStatus::Waived);
  waived.counterexample = "traces/known.json";
  const Cell c =
      cell(result({obligation("MAP-1", Outcome::Refuted)}, {waived, finding(FindingStatus::New)}));
  EXPECT_EQ(c.outcome, CellOutcome::Refuted);
  EXPECT_THAT(only(c).counterexamples, ElementsAre("traces/map-1.json"));
  EXPECT_EQ(only(c).reason, "the offset is counted twice");
  EXPECT_THAT(only(c).waivers, IsEmpty());
}

TEST(Table, ARefutationThatOnlyKnownDefectsExplainIsKnownAndNamesThem) {
  const Cell c =
      cell(result({obligation("MAP-1", Outcome::Refuted)}, {finding(FindingStatus::Waived)}));
  EXPECT_EQ(c.outcome, CellOutcome::Known);
  EXPECT_THAT(only(c).waivers, ElementsAre("known-defect"));
  EXPECT_THAT(only(c).counterexamples, ElementsAre("traces/map-1.json"));
}

TEST(Table, ARefutationIsInconclusiveUntilAFindingStands) {
  Result r = result({obligation("MAP-1", Outcome::Refuted)});
  EXPECT_EQ(cell(r).outcome, CellOutcome::Inconclusive);
  EXPECT_THAT(only(cell(r)).reason, HasSubstr("no finding that stands"));
  r.findings = {finding(FindingStatus::New)};
  r.findings[0].replay = ReplayStatus::NotRun;
  r.findings[0].reexecution = Reexecution::Holds;
  EXPECT_EQ(cell(r).outcome, CellOutcome::Inconclusive);
  EXPECT_THAT(only(cell(r)).reason, HasSubstr("does not show it"));
  r.findings[0].reexecution = Reexecution::Violates;
  EXPECT_EQ(cell(r).outcome, CellOutcome::Refuted);
  r.findings[0].replay = ReplayStatus::Refuted;
  EXPECT_EQ(cell(r).outcome, CellOutcome::Inconclusive);
}

TEST(Table, WhatIsFixedOrOfAnotherClauseOrConfigurationExplainsNothing) {
  Finding elsewhere = finding(FindingStatus::New);
  elsewhere.config = "i386";
  const Result r =
      result({obligation("MAP-1", Outcome::Refuted)},
             {finding(FindingStatus::Fixed), finding(FindingStatus::New, "other"), elsewhere});
  const Cell c = cell(r);
  EXPECT_EQ(c.inconclusive, 1U);  // the obligation
  EXPECT_EQ(c.refuted, 1U);       // the finding of the other clause
  EXPECT_EQ(cell(r, "MAP-1", "i386").refuted, 1U);
}

TEST(Table, WhatOnlyRepeatsAFindingIsRefutedWithIt) {
  Obligation repeats = obligation("MAP-10", Outcome::Refuted, "address");
  repeats.repeats = true;
  repeats.why.detail = "only where another finding already shows a violation";
  Result r = result({repeats});
  EXPECT_EQ(cell(r, "MAP-10").outcome, CellOutcome::Inconclusive);
  r.findings = {finding(FindingStatus::New)};
  EXPECT_EQ(cell(r, "MAP-10").outcome, CellOutcome::Refuted);
  EXPECT_THAT(only(cell(r, "MAP-10")).reason, HasSubstr("only where another finding"));
  EXPECT_THAT(only(cell(r, "MAP-10")).counterexamples, IsEmpty());
}

TEST(Table, FindingsWithoutAnObligationHaveTheirCell) {
  Finding second = finding(FindingStatus::Waived);
  second.counterexample = "traces/second.json";
  Result r =
      result({obligation("MAP-1", Outcome::Proved)}, {finding(FindingStatus::Waived), second});
  const Cell known = cell(r);
  EXPECT_EQ(known.outcome, CellOutcome::Known);
  EXPECT_EQ(known.proved, 1U);
  EXPECT_EQ(known.known, 1U);
  EXPECT_THAT(only(known).counterexamples, ElementsAre("traces/map-1.json", "traces/second.json"));
  r.findings = {finding(FindingStatus::New)};
  EXPECT_EQ(cell(r).outcome, CellOutcome::Refuted);
  r.findings = {finding(FindingStatus::Preexisting)};
  EXPECT_EQ(cell(r).outcome, CellOutcome::Refuted);
  EXPECT_THAT(only(cell(r)).reason, HasSubstr("the base as well"));
  r.findings = {finding(FindingStatus::Fixed)};
  EXPECT_EQ(cell(r).outcome, CellOutcome::Proved);
}

TEST(Table, AnUnansweredLineOfTheManifestIsInconclusive) {
  const std::vector<ManifestLine> manifest = {
      {"MAP-1", "bus-address", "dma_map_sgtable", "x86_64", 2, Outcome::Proved},
      {"MAP-1", "length", "dma_map_sgtable", "x86_64", 2, Outcome::Proved}};
  Result r = result({obligation("MAP-1", Outcome::Proved)});
  const Cell c = cell(r, "MAP-1", "x86_64", manifest);
  EXPECT_EQ(c.outcome, CellOutcome::Inconclusive);
  EXPECT_EQ(c.proved, 1U);
  EXPECT_EQ(only(c).clause, "length");
  EXPECT_THAT(only(c).reason, HasSubstr("no such obligation"));
  r.obligations.push_back(obligation("MAP-1", Outcome::Proved, "length"));
  EXPECT_EQ(cell(r, "MAP-1", "x86_64", manifest).outcome, CellOutcome::Proved);
  r.obligations[0].nents = 1;
  EXPECT_THAT(only(cell(r, "MAP-1", "x86_64", manifest)).reason, HasSubstr("only for 1 entries"));
  r.obligations[0] = obligation("MAP-1", Outcome::Tested);
  EXPECT_EQ(cell(r, "MAP-1", "x86_64", manifest).outcome, CellOutcome::Inconclusive);
}

TEST(Table, WhereARunEndedTheManifestLinesSayWhy) {
  Result r = result({obligation("MAP-1", Outcome::Proved)});
  r.configs = {"x86_64", "mips"};
  r.error = ErrorInfo{ErrorKind::Environment, "SGP-E0143", "prove", "", 0, "stopped", ""};
  const Cell c =
      cell(r, "ENC-1", "mips", {{"ENC-1", "read-back", "sg_page", "mips", 1, Outcome::Proved}});
  EXPECT_EQ(c.outcome, CellOutcome::Inconclusive);
  EXPECT_EQ(only(c).reason,
            "the manifest asks for proved, up to 1 entry: there is no such obligation; the run did "
            "not end well: SGP-E0143: stopped");
}

TEST(Table, WhatOnlyTheBaseHasIsCountedOnce) {
  Obligation gone = obligation("MAP-1", Outcome::Inconclusive);
  gone.why = {Reason::Vanished, "dma_map_sgtable", "only the base has this obligation"};
  const Cell c = cell(result({gone}), "MAP-1", "x86_64", testing::manifest());
  EXPECT_EQ(c.all(), 1U);
  EXPECT_THAT(only(c).reason, HasSubstr("only the base"));
}

TEST(Table, WhatIsShownLessThanOnTheBaseIsInconclusive) {
  Result r = result({obligation("MAP-1", Outcome::Tested)});
  r.obligations[0].base = BaseOutcome{Outcome::Proved, {}, 2};
  EXPECT_EQ(cell(r).outcome, CellOutcome::Inconclusive);
  EXPECT_EQ(only(cell(r)).reason, "proved on the base, only tested now");
  r.obligations[0] = obligation("MAP-1", Outcome::Proved);
  r.obligations[0].base = BaseOutcome{Outcome::Proved, {}, 3};
  EXPECT_EQ(cell(r).outcome, CellOutcome::Inconclusive);
  EXPECT_THAT(only(cell(r)).reason, HasSubstr("up to 3 entries on the base"));
  r.obligations[0].base->nents = 2;
  EXPECT_EQ(cell(r).outcome, CellOutcome::Proved);
}

TEST(Table, AnAlarmLeavesNoCellProved) {
  Result r = result({obligation("MAP-1", Outcome::Proved)});
  r.soundness_alarms = {{AlarmKind::ProvedButViolated, "MAP-1", "bus-address", "", "x86_64", "t"}};
  EXPECT_EQ(cell(r).outcome, CellOutcome::Refuted);
  EXPECT_THAT(only(cell(r)).reason, HasSubstr("soundness alarm: proved-but-violated"));
  r.soundness_alarms[0].kind = AlarmKind::ExecutorMismatch;
  EXPECT_EQ(cell(r).outcome, CellOutcome::Inconclusive);
}

TEST(Table, AnInconclusiveCellHasItsReason) {
  Result r = result({obligation("MAP-1", Outcome::Inconclusive)});
  EXPECT_EQ(only(cell(r)).reason, "time-limit: the solver took too long");
  r.obligations[0].why = {};
  EXPECT_EQ(only(cell(r)).reason, "no reason is known");
}

TEST(Table, HasACellForEachConfigurationAndSaysWhereThereIsNothing) {
  Result r = result({obligation("MAP-1", Outcome::Proved),
                     obligation("ENC-1", Outcome::Proved, "read-back", "mips")});
  r.configs = {"x86_64", "mips"};
  const Table t = tabulate(r, {});
  EXPECT_THAT(t.configs, ElementsAre("x86_64", "mips"));
  ASSERT_EQ(t.rows.size(), 2U);
  for (const Row& row : t.rows) {
    ASSERT_EQ(row.cells.size(), 2U);
    EXPECT_EQ(row.cells[0].config, "x86_64");
    EXPECT_EQ(row.cells[1].config, "mips");
  }
  EXPECT_EQ(cell(r, "MAP-1", "mips").outcome, CellOutcome::NotThere);
  EXPECT_EQ(cell(r, "MAP-1", "mips").all(), 0U);
  EXPECT_EQ(cell(r, "ENC-1", "x86_64").outcome, CellOutcome::NotThere);
}

TEST(Table, HasAColumnForAConfigurationThatOnlyTheManifestNames) {
  const Result r = result({obligation("MAP-1", Outcome::Proved)});
  const std::vector<ManifestLine> manifest = {
      {"MAP-1", "length", "dma_map_sgtable", "i386", 1, Outcome::Proved}};
  EXPECT_THAT(tabulate(r, manifest).configs, ElementsAre("x86_64", "i386"));
  EXPECT_EQ(cell(r, "MAP-1", "i386", manifest).outcome, CellOutcome::Inconclusive);
}

TEST(Table, RowsAreInTheOrderOfTheListOfInvariants) {
  std::vector<Obligation> all;
  for (const char* invariant : {"XYZ-1", "NVM-1", "BLK-1", "OPS-1", "CTX-1", "REF-1", "SAF-1",
                                "SWT-1", "IOM-1", "MAP-10", "MAP-2", "LST-1", "ENC-9", "ENC-1"})
    all.push_back(obligation(invariant, Outcome::Proved));
  const Table t = tabulate(result(all), {});
  std::vector<std::string> order;
  for (const Row& row : t.rows) order.push_back(row.invariant);
  EXPECT_THAT(order, ElementsAre("ENC-1", "ENC-9", "LST-1", "MAP-2", "MAP-10", "IOM-1", "SWT-1",
                                 "SAF-1", "REF-1", "CTX-1", "OPS-1", "BLK-1", "NVM-1", "XYZ-1"));
}

TEST(Table, NamesTheInvariantsThatNothingIsSaidOf) {
  const Table t = tabulate(result({obligation("MAP-1", Outcome::Proved)}), {});
  EXPECT_EQ(t.not_judged.size(), 50U - 1U);  // all of the list but one
  EXPECT_EQ(std::ranges::count(t.not_judged, "MAP-1"), 0);
  EXPECT_EQ(std::ranges::count(t.not_judged, "MAP-8"), 1);
  EXPECT_EQ(t.not_judged.front(), "ENC-1");
  EXPECT_EQ(t.not_judged.back(), "NVM-1");
}

/// The words of the table and the exit code are two views of one thing.
TEST(Table, AgreesWithTheVerdict) {
  const std::vector<ManifestLine> manifest = testing::manifest();
  std::vector<Finding> choices = {finding(FindingStatus::New), finding(FindingStatus::Waived),
                                  finding(FindingStatus::New),
                                  finding(FindingStatus::New, "other")};
  choices[2].replay = ReplayStatus::Refuted;
  for (std::size_t outcome = 0; outcome < EnumNames<Outcome>::list.size(); ++outcome)
    for (unsigned chosen = 0; chosen < 16; ++chosen) {
      Result r = result({obligation("MAP-1", static_cast<Outcome>(outcome)),
                         obligation("MAP-2", Outcome::Proved)});
      for (std::size_t i = 0; i < choices.size(); ++i)
        if ((chosen >> i & 1U) != 0) r.findings.push_back(choices[i]);
      conclude(r, manifest);
      auto worst = CellOutcome::NotThere;
      for (const Row& row : r.table.rows)
        for (const Cell& c : row.cells) worst = std::max(worst, c.outcome);
      const auto expected = worst == CellOutcome::Refuted        ? ExitCode::Fail
                            : worst == CellOutcome::Inconclusive ? ExitCode::Inconclusive
                                                                 : ExitCode::Pass;
      EXPECT_EQ(r.exit_code, expected) << "outcome " << outcome << ", findings " << chosen;
    }
}

}  // namespace
}  // namespace sgproof::gate
