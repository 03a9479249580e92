#include "gate/beyond_contract.hpp"

#include <algorithm>
#include <array>

#include "kernel-extract/inspect.hpp"

namespace sgproof::gate {
namespace {

constexpr std::array kFirst = {"iommu_deferred_attach", "queue_iova", "iommu_dma_map_sg_swiotlb",
                               "iommu_dma_unmap_sg_swiotlb"};

}  // namespace

std::set<std::string> beyond_contract(std::vector<extract::Function> functions) {
  const auto is_first = [](const std::string& name) {
    return std::ranges::find(kFirst, name) != kFirst.end();
  };
  std::vector<std::string> first;
  for (const auto& function : functions)
    if (is_first(function.name)) first.push_back(function.name);
  auto beyond = extract::reachable_names(functions, first);
  for (auto& function : functions) {
    std::erase_if(function.calls, is_first);
    std::erase_if(function.takes, is_first);
  }
  for (const auto& name : extract::reachable_names(functions, {"sgp_run"})) beyond.erase(name);
  return beyond;
}

}  // namespace sgproof::gate
