// Do two executions of one scenario agree: the extracted code run on this machine, and the booted
// kernel? What the allocator and the machine chose (page pointers, physical addresses, bounce
// slots) is taken from the booted run; everything else that was observed must be the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/abi.hpp"

namespace sgproof::replay {

/// The scenario whose world is the one that the booted machine realised: addresses, masks, bounce
/// slots in the order in which the kernel gave them. Calls of swiotlb_map() beyond those that the
/// booted kernel made find a full pool.
[[nodiscard]] sgp_scenario realised(const sgp_scenario& scenario, const sgp_report& booted);

/// An observation in which the two runs differ.
struct Difference {
  std::uint64_t step = 0;
  std::string field;  ///< "return value", "entry 1 dma_address", "event 2 size", "completion"
  std::uint64_t native = 0, booted = 0;
};

/// In words: "step 3 entry 1 dma_address: 0x1000 natively, 0x2000 on the booted kernel".
[[nodiscard]] std::string words(const Difference& difference);

/// Why the two runs cannot be compared, if they cannot: one of them has no complete record, left
/// the assumptions, or went through undefined behaviour (a fault ends the two differently), or the
/// native run points to neither a page nor what the scenario names.
[[nodiscard]] std::optional<std::string> not_comparable(const sgp_scenario& scenario,
                                                        const sgp_report& native,
                                                        const sgp_report& booted);

/// Whether the booted run has a pointer to neither a page nor what the scenario names: its code
/// made it of others, and a machine with other pointers may make none of its own.
[[nodiscard]] bool mixes_pointers(const sgp_scenario& scenario, const sgp_report& booted);

/// Observations that differ, in the order of the steps; empty: the runs agree. `native` is of
/// realised(scenario, booted). Page pointers are compared as pages; fields of a list that was not
/// initialised yet are not looked at, and neither is what a device's transfers showed, which no
/// native run has.
[[nodiscard]] std::vector<Difference> differences(const sgp_scenario& scenario,
                                                  const sgp_report& native,
                                                  const sgp_report& booted);

}  // namespace sgproof::replay
