// Records of the binary interface (harness/sgp_abi.h) for a runner of another byte
// order: all of them consist of 64-bit words, so each word is turned round and nothing else.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

namespace sgproof {

/// The record with its words in `order`, from this machine's order; and the other way round.
template <class Record>
[[nodiscard]] Record in_order(const Record& record, std::endian order) {
  static_assert(std::is_trivially_copyable_v<Record> &&
                sizeof(Record) % sizeof(std::uint64_t) == 0);
  if (order == std::endian::native) return record;
  auto words =
      std::bit_cast<std::array<std::uint64_t, sizeof(Record) / sizeof(std::uint64_t)>>(record);
  for (auto& word : words) word = __builtin_bswap64(word);
  return std::bit_cast<Record>(words);
}

}  // namespace sgproof
