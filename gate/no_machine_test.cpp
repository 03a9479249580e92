// Configurations that are not booted, or whose code is not even executed on this machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/findings.hpp"
#include "gate/replay_stage.hpp"
#include "gate/report/verdict.hpp"
#include "gate/session.hpp"
#include "gate/test_stage.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST(NoMachine, OnlyTheTwoThatAreBootedHaveOne) {
  EXPECT_EQ(replay::machine_of("x86_64"), replay::Arch::X86_64);
  EXPECT_EQ(replay::machine_of("i386"), replay::Arch::I386);
  EXPECT_EQ(replay::machine_of("mips"), std::nullopt);
  try {
    (void)replay::arch_of("mips");
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.id(), "SGP-E0514");
    EXPECT_EQ(e.kind(), ErrorKind::Unsupported);
  }
}

TEST(NoMachine, AFindingSaysThatAndWhetherItWasExecutedAgain) {
  Finding finding;
  finding.config = "mips";
  without_machine(finding);
  EXPECT_EQ(finding.replay, ReplayStatus::NotReplayable);
  EXPECT_EQ(finding.replay_reason, "no machine for mips is booted");
  finding.reexecution = Reexecution::Violates;
  without_machine(finding);
  EXPECT_EQ(finding.replay_reason, "no machine for mips is booted; re-executed under qemu-user");
}

class NoEmulator : public testing::Test {
 protected:
  NoEmulator() {
    subject.config = "mips";
    subject.facts.values = {{"WORD_BITS", 32}};
    subject.no_runner = "qemu-mips not there";
  }
  Subject subject;
};

TEST_F(NoEmulator, AFindingIsNotReexecutedSaysWhyAndFailsNoSeries) {
  const auto scenario = model::blank_scenario(subject.facts, 1, 0, 1);
  const auto found =
      finding_from(subject, nullptr, "ENC-1", "read-back", scenario, Engine::Smt, {});
  EXPECT_EQ(found.finding.reexecution, Reexecution::NotRun);
  EXPECT_THAT(found.finding.message, HasSubstr("qemu-mips not there"));
  EXPECT_FALSE(violates_again(subject, "ENC-1", "read-back", scenario));
  Result result;
  result.findings = {found.finding};
  without_machine(result.findings.front());
  EXPECT_THAT(result.findings.front().replay_reason, Not(HasSubstr("re-executed")));
  const auto decision = decide(result, {});
  EXPECT_EQ(decision.exit_code, ExitCode::Inconclusive);
  EXPECT_EQ(decision.causes.front().kind, CauseKind::FindingNotReexecuted);
}

TEST_F(NoEmulator, TestsThatCannotRunAreAnErrorAndNoPass) {
  try {
    (void)run_tests(subject, {});
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.id(), "SGP-E0134");
    EXPECT_EQ(e.kind(), ErrorKind::Unsupported);
    EXPECT_THAT(e.what(), HasSubstr("qemu-mips not there"));
  }
}

TEST(OnRequest, AConfigurationThatNeedsAnEmulatorIsJudgedOnlyWhereItIsNamed) {
  GateOptions options;
  EXPECT_THAT(configs_of(options), Not(Contains("mips")));
  EXPECT_THAT(configs_of(options), Contains("x86_64"));
  options.configs = {"mips"};
  EXPECT_EQ(configs_of(options), std::vector<std::string>{"mips"});
  options.configs = {"all"};
  EXPECT_THAT(configs_of(options), Contains("mips"));
  EXPECT_THAT(configs_of(options), Contains("x86_64-debug-sg")) << "its manifest is x86_64's";
  EXPECT_THAT(configs_of(options), Not(Contains("x86_64-debug"))) << "it is only booted";
}

}  // namespace
}  // namespace sgproof::gate
