#include "gate/report/table_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "gate/report/report.hpp"
#include "gate/report/test_results.hpp"
#include "gate/report/verdict.hpp"

namespace sgproof::gate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

Cell cell(const std::string& config, CellOutcome outcome) {
  Cell c;
  c.config = config, c.outcome = outcome;
  return c;
}

Cell proved(const std::string& config, unsigned n) {
  Cell c = cell(config, CellOutcome::Proved);
  c.proved = n, c.least_nents = 1, c.most_nents = 3;
  c.families = {"map-1", "map-3"}, c.assumptions = {"SEQUENTIAL"};
  return c;
}

NotProved open(CellOutcome outcome, const std::string& clause, const std::string& reason) {
  return {clause, "dma_map_sgtable", "map-2", outcome, reason, {}, {}};
}

/// Two invariants in three configurations: all words but audited.
Table table() {
  Table t;
  t.configs = {"x86_64", "i386", "mips"};
  Cell bad = proved("i386", 4);
  bad.outcome = CellOutcome::Refuted;
  bad.refuted = 1, bad.inconclusive = 2, bad.known = 1;
  bad.not_proved = {open(CellOutcome::Refuted, "address", "the offset is counted twice"),
                    open(CellOutcome::Inconclusive, "length", "time-limit"),
                    open(CellOutcome::Inconclusive, "count", "time-limit"),
                    open(CellOutcome::Known, "marks", "stale")};
  bad.not_proved[0].counterexamples = {"c/1.json", "c/2.json"};
  bad.not_proved[3].waivers = {"known-one"};
  Cell weak = cell("mips", CellOutcome::Tested);
  weak.tested = 1;
  weak.not_proved = {open(CellOutcome::Tested, "address", "70 runs")};
  t.rows = {{"MAP-1", {proved("x86_64", 7), bad, cell("mips", CellOutcome::NotThere)}},
            {"MAP-2", {proved("x86_64", 2), proved("i386", 3), weak}}};
  t.not_judged = {"ENC-6", "NVM-1"};
  return t;
}

std::string text(const Table& t) { return fmt::format("{}\n", fmt::join(table_lines(t), "\n")); }

TEST(TableText, HasTheWorstOutcomeOfEachCellAndOfHowMany) {
  const auto lines = table_lines(table());
  ASSERT_GE(lines.size(), 4U);
  EXPECT_THAT(lines[1], HasSubstr("x86_64    i386         mips"));
  EXPECT_EQ(lines[2], "  MAP-1     proved 7  refuted 1/8  -");
  EXPECT_EQ(lines[3], "  MAP-2     proved 2  proved 3     tested 1");
}

TEST(TableText, ListsWhatIsNotProvedTheWorstFirst) {
  EXPECT_THAT(
      text(table()),
      HasSubstr("not proved:\n"
                "  refuted: MAP-1 address of dma_map_sgtable in i386: the offset is counted "
                "twice; trace: c/1.json and 1 more\n"
                "  inconclusive: MAP-1 length of dma_map_sgtable in i386: time-limit\n"
                "  inconclusive: MAP-1 count of dma_map_sgtable in i386: time-limit\n"
                "  known: MAP-1 marks of dma_map_sgtable in i386: waived: known-one; stale\n"
                "  tested: MAP-2 address of dma_map_sgtable in mips: 70 runs\n"
                "nothing is said here of ENC-6, NVM-1\n"));
}

TEST(TableText, SaysSoWhereAllIsProved) {
  Table t;
  t.configs = {"x86_64"};
  t.rows = {{"MAP-1", {proved("x86_64", 7)}}};
  EXPECT_THAT(text(t), HasSubstr("all of it is proved"));
  EXPECT_THAT(text(t), Not(HasSubstr("not proved")));
  t.rows.clear();
  EXPECT_THAT(table_lines(t), SizeIs(0));
}

TEST(TableText, SaysTheSameOfSeveralConfigurationsOnce) {
  Table t = table();
  t.rows[0].cells[0].not_proved = {open(CellOutcome::Inconclusive, "length", "time-limit"),
                                   open(CellOutcome::Inconclusive, "length", "another reason")};
  EXPECT_THAT(text(t), AllOf(HasSubstr("length of dma_map_sgtable in x86_64, i386: time-limit\n"),
                             HasSubstr("length of dma_map_sgtable in x86_64: another reason\n")));
}

TEST(TableText, AClauseIsRefutedOnceWhateverTheInput) {
  Table t = table();
  auto other = open(CellOutcome::Refuted, "address", "another input");
  other.counterexamples = {"c/3.json"};
  t.rows[0].cells[2].not_proved = {other};
  EXPECT_THAT(text(t), AllOf(HasSubstr("refuted: MAP-1 address of dma_map_sgtable in i386, mips: "
                                       "the offset is counted twice; trace: c/1.json and 2 more\n"),
                             Not(HasSubstr("another input"))));
}

TEST(TableText, SaysTheReasonOfManyOnce) {
  Table t = table();
  for (int i = 0; i < 40; ++i)
    for (const std::size_t config : {1U, 2U})
      t.rows[1].cells[config].not_proved.push_back(
          open(CellOutcome::Inconclusive, fmt::format("many-{}", i), "time-limit"));
  const std::string out = text(t);
  EXPECT_THAT(out, AllOf(HasSubstr("inconclusive: 82 of MAP-1, MAP-2 in i386, mips: time-limit\n"),
                         Not(HasSubstr("many-")), HasSubstr("refuted: MAP-1 address")));
  EXPECT_EQ(out.find("inconclusive: 82"), out.rfind("inconclusive: 82"));
}

TEST(TableText, ReasonsThatDifferInDetailsAreOneKind) {
  Table t = table();
  for (int i = 0; i < 9; ++i)
    t.rows[1].cells[1].not_proved.push_back(open(
        CellOutcome::Inconclusive, fmt::format("many-{}", i), fmt::format("poison: line {}", i)));
  EXPECT_THAT(text(t), HasSubstr("inconclusive: 9 of MAP-2 in i386: poison, see table.md\n"));
}

TEST(TableText, NamesTheWaiversOfManyAndPointsToTheTracesOfMany) {
  Table t = table();
  for (int i = 0; i < 9; ++i) {
    auto known = open(CellOutcome::Known, fmt::format("many-{}", i), "stale");
    known.waivers = {fmt::format("known-{}", i % 2)};
    t.rows[1].cells[1].not_proved.push_back(known);
    t.rows[1].cells[1].not_proved.push_back(
        open(CellOutcome::Refuted, fmt::format("many-{}", i), fmt::format("input {}", i)));
  }
  EXPECT_THAT(text(t),
              AllOf(HasSubstr("known: 10 of MAP-1, MAP-2 in i386: waived: known-one, known-0, "
                              "known-1\n"),
                    HasSubstr("refuted: 10 of MAP-1, MAP-2 in i386: see table.md\n")));
}

TEST(TableText, ListsTheWorstFirstWhateverItsRow) {
  Table t = table();
  std::swap(t.rows[0], t.rows[1]);
  const std::string out = text(t);
  EXPECT_LT(out.find("refuted: MAP-1"), out.find("tested: MAP-2"));
}

TEST(TableText, ComesInPartsThatFitATerminal) {
  Table t = table();
  for (int i = 0; i < 20; ++i) {
    t.configs.push_back(fmt::format("configuration-{}", i));
    t.rows[0].cells.push_back(proved(t.configs.back(), 5));
    t.rows[1].cells.push_back(cell(t.configs.back(), CellOutcome::NotThere));
  }
  const auto lines = table_lines(t);
  unsigned heads = 0;
  unsigned of_map2 = 0;
  for (const auto& line : lines) {
    if (line.starts_with("not proved")) break;
    EXPECT_LE(line.size(), 100U) << line;
    heads += line.starts_with("  invariant") ? 1U : 0U;
    of_map2 += line.starts_with("  MAP-2") ? 1U : 0U;
  }
  EXPECT_GT(heads, 3U);
  EXPECT_EQ(of_map2, 1U);  // elsewhere it is not there
  for (const auto& config : t.configs) EXPECT_THAT(text(t), HasSubstr(config));
}

TEST(TableText, IsPartOfTheReportBeforeTheVerdict) {
  Result r = testing::passing_result();
  r.table = table();
  const std::string report = text_report(r);
  EXPECT_THAT(report, HasSubstr("  MAP-1     proved 7  refuted 1/8  -\n"));
  EXPECT_LT(report.find("refuted 1/8"), report.find("sgproof: "));
}

TEST(TableText, SaysWhichConfigurationsWereLeftOut) {
  Result r = testing::passing_result();
  r.left_out = {{"um", "the tree has no such | machine"}};
  EXPECT_THAT(text_report(r), HasSubstr("left out: um: the tree has no such | machine\n"));
  EXPECT_THAT(markdown_report(r), HasSubstr("Left out: `um`: the tree has no such \\| machine"));
}

TEST(TableMarkdown, HasARowForEachInvariantAndAListBeneath) {
  Result r = testing::passing_result();
  r.table = table();
  for (const std::string& out : {markdown_report(r), table_report(r)}) {
    EXPECT_THAT(out, HasSubstr("| invariant | `x86_64` | `i386` | `mips` |\n|---|---|---|---|\n"));
    EXPECT_THAT(out, HasSubstr("\n| MAP\\-1 | proved: 7 (up to 3 entries, some up to 1) | "
                               "**refuted**: 1 refuted, 2 inconclusive, 1 known, 4 proved (up to 3 "
                               "entries, some up to 1) | not there |\n"));
    EXPECT_THAT(out, HasSubstr("\n| refuted | MAP\\-1 | address | `dma_map_sgtable` | `i386` | "));
    EXPECT_THAT(out, HasSubstr("c/1.json and 1 more |\n"));
  }
}

/// Cells of a row of a Markdown table: the bars that are not escaped.
std::size_t bars(const std::string& line) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '|' && (i == 0 || line[i - 1] != '\\')) ++n;
  return n;
}

TEST(TableMarkdown, BarsAndLineBreaksStayInTheirCell) {
  Table t = table();
  const std::string nasty = "a|b\nc";
  t.configs[1] = t.rows[0].invariant = nasty;
  NotProved& n = t.rows[0].cells[1].not_proved[0];
  n.clause = n.function = n.reason = t.rows[0].cells[1].config = nasty;
  n.counterexamples = n.waivers = {nasty};
  const std::string out = table_markdown(t, 2);
  std::istringstream in(out);
  std::size_t columns = 0;
  unsigned rows = 0;
  for (std::string line; std::getline(in, line);) {
    EXPECT_FALSE(line.starts_with("c")) << line;
    if (!line.starts_with("|")) {
      columns = 0;
      continue;
    }
    if (columns == 0) columns = bars(line);
    EXPECT_EQ(bars(line), columns) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 4U + 7U);  // two heads of two lines, two invariants, five things not proved
}

pugi::xml_document html(const Table& t) {
  Result r = testing::passing_result();
  r.table = t;
  const std::string out = html_report(r);
  pugi::xml_document document;
  EXPECT_TRUE(document.load_buffer(out.data(), out.size()));
  return document;
}

TEST(TableHtml, ACellHasItsOutcomeAsClassAndItsScopeAsTitle) {
  const auto document = html(table());
  const auto row = document.select_node("//tr[th='MAP-1']").node();
  std::vector<std::string> classes, texts;
  for (const auto td : row.children("td")) {
    classes.emplace_back(td.attribute("class").value());
    texts.emplace_back(td.child_value());
  }
  EXPECT_THAT(classes, ElementsAre("proved", "refuted", "not-there"));
  EXPECT_THAT(texts, ElementsAre("7 proved; up to 3 entries, some up to 1",
                                 "1 refuted, 2 inconclusive, 1 known, 4 proved; up to 3 "
                                 "entries, some up to 1",
                                 "not there"));
  EXPECT_STREQ(row.child("td").attribute("title").value(),
               "proved in map-1, map-3; assumptions: SEQUENTIAL");
}

TEST(TableHtml, ListsWhatIsNotProved) {
  const auto document = html(table());
  EXPECT_EQ(document.select_nodes("//h3[.='Not proved']/following-sibling::table[1]/tr").size(),
            1U + 5U);
  Table all_proved;
  all_proved.configs = {"x86_64"};
  all_proved.rows = {{"MAP-1", {proved("x86_64", 7)}}};
  EXPECT_EQ(html(all_proved).select_nodes("//p[starts-with(., 'Nothing: all')]").size(), 1U);
}

TEST(TableHtml, MarkupInNamesIsText) {
  Table t = table();
  t.configs[1] = t.rows[0].cells[1].config = "<script>\"i386\"</script>";
  t.rows[0].cells[0].families = {"\"><b>"};
  t.rows[0].cells[1].not_proved[0].reason = "<i>&amp;";
  const auto document = html(t);
  EXPECT_TRUE(document.select_nodes("//script|//b|//i").empty());
  EXPECT_EQ(document.select_nodes("//th[.='<script>\"i386\"</script>']").size(), 1U);
  EXPECT_EQ(document.select_nodes("//td[starts-with(., '<i>&amp;')]").size(), 1U);
}

TEST(TableEverywhere, NothingIsSaidOfItWhereARunEndedEarly) {
  Result r = testing::full_result();
  r.obligations.clear();
  r.findings.clear();
  conclude(r, testing::manifest());
  ASSERT_FALSE(r.table.rows.empty());  // result.json has it
  EXPECT_THAT(text_report(r), Not(HasSubstr("not proved")));
  EXPECT_THAT(markdown_report(r), Not(HasSubstr("Not proved")));
  EXPECT_THAT(html_report(r), Not(HasSubstr("Not proved")));
}

}  // namespace
}  // namespace sgproof::gate
