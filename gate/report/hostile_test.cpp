// Every output with every string replaced by one that tries to break out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "gate/report/escape.hpp"
#include "gate/report/report.hpp"
#include "gate/report/test_results.hpp"

namespace sgproof::gate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kHostile =
    "<script>alert(\"1\")</script>&amp;]]>--><!--'`|#\\ \x1b[2J\x01\r\nok 1 - no\n# SKIP \xC2\x9B"
    "\xff\xfe\xC0\xAF{}%s";

/// The full result with every string that comes from outside made hostile.
Result hostile_result() {
  Result r = testing::full_result();
  const auto spoil = [](auto&... strings) { ((strings = kHostile), ...); };
  spoil(r.kernel, r.kernel_version, r.series, r.patches[0], r.configs[0], r.trusted[0]);
  spoil(r.sgproof_version, r.solver_version, r.second_solver_version, r.causes[0].text);
  for (Finding& f : r.findings) {
    spoil(f.id, f.invariant, f.clause, f.function, f.file, f.config, f.message, f.counterexample);
    spoil(f.replay_reason, f.subject, f.expected, f.observed, f.input[0], f.input[1]);
    spoil(f.non_neutral[0], f.source_lines[0].file, f.call_chain[0], f.waiver);
  }
  for (Obligation& o : r.obligations) {
    spoil(o.invariant, o.clause, o.function, o.config, o.family, o.scope, o.why.subject);
    spoil(o.why.detail, o.assumptions[0], o.smt2);
  }
  spoil(r.assumptions[0].name, r.assumptions[0].text);
  for (Alarm& a : r.soundness_alarms) spoil(a.invariant, a.clause, a.function, a.config, a.text);
  for (CoverageLine& c : r.coverage) spoil(c.file, c.function, c.config, c.reason);
  spoil(r.error->id, r.error->stage, r.error->file, r.error->message, r.error->hint);
  spoil(r.left_out[0].config, r.left_out[0].reason);
  r.table = tabulate(r, {});
  return r;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

void expect_no_controls(const std::string& text) {
  for (const char c : text)
    if (c != '\n') {
      EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    }
  EXPECT_THAT(text, Not(HasSubstr("\xC2\x9B")));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
  EXPECT_EQ(utf8(text), text);
}

TEST(Hostile, JsonReadsBack) {
  const std::string text = json_report(hostile_result());
  EXPECT_EQ(utf8(text), text);
  EXPECT_EQ(json_report(parse_result(text)), text);
}

TEST(Hostile, TextHasAsManyLinesAsWithFriendlyStrings) {
  const std::string text = text_report(hostile_result());
  expect_no_controls(text);
  for (const std::string& line : lines(text)) EXPECT_FALSE(line.starts_with("ok 1")) << line;
}

void expect_no_raw_markup(const std::string& text) {
  expect_no_controls(text);
  bool outside_code = true;
  for (const std::string& line : lines(text)) {
    EXPECT_FALSE(line.starts_with("ok 1")) << line;
    // what is left of '<' must be inside a code span: a run of backticks opens, the same run closes
    std::size_t fence = 0;
    for (std::size_t i = 0; i < line.size();) {
      if (line[i] == '`' && (i == 0 || line[i - 1] != '\\' || fence > 0)) {
        std::size_t n = 0;
        while (i + n < line.size() && line[i + n] == '`') ++n;
        if (fence == 0)
          fence = n;
        else if (fence == n)
          fence = 0;
        i += n;
        continue;
      }
      outside_code = outside_code && (line[i] != '<' || fence > 0);
      ++i;
    }
    EXPECT_EQ(fence, 0U) << line;
  }
  EXPECT_TRUE(outside_code);
}

TEST(Hostile, MarkdownHasNoRawMarkup) {
  expect_no_raw_markup(markdown_report(hostile_result()));
  expect_no_raw_markup(table_report(hostile_result()));
}

TEST(Hostile, JunitIsWellFormedAndKeepsTheText) {
  const std::string text = junit_report(hostile_result());
  EXPECT_EQ(utf8(text), text);
  EXPECT_THAT(text, Not(HasSubstr("<script")));
  pugi::xml_document document;
  const auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_full);
  ASSERT_TRUE(parsed) << parsed.description();
  const auto suite = document.child("testsuites").child("testsuite");
  EXPECT_THAT(suite.attribute("name").value(), HasSubstr("<script>alert(\"1\")</script>&amp;"));
  EXPECT_STREQ(document.child("testsuites").first_child().first_child().name(), "testcase");
}

TEST(Hostile, HtmlHasNoElementsBesidesItsOwn) {
  const std::string text = html_report(hostile_result());
  EXPECT_EQ(utf8(text), text);
  pugi::xml_document document;
  const auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_full);
  ASSERT_TRUE(parsed) << parsed.description();
  const std::set<std::string> known = {"html", "head", "meta",    "title", "style", "body",
                                       "h1",   "h2",   "h3",      "p",     "table", "tr",
                                       "td",   "th",   "section", "ol",    "ul",    "li"};
  struct Walk : pugi::xml_tree_walker {
    const std::set<std::string>* known;
    bool for_each(pugi::xml_node& node) override {
      if (node.type() == pugi::node_element) {
        EXPECT_TRUE(known->contains(node.name())) << node.name();
        const bool void_element = std::string(node.name()) == "meta";
        EXPECT_EQ(node.first_child() == nullptr, void_element) << node.name();
      }
      EXPECT_NE(node.type(), pugi::node_comment);
      EXPECT_NE(node.type(), pugi::node_cdata);
      return true;
    }
  } walk;
  walk.known = &known;
  document.traverse(walk);
}

TEST(Hostile, SarifIsJsonWithEncodedUris) {
  const json sarif = json::parse(sarif_report(hostile_result()));
  const json& run = sarif["runs"][0];
  for (const json& result : run["results"])
    for (const json& location : result["locations"]) {
      if (!location.contains("physicalLocation")) continue;
      const std::string uri = location["physicalLocation"]["artifactLocation"]["uri"];
      EXPECT_EQ(uri.find_first_of("<>\"' \\#|\n\r"), std::string::npos) << uri;
    }
}

TEST(Hostile, KtapHasAsManyResultsAsThePlansSay) {
  const std::string text = ktap_report(hostile_result());
  expect_no_controls(text);
  int planned = 0;
  int seen = 0;
  for (std::string line : lines(text)) {
    line.erase(0, line.find_first_not_of(' '));
    if (line.starts_with("1..")) planned += std::stoi(line.substr(3));
    if (line.starts_with("ok ") || line.starts_with("not ok ")) {
      ++seen;
      const auto directive = line.find(" # SKIP");
      EXPECT_TRUE(directive == std::string::npos || line.find("on the base") != std::string::npos)
          << line;
    }
  }
  EXPECT_EQ(planned, seen);
}

}  // namespace
}  // namespace sgproof::gate
