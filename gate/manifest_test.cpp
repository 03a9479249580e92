#include "gate/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "gate/report/test_results.hpp"

namespace sgproof::gate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json line() {
  return {{"invariant", "MAP-1"},
          {"clause", "bus-address"},
          {"function", "dma_map_sgtable"},
          {"config", "x86_64"},
          {"min_nents", 2}};
}

json manifest_of(const json& lines) { return {{"schema", "sgproof-manifest/1"}, {"lines", lines}}; }

std::string refusal(const json& in) {
  try {
    manifest_from_json(in);
  } catch (const Error& e) {
    EXPECT_EQ(e.id(), "SGP-E0603");
    EXPECT_EQ(e.kind(), ErrorKind::Input);
    return e.what();
  }
  return "accepted";
}

TEST(Manifest, ReadsLinesAndAsksForProofsUnlessItSaysOtherwise) {
  json tested = line();
  tested["clause"] = "other", tested["outcome"] = "tested";
  const auto lines = manifest_from_json(manifest_of(json::array({line(), tested})));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].min_nents, 2U);
  EXPECT_EQ(lines[0].least, Outcome::Proved);
  EXPECT_EQ(lines[1].least, Outcome::Tested);
}

TEST(Manifest, RefusesWhatItDoesNotKnowAndSaysWhere) {
  json bad = line();
  bad["min_entries"] = 2;
  EXPECT_THAT(refusal(manifest_of(json::array({bad}))), HasSubstr("/lines/0/min_entries"));
  bad = line();
  bad.erase("config");
  EXPECT_THAT(refusal(manifest_of(json::array({line(), bad}))), HasSubstr("/lines/1/config"));
  bad = line();
  bad["min_nents"] = -1;
  EXPECT_THAT(refusal(manifest_of(json::array({bad}))), HasSubstr("/lines/0/min_nents"));
  bad["min_nents"] = 4294967296;
  EXPECT_THAT(refusal(manifest_of(json::array({bad}))), HasSubstr("/lines/0/min_nents"));
  bad = line();
  bad["clause"] = "";
  EXPECT_THAT(refusal(manifest_of(json::array({bad}))), HasSubstr("empty name"));
  bad = line();
  bad["outcome"] = "refuted";
  EXPECT_THAT(refusal(manifest_of(json::array({bad}))), HasSubstr("/lines/0/outcome"));
  EXPECT_THAT(refusal(manifest_of(json::array({line(), line()}))), HasSubstr("same line"));
  EXPECT_THAT(refusal(manifest_of(3)), HasSubstr("/lines"));
  EXPECT_THAT(refusal(json::array()), HasSubstr("object"));
  EXPECT_THAT(refusal({{"schema", "sgproof-manifest/2"}, {"lines", json::array()}}),
              HasSubstr("/schema"));
}

TEST(Manifest, ErrorsNameTheFile) {
  const std::string file =
      ::testing::TempDir() + "/manifest-" + std::to_string(::getpid()) + ".json";
  for (const std::string text : {"{", "{}", "{\"schema\":1,\"schema\":1}"}) {
    std::ofstream(file) << text;
    try {
      read_manifest(file);
      FAIL() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.file(), file);
    }
  }
  EXPECT_THROW(read_manifest("/does/not/exist"), Error);
  EXPECT_THROW(read_manifest(::testing::TempDir()), Error);  // a directory opens, but does not read
  std::ofstream(file) << manifest_of(json::array({line()}));
  EXPECT_EQ(read_manifest(file).size(), 1U);
}

TEST(Manifest, AConfigurationInheritsWhatTheOneMustShowThatItExtends) {
  ManifestLine one{.invariant = "IOM-1", .clause = "covers", .function = "f", .config = "x86_64"};
  auto other = one;
  other.invariant = "MAP-1";
  auto foreign = one;
  foreign.config = "i386";
  const std::vector lines{one, other, foreign};
  EXPECT_EQ(inherited(lines, "new", "x86_64", {}).size(), 2U);
  EXPECT_EQ(inherited(lines, "new", "x86_64", {}).at(0).config, "new");
  for (const auto* without : {"IOM", "IOM-1"}) {
    const auto rest = inherited(lines, "new", "x86_64", {without});
    ASSERT_EQ(rest.size(), 1U) << without;
    EXPECT_EQ(rest[0].invariant, "MAP-1");
  }
  EXPECT_EQ(inherited(lines, "new", "x86_64", {"IOM-1 covers"}).size(), 1U);
  EXPECT_TRUE(inherited(lines, "new", "x86_64", {"f"}).empty()) << "both are of one function";
  EXPECT_EQ(inherited(lines, "new", "x86_64", {"IOM-11", "IO", "IOM covers", "g"}).size(), 2U);
}

// One obligation against one line that asks for two entries.
TEST(Missing, TableOfOutcomeScopeAndStrength) {
  for (const Outcome least : {Outcome::Proved, Outcome::Tested, Outcome::Audited})
    for (const Outcome outcome : {Outcome::Proved, Outcome::Tested, Outcome::Audited,
                                  Outcome::Refuted, Outcome::Inconclusive})
      for (const unsigned nents : {1U, 2U, 3U}) {
        auto lines = testing::manifest();
        lines[0].least = least;
        Obligation o = testing::proved_obligation();
        o.outcome = outcome, o.nents = nents;
        const auto gaps = missing(lines, {o});
        const bool strong = outcome == Outcome::Refuted || outcome == Outcome::Inconclusive ||
                            outcome == least ||
                            (outcome == Outcome::Proved && least == Outcome::Tested);
        if (nents >= 2 && strong) {
          EXPECT_TRUE(gaps.empty()) << name(least) << name(outcome) << nents;
          continue;
        }
        ASSERT_EQ(gaps.size(), 1U) << name(least) << name(outcome) << nents;
        EXPECT_EQ(gaps[0].kind, nents < 2 ? MissingKind::ScopeShrank : MissingKind::TooWeak);
      }
}

TEST(Missing, NamesALineThatHasNoObligation) {
  const auto gaps = missing(testing::manifest(), {});
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].kind, MissingKind::Absent);
  EXPECT_THAT(gaps[0].text, HasSubstr("MAP-1 bus-address of dma_map_sgtable in x86_64"));
}

TEST(Missing, AVanishedObligationIsAbsent) {
  Obligation o = testing::proved_obligation();
  o.outcome = Outcome::Inconclusive, o.why.reason = Reason::Vanished;
  EXPECT_EQ(missing(testing::manifest(), {o}).at(0).kind, MissingKind::Absent);
}

TEST(Missing, OneOfSeveralFamiliesIsEnough) {
  Obligation small = testing::proved_obligation();
  small.nents = 1;
  EXPECT_TRUE(missing(testing::manifest(), {small, testing::proved_obligation()}).empty());
}

}  // namespace
}  // namespace sgproof::gate
