#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "gate/report/report.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/test_results.hpp"
#include "gate/report/verdict.hpp"

namespace sgproof::gate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

Result failing_result() {
  Result r = testing::passing_result();
  r.findings = {testing::standing_finding()};
  r.obligations[0].outcome = Outcome::Refuted;
  r.obligations.push_back(testing::proved_obligation());
  r.obligations[1].invariant = "MAP-10";
  r.obligations.push_back(testing::proved_obligation());
  r.obligations[2].invariant = "MAP-2";
  r.replay_summary = {1, 4, 1, 0, 3, 12.0};
  conclude(r, testing::manifest());
  return r;
}

TEST(Text, TellsAFindingInFullAndEndsWithTheVerdict) {
  const std::string text = text_report(failing_result());
  for (const char* part :
       {"new: MAP-1 bus-address", "dma_map_sgtable", "kernel/dma/direct.c:482",
        "step 1: set_page of entry 0", "0x1800", "0x2000", "confirmed: booted 6.1", "traces/map-1",
        "extract 3.2 s, prove 10.0 s", "SEQUENTIAL: sequential execution", "4 inputs in 1 boots"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text,
              ::testing::EndsWith("sgproof: FAIL (exit 1): 1 new finding, 2 proved, 1 refuted\n"));
}

TEST(Text, SortsInvariantsByNumber) {
  const std::string text = text_report(failing_result());
  EXPECT_LT(text.find("\n  MAP-2 "), text.find("\n  MAP-10 "));
}

TEST(Text, ShowsTheErrorWithItsPlaceAndHint) {
  const std::string text = text_report(testing::full_result());
  for (const char* part : {"SGP-E0116 in stage series: hunk does not apply", "0001-a.patch:12",
                           "rebase the series", "SOUNDNESS ALARM", "ERROR (exit 2)"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(Text, SaysOnlyTheErrorWhereNothingWasShown) {
  Result r = testing::full_result();
  r.obligations.clear();
  r.findings.clear();
  r.coverage.clear();
  r.soundness_alarms.clear();
  conclude(r, testing::manifest());
  ASSERT_FALSE(r.causes.empty());
  const std::string text = text_report(r);
  EXPECT_THAT(text, HasSubstr("SGP-E0116 in stage series: hunk does not apply"));
  EXPECT_THAT(text, HasSubstr("ERROR (exit 2)"));
  for (const char* noise : {"because:", "manifest", "SEQUENTIAL", "trusted:", "configuration"})
    EXPECT_THAT(text, Not(HasSubstr(noise)));
}

TEST(Text, SaysOnceWhyManyObligationsAreInconclusive) {
  Result r = testing::full_result();
  for (int i = 0; i < 50; ++i) {
    Obligation o = testing::proved_obligation();
    o.outcome = Outcome::Inconclusive;
    o.clause = "many-" + std::to_string(i);
    o.why = {Reason::InlineAssembly, "cpuid", "unknown assembly in f (kernel/dma/direct.c:480)"};
    r.obligations.push_back(o);
    r.causes.push_back({CauseKind::InconclusiveObligation, "cause " + std::to_string(i)});
  }
  r.table = tabulate(r, testing::manifest());
  const std::string text = text_report(r);
  EXPECT_THAT(text, HasSubstr("inconclusive: 50 of MAP-1 in x86_64: inline-assembly (cpuid)"));
  EXPECT_THAT(text, Not(HasSubstr("many-")));
  EXPECT_THAT(text, HasSubstr("cause 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("cause 49")));
  EXPECT_THAT(text, HasSubstr(" more, see result.json"));
}

TEST(Markdown, HasTheVerdictAsTitleAndTheObligations) {
  const std::string text = markdown_report(failing_result());
  EXPECT_THAT(text, ::testing::StartsWith("# sgproof: FAIL \\(exit 1\\)"));
  EXPECT_THAT(text, HasSubstr("`kernel/dma/direct.c:482`"));
  EXPECT_THAT(text, HasSubstr("| MAP\\-1 | bus\\-address | `dma_map_sgtable` |"));
}

pugi::xml_document junit(const Result& result) {
  pugi::xml_document document;
  const std::string text = junit_report(result);
  EXPECT_TRUE(document.load_buffer(text.data(), text.size()));
  return document;
}

TEST(Junit, CountsWhatItContains) {
  for (const Result& r : {testing::passing_result(), failing_result(), testing::full_result()}) {
    const auto document = junit(r);
    const auto suites = document.child("testsuites");
    const auto count = [&](const char* path) { return suites.select_nodes(path).size(); };
    EXPECT_EQ(suites.attribute("tests").as_uint(), count(".//testcase"));
    EXPECT_EQ(suites.attribute("failures").as_uint(), count(".//failure"));
    EXPECT_EQ(suites.attribute("errors").as_uint(), count(".//error"));
    EXPECT_EQ(suites.attribute("skipped").as_uint(), count(".//skipped"));
  }
}

TEST(Junit, IsGreenExactlyForAPass) {
  Result r = testing::passing_result();
  conclude(r, testing::manifest());
  EXPECT_EQ(r.verdict, Verdict::Pass);
  EXPECT_TRUE(junit(r).select_nodes("//failure|//error").empty());
  EXPECT_FALSE(junit(failing_result()).select_nodes("//failure").empty());
  r.obligations.clear();
  conclude(r, testing::manifest());
  EXPECT_FALSE(junit(r).select_nodes("//error").empty());
}

TEST(Junit, AndKtapDoNotBlameASeriesForWhatTheBaseHas) {
  Result r = testing::passing_result();
  r.obligations.push_back(testing::proved_obligation());
  r.obligations[1].clause = "other", r.obligations[1].outcome = Outcome::Refuted;
  r.findings = {testing::standing_finding()};
  r.findings[0].clause = "other", r.findings[0].status = FindingStatus::Preexisting;
  conclude(r, testing::manifest());
  EXPECT_EQ(r.verdict, Verdict::Pass);
  EXPECT_TRUE(junit(r).select_nodes("//failure|//error").empty());
  EXPECT_THAT(ktap_report(r), Not(HasSubstr("not ok")));
  r.strict = true;
  conclude(r, testing::manifest());
  EXPECT_EQ(junit(r).select_nodes("//failure").size(), 3U);  // obligation, finding, verdict
  EXPECT_THAT(ktap_report(r), HasSubstr("not ok 2 MAP-1.other"));
}

TEST(Sarif, HasLevelsRulesAndBaselineStates) {
  const json sarif = json::parse(sarif_report(testing::full_result()));
  EXPECT_EQ(sarif["version"], "2.1.0");
  const json& run = sarif["runs"][0];
  EXPECT_EQ(run["invocations"][0]["exitCode"], 2);
  EXPECT_EQ(run["invocations"][0]["executionSuccessful"], false);
  const json& results = run["results"];
  ASSERT_EQ(results.size(), 5U);  // four findings, one inconclusive obligation
  EXPECT_EQ(results[0]["level"], "error");
  EXPECT_EQ(results[0]["baselineState"], "new");
  EXPECT_EQ(results[1]["baselineState"], "unchanged");
  EXPECT_EQ(results[2]["baselineState"], "absent");
  EXPECT_EQ(results[3]["suppressions"][0]["kind"], "external");
  EXPECT_EQ(results[4]["kind"], "open");
  for (const json& r : results)
    EXPECT_EQ(run["tool"]["driver"]["rules"][r["ruleIndex"].get<std::size_t>()]["id"], r["ruleId"]);
  const json& where = results[0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(where["artifactLocation"]["uri"], "kernel/dma/direct.c");
  EXPECT_EQ(where["region"]["startLine"], 482);
}

TEST(Sarif, HasNoBaselineStateWithoutASeries) {
  Result r = failing_result();
  r.series.clear();
  EXPECT_FALSE(json::parse(sarif_report(r))["runs"][0]["results"][0].contains("baselineState"));
}

TEST(Ktap, StartsWithTheVersionAndNumbersItsTests) {
  const std::string text = ktap_report(failing_result());
  EXPECT_THAT(text, ::testing::StartsWith("KTAP version 1\n1..2\n    KTAP version 1\n    1..4\n"));
  EXPECT_THAT(text, HasSubstr("    not ok 1 MAP-1.bus-address.dma_map_sgtable.map-2\n"));
  EXPECT_THAT(text, HasSubstr("\nnot ok 1 x86_64\n"));
  EXPECT_THAT(text, HasSubstr("\nnot ok 2 verdict\n"));
}

TEST(Html, IsOneDocumentWithoutReferences) {
  const std::string text = html_report(failing_result());
  EXPECT_THAT(text, ::testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(text, Not(HasSubstr("src=")));
  EXPECT_THAT(text, Not(HasSubstr("href=")));
  EXPECT_THAT(text, HasSubstr("kernel/dma/direct.c:482"));
}

TEST(EveryFormat, ShowsEveryNewFinding) {
  const Result r = failing_result();
  for (std::size_t i = 0; i < EnumNames<Format>::list.size(); ++i) {
    const auto format = static_cast<Format>(i);
    EXPECT_THAT(report(r, format), HasSubstr("the offset is counted twice"));
  }
}

TEST(Summary, ScopeInWords) {
  EXPECT_EQ(nents_words(1), "up to 1 entry");
  EXPECT_EQ(nents_words(3), "up to 3 entries");
  EXPECT_EQ(nents_words(~0U), "every number of entries");
}

}  // namespace
}  // namespace sgproof::gate
