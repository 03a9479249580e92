// The score, the sample, and what is written of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "score/score.hpp"

namespace sgproof::score {
namespace {

using ::testing::HasSubstr;

Judged judged(const std::string& id, Fate fate, std::set<Claim> claims = {}) {
  Judged j;
  j.mutant.id = id;
  j.mutant.op = "operator";
  j.mutant.function = "sg_next";
  j.mutant.file = "lib/scatterlist.c";
  j.mutant.line = 26;
  j.mutant.before = "before " + id;
  j.mutant.after = "after " + id;
  j.fate = fate;
  j.claims = std::move(claims);
  return j;
}

const Claim kAddress{"MAP-1", "address"}, kMark{"MAP-3", "unmarked-after-unmap"};

std::vector<Judged> some() {
  return {judged("a", Fate::Caught, {kAddress, kMark}),
          judged("b", Fate::Caught, {kAddress}),
          judged("c", Fate::Survived),
          judged("d", Fate::Equivalent),
          judged("e", Fate::SameCode),
          judged("f", Fate::DoesNotCompile),
          judged("g", Fate::Inconclusive)};
}

TEST(Figures, LeaveOutWhatIsTheSameAndCountWhatIsInconclusiveAsMissed) {
  const Figures f = figures_of(some());
  EXPECT_DOUBLE_EQ(f.score(), 0.5);
  EXPECT_EQ(f.kills.at(kAddress), 2U);
  EXPECT_EQ(f.kills.at(kMark), 1U);
  EXPECT_EQ(f.alone.at(kAddress), 1U);
  EXPECT_EQ(f.alone.count(kMark), 0U);
}

TEST(Figures, WithoutMutantsNothingWasMissed) { EXPECT_DOUBLE_EQ(figures_of({}).score(), 1.0); }

TEST(Figures, TextNamesSurvivorsAndClausesThatCatchNothing) {
  const std::string text = score_text(some(), {kAddress, kMark, {"REF-1", "map-error"}});
  EXPECT_THAT(text, HasSubstr("- before c"));
  EXPECT_THAT(text, HasSubstr("+ after c"));
  EXPECT_THAT(text, HasSubstr("map-error                        0         0  catches nothing"));
  EXPECT_THAT(text, HasSubstr("score: 50.0 % of 4 mutants"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("after d")));
}

TEST(Figures, MissedMutantsAreLinesAsCompilersWriteThem) {
  auto all = some();
  all.push_back(judged("h", Fate::NotExercised));
  all.back().reason = "no scenario leads here";
  EXPECT_EQ(missed_lines(all),
            "lib/scatterlist.c:26: survived: operator: \"before c\" -> \"after c\"\n"
            "lib/scatterlist.c:26: inconclusive: operator: \"before g\" -> \"after g\"\n"
            "lib/scatterlist.c:26: not-exercised: operator: \"before h\" -> \"after h\" (no "
            "scenario leads here)\n");
}

TEST(Figures, TextNamesWhatAnIgnoredInvariantWouldCatch) {
  auto all = some();
  EXPECT_THAT(score_text(all, {kAddress}), ::testing::Not(HasSubstr("left out")));
  all[2].left_out = {{"ENC-7", "bug-on-misaligned"}};
  EXPECT_THAT(score_text(all, {kAddress}),
              HasSubstr("ENC-7      bug-on-misaligned                1 missed"));
}

TEST(Figures, AHarmlessChangeThatIsNoticedIsAFalseAlarmAboveEverythingElse) {
  auto all = some();
  for (const Fate fate :
       {Fate::Caught, Fate::Equivalent, Fate::Survived, Fate::Inconclusive, Fate::DoesNotCompile}) {
    all.push_back(judged(std::string("harmless ") + name_of(fate), fate));
    all.back().mutant.harmless = true;
  }
  const Figures f = figures_of(all);
  EXPECT_DOUBLE_EQ(f.score(), 0.5);
  EXPECT_EQ(f.harmless, 4U);
  EXPECT_EQ(f.alarms.size(), 2U);
  const std::string text = score_text(all, {});
  EXPECT_TRUE(text.starts_with("FALSE ALARMS")) << text;
  EXPECT_LT(text.find("after harmless caught"), text.find("after c"));
  EXPECT_THAT(text, HasSubstr("harmless rewritings: 4, false alarms: 2"));
}

TEST(Figures, AResultSurvivesItsJson) {
  for (const Judged& j : some()) {
    const Judged back = judged_from_json(nlohmann::json::parse(to_json(j).dump()));
    EXPECT_EQ(to_json(back), to_json(j));
    EXPECT_EQ(back.fate, j.fate);
    EXPECT_EQ(back.claims, j.claims);
  }
  auto damaged = to_json(some()[0]);
  damaged["fate"] = "cuaght";
  EXPECT_THROW((void)judged_from_json(damaged), nlohmann::json::exception);
}

TEST(Sample, IsDecidedByTheSeedAndKeepsTheOrder) {
  std::vector<Mutant> all(100);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].id = "m" + std::to_string(i);
    all[i].line = static_cast<int>(i);
  }
  const auto first = sample_of(all, 20, 1), again = sample_of(all, 20, 1),
             other = sample_of(all, 20, 2);
  ASSERT_EQ(first.size(), 20U);
  bool same = true;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].id, again[i].id);
    same = same && first[i].id == other[i].id;
    if (i == 0) continue;
    EXPECT_LT(first[i - 1].line, first[i].line);
  }
  EXPECT_FALSE(same);
  EXPECT_EQ(sample_of(all, 0, 1).size(), 100U);
  EXPECT_EQ(sample_of(all, 1000, 1).size(), 100U);
}

}  // namespace
}  // namespace sgproof::score
