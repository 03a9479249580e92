#include "gate/report/verdict.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/report/outcome.hpp"
#include "gate/report/test_results.hpp"

namespace sgproof::gate {
namespace {

using testing::manifest;
using testing::passing_result;
using testing::proved_obligation;
using testing::standing_finding;

template <class E>
std::vector<E> all() {
  std::vector<E> values;
  for (std::size_t i = 0; i < EnumNames<E>::list.size(); ++i) values.push_back(static_cast<E>(i));
  return values;
}

std::vector<CauseKind> kinds(const Decision& decision) {
  std::vector<CauseKind> out;
  for (const Cause& c : decision.causes) out.push_back(c.kind);
  return out;
}

ExitCode exit_of(const Result& result) { return decide(result, manifest()).exit_code; }

TEST(Verdict, PassNeedsEveryLineOfTheManifest) {
  const Decision decision = decide(passing_result(), manifest());
  EXPECT_EQ(decision.verdict, Verdict::Pass);
  EXPECT_EQ(decision.exit_code, ExitCode::Pass);
  EXPECT_TRUE(decision.causes.empty());
}

TEST(Verdict, AnEmptyResultIsInconclusive) {
  EXPECT_EQ(decide(Result{}, {}).verdict, Verdict::Inconclusive);
  EXPECT_EQ(decide(Result{}, manifest()).verdict, Verdict::Inconclusive);
}

TEST(Verdict, NoObligationsNeverPass) {
  Result r = passing_result();
  r.obligations.clear();
  EXPECT_EQ(exit_of(r), ExitCode::Inconclusive);
  EXPECT_THAT(kinds(decide(r, {})),
              ::testing::ElementsAre(CauseKind::NothingShown, CauseKind::ManifestEmpty));
}

TEST(Verdict, AnEmptyManifestNeverPasses) {
  EXPECT_THAT(kinds(decide(passing_result(), {})),
              ::testing::ElementsAre(CauseKind::ManifestEmpty));
}

/// A booted kernel that violates it says more than any execution of the extracted code.
bool stands_if(Reexecution reexecution, ReplayStatus replay) {
  return replay == ReplayStatus::Confirmed ||
         (reexecution == Reexecution::Violates && replay != ReplayStatus::Refuted);
}

// Every status, re-execution, replay, with and without --strict, with and without a series.
TEST(Verdict, TableOfFindings) {
  for (const FindingStatus status : all<FindingStatus>())
    for (const Reexecution reexecution : all<Reexecution>())
      for (const ReplayStatus replay : all<ReplayStatus>())
        for (const bool strict : {false, true})
          for (const bool series : {false, true}) {
            Result r = passing_result();
            r.strict = strict;
            if (!series) r.series.clear();
            r.findings = {standing_finding()};
            r.findings[0].status = status;
            r.findings[0].reexecution = reexecution;
            r.findings[0].replay = replay;
            ExitCode expected = ExitCode::Pass;
            const bool against = status == FindingStatus::New ||
                                 (status == FindingStatus::Preexisting && (strict || !series));
            if (against)
              expected = stands_if(reexecution, replay) ? ExitCode::Fail : ExitCode::Inconclusive;
            SCOPED_TRACE(fmt::format("{} {} {} strict {} series {}", name(status),
                                     name(reexecution), name(replay), strict, series));
            EXPECT_EQ(exit_of(r), expected);
          }
}

// Every outcome now and on the base, same and different reason and subject, same and smaller scope.
TEST(Verdict, TableOfObligations) {
  for (const Outcome now : all<Outcome>())
    for (const Outcome before : all<Outcome>())
      for (const bool same_reason : {false, true})
        for (const bool same_subject : {false, true})
          for (const unsigned nents : {1U, 2U, 3U}) {
            Result r = passing_result();
            Obligation o = proved_obligation();
            o.clause = "other";
            o.outcome = now;
            o.nents = nents;
            o.base = BaseOutcome{before, {}, 2};
            if (now == Outcome::Inconclusive) o.why = {Reason::InlineAssembly, "f", "f.c:3"};
            if (before == Outcome::Inconclusive)
              o.base->why = {same_reason ? Reason::InlineAssembly : Reason::TimeLimit,
                             same_subject ? "f" : "g", "f.c:1"};
            r.obligations.push_back(o);
            const bool shown = is_shown(now);
            bool pass = shown;
            if (shown && is_shown(before)) pass = answers(now, before) && nents >= 2;
            if (now == Outcome::Inconclusive)
              pass = before == Outcome::Inconclusive && same_reason && same_subject;
            SCOPED_TRACE(fmt::format("{} before {} {} {} {}", name(now), name(before), same_reason,
                                     same_subject, nents));
            EXPECT_EQ(exit_of(r), pass ? ExitCode::Pass : ExitCode::Inconclusive);
          }
}

TEST(Verdict, InconclusiveWithoutABaseIsInconclusiveForEveryReason) {
  for (const Reason reason : all<Reason>()) {
    Result r = passing_result();
    Obligation o = proved_obligation();
    o.clause = "other", o.outcome = Outcome::Inconclusive, o.why = {reason, "f", ""};
    r.obligations.push_back(o);
    EXPECT_EQ(exit_of(r), ExitCode::Inconclusive) << name(reason);
  }
}

TEST(Verdict, InconclusiveWithoutAReasonIsNeverTheSameAsOnTheBase) {
  Obligation o = proved_obligation();
  o.outcome = Outcome::Inconclusive;
  o.base = BaseOutcome{};
  EXPECT_FALSE(same_as_on_base(o));
}

// A refuted obligation is excused only by a finding that stands and does not count.
TEST(Verdict, TableOfRefutedObligations) {
  for (const FindingStatus status : all<FindingStatus>())
    for (const Reexecution reexecution : all<Reexecution>())
      for (const ReplayStatus replay : all<ReplayStatus>()) {
        Result r = passing_result();
        Obligation o = proved_obligation();
        o.clause = "other", o.outcome = Outcome::Refuted;
        o.base = BaseOutcome{Outcome::Refuted, {}, 2};
        r.obligations.push_back(o);
        r.findings = {standing_finding()};
        Finding& f = r.findings[0];
        f.clause = "other", f.status = status, f.reexecution = reexecution, f.replay = replay;
        const bool stands = stands_if(reexecution, replay);
        ExitCode expected = ExitCode::Inconclusive;
        if (stands && status == FindingStatus::New) expected = ExitCode::Fail;
        if (stands && (status == FindingStatus::Preexisting || status == FindingStatus::Waived))
          expected = ExitCode::Pass;
        SCOPED_TRACE(fmt::format("{} {} {}", name(status), name(reexecution), name(replay)));
        EXPECT_EQ(exit_of(r), expected);
      }
}

// A booted kernel found it: it need not re-execute on the extracted code, which lacks that code.
TEST(Verdict, AFindingOfABootedKernelStandsIfConfirmed) {
  for (const ReplayStatus replay : all<ReplayStatus>()) {
    Result r = passing_result();
    r.findings = {standing_finding()};
    r.findings[0].engine = Engine::Replay;
    r.findings[0].reexecution = Reexecution::NotRun;
    r.findings[0].replay = replay;
    EXPECT_EQ(exit_of(r),
              replay == ReplayStatus::Confirmed ? ExitCode::Fail : ExitCode::Inconclusive)
        << name(replay);
  }
}

// The extracted code is not what the kernel does: only what the kernel confirms is a violation.
TEST(Verdict, WhereTheBootedKernelDisagreesOnlyConfirmedFindingsStand) {
  for (const ReplayStatus replay : all<ReplayStatus>()) {
    Result r = passing_result();
    r.findings = {standing_finding()};
    r.findings[0].replay = replay;
    r.soundness_alarms = {
        {AlarmKind::BootDisagrees, "REF-1", "same-as-booted", "", r.findings[0].config, "x"}};
    EXPECT_EQ(exit_of(r),
              replay == ReplayStatus::Confirmed ? ExitCode::Fail : ExitCode::Inconclusive)
        << name(replay);
    r.soundness_alarms[0].config = "another";
    EXPECT_EQ(exit_of(r), replay == ReplayStatus::Refuted ? ExitCode::Inconclusive : ExitCode::Fail)
        << name(replay);
  }
}

TEST(Verdict, AFindingOfAnotherConfigurationExcusesNothing) {
  Result r = passing_result();
  r.obligations.push_back(proved_obligation());
  r.obligations[1].outcome = Outcome::Refuted;
  r.findings = {standing_finding()};
  r.findings[0].status = FindingStatus::Waived;
  EXPECT_EQ(exit_of(r), ExitCode::Pass);
  r.findings[0].config = "i386";
  EXPECT_EQ(exit_of(r), ExitCode::Inconclusive);
}

TEST(Verdict, TableOfAlarms) {
  for (const AlarmKind kind : all<AlarmKind>()) {
    Result r = passing_result();
    r.soundness_alarms = {{kind, "MAP-1", "bus-address", "f", "x86_64", "x"}};
    EXPECT_EQ(exit_of(r),
              kind == AlarmKind::ProvedButViolated ? ExitCode::Fail : ExitCode::Inconclusive)
        << name(kind);
  }
}

TEST(Verdict, TableOfCoverage) {
  for (const CoverageState state : all<CoverageState>())
    for (const bool reason : {false, true}) {
      Result r = passing_result();
      r.coverage.push_back({"a.c", 1, "f", "x86_64", state, reason ? "why" : ""});
      const bool needs_reason =
          state == CoverageState::Unreachable || state == CoverageState::OutsideScope;
      const bool pass = state != CoverageState::NotReached && (reason || !needs_reason);
      EXPECT_EQ(exit_of(r), pass ? ExitCode::Pass : ExitCode::Inconclusive)
          << name(state) << reason;
    }
}

TEST(Verdict, TableOfErrors) {
  for (const ErrorKind kind : all<ErrorKind>()) {
    Result r = passing_result();
    r.error = ErrorInfo{kind, "SGP-E0101", "tree", "", 0, "m", "h"};
    EXPECT_EQ(exit_of(r), kind == ErrorKind::Input ? ExitCode::Error : ExitCode::Inconclusive);
  }
}

// All combinations of something that gives 2, 1 and 3: the precedence is 2, 1, 3, 0.
TEST(Verdict, Precedence) {
  for (unsigned bits = 0; bits < 8; ++bits) {
    Result r = passing_result();
    if (bits & 1U) r.error = ErrorInfo{ErrorKind::Input, "SGP-E0101", "tree", "", 0, "m", "h"};
    if (bits & 2U) r.findings = {standing_finding()};
    if (bits & 4U) r.coverage[0].state = CoverageState::NotReached;
    ExitCode expected = ExitCode::Pass;
    Verdict verdict = Verdict::Pass;
    if (bits & 4U) expected = ExitCode::Inconclusive, verdict = Verdict::Inconclusive;
    if (bits & 2U) expected = ExitCode::Fail, verdict = Verdict::Fail;
    if (bits & 1U) expected = ExitCode::Error, verdict = Verdict::Error;
    const Decision decision = decide(r, manifest());
    EXPECT_EQ(decision.exit_code, expected) << bits;
    EXPECT_EQ(decision.verdict, verdict) << bits;
    EXPECT_EQ(decision.causes.size(), static_cast<std::size_t>(__builtin_popcount(bits)));
  }
}

TEST(Verdict, ConcludeStoresTheDecisionWithTheResultsOwnStrictness) {
  Result r = passing_result();
  r.findings = {standing_finding()};
  r.findings[0].status = FindingStatus::Preexisting;
  conclude(r, manifest());
  EXPECT_EQ(r.verdict, Verdict::Pass);
  r.strict = true;
  conclude(r, manifest());
  EXPECT_EQ(r.verdict, Verdict::Fail);
  EXPECT_EQ(r.exit_code, ExitCode::Fail);
  EXPECT_EQ(r.causes.size(), 1U);
}

TEST(Verdict, AMissingManifestLineIsNamed) {
  auto lines = manifest();
  lines.push_back({"IOM-4", "freed-range", "dma_unmap_sg_attrs", "x86_64", 1, Outcome::Proved});
  const Decision decision = decide(passing_result(), lines);
  EXPECT_EQ(decision.exit_code, ExitCode::Inconclusive);
  ASSERT_EQ(decision.causes.size(), 1U);
  EXPECT_THAT(decision.causes[0].text, ::testing::HasSubstr("IOM-4 freed-range"));
}

TEST(AttachBase, ComparesByKeyAndReportsWhatVanished) {
  std::vector<Obligation> base = {proved_obligation(), proved_obligation()};
  base[1].family = "map-3";
  std::vector<Obligation> now = {proved_obligation(), proved_obligation()};
  now[1].clause = "only-now";
  attach_base(now, base);
  ASSERT_EQ(now.size(), 3U);
  EXPECT_TRUE(now[0].base.has_value());
  EXPECT_FALSE(now[1].base.has_value());
  EXPECT_EQ(now[2].family, "map-3");
  EXPECT_EQ(now[2].outcome, Outcome::Inconclusive);
  EXPECT_EQ(now[2].why.reason, Reason::Vanished);
  Result r = passing_result();
  r.obligations = now;
  EXPECT_THAT(kinds(decide(r, manifest())), ::testing::ElementsAre(CauseKind::LostProof));
}

}  // namespace
}  // namespace sgproof::gate
