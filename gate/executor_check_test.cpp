// The executor and the machine code agree on random scenarios of real kernels, of both word sizes
// and both byte orders.
#include "gate/executor_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gate/beyond_contract.hpp"
#include "gate/session.hpp"
#include "kernel-extract/extract.hpp"
#include "kernel-extract/inspect.hpp"

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
/// own, and no list is split while it is mapped; what the allocator's contract replaces; and what
/// the harness does for proofs only.
bool no_run_enters(std::string_view function) {
  constexpr std::array kNames = {"arch_sync_dma_for", "translate_",      "phys_to_dma",
                                 "sg_split_mapped",   "kmalloc",         "__kmalloc_index",
                                 "ERR_PTR",           "PTR_ERR",         "sgp_legal_sync",
                                 "sgp_legal_last",    "sgp_note",        "sgp_give_apart",
                                 "sgp_legal_split",   "sgp_tell",        "sgp_bytes_told",
                                 "sgp_miter_told",    "sgp_phys_of_",    "sgp_cases_of_",
                                 "sgp_split_known",   "sgp_proves_list", "sgp_drops_bits"};
  return std::ranges::any_of(kNames, [&](const char* name) { return function.starts_with(name); });
}

/// Of dma-iommu: looking up addresses, which only untrusted devices do, and what correct calls do
/// not do: ranges that are not adjacent, sizes that are no powers of two, messages. Of
/// swiotlb_bounce(): the way for buffers in high memory, which these kernels do not have. Of the
/// harness: lists of any length, and ranges that are mapped by themselves, which only proofs have.
constexpr std::array kDeadEnds = {"sgp_do_any",
                                  "sgp_do_range_op",
                                  "iommu_iova_to_phys",
                                  "sgp_iova_to_phys",
                                  "sgp_flush_iotlb_all",
                                  "put_pages_list",
                                  "is_swiotlb_buffer.tu_dma_iommu",
                                  "sg_phys.tu_dma_iommu",
                                  "iommu_iotlb_gather_init.env_iommu",
                                  "iommu_iotlb_sync.env_iommu",
                                  "__ilog2_u64.env_iommu",
                                  "memcpy_from_page",
                                  "memcpy_to_page",
                                  "_printk"};

/// What only a list with memory of peers leads to, or bounce buffers that it must not lie in.
constexpr std::array kOfPeers = {"pci_p2pdma_map_segment", "sgp_overlaps"};

/// What a scenario can lead to, but for those.
std::set<std::string> to_be_entered(std::vector<extract::Function> functions) {
  const auto beyond = beyond_contract(functions, functions);
  const auto is_dead_end = [&](const std::string& name) {
    return beyond.contains(name) || std::ranges::find(kDeadEnds, name) != kDeadEnds.end();
  };
  for (auto& function : functions) {
    std::erase_if(function.calls, is_dead_end);
    std::erase_if(function.takes, is_dead_end);
  }
  const auto names = extract::reachable_names(functions, {"sgp_run"});
  std::set<std::string> out;
  for (const auto& function : functions)  // the others have no code here
    if (names.contains(function.name) && !no_run_enters(function.name)) out.insert(function.name);
  return out;
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
  const auto of_peers = [&](const std::string& function) {
    return !kernel.facts.has_peers() && std::ranges::find(kOfPeers, function) != kOfPeers.end();
  };
  for (const auto& function : to_be_entered(code.functions))
    EXPECT_TRUE(of_peers(function) || result.entered.contains(function))
        << function << " was not entered";
}

INSTANTIATE_TEST_SUITE_P(Configs, ExecutorAgrees,
                         testing::Values("x86_64", "i386", "mips", "riscv64", "arm", "ppc32",
                                         "s390", "arm64", "um", "x86_64-slob", "ppc64le",
                                         "ppc64le-no-swiotlb", "riscv32"));

}  // namespace
}  // namespace sgproof::gate
