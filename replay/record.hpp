// One record of the mailbox: is it intact, and what does it say.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/abi.hpp"

namespace sgproof::replay {

/// Where a BUG, WARN or oops happened in the kernel under test.
struct Diagnostic {
  sgp_event_kind kind = SGP_EV_NONE;  ///< SGP_EV_BUG, SGP_EV_WARN or SGP_EV_OOPS
  std::uint64_t step = 0;             ///< index of the operation
  std::string file;                   ///< source file of the BUG or WARN; empty for an oops
  std::uint64_t line = 0;             ///< 0 where unknown
  std::string function;               ///< "symbol+offset/size" of the instruction
};

/// What became of a record.
enum class RecordState : std::uint8_t {
  Absent,    ///< the kernel never began the scenario
  Partial,   ///< begun but not closed: the machine stopped in it; only verified steps are kept
  Complete,  ///< closed, and its seal fits
  Damaged,   ///< anything else: `why` says what does not fit
};

struct Record {
  RecordState state = RecordState::Absent;
  std::string why;      ///< for Damaged
  sgp_report report{};  ///< valid for Partial (steps whose seal fits) and Complete
  std::vector<Diagnostic> diagnostics;
  std::uint64_t stopped_before =
      0;                     ///< tasks that this boot had already lost to BUGs: it may be tainted
  std::uint64_t cycles = 0;  ///< time stamp counter of the guest, orientation only
};

/// XXH64 with seed 0, as the runner computes it (kernel: lib/xxhash.c).
[[nodiscard]] std::uint64_t seal_of(std::span<const std::byte> bytes);

/// The seal of a closed record: over the parts of sgp_record_part().
[[nodiscard]] std::uint64_t seal_of(const sgp_record& record);

/// Reads the record at `index` of a boot with that nonce. `bytes` is sizeof(sgp_record) long and
/// comes from a kernel that may have written anything: nothing in it is trusted before its check.
[[nodiscard]] Record parse_record(std::span<const std::byte> bytes, std::uint64_t index,
                                  std::uint64_t nonce, const sgp_scenario& scenario);

}  // namespace sgproof::replay
