// Inline assembly that the executor understands. Everything else ends a path as inconclusive.
#pragma once

#include <llvm/IR/InlineAsm.h>

#include <cstdint>
#include <optional>
#include <string>

namespace sgproof::exec {

enum class AsmMeaning : std::uint8_t {
  Unknown,
  NoEffect,        ///< nothing a sequential program can observe
  Identity,        ///< the result is the (only) tied input
  BugTable,        ///< traps with a bug-table entry: WARN if the flags have bit 0, else BUG
  Trap,            ///< traps without a table entry
  TrapUnlessZero,  ///< traps, without a table entry, unless its first operand is 0
  SaveFlags,       ///< writes an arbitrary flags word through its first operand
  BitScanReverse,  ///< index of the highest set bit; operand 1 (if tied) is the result for 0
  BitScanForward,  ///< index of the lowest set bit
  Increment,       ///< *op0 += 1
  Decrement,       ///< *op0 -= 1
  Exchange,        ///< result = *op; *op = value
};

struct AsmEntry {
  AsmMeaning meaning = AsmMeaning::Unknown;
  int file_arg = -1;                   ///< BugTable: argument with the file name, -1: none
  int line_arg = -1;                   ///< BugTable: argument with the line, -1: none
  int flags_arg = -1;                  ///< BugTable: argument with the flags
  std::optional<std::uint64_t> flags;  ///< BugTable: flags written in the text
  std::string reason;                  ///< why this meaning is right
  int code_arg = -1;                   ///< Trap…: argument that must be `code`, -1: none
  std::uint64_t code = 0;              ///< any other is no BUG()
};

/// Looks an asm statement up; `AsmMeaning::Unknown` if it is not in the table.
[[nodiscard]] AsmEntry recognise_asm(const llvm::InlineAsm& code);

}  // namespace sgproof::exec
