// How large random scenarios are. A scenario can hold more (kernel-extract/harness/sgp_abi.h), for
// proofs of longer lists: what goes wrong in a list, goes wrong in a short one, and short ones are
// executed and shrunk faster.
#pragma once

namespace sgproof::properties {

constexpr unsigned kDrawnNents = 4;  ///< entries of a list, at most
constexpr unsigned kDrawnOps = 16;   ///< operations, at most

}  // namespace sgproof::properties
