// The executor and the machine code agree on random scenarios of real kernels, of both word sizes
// and both byte orders.
#include "gate/executor_check.hpp"

#include <gtest/gtest.h>

#include "gate/session.hpp"
#include "kernel-extract/extract.hpp"

namespace sgproof::gate {
namespace {

class ExecutorAgrees : public testing::TestWithParam<const char*> {
 protected:
  ExecutorAgrees() : context{cache, {}, {}, 2} {}
  Subject subject(const char* config) {
    const auto source = extract::open_source("debian:6.1", {}, context);
    return subject_of(extract::extract_module(source.subject(), config, {}, context), context);
  }

  extract::CacheDir cache{SGPROOF_TEST_CACHE};
  extract::Context context;
};

TEST_P(ExecutorAgrees, WithNativeRunsOfRandomScenarios) {
  constexpr std::size_t kScenarios = 3000;
  Subject kernel = subject(GetParam());
  ASSERT_TRUE(kernel.runner) << kernel.no_runner;
  const auto result = compare_with_executor(kernel, 1, kScenarios);
  for (const auto& [why, count] : result.not_compared) std::cout << count << " " << why << "\n";
  for (const Disagreement& d : result.disagreements) ADD_FAILURE() << d.index << ": " << d.text;
  EXPECT_GE(result.compared * 10, kScenarios * 9);
}

INSTANTIATE_TEST_SUITE_P(Configs, ExecutorAgrees, testing::Values("x86_64", "i386", "mips", "um"));

}  // namespace
}  // namespace sgproof::gate
