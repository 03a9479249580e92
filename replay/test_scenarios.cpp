#include "replay/test_scenarios.hpp"

namespace sgproof::replay::test {

ScenarioBuilder::ScenarioBuilder(std::uint64_t id, std::uint64_t nents) {
  scenario.magic = SGP_MAGIC_SCENARIO;
  scenario.id = id;
  scenario.nents = nents;
  for (auto& device : scenario.world.devices)
    device = {.is_pci = 1,
              .dma_mask = 0xffffffff,
              .bus_dma_limit = 0,
              .force_bounce = 0,
              .swiotlb_active = 1,
              .port_acs = SGP_ACS_NONE,
              .max_segment = 0,
              .segment_boundary = 0,
              .untrusted = 0,
              .min_align = 0,
              .noncoherent = 0};
  scenario.world.swiotlb_start = 0x4000000;
  scenario.world.swiotlb_end = 0x8000000;
}

ScenarioBuilder& ScenarioBuilder::ram(std::uint64_t pfn) {
  scenario.world.pages[scenario.npages++] = {.kind = 0, .pfn = pfn};
  return *this;
}

ScenarioBuilder& ScenarioBuilder::bar(std::uint64_t k, std::uint64_t index) {
  scenario.world.pages[scenario.npages++] = {
      .kind = 1 + k, .pfn = (scenario.world.providers[k].cpu_start >> 12) + index};
  return *this;
}

ScenarioBuilder& ScenarioBuilder::provider(std::uint64_t bus_offset, bool same_as_0,
                                           bool same_as_1) {
  const auto k = scenario.nproviders++;
  auto& provider = scenario.world.providers[k];
  provider.cpu_start = 0x80000000 + k * 0x10000000;
  provider.size = 0x200000;
  provider.bus_start = provider.cpu_start + bus_offset;
  provider.same_switch[0] = same_as_0 ? 1 : 0;
  provider.same_switch[1] = same_as_1 ? 1 : 0;
  return *this;
}

ScenarioBuilder& ScenarioBuilder::forwards() {
  scenario.world.cpu_forwards_p2p = 1;
  return *this;
}

ScenarioBuilder& ScenarioBuilder::split(std::uint64_t at) {
  scenario.split = at;
  return *this;
}

ScenarioBuilder& ScenarioBuilder::op(sgp_opcode code, std::uint64_t entry, std::uint64_t page,
                                     std::uint64_t offset, std::uint64_t length,
                                     std::uint64_t raw) {
  scenario.ops[scenario.nops++] = {.code = code,
                                   .device = 0,
                                   .entry = entry,
                                   .page = page,
                                   .offset = offset,
                                   .length = length,
                                   .dir = 0,
                                   .attrs = 0,
                                   .raw = raw};
  return *this;
}

ScenarioBuilder& ScenarioBuilder::map_and_unmap(std::uint64_t device) {
  op(SGP_OP_INIT);
  for (std::uint64_t i = 0; i < scenario.nents; ++i) op(SGP_OP_SET_PAGE, i, i, 0x100 * i, 0x1000);
  op(SGP_OP_MAP_SGTABLE).scenario.ops[scenario.nops - 1].device = device;
  op(SGP_OP_UNMAP).scenario.ops[scenario.nops - 1].device = device;
  return *this;
}

}  // namespace sgproof::replay::test
