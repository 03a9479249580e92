// When two parts of a run contradict each other, and when they do not.
#include "gate/alarms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sgproof::gate {
namespace {

using ::testing::ElementsAre;

Obligation obligation(Outcome outcome, const std::string& family = "map-2") {
  Obligation o;
  o.invariant = "MAP-1";
  o.clause = "address";
  o.config = "i386";
  o.family = family;
  o.outcome = outcome;
  return o;
}

/// A native run violates what was proved, in a list that is mapped directly.
class AlarmsOfFindings : public ::testing::Test {
 protected:
  AlarmsOfFindings() {
    result_.obligations = {obligation(Outcome::Proved)};
    finding_.finding.invariant = "MAP-1";
    finding_.finding.clause = "address";
    finding_.finding.config = "i386";
    finding_.finding.engine = Engine::Properties;
    finding_.finding.reexecution = Reexecution::Violates;
    op().code = SGP_OP_MAP_SGTABLE;
    subjects_.resize(1);
    subjects_[0].config = "i386";
    subjects_[0].facts.kconfig["SWIOTLB"] = "y";
  }

  sgp_op& op() { return finding_.scenario.ops[finding_.step]; }

  std::vector<AlarmKind> raised() {
    Result result = result_;
    alarms_of_findings(result, {finding_}, subjects_);
    std::vector<AlarmKind> kinds;
    for (const Alarm& a : result.soundness_alarms) kinds.push_back(a.kind);
    return kinds;
  }

  Result result_;
  FindingCase finding_;
  std::vector<Subject> subjects_;
};

TEST_F(AlarmsOfFindings, AnExecutionAgainstAProofIsAnAlarm) {
  EXPECT_THAT(raised(), ElementsAre(AlarmKind::ProvedButViolated));
  result_.obligations.push_back(obligation(Outcome::Proved, "map-3"));
  EXPECT_THAT(raised(), ElementsAre(AlarmKind::ProvedButViolated)) << "one for each finding";
}

TEST_F(AlarmsOfFindings, WhatIsNotProvedIsNotContradicted) {
  for (const auto outcome : {Outcome::Inconclusive, Outcome::Tested, Outcome::Refuted}) {
    result_.obligations = {obligation(outcome)};
    EXPECT_THAT(raised(), ElementsAre());
  }
  result_.obligations = {obligation(Outcome::Proved), obligation(Outcome::Refuted, "map-3")};
  EXPECT_THAT(raised(), ElementsAre()) << "another proof refutes it as well";
  result_.obligations = {obligation(Outcome::Proved)};
  finding_.finding.reexecution = Reexecution::Holds;
  EXPECT_THAT(raised(), ElementsAre());
  finding_.finding.reexecution = Reexecution::Violates;
  finding_.finding.engine = Engine::Smt;
  EXPECT_THAT(raised(), ElementsAre()) << "it is that proof";
}

TEST_F(AlarmsOfFindings, ExecutionsGoBeyondProofs) {
  op().code = SGP_OP_TABLE_APPEND;
  EXPECT_THAT(raised(), ElementsAre());
  op().code = SGP_OP_MAP_SGTABLE;
  finding_.scenario.world.iommu = SGP_IOMMU_TABLES;
  EXPECT_THAT(raised(), ElementsAre());
}

TEST_F(AlarmsOfFindings, OnlyWhatIsKnownIsLeftOutByAnAssumption) {
  const auto left_out_if_known = [&](const char* why) {
    finding_.finding.status = FindingStatus::New;
    EXPECT_THAT(raised(), ElementsAre(AlarmKind::ProvedButViolated)) << why;
    finding_.finding.status = FindingStatus::Waived;
    EXPECT_THAT(raised(), ElementsAre()) << why;
  };
  op().code = SGP_OP_BOUNCE_MAP;
  left_out_if_known("bounce buffers");
  op().code = SGP_OP_SYNC_DEVICE;
  finding_.scenario.world.devices[0].noncoherent = 1;
  left_out_if_known("SYNC_PEERS");
  op().code = SGP_OP_UNMAP;
  subjects_[0].facts.kconfig.clear();
  left_out_if_known("MARKS_KEPT");
  subjects_[0].facts.kconfig["SWIOTLB"] = "y";
  EXPECT_THAT(raised(), ElementsAre(AlarmKind::ProvedButViolated)) << "unmapping is code";
}

TEST_F(AlarmsOfFindings, NothingIsProvedOfMappingWhereTheEncodingGoesWrong) {
  FamilyOutcome map{{"map-1", "", 1, {}, {}}, {}, false};
  subjects_[0].families = {map};
  EXPECT_THAT(raised(), ElementsAre(AlarmKind::ProvedButViolated)) << "it was asked about";
  subjects_[0].families[0].result.problems = {
      "not asked: the encoding of an entry already goes wrong"};
  EXPECT_THAT(raised(), ElementsAre());
  op().code = SGP_OP_SET_PAGE;
  EXPECT_THAT(raised(), ElementsAre(AlarmKind::ProvedButViolated)) << "it maps nothing";
}

TEST_F(AlarmsOfFindings, ACounterexampleThatABootedKernelContradictsIsAnAlarm) {
  finding_.finding.engine = Engine::Smt;
  finding_.finding.replay = ReplayStatus::Refuted;
  EXPECT_THAT(raised(), ElementsAre(AlarmKind::ReplayRefuted));
}

TEST_F(AlarmsOfFindings, SolversThatDisagreeAreAnAlarm) {
  finding_.finding.reexecution = Reexecution::NotRun;
  FamilyOutcome map{{"map-1", "", 1, {}, {}}, {}, false};
  subjects_[0].families = {map};
  EXPECT_THAT(raised(), ElementsAre());
  subjects_[0].families[0].result.problems = {"the solvers disagree on disagreement.map-1.smt2"};
  EXPECT_THAT(raised(), ElementsAre(AlarmKind::SolversDisagree));
}

/// What booted kernels say of traces.
class AlarmsOfBootedKernels : public AlarmsOfFindings {
 protected:
  std::size_t of_difference() {
    Result result;
    alarm_of_difference(result, {finding_}, "i386", difference_, ::testing::TempDir());
    alarm_of_difference(result, {finding_}, "i386", difference_, ::testing::TempDir());
    return result.soundness_alarms.size();
  }

  std::size_t of_violation() {
    Result result = result_;
    alarm_of_booted(result, {finding_}, "i386", {"trace", {}, "MAP-1", "address", "", ""});
    return result.soundness_alarms.size();
  }

  BootedDifference difference_{"trace", {}, "differs", {}};
};

TEST_F(AlarmsOfBootedKernels, ADifferenceIsOneAlarmForEachConfiguration) {
  EXPECT_EQ(of_difference(), 1U);
  difference_.follows_from = "MAP-1";
  EXPECT_EQ(of_difference(), 0U);
  finding_.finding.status = FindingStatus::Waived;
  EXPECT_EQ(of_difference(), 1U) << "these two have agreed on it";
  finding_.finding.status = FindingStatus::New;
  finding_.finding.reexecution = Reexecution::Holds;
  EXPECT_EQ(of_difference(), 1U);
  finding_.finding.replay = ReplayStatus::Confirmed;
  EXPECT_EQ(of_difference(), 0U);
  finding_.finding.config = "x86_64";
  EXPECT_EQ(of_difference(), 1U);
}

TEST_F(AlarmsOfBootedKernels, AViolationThatNothingElseSaysIsAnAlarm) {
  EXPECT_EQ(of_violation(), 0U) << "the finding";
  finding_.finding.status = FindingStatus::Fixed;
  EXPECT_EQ(of_violation(), 1U);
  result_.obligations.push_back(obligation(Outcome::Refuted));
  EXPECT_EQ(of_violation(), 0U) << "it restates another";
}

}  // namespace
}  // namespace sgproof::gate
