#include "properties/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "model/error.hpp"
#include "properties/legality.hpp"
#include "properties/test_support.hpp"

namespace sgproof::properties {
namespace {

using namespace std::chrono_literals;

Options few() {
  Options options;
  options.seed = 42;
  options.cases = 300;
  options.family_cases = 50;
  options.shrinks = 2;
  return options;
}

Result run(const char* runner, const Options& options, std::chrono::milliseconds deadline = 5s) {
  NativeRunner native(runner, deadline);
  return test_module(native, test_facts(), options);
}

TEST(Engine, RunsThatAreAllIllegalAreAnErrorAndNeverAPass) {
  const Result result = run(SGPROOF_FAKE_ILLEGAL_RUNNER, few());
  EXPECT_EQ(result.outcome, Outcome::NoLegalRuns);
  EXPECT_EQ(result.legal, 0U);
  EXPECT_GT(result.illegal, 0U);
  EXPECT_FALSE(result.reason.empty());
}

TEST(Engine, RunsThatAreAllUnmodelledAreAnErrorAndNeverAPass) {
  const Result result = run(SGPROOF_FAKE_UNMODELLED_RUNNER, few());
  EXPECT_EQ(result.outcome, Outcome::NoLegalRuns);
  EXPECT_GT(result.inconclusive, 0U);
  EXPECT_EQ(result.reasons.at("reached a function without a body"), result.inconclusive);
}

TEST(Engine, TwoAtATimeDoWhatOneDoes) {
  Options options = few();
  options.cases = 1000;
  const Result alone = run(SGPROOF_FAKE_RUNNER, options);
  std::vector<Result> together(4);
  {
    std::vector<std::jthread> threads;
    for (Result& result : together)
      threads.emplace_back([&] { result = run(SGPROOF_FAKE_RUNNER, options); });
  }
  for (const Result& result : together) {
    EXPECT_EQ(result.runs, alone.runs);
    EXPECT_EQ(result.findings.size(), alone.findings.size());
  }
}

TEST(Engine, NothingAskedForIsNoPass) {
  Options options = few();
  options.cases = options.family_cases = 0;
  options.table_cases = options.translated_cases = 0;
  EXPECT_EQ(run(SGPROOF_FAKE_RUNNER, options).outcome, Outcome::NoLegalRuns);
}

TEST(Engine, ListsBehindAnIommuAreTestedWhereTheConfigurationHasOne) {
  const auto claims = [](const char* iommu) {
    auto facts = test_facts();
    facts.kconfig["IOMMU_DMA"] = iommu;
    NativeRunner native(SGPROOF_FAKE_RUNNER, 5s);
    const auto result = test_module(native, facts, few());
    return std::ranges::count_if(
        result.checks, [](const CheckCount& c) { return c.id.invariant.starts_with("IOM"); });
  };
  EXPECT_GT(claims("y"), 0);
  EXPECT_EQ(claims("n"), 0);
}

TEST(Engine, AKernelThatDoesNothingIsCaught) {
  const Options options = few();
  const Result result = run(SGPROOF_FAKE_RUNNER, options);
  EXPECT_EQ(result.outcome, Outcome::Tested);
  EXPECT_EQ(result.runs, result.legal + result.illegal + result.inconclusive);
  EXPECT_EQ(result.inconclusive, 0U);
  std::set<std::string> invariants;
  for (const Finding& f : result.findings) {
    invariants.insert(f.violation.id.invariant);
    EXPECT_TRUE(f.local_minimum);
    EXPECT_EQ(illegal_use(f.scenario, test_facts()), std::nullopt);
    EXPECT_EQ(f.report.nops, f.scenario.nops);
  }
  EXPECT_TRUE(invariants.contains("ENC-2"));
  EXPECT_TRUE(invariants.contains("REF-1"));
  EXPECT_TRUE(invariants.contains("ENC-7"));
  for (const CheckCount& c : result.checks)
    EXPECT_EQ(c.applied, c.passed + c.violated + c.unknown) << c.id.invariant << c.id.clause;
}

TEST(Engine, WhatIsKnownIsNoFindingAndIsNotCounted) {
  Options options = few();
  options.known = [](const auto&, const Violation& v) {
    return std::string(v.id.invariant == "ENC-2" ? "a known defect" : "");
  };
  const Result result = run(SGPROOF_FAKE_RUNNER, options);
  for (const Finding& f : result.findings) EXPECT_NE(f.violation.id.invariant, "ENC-2");
  EXPECT_FALSE(result.findings.empty()) << "others are";
  for (const CheckCount& c : result.checks)
    EXPECT_TRUE(c.id.invariant != "ENC-2" || c.violated == 0) << c.id.clause;
  ASSERT_FALSE(result.known.empty());
  for (const auto& [key, known] : result.known) {
    EXPECT_EQ(key.first, "a known defect");
    EXPECT_EQ(key.second, known.violation.id);
    EXPECT_EQ(illegal_use(known.scenario, test_facts()), std::nullopt);
    EXPECT_LE(known.scenario.nops, 3U) << "shrunk";
  }
}

TEST(Engine, FindingsAreDistinctAndTheSameForTheSameSeed) {
  const Options options = few();
  const Result a = run(SGPROOF_FAKE_RUNNER, options), b = run(SGPROOF_FAKE_RUNNER, options);
  ASSERT_EQ(a.findings.size(), b.findings.size());
  for (std::size_t i = 0; i < a.findings.size(); ++i) {
    EXPECT_EQ(a.findings[i].violation.id, b.findings[i].violation.id);
    EXPECT_EQ(a.findings[i].roles, b.findings[i].roles);
    if (i == 0) continue;
    EXPECT_LT(std::tie(a.findings[i - 1].violation.id, a.findings[i - 1].roles),
              std::tie(a.findings[i].violation.id, a.findings[i].roles));
  }
}

TEST(Engine, AHangIsAFinding) {
  Options options = few();
  options.cases = 20;
  options.family_cases = 1;
  options.shrinks = 1;
  const Result result = run(SGPROOF_FAKE_HANGING_RUNNER, options, 20ms);
  bool found = false;
  for (const Finding& f : result.findings)
    if (f.violation.id == CheckId{"SAF-5", "ends", "dma_map_sgtable"}) {
      found = true;
      EXPECT_NE(f.event.find("hang"), std::string::npos);
      EXPECT_EQ(f.scenario.ops[f.violation.step].code, std::uint64_t{SGP_OP_MAP_SGTABLE});
      EXPECT_EQ(f.report.steps[f.violation.step].done, 0U);
    }
  EXPECT_TRUE(found);
}

TEST(Engine, StopsAfterHangs) {
  Options options = few();
  options.cases = 100'000'000;
  options.shrinks = 0;
  options.max_hangs = 2;
  const Result result = run(SGPROOF_FAKE_HANGING_RUNNER, options, 20ms);
  EXPECT_EQ(result.outcome, Outcome::Stopped);
  EXPECT_EQ(result.reason, "too many scenarios hang");
  EXPECT_TRUE(result.findings.empty());
  EXPECT_TRUE(std::any_of(result.checks.begin(), result.checks.end(),
                          [](const CheckCount& c) { return c.violated != 0; }));
}

TEST(Engine, StopsAtTheDeadlineAndWhenCancelled) {
  Options options = few();
  options.cases = 100'000'000;
  options.deadline = std::chrono::steady_clock::now() + 300ms;
  Result result = run(SGPROOF_FAKE_RUNNER, options);
  EXPECT_EQ(result.outcome, Outcome::Stopped);
  EXPECT_LT(result.seconds, 10);

  options = few();
  options.cancelled = [] { return true; };
  result = run(SGPROOF_FAKE_RUNNER, options);
  EXPECT_NE(result.outcome, Outcome::Tested);
  EXPECT_EQ(result.runs, 0U);
}

TEST(Engine, AMissingRunnerIsAnError) { EXPECT_THROW(run("/nonexistent", few()), Error); }

}  // namespace
}  // namespace sgproof::properties
