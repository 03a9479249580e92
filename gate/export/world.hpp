// How a real machine can be the world of a scenario.
//
// The addresses cannot be the scenario's. Kept are: which pages are equal, their order, the
// distance of near ones, the low 4 bits of page frame numbers, a page's place in its provider's
// range, bus offsets, the map type of each device and provider, and on which side of the device's
// limit each mapped byte is. What cannot be kept is refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gate/export/reference.hpp"

namespace sgproof::gate {

/// A range of a BAR that is registered as peer memory.
struct PeerRange {
  unsigned provider = 0;              ///< of the scenario
  std::uint64_t start = 0, size = 0;  ///< within the BAR, bytes
  std::uint64_t bus_offset = 0;       ///< bus address - CPU address, modulo 2^64
};

/// A PCI device whose BAR holds the ranges of providers that all clients reach in the same way.
struct PeerDevice {
  std::vector<PeerRange> ranges;
  std::array<unsigned, SGP_MAX_DEVICES> type{};  ///< enum sgp_map_type towards each PCI client
  std::array<bool, SGP_MAX_DEVICES> cached{};    ///< whether the kernel knows it beforehand
  [[nodiscard]] std::uint64_t bytes() const;
};

/// Highest address that a device reaches.
struct Reach {
  enum class Kind : std::uint8_t {
    Unused,   ///< nothing depends on it
    All,      ///< all memory of the machine
    Mask,     ///< the first byte of the block of RAM + `bytes`, by its DMA mask
    BusLimit  ///< the same by its bus_dma_limit
  };
  Kind kind = Kind::Unused;
  std::uint64_t bytes = 0;
};

enum class Bounce : std::uint8_t {
  AsIs,        ///< nothing is bounced
  Forced,      ///< everything is
  OutOfReach,  ///< what the device does not reach
  NoPool,      ///< there is no pool: what the device does not reach cannot be mapped
};

struct Client {
  bool used = false;
  bool is_pci = false;  ///< a PCI device of the machine; else one that the test makes
  Reach reach;
  Bounce bounce = Bounce::AsIs;
};

struct PagePlace {
  bool used = false;
  unsigned same_as = 0;              ///< the first page of the scenario that is this one
  std::optional<unsigned> provider;  ///< absent: RAM
  std::uint64_t index = 0;           ///< pages from the start of the block of RAM, or range
};

struct World {
  std::array<PagePlace, SGP_MAX_PAGES> pages{};
  std::optional<unsigned> ram_order;  ///< one block of 2^order pages, if there is RAM
  std::vector<PeerDevice> peers;
  std::array<Client, SGP_MAX_DEVICES> clients{};

  [[nodiscard]] bool has_pci_client() const;
};

/// Throws SGP-E0622 with what no machine can be made to have.
[[nodiscard]] World realise(const sgp_scenario& scenario, const Reference& reference);

}  // namespace sgproof::gate
