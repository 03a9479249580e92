#include "replay/fitting.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

namespace sgproof::replay {
namespace {

/// Scenarios that take an emulated machine about as long as its boot.
constexpr std::size_t kWorthABoot = 8192;

/// Whether a scenario may end in a BUG that is right: what follows in its boot is tainted.
bool may_stop(const sgp_scenario& s) {
  const auto last = std::begin(s.ops) + std::min<std::uint64_t>(s.nops, SGP_MAX_OPS);
  return std::any_of(std::begin(s.ops), last, [](const sgp_op& op) {
    return op.code == SGP_OP_ASSIGN_RAW || op.code == SGP_OP_CHAIN;
  });
}

/// What one machine has to do.
struct Share {
  IommuKind iommu;
  CpuKind cpu;
  std::vector<std::size_t> places;  ///< of its scenarios, in the request
};

/// The CPU says what becomes of traffic between peers, and nothing else.
bool fits_each_cpu(const sgp_scenario& s) { return s.nproviders == 0; }

std::vector<Share> kinds_of(const BootRequest& request, const std::vector<sgp_scenario>& all) {
  std::vector<std::size_t> places(all.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  // else there is one kind of machine; what it cannot do is said by the runner
  if (request.image.arch != Arch::X86_64)
    return {{IommuKind::None, CpuKind::NotForwarding, std::move(places)}};
  std::vector<Share> kinds;
  for (const auto iommu : {IommuKind::None, IommuKind::Intel}) {
    Share forwarding{iommu, CpuKind::Forwarding, {}};
    Share refusing{iommu, CpuKind::NotForwarding, {}};
    std::vector<std::size_t> either;
    for (const std::size_t i : places) {
      if (iommu_for(all[i]) != iommu) continue;
      if (fits_each_cpu(all[i]))
        either.push_back(i);
      else
        (cpu_for(all[i]) == CpuKind::Forwarding ? forwarding : refusing).places.push_back(i);
    }
    for (const std::size_t i : either) {
      // no machine only for these: one boots for them anyway
      const bool there = !forwarding.places.empty();
      const bool less = forwarding.places.size() < refusing.places.size();
      (there && (less || refusing.places.empty()) ? forwarding : refusing).places.push_back(i);
    }
    kinds.push_back(std::move(forwarding));
    kinds.push_back(std::move(refusing));
  }
  return kinds;
}

/// Shares that take about as long as each other, none without a scenario.
std::vector<Share> shares_of(const BootRequest& request, const std::vector<sgp_scenario>& all) {
  const std::size_t machines = std::max(1U, request.side_by_side);
  const auto most = std::max(kWorthABoot, (all.size() + machines - 1) / machines);
  std::vector<Share> shares;
  for (const auto& [iommu, cpu, places] : kinds_of(request, all))
    for (std::size_t first = 0; first < places.size(); first += most) {
      const auto begin = places.begin() + static_cast<std::ptrdiff_t>(first);
      const auto count = static_cast<std::ptrdiff_t>(std::min(most, places.size() - first));
      Share share{iommu, cpu, {begin, begin + count}};
      std::ranges::stable_partition(share.places, [&](std::size_t i) { return !may_stop(all[i]); });
      shares.push_back(std::move(share));
    }
  // the longest first, or the last of them keeps everybody waiting
  std::ranges::stable_sort(shares, std::ranges::greater{},
                           [](const Share& share) { return share.places.size(); });
  return shares;
}

/// `request` says how, and has no scenarios of its own.
BootResult run_share(BootRequest request, const Share& share, const std::vector<sgp_scenario>& all,
                     std::vector<ScenarioResult>& results, const extract::CancelToken& cancel) {
  std::vector<ScenarioResult*> into;
  request.cpu = share.cpu;
  request.iommu = share.iommu;
  request.scenarios.reserve(share.places.size());
  for (const std::size_t i : share.places) {
    request.scenarios.push_back(all[i]);
    into.push_back(&results[i]);
  }
  return run_into(request, into, cancel);
}

}  // namespace

CpuKind cpu_for(const sgp_scenario& scenario) {
  const auto& world = scenario.world;
  bool refused = false;
  bool forwarded = false;
  for (std::size_t p = 0; p < std::min<std::uint64_t>(scenario.nproviders, SGP_MAX_PROVIDERS); ++p)
    for (std::size_t d = 0; d < SGP_MAX_DEVICES; ++d) {
      const auto cached = world.providers[p].cached_type[d];
      refused |= cached == SGP_TYPE_NOT_SUPPORTED;
      forwarded |= cached == SGP_TYPE_THRU_HOST_BRIDGE;
    }
  // What is cached was decided on such a CPU; where nothing is cached the scenario says it itself.
  if (forwarded != refused) return forwarded ? CpuKind::Forwarding : CpuKind::NotForwarding;
  return world.cpu_forwards_p2p != 0 ? CpuKind::Forwarding : CpuKind::NotForwarding;
}

IommuKind iommu_for(const sgp_scenario& scenario) {
  return scenario.world.iommu != 0 ? IommuKind::Intel : IommuKind::None;
}

BootResult run_on_fitting_machines(BootRequest request, const extract::CancelToken& cancel) {
  const auto begin = std::chrono::steady_clock::now();
  const auto all = std::exchange(request.scenarios, {});
  const auto shares = shares_of(request, all);
  BootResult merged;
  merged.scenarios.resize(all.size());
  std::vector<BootResult> parts(shares.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t at = next++; at < shares.size(); at = next++)
      parts[at] = run_share(request, shares[at], all, merged.scenarios, cancel);
  };
  std::vector<std::future<void>> lanes;
  for (unsigned lane = 0; lane < std::max(1U, request.side_by_side) && lane < shares.size(); ++lane)
    lanes.push_back(std::async(std::launch::async, work));
  for (auto& lane : lanes) lane.wait();  // before any of them throws: they refer to us
  for (auto& lane : lanes) lane.get();
  merged.outcome = Outcome::Ok;
  merged.explanation = "every scenario has a sound record";
  for (auto& part : parts) {
    if (merged.outcome == Outcome::Ok && part.outcome != Outcome::Ok) {
      merged.outcome = part.outcome;
      merged.explanation = part.explanation;
    }
    if (!merged.facts.ready) merged.facts = part.facts;
    std::ranges::move(part.boots, std::back_inserter(merged.boots));
  }
  merged.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return merged;
}

}  // namespace sgproof::replay
