#include "gate/beyond_contract.hpp"

#include <algorithm>
#include <array>

#include "kernel-extract/inspect.hpp"

namespace sgproof::gate {
namespace {

constexpr std::array kFirst = {"iommu_deferred_attach", "queue_iova"};
constexpr std::array kOfUntrusted = {"iommu_dma_map_sg_swiotlb", "iommu_dma_unmap_sg_swiotlb"};

/// Who calls the function or takes its address.
std::set<std::string> users_of(const std::string& name,
                               const std::vector<extract::Function>& functions) {
  std::set<std::string> users;
  for (const auto& f : functions)
    if (std::ranges::find(f.calls, name) != f.calls.end() ||
        std::ranges::find(f.takes, name) != f.takes.end())
      users.insert(f.name);
  return users;
}

}  // namespace

std::set<std::string> beyond_contract(std::vector<extract::Function> functions,
                                      const std::vector<extract::Function>& base, bool untrusted) {
  std::vector<std::string> left_out(kFirst.begin(), kFirst.end());
  if (!untrusted) left_out.insert(left_out.end(), kOfUntrusted.begin(), kOfUntrusted.end());
  std::vector<std::string> first;
  for (const auto& name : left_out)
    if (users_of(name, functions) == users_of(name, base)) first.push_back(name);
  const auto is_first = [&](const std::string& name) {
    return std::ranges::find(first, name) != first.end();
  };
  auto beyond = extract::reachable_names(functions, first);
  for (auto& function : functions) {
    std::erase_if(function.calls, is_first);
    std::erase_if(function.takes, is_first);
  }
  for (const auto& name : extract::reachable_names(functions, {"sgp_run"})) beyond.erase(name);
  return beyond;
}

}  // namespace sgproof::gate
