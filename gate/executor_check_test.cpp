// The executor and the machine code agree on random scenarios of real kernels, of both word sizes
// and both byte orders.
#include "gate/executor_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "gate/session.hpp"
#include "kernel-extract/extract.hpp"

namespace sgproof::gate {
namespace {

/// SGPROOF_EXECUTOR_RUNS: scenarios for each configuration, fewer for those that are not judged by
/// default; each has about ten calls.
std::size_t count(std::string_view config) {
  const char* text = std::getenv("SGPROOF_EXECUTOR_RUNS");
  const std::size_t all = text != nullptr ? std::strtoul(text, nullptr, 10) : 1500;
  return config == "x86_64" || config == "i386" ? all : all / 5;
}

/// Functions that no scenario leads to, since its devices are coherent, have no DMA ranges of their
/// own, and no list is split while it is mapped; and what the allocator's contract replaces.
bool no_run_enters(std::string_view function) {
  constexpr std::array kNames = {"arch_sync_dma_for", "translate_", "phys_to_dma",
                                 "sg_split_mapped",   "kmalloc",    "__kmalloc_index",
                                 "ERR_PTR",           "PTR_ERR",    "sgp_legal_sync"};
  return std::ranges::any_of(kNames, [&](const char* name) { return function.starts_with(name); });
}

class ExecutorAgrees : public testing::TestWithParam<const char*> {
 protected:
  ExecutorAgrees() : context{cache, {}, {}, 2} {}
  extract::Module module(const char* config) {
    const auto source = extract::open_source("debian:6.1", {}, context);
    return extract::extract_module(source.subject(), config, {}, context);
  }

  extract::CacheDir cache{SGPROOF_TEST_CACHE};
  extract::Context context;
};

TEST_P(ExecutorAgrees, WithNativeRunsOfRandomScenarios) {
  const std::size_t scenarios = count(GetParam());
  const auto code = module(GetParam());
  Subject kernel = subject_of(code, context);
  ASSERT_TRUE(kernel.runner) << kernel.no_runner;
  const auto result = compare_with_executor(kernel, 1, scenarios);
  for (const auto& [why, count] : result.not_compared) std::cout << count << " " << why << "\n";
  for (const Disagreement& d : result.disagreements) ADD_FAILURE() << d.index << ": " << d.text;
  EXPECT_GT(result.compared, 0U);
  EXPECT_GE(result.compared * 10, scenarios * 9);
  std::cout << result.calls << " calls compared, " << result.entered.size()
            << " functions entered\n";
  if (std::string_view(GetParam()) != "x86_64" && std::string_view(GetParam()) != "i386") return;
  for (const auto& function : code.functions) {
    if (!function.reachable || no_run_enters(function.name)) continue;
    EXPECT_TRUE(result.entered.contains(function.name)) << function.name << " was not entered";
  }
}

INSTANTIATE_TEST_SUITE_P(Configs, ExecutorAgrees, testing::Values("x86_64", "i386", "mips", "um"));

}  // namespace
}  // namespace sgproof::gate
