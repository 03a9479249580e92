// SWT: the bounce buffers themselves, SWT-1 to SWT-3 of INVARIANTS.md. Their code is an environment
// contract for the engines that run extracted code; only a booted kernel shows what it does with
// memory, and only traces of one are judged.
#pragma once

#include "model/judge.hpp"

namespace sgproof::model {

/// `c` of SGP_EV_BYTES in a step that maps, synchronises or unmaps (replay/runner/bounce_bytes.c).
enum class Copied : std::uint8_t {
  Nothing = 0,
  ToBuffer = 1,
  ToSlot = 2,
  Other = 3,           ///< neither, or with holes
  LargestMapping = 4,  ///< a mapping of the advertised size was tried (bounce_limits.c)
};

/// Whether only a booted kernel shows what the invariant is about.
bool is_booted_only(std::string_view invariant);

void swt(const Trace<ConcreteDomain>& trace, Judge<ConcreteDomain>& judge);

}  // namespace sgproof::model
