// Which operations on the table of a scenario are legal, one after the other.
#pragma once

#include "kernel-extract/harness/sgp_abi.h"

namespace sgproof::properties {

/// Bounds of sgp_table_ops.h, and less where events would be lost.
inline constexpr std::uint64_t kMostEntries = 600;   ///< of a table of the kernel's chunks
inline constexpr std::uint64_t kMostOwnChunk = 32;   ///< entries of a chunk of TABLE_CHUNKS
inline constexpr std::uint64_t kMostOwnChunks = 14;  ///< in a scenario
inline constexpr std::uint64_t kMostFrames = 480;    ///< page frames that one TABLE_APPEND spans

inline constexpr std::uint64_t kMostCopied = 8;  ///< pages of a table whose bytes are touched

/// Whether the code is one of the SGP_OP_TABLE_ operations.
constexpr bool is_table_op(std::uint64_t code) {
  return code >= SGP_OP_TABLE_ALLOC && code <= SGP_OP_TABLE_SPLIT;
}

/// Page frames from the first to the last page of a TABLE_APPEND whose pages are at a distance.
constexpr std::uint64_t frames_of(const sgp_op& op) { return (op.raw - 1) * op.attrs + 1; }

/// Chunks that a TABLE_CHUNKS needs, with the caller's own; its operands must be within bounds.
std::uint64_t chunks_of(const sgp_op& op);

/// Follows the life of the table.
class TableUse {
 public:
  explicit TableUse(const sgp_scenario& scenario) : s_(scenario) {}

  /// What is illegal about operation `index`, which is the next one on the table; null: nothing.
  const char* step(std::uint64_t index);

 private:
  const char* make(const sgp_op& op);
  const char* append(std::uint64_t index);
  const char* use(const sgp_op& op) const;

  const sgp_scenario& s_;
  bool made_ = false, appended_ = false;
  std::uint64_t device_ = 0;      ///< whose segments the table is for
  std::uint64_t announced_ = 0;   ///< pages that must follow
  std::uint64_t own_chunks_ = 0;  ///< in the scenario so far
  std::uint64_t pages_ = 0;       ///< of the table
  bool ram_ = true;               ///< all of them
  std::uint64_t entries_ = 0;     ///< of the kernel's own chunks, so far
};

}  // namespace sgproof::properties
