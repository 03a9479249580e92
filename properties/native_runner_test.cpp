#include "properties/native_runner.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "model/error.hpp"
#include "model/scenario.hpp"
#include "properties/fake_runner.hpp"
#include "properties/test_support.hpp"

namespace sgproof::properties {
namespace {

using namespace std::chrono_literals;

NativeRunner fake(std::chrono::milliseconds deadline = 5s) {
  return NativeRunner(SGPROOF_FAKE_RUNNER, deadline);
}

/// Four operations of which the third misbehaves.
sgp_scenario scenario(std::uint64_t id, std::uint64_t how = kFakeFine) {
  sgp_scenario s = model::blank_scenario(test_facts(), 1, 0, 1);
  s.id = id;
  for (int i = 0; i < 4; ++i) model::add_op(s, SGP_OP_NOP);
  s.ops[2].raw = how;
  return s;
}

TEST(NativeRunner, ManyScenariosInFlightKeepTheirOrder) {
  std::vector<sgp_scenario> all;
  for (std::uint64_t i = 0; i < 700; ++i) all.push_back(scenario(1000 + i));
  auto runner = fake();
  const auto runs = runner.run(all);
  ASSERT_EQ(runs.size(), all.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(runs[i].result, RunResult::Reported);
    EXPECT_EQ(runs[i].report.id, 1000 + i);
    EXPECT_EQ(runs[i].report.status, std::uint64_t{SGP_STATUS_COMPLETE});
  }
  EXPECT_EQ(runner.starts(), 1U);
}

/// What a run that did not return must look like.
void expect_stopped_in_third_step(const NativeRun& run, sgp_event_kind kind, int signal) {
  EXPECT_EQ(run.report.magic, SGP_MAGIC_REPORT);
  EXPECT_EQ(run.report.status, std::uint64_t{SGP_STATUS_STOPPED});
  EXPECT_EQ(run.report.nops, 4U);
  EXPECT_EQ(run.report.steps[0].done, 1U);
  EXPECT_EQ(run.report.steps[1].done, 1U);
  EXPECT_EQ(run.report.steps[2].done, 0U);
  EXPECT_EQ(run.report.steps[3].done, 0U);
  ASSERT_EQ(run.report.nevents, 1U);
  EXPECT_EQ(run.report.events[0].kind, static_cast<std::uint64_t>(kind));
  EXPECT_EQ(run.report.events[0].step, 2U);
  EXPECT_EQ(run.report.events[0].b, static_cast<std::uint64_t>(signal));
}

TEST(NativeRunner, ADeadProcessIsAnOopsInTheStepThatKilledIt) {
  auto runner = fake();
  const auto runs = runner.run(
      std::vector{scenario(1), scenario(2, kFakeAbort), scenario(3), scenario(4, kFakeAbort)});
  EXPECT_EQ(runs[0].result, RunResult::Reported);
  EXPECT_EQ(runs[1].result, RunResult::Died);
  EXPECT_EQ(runs[1].signal, SIGABRT);
  EXPECT_EQ(runs[1].report.id, 2U);
  expect_stopped_in_third_step(runs[1], SGP_EV_OOPS, SIGABRT);
  EXPECT_EQ(runs[2].result, RunResult::Reported);
  EXPECT_EQ(runs[2].report.id, 3U);
  EXPECT_EQ(runs[3].result, RunResult::Died);
}

TEST(NativeRunner, AHangIsEndedAtTheDeadlineAndSaysThatItGoesOnAndOn) {
  auto runner = fake(200ms);
  const auto start = std::chrono::steady_clock::now();
  const auto runs = runner.run(std::vector{scenario(1), scenario(2, kFakeHang), scenario(3)});
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  EXPECT_EQ(runs[1].result, RunResult::Hung);
  EXPECT_NE(runs[1].text.find("hang"), std::string::npos);
  expect_stopped_in_third_step(runs[1], SGP_EV_ENDLESS, 0);
  EXPECT_EQ(runs[2].result, RunResult::Reported);
}

class BrokenRunner : public testing::TestWithParam<std::uint64_t> {};

TEST_P(BrokenRunner, IsGarbageAndNeverAFindingAndTheNextScenarioRuns) {
  auto runner = fake(500ms);
  const auto runs = runner.run(std::vector{scenario(1), scenario(2, GetParam()), scenario(3)});
  EXPECT_EQ(runs[0].result, RunResult::Reported);
  EXPECT_EQ(runs[1].result, RunResult::Garbage);
  EXPECT_EQ(runs[1].report.status, std::uint64_t{SGP_STATUS_NONE});
  EXPECT_EQ(runs[1].report.id, 2U);
  EXPECT_FALSE(runs[1].text.empty());
  EXPECT_EQ(runs[2].result, RunResult::Reported);
  EXPECT_EQ(runs[2].report.id, 3U);
}

INSTANTIATE_TEST_SUITE_P(Ways, BrokenRunner,
                         testing::Values(kFakeKilled, kFakeExit, kFakeGarbage, kFakeHalf,
                                         kFakeHalfHang, kFakeClose));

constexpr std::endian kOther =
    std::endian::native == std::endian::little ? std::endian::big : std::endian::little;

TEST(NativeRunner, ScenariosAndReportsOfAnotherByteOrderAreTurnedRound) {
  std::vector<sgp_scenario> all;
  for (std::uint64_t i = 0; i < 100; ++i) all.push_back(scenario(0x0102030405060708 + i));
  NativeRunner runner({SGPROOF_FAKE_SWAPPING_RUNNER}, 5s, kOther);
  const auto runs = runner.run(all);
  ASSERT_EQ(runs.size(), all.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(runs[i].result, RunResult::Reported) << runs[i].text;
    EXPECT_EQ(runs[i].report.id, all[i].id);
    EXPECT_EQ(runs[i].report.nops, 4U);
    EXPECT_EQ(runs[i].report.status, std::uint64_t{SGP_STATUS_COMPLETE});
  }
}

TEST(NativeRunner, AStepThatDoesNotReturnIsFoundInAnotherByteOrderToo) {
  NativeRunner runner({SGPROOF_FAKE_SWAPPING_RUNNER}, 5s, kOther);
  const NativeRun run = runner.run(scenario(2, kFakeAbort));
  EXPECT_EQ(run.result, RunResult::Died);
  expect_stopped_in_third_step(run, SGP_EV_OOPS, SIGABRT);
}

TEST(NativeRunner, TheWrongByteOrderIsGarbageAndNeverAVerdict) {
  NativeRunner forgotten(std::filesystem::path(SGPROOF_FAKE_SWAPPING_RUNNER), 5s);
  NativeRunner needless({SGPROOF_FAKE_RUNNER}, 5s, kOther);
  for (NativeRunner* runner : {&forgotten, &needless}) {
    const NativeRun run = runner->run(scenario(1));
    EXPECT_EQ(run.result, RunResult::Garbage);
    EXPECT_EQ(run.report.status, std::uint64_t{SGP_STATUS_NONE});
    EXPECT_FALSE(run.text.empty());
  }
}

TEST(NativeRunner, FunctionsWithoutABodyAreNamed) {
  auto runner = fake();
  const NativeRun run = runner.run(scenario(1, kFakeUnmodelled));
  EXPECT_EQ(run.report.status, std::uint64_t{SGP_STATUS_UNMODELLED});
  EXPECT_EQ(runner.unmodelled(), std::set<std::string>{"pci_read_config_word"});
}

TEST(NativeRunner, TheProcessEndsWithTheRunner) {
  pid_t pid = 0;
  {
    auto runner = fake();
    pid = static_cast<pid_t>(runner.run(scenario(1)).report.pages[SGP_MAX_PAGES - 1].pointer);
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(NativeRunner, AMissingProgramIsAnEnvironmentError) {
  NativeRunner runner("/nonexistent/runner", 1s);
  try {
    runner.run(scenario(1));
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.id(), "SGP-E0401");
    EXPECT_EQ(e.kind(), ErrorKind::Environment);
  }
}

class Script : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sgproof-runner-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  NativeRun run(const std::string& text) {
    const auto path = folder_ / "runner";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return NativeRunner(path, 300ms).run(scenario(7));
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(Script, ThatNeverReadsHangs) {
  EXPECT_EQ(run("read x\nexec /bin/sleep 100").result, RunResult::Hung);
}
TEST_F(Script, ThatEndsAtOnceIsGarbage) { EXPECT_EQ(run("exit 0").result, RunResult::Garbage); }
TEST_F(Script, ThatCrashesDied) { EXPECT_EQ(run("kill -SEGV $$").result, RunResult::Died); }
TEST_F(Script, ThatPrintsZerosIsGarbage) {
  EXPECT_EQ(run("exec /bin/cat /dev/zero").result, RunResult::Garbage);
}

}  // namespace
}  // namespace sgproof::properties
