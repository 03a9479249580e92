// What a correct kernel does with a scenario, and what the invariants ask of each step.
//
// The reference run is made from the reference semantics (model/invariants/mapping.hpp) and judged
// by the same invariants as every other run: what they look at there is what a test must assert.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gate/export/trace_file.hpp"

namespace sgproof::gate {

/// What stands at `dma_address` of an entry.
enum class Place : std::uint8_t {
  None,    ///< nothing that a map call wrote
  Bus,     ///< the PCI bus address of a byte of peer memory
  Direct,  ///< the physical address
  Slot,    ///< a slot of the bounce buffers
};

/// What is known of an entry after a step of the reference run.
struct EntryState {
  std::optional<unsigned>
      page;               ///< index of the page that it holds; absent: none, or a raw pointer
  std::uint64_t raw = 0;  ///< pointer, where it was given as a number
  std::uint64_t offset = 0, length = 0;
  bool is_chain = false, is_last = false, is_bus = false;
  bool bus_open = false;  ///< the invariants do not say whether it is marked
  bool by_hand = false;   ///< it was marked as a bus address by a step of its own
  Place place = Place::None;
};

struct StepState {
  std::int64_t ret = 0;  ///< of a map call
  bool mapped = false;   ///< a map call that succeeded, or an unmap or sync of one
  std::vector<EntryState> entries;
};

/// One thing that must hold after a step, with the claims that ask for it ("MAP-1 address").
struct Assertion {
  unsigned step = 0;
  std::optional<unsigned> entry;
  std::string field;  ///< as the invariants name it
  std::vector<std::string> claims;
};

struct Reference {
  std::vector<StepState> steps;
  std::vector<Assertion> assertions;  ///< in the order of steps; only what a test can see
  unsigned bounces = 0;               ///< calls of swiotlb_map()
};

/// Throws SGP-E0620 for a scenario on which a correct kernel stops (a misaligned pointer), or whose
/// outcome the reference semantics leaves open.
[[nodiscard]] Reference reference_run(const TraceFile& trace);

/// Map type of a provider's memory for a device, as the topology or the cache has it.
[[nodiscard]] unsigned effective_type(const sgp_world& world, unsigned device, unsigned provider);

}  // namespace sgproof::gate
