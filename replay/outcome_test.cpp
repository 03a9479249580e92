// What run() makes of machines that hang, die, lie or print garbage; a fake QEMU plays them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "replay/boot.hpp"
#include "replay/stuck.hpp"
#include "replay/test_scenarios.hpp"

namespace sgproof::replay {
namespace {

using std::chrono::milliseconds;
using State = ScenarioResult::State;
using ::testing::HasSubstr;

BootRequest request_for(const std::string& mode, std::uint64_t count = 4) {
  BootRequest request;
  request.image.kernel = "/no/vmlinux";
  request.image.initramfs = "/no/initramfs";
  request.qemu = SGPROOF_FAKE_QEMU;
  request.cmdline_extras = {"fake=" + mode};
  request.deadlines = {
      .boot = milliseconds(5000), .progress = milliseconds(5000), .total = milliseconds(20000)};
  for (std::uint64_t id = 0; id < count; ++id)
    request.scenarios.push_back(test::ScenarioBuilder(id, 1).ram(1).map_and_unmap().scenario);
  return request;
}

void expect_states(const BootResult& result, const std::vector<State>& states) {
  ASSERT_EQ(result.scenarios.size(), states.size());
  for (std::size_t i = 0; i < states.size(); ++i)
    EXPECT_EQ(result.scenarios[i].state, states[i])
        << i << ": " << name_of(result.scenarios[i].state) << " " << result.scenarios[i].why;
}

TEST(Outcome, OkWhenEveryScenarioHasASoundRecord) {
  const auto result = run(request_for("ok"));
  EXPECT_EQ(result.outcome, Outcome::Ok) << result.explanation;
  expect_states(result, {State::Reported, State::Reported, State::Reported, State::Reported});
  EXPECT_EQ(result.boots.size(), 1U);
  EXPECT_EQ(result.scenarios[3].report.id, 3U);
  EXPECT_EQ(result.facts.word_bits, 64U);
}

TEST(Outcome, NoScenarioIsOkWithoutABoot) {
  const auto result = run(request_for("ok", 0));
  EXPECT_EQ(result.outcome, Outcome::Ok);
  EXPECT_TRUE(result.boots.empty());
}

TEST(Outcome, PanicCostsItsScenarioOnly) {
  const auto result = run(request_for("panic:1"));
  EXPECT_EQ(result.outcome, Outcome::Panic);
  EXPECT_THAT(result.explanation, HasSubstr("Kernel panic - not syncing: because"));
  EXPECT_EQ(result.explanation.find('\033'), std::string::npos)
      << "no control characters from the machine";
  expect_states(result, {State::Reported, State::Panicked, State::Reported, State::Reported});
  EXPECT_EQ(result.boots.size(), 2U);
}

TEST(Outcome, AMachineThatClosesTheRecordOfABugCostsNoOtherScenario) {
  const auto result = run(request_for("bug:1"));
  EXPECT_EQ(result.outcome, Outcome::Ok) << result.explanation;
  expect_states(result, {State::Reported, State::Stopped, State::Reported, State::Reported});
  EXPECT_EQ(result.boots.size(), 2U);
}

TEST(Outcome, OnlySealedStepsOfAPanickedScenarioAreKept) {
  const auto result = run(request_for("panic:1"));
  const auto& report = result.scenarios.at(1).report;
  EXPECT_EQ(report.status, SGP_STATUS_STOPPED);
  EXPECT_EQ(report.steps[0].done, 1U);
  EXPECT_EQ(report.steps[1].done, 0U) << "written, but not sealed";
  ASSERT_EQ(report.nevents, 1U);
  EXPECT_EQ(report.events[0].kind, SGP_EV_OOPS);
  EXPECT_EQ(report.events[0].step, 1U);
}

TEST(Outcome, HangSaysHowManyScenariosHadEnded) {
  auto request = request_for("hang:2");
  request.deadlines.progress = milliseconds(300);
  EXPECT_THAT(run(request).explanation, HasSubstr("after 2 that did"));
}

TEST(Outcome, HangIsEndedAndTheNextScenarioIsExecuted) {
  auto request = request_for("hang:0");
  request.deadlines.progress = milliseconds(300);
  const auto result = run(request);
  EXPECT_EQ(result.outcome, Outcome::Hang) << result.explanation;
  expect_states(result, {State::Hung, State::Reported, State::Reported, State::Reported});
}

TEST(Stuck, WhatHangsAgainGoesOnAndOnInTheStepThatDidNotReturn) {
  auto request = request_for("hang:1");
  request.deadlines.progress = milliseconds(300);
  auto result = run(request);
  ask_again(request, result);
  expect_states(result, {State::Reported, State::Stopped, State::Reported, State::Reported});
  const auto& report = result.scenarios.at(1).report;
  EXPECT_EQ(report.id, 1U);
  EXPECT_EQ(report.status, static_cast<std::uint64_t>(SGP_STATUS_STOPPED));
  ASSERT_EQ(report.nevents, 1U);
  EXPECT_EQ(report.events[0].kind, static_cast<std::uint64_t>(SGP_EV_ENDLESS));
  EXPECT_EQ(report.events[0].step, 1U);
  EXPECT_EQ(result.boots.size(), 3U);
}

TEST(Stuck, WhatEndsWhenItIsAskedAgainHasItsSecondResult) {
  auto request = request_for("panic:1");
  auto result = run(request);
  request.cmdline_extras.clear();
  ask_again(request, result);
  expect_states(result, {State::Reported, State::Reported, State::Reported, State::Reported});
  EXPECT_EQ(result.scenarios.at(1).report.id, 1U);
}

TEST(Stuck, OnlyAFewAreAskedAgain) {
  const auto request = request_for("panic:0", 10);
  BootResult result;
  result.scenarios.resize(10);
  for (auto& scenario : result.scenarios) {
    scenario.state = State::Panicked;
    scenario.report.nops = 4;
    scenario.report.steps[0].done = 1;
  }
  ask_again(request, result);
  for (std::size_t i = 1; i < 8; ++i) EXPECT_EQ(result.scenarios[i].state, State::Reported);
  for (const std::size_t i : {8, 9}) EXPECT_EQ(result.scenarios[i].state, State::Panicked);
}

TEST(Outcome, KilledFromOutsideGivesUpWhenNothingIsGained) {
  const auto result = run(request_for("die:2"));
  EXPECT_EQ(result.outcome, Outcome::Killed);
  EXPECT_THAT(result.explanation, HasSubstr("signal 9"));
  expect_states(result, {State::Reported, State::Reported, State::NotRun, State::NotRun});
  EXPECT_EQ(result.boots.size(), 3U) << "one with progress, two without";
}

TEST(Outcome, DamagedRecordIsGarbageAndTheOthersAreKept) {
  const auto result = run(request_for("bad-seal:2"));
  EXPECT_EQ(result.outcome, Outcome::Garbage);
  expect_states(result, {State::Reported, State::Reported, State::Damaged, State::Reported});
  EXPECT_EQ(result.scenarios[2].report.magic, 0U) << "nothing of it is believed";
}

TEST(Outcome, ScribbledHeaderIsGarbage) {
  const auto result = run(request_for("scribble:1"));
  EXPECT_EQ(result.outcome, Outcome::Garbage);
  expect_states(result, {State::Reported, State::Damaged, State::Reported, State::Reported});
}

TEST(Outcome, DoneWithoutRecordsIsGarbage) {
  const auto result = run(request_for("lie"));
  EXPECT_EQ(result.outcome, Outcome::Garbage);
  for (const auto& scenario : result.scenarios) EXPECT_EQ(scenario.state, State::NotRun);
}

TEST(Outcome, RefusalOfQemuIsABootFailureWithItsWords) {
  const auto result = run(request_for("refuse"));
  EXPECT_EQ(result.outcome, Outcome::BootFailed);
  EXPECT_THAT(result.explanation, HasSubstr("no such device"));
  EXPECT_EQ(result.boots.size(), 1U);
}

TEST(Outcome, BootHasALimitAndNoiseDoesNotExtendIt) {
  for (const auto* mode : {"never-ready", "never-ready:0"}) {
    auto request = request_for(mode);
    request.deadlines.boot = milliseconds(300);
    const auto result = run(request);
    EXPECT_EQ(result.outcome, Outcome::BootFailed) << mode;
    EXPECT_LT(result.seconds, 5.0) << mode;
  }
}

TEST(Outcome, MissingQemuIsSaid) {
  auto request = request_for("ok");
  request.qemu = "/no/such/qemu";
  const auto result = run(request);
  EXPECT_EQ(result.outcome, Outcome::QemuMissing);
  EXPECT_EQ(result.scenarios.at(0).state, State::NotRun);
}

TEST(Outcome, CancellationEndsTheMachine) {
  extract::CancelToken cancel;
  auto request = request_for("hang:0");
  request.deadlines.progress = milliseconds(60000);
  request.deadlines.total = milliseconds(60000);
  BootResult result;
  std::thread worker([&] { result = run(request, cancel); });
  cancel.cancel();
  worker.join();
  EXPECT_EQ(result.outcome, Outcome::Cancelled);
  EXPECT_LT(result.seconds, 30.0);
}

TEST(ProbeAccelerator, TakesKvmOnlyWhereItBootsAndExecutes) {
  EXPECT_EQ(probe_accelerator(request_for("ok")), Accelerator::Kvm);
  for (const auto* mode : {"refuse", "lie", "bad-seal:0", "die:0", "never-ready"}) {
    auto request = request_for(mode);
    request.deadlines.boot = milliseconds(300);
    EXPECT_EQ(probe_accelerator(request), Accelerator::Tcg) << mode;
  }
}

}  // namespace
}  // namespace sgproof::replay
