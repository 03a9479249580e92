// Scenarios for replay's own tests.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/abi.hpp"

namespace sgproof::replay::test {

/// A scenario under construction. Devices: PCI, 32-bit mask, bounce pool present. No providers.
class ScenarioBuilder {
 public:
  explicit ScenarioBuilder(std::uint64_t id, std::uint64_t nents);

  ScenarioBuilder& ram(std::uint64_t pfn);
  /// A page of provider `k`, `index` pages from its start.
  ScenarioBuilder& bar(std::uint64_t k, std::uint64_t index);
  /// A provider with that bus offset; `same` says with which device it shares the switch.
  ScenarioBuilder& provider(std::uint64_t bus_offset, bool same_as_0, bool same_as_1);
  ScenarioBuilder& forwards();
  ScenarioBuilder& split(std::uint64_t at);
  ScenarioBuilder& op(sgp_opcode code, std::uint64_t entry = 0, std::uint64_t page = 0,
                      std::uint64_t offset = 0, std::uint64_t length = 0, std::uint64_t raw = 0);
  /// init, page i into entry i with 0x1000 bytes at offset 0x100 * i, map for the device, unmap.
  ScenarioBuilder& map_and_unmap(std::uint64_t device = 0);

  sgp_scenario scenario{};
};

}  // namespace sgproof::replay::test
