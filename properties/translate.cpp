#include "properties/translate.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "properties/drawn.hpp"
#include "properties/legality.hpp"

namespace sgproof::properties {
namespace {

constexpr std::uint64_t kGranule = 0x1000;
constexpr std::uint64_t kUntrusted = 4;  ///< one device of so many
constexpr std::uint64_t kMostOffset = 0x8000, kMostLength = 0x10000;

void shorten(std::uint64_t& offset, std::uint64_t& length) {
  offset %= kMostOffset;
  if (length > kMostLength) length = (length - 1) % kMostLength + 1;
}

void random_device(sgp_device& device, Random64& random) {
  constexpr std::array<std::uint64_t, 5> kMasks = {~std::uint64_t{0}, 0xffffffffff, 0xffffffff,
                                                   0x7fffffff, 0xfffffff};
  constexpr std::array<std::uint64_t, 5> kSegments = {0, 0x1000, 0x3000, 0x10000, 0xffffffff};
  constexpr std::array<std::uint64_t, 5> kAligned = {0, 0, 0x1ff, 0x7ff, 0xfff};
  device.is_pci = 1;
  device.force_bounce = device.swiotlb_active = 0;
  device.dma_mask = kMasks[random.below(kMasks.size())];
  device.bus_dma_limit = 0;
  device.max_segment = random.below(2) != 0 ? 0 : kSegments[random.below(kSegments.size())];
  device.segment_boundary = 0;
  device.untrusted = random.below(kUntrusted) == 0 ? 1 : 0;
  // nothing else is bounced behind an IOMMU
  device.min_align = device.untrusted != 0 ? kAligned[random.below(kAligned.size())] : 0;
}

/// Devices that see the caches or not, and trusted ones or others, whose slots are any of the pool.
void bounced(sgp_scenario& s, Random64& random) {
  constexpr std::uint64_t kRoom = 0x20000;  ///< more than the longest segment
  for (auto& device : s.world.devices) {
    device.untrusted = random.below(2);
    device.swiotlb_active = device.untrusted;
    device.noncoherent = random.below(2);
  }
  s.world.swiotlb_start &= ~(kRoom - 1);
  s.world.swiotlb_end = s.world.swiotlb_start + 0x400000;
  if (random.below(2) != 0) return;
  for (std::uint64_t i = 0; i < SGP_MAX_BOUNCED; ++i)
    s.world.bounce_slots[i] = random.below(8) == 0
                                  ? ~std::uint64_t{0}
                                  : s.world.swiotlb_start + (SGP_MAX_BOUNCED - 1 - i) * kRoom +
                                        random.below(0x10) * kGranule;
}

bool is_map(std::uint64_t code) { return code == SGP_OP_MAP_SG || code == SGP_OP_MAP_SGTABLE; }

}  // namespace

sgp_scenario translated(const sgp_scenario& direct, Random64& random) {
  sgp_scenario s = direct;
  s.world.iommu = 1;
  s.world.iommu_granule = kGranule;
  std::ranges::fill(s.world.choices, 0);  // any address that is free
  for (auto& device : s.world.devices) random_device(device, random);
  for (auto& prior : s.world.prior) shorten(prior.offset, prior.length);
  std::vector<std::uint64_t> maps;
  for (std::uint64_t i = 0; i < s.nops; ++i) {
    sgp_op& op = s.ops[i];
    if (op.code == SGP_OP_SET_PAGE) shorten(op.offset, op.length);
    if (is_map(op.code)) maps.push_back(i);
  }
  if (maps.empty()) return s;
  const auto failing = 1 + maps[random.below(maps.size())];
  const auto how = random.below(8);
  if (how == 0) s.world.iova_fails_in = failing;
  if (how == 1) {
    s.world.iommu_fails_in = failing;
    s.world.iommu_fails_at = random.below(3);
    s.world.iommu_part = random.below(4);
    s.world.iommu_part_ok = random.below(2);
  }
  if (random.below(4) == 0) s.world.iommu_unmaps_part = 1 + random.below(4);
  return s;
}

bool has_iommu(const model::Facts& facts) { return facts.enabled("IOMMU_DMA"); }

sgp_scenario translated_member(const model::Facts& facts,
                               const std::vector<model::Family>& families, Random64& random) {
  auto scenario = translated(draw(families[random.below(families.size())], random), random);
  if (facts.has_noncoherent())
    bounced(scenario, random);
  else
    trusted(scenario);
  for (auto& device : scenario.world.devices) device.min_align = 0;
  return scenario;
}

void trusted(sgp_scenario& scenario) {
  for (auto& device : scenario.world.devices) device.untrusted = 0;
}

std::vector<sgp_scenario> translated_scenarios(const model::Facts& facts, std::uint64_t seed,
                                               std::size_t count) {
  std::vector<sgp_scenario> all;
  if (!has_iommu(facts)) return all;
  const auto families = model::families(facts, kDrawnNents - 1);
  Random64 random(seed);
  constexpr std::size_t kTries = 50;  // for each; about two in three are legal
  for (std::size_t i = 0; i < count * kTries && all.size() < count; ++i) {
    const auto scenario = translated_member(facts, families, random);
    if (!illegal_use(scenario, facts)) all.push_back(scenario);
  }
  return all;
}

}  // namespace sgproof::properties
