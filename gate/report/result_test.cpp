#include "gate/report/result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/report/report.hpp"
#include "gate/report/test_results.hpp"

namespace sgproof::gate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string refusal(const json& in) {
  try {
    result_from_json(in);
  } catch (const Error& e) {
    EXPECT_EQ(e.id(), "SGP-E0602");
    return e.what();
  }
  return "accepted";
}

template <class E>
void every_name_reads_back() {
  for (std::size_t i = 0; i < EnumNames<E>::list.size(); ++i) {
    const auto value = static_cast<E>(i);
    EXPECT_EQ(enum_from<E>(name(value)), value);
  }
  EXPECT_FALSE(enum_from<E>("no such word").has_value());
}

TEST(ResultJson, EveryEnumeratorHasItsOwnWord) {
  every_name_reads_back<Verdict>();
  every_name_reads_back<FindingStatus>();
  every_name_reads_back<Engine>();
  every_name_reads_back<ReplayStatus>();
  every_name_reads_back<Reexecution>();
  every_name_reads_back<Outcome>();
  every_name_reads_back<Reason>();
  every_name_reads_back<AlarmKind>();
  every_name_reads_back<CoverageState>();
  every_name_reads_back<Stage>();
  every_name_reads_back<CauseKind>();
  every_name_reads_back<ErrorKind>();
  every_name_reads_back<Format>();
  every_name_reads_back<CellOutcome>();
}

// The last enumerator of each list: a name too few or too many would show here.
TEST(ResultJson, NamesAndEnumeratorsAgreeAtTheEnd) {
  EXPECT_EQ(name(Reason::Other), "other");
  EXPECT_EQ(name(Reason::Vanished), "vanished");
  EXPECT_EQ(name(CauseKind::CoverageWithoutReason), "coverage-without-reason");
  EXPECT_EQ(name(AlarmKind::ExecutorMismatch), "executor-mismatch");
  EXPECT_EQ(name(CoverageState::OutsideScope), "outside-scope");
  EXPECT_EQ(name(Stage::Total), "total");
  EXPECT_EQ(name(Outcome::Refuted), "refuted");
  EXPECT_EQ(name(ReplayStatus::NotReplayable), "not-replayable");
  EXPECT_EQ(name(Verdict::Error), "error");
  EXPECT_EQ(name(CellOutcome::Refuted), "refuted");
  EXPECT_EQ(name(CellOutcome::Proved), "proved");
}

TEST(ResultJson, HasTheFieldsOfTheSchema) {
  const json j = to_json(testing::full_result());
  EXPECT_EQ(j["schema"], "sgproof-result/1");
  EXPECT_EQ(j["verdict"], "error");
  EXPECT_EQ(j["exit_code"], 2);
  EXPECT_EQ(j["kernel"], "debian:6.1");
  const json& f = j["findings"][0];
  EXPECT_EQ(f["status"], "new");
  EXPECT_EQ(f["replay"], "confirmed");
  EXPECT_EQ(f["replay_reason"], "booted 6.1");
  EXPECT_EQ(f["line"], 482);
  const json& o = j["obligations"][0];
  EXPECT_EQ(o["outcome"], "proved");
  EXPECT_EQ(o["reason"], "none");
  EXPECT_EQ(j["timings"]["extract"], 3.25);
  EXPECT_EQ(j["left_out"][0]["config"], "um");
  const json& table = j["table"];
  EXPECT_EQ(table["configs"], json::array({"x86_64"}));
  EXPECT_EQ(table["rows"][0]["invariant"], "MAP-1");
  const json& cell = table["rows"][0]["cells"][0];
  EXPECT_EQ(cell["config"], "x86_64");
  EXPECT_EQ(cell["outcome"], "refuted");
  EXPECT_EQ(cell["proved"], 2);
  EXPECT_EQ(cell["audited"], 1);
  EXPECT_EQ(cell["tested"], 1);
  EXPECT_EQ(cell["known"], 1);
  EXPECT_EQ(cell["refuted"], 1);
  EXPECT_EQ(cell["inconclusive"], 3);  // one is refuted without a finding, one is an alarm
  EXPECT_EQ(cell["least_nents"], 2);
  EXPECT_EQ(cell["most_nents"], 2);
  EXPECT_EQ(cell["families"], json::array({"map-2"}));
  EXPECT_EQ(cell["not_proved"][0]["outcome"], "refuted");
  EXPECT_EQ(table["not_judged"][0], "ENC-1");
}

TEST(ResultJson, ReadingWhatWasWrittenGivesTheSame) {
  for (const Result& r : {Result{}, testing::passing_result(), testing::full_result()}) {
    const json j = to_json(r);
    EXPECT_EQ(to_json(result_from_json(j)), j);
    EXPECT_EQ(to_json(parse_result(j.dump())), j);
  }
}

/// Every object of the document, as JSON pointers.
void objects(const json& in, const json::json_pointer& at, std::vector<json::json_pointer>& out) {
  if (in.is_object()) out.push_back(at);
  if (in.is_object())
    for (const auto& [key, value] : in.items()) objects(value, at / key, out);
  if (in.is_array())
    for (std::size_t i = 0; i < in.size(); ++i) objects(in[i], at / i, out);
}

TEST(ResultJson, UnknownAndMissingKeysAreRefusedEverywhere) {
  const json good = to_json(testing::full_result());
  std::vector<json::json_pointer> places;
  objects(good, json::json_pointer(), places);
  EXPECT_GT(places.size(), 15U);
  for (const auto& place : places) {
    json bad = good;
    bad[place]["surprise"] = 1;
    EXPECT_THAT(refusal(bad), HasSubstr("surprise")) << place.to_string();
    if (place.to_string() == "/timings") continue;
    for (const auto& [key, value] : good[place].items()) {
      bad = good;
      bad[place].erase(key);
      EXPECT_THAT(refusal(bad), HasSubstr(key)) << place.to_string();
      bad = good;
      bad[place][key] = json::array({json::object()});  // no member has this type
      EXPECT_NE(refusal(bad), "accepted") << place.to_string() << "/" << key;
    }
  }
}

TEST(ResultJson, WordsOutsideAClosedSetAreRefused) {
  json bad = to_json(testing::full_result());
  bad["obligations"][0]["outcome"] = "verified";
  EXPECT_THAT(refusal(bad), HasSubstr("/obligations/0/outcome"));
  bad = to_json(testing::full_result());
  bad["exit_code"] = 4;
  EXPECT_THAT(refusal(bad), HasSubstr("/exit_code"));
  bad = to_json(testing::full_result());
  bad["findings"][0]["line"] = -1;
  EXPECT_THAT(refusal(bad), HasSubstr("/findings/0/line"));
}

TEST(ResultJson, CutOrDoubledTextIsRefused) {
  const std::string text = to_json(testing::full_result()).dump();
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size() - 1})
    EXPECT_THROW(parse_result(text.substr(0, n)), Error) << n;
  EXPECT_THROW(parse_result(text + text), Error);
  EXPECT_THROW(parse_result("{\"schema\":\"sgproof-result/1\"," + text.substr(1)), Error);
}

TEST(AddError, KeepsTheGravestAndElseTheFirst) {
  Result r;
  add_error(r, Error(ErrorKind::Environment, "SGP-E0144", "tree", "full"));
  add_error(r, Error(ErrorKind::Unsupported, "SGP-E0131", "harness", "accessor"));
  EXPECT_EQ(r.error->id, "SGP-E0144");
  add_error(r, Error(ErrorKind::Input, "SGP-E0116", "series", "apply").at("a.patch", 7).hint("h"));
  EXPECT_EQ(r.error->id, "SGP-E0116");
  EXPECT_EQ(r.error->file, "a.patch");
  EXPECT_EQ(r.error->line, 7);
  EXPECT_EQ(r.error->hint, "h");
  add_error(r, Error(ErrorKind::Input, "SGP-E0112", "series", "cut"));
  EXPECT_EQ(r.error->id, "SGP-E0116");
}

}  // namespace
}  // namespace sgproof::gate
