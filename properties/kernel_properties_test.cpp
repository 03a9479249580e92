// Tests on the native runner of a real kernel, unmodified: SGPROOF_TEST_RUNNER names the program,
// SGPROOF_TEST_FACTS its facts (see test_support.hpp). Skipped without.
#include <gtest/gtest.h>

#include <cstdlib>

#include "model/families.hpp"
#include "model/scenario.hpp"
#include "properties/byte_generator.hpp"
#include "properties/engine.hpp"
#include "properties/judge_run.hpp"
#include "properties/random_family.hpp"
#include "properties/test_support.hpp"

namespace sgproof::properties {
namespace {

class Kernel : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("SGPROOF_TEST_RUNNER");
    if (!path) GTEST_SKIP() << "SGPROOF_TEST_RUNNER names no runner";
    runner_.emplace(path, std::chrono::seconds(5));
  }

  model::Facts facts_ = kernel_facts();
  std::optional<NativeRunner> runner_;
};

TEST_F(Kernel, FamiliesAreLegalAtNeutralValuesAndHold) {
  for (const auto& family : model::families(facts_, 3)) {
    const Judgement judgement = judge_run(*runner_, family.shape, facts_);
    EXPECT_EQ(judgement.standing, Standing::Judged) << family.name << ": " << judgement.reason;
    EXPECT_TRUE(judgement.violations.empty()) << family.name;
  }
}

TEST_F(Kernel, AtLeast95PercentOfRandomBuffersAreLegal) {
  Random64 random(7);
  std::vector<sgp_scenario> all;
  for (int i = 0; i < 10000; ++i) {
    Buffer buffer(random.below(kDecodedBytes + 50));
    for (auto& b : buffer) b = static_cast<std::uint8_t>(random());
    all.push_back(decode(buffer, facts_));
  }
  std::size_t legal = 0, unmodelled = 0;
  for (const NativeRun& run : runner_->run(all)) {
    legal += run.report.status == SGP_STATUS_COMPLETE || run.report.status == SGP_STATUS_STOPPED;
    unmodelled += run.report.status == SGP_STATUS_UNMODELLED;
  }
  RecordProperty("legal", static_cast<int>(legal));
  EXPECT_GE(legal * 100, all.size() * 95);
  EXPECT_EQ(unmodelled, 0U);
}

TEST_F(Kernel, UnmodifiedHoldsAllInvariants) {
  Options options;
  options.cases = 30000;
  options.family_cases = 1500;
  const Result result = test_module(*runner_, facts_, options);
  EXPECT_EQ(result.outcome, Outcome::Tested) << result.reason;
  for (const Finding& f : result.findings) {
    ADD_FAILURE() << f.violation.id.invariant << " " << f.violation.id.clause << " "
                  << f.violation.id.function << "\n"
                  << model::to_json(f.scenario).dump(1);
  }
  EXPECT_EQ(result.inconclusive, 0U);
  // no statement that was made is vacuous
  for (const CheckCount& c : result.checks)
    EXPECT_GT(c.passed, 0U) << c.id.invariant << " " << c.id.clause << " " << c.id.function;
}

TEST_F(Kernel, TheSameSeedGivesTheSameCounts) {
  Options options;
  options.cases = 2000;
  options.family_cases = 100;
  options.seed = 99;
  const Result a = test_module(*runner_, facts_, options);
  const Result b = test_module(*runner_, facts_, options);
  EXPECT_EQ(a.runs, b.runs);
  EXPECT_EQ(a.legal, b.legal);
  ASSERT_EQ(a.checks.size(), b.checks.size());
  for (std::size_t i = 0; i < a.checks.size(); ++i)
    EXPECT_EQ(a.checks[i].applied, b.checks[i].applied);
}

}  // namespace
}  // namespace sgproof::properties
