// Recognises the inline assembly of BUG() and WARN().
#pragma once

#include <llvm/IR/InstrTypes.h>

#include <cstdint>
#include <string_view>

namespace sgproof::extract {

/// What an inline assembly does, as far as extraction must know.
enum class AsmKind : std::uint8_t {
  None,        ///< no inline assembly
  Empty,       ///< a compiler barrier or a note for objtool: does nothing at run time
  Bug,         ///< does not return
  BugOn,       ///< does not return unless its first operand is 0
  Warn,        ///< reports and goes on
  Interrupts,  ///< cli, sti: no effect on sequential code
  Privileged,  ///< per-cpu segment, ports, system registers: cannot run in a user process
  Other,       ///< ordinary instructions
};

/// The flags of a bug-table entry (bit 0, BUGFLAG_WARNING: WARN, else BUG), which before any
/// clean-up pass may be a load of a constant; null where the assembly is no such entry.
[[nodiscard]] llvm::Value* bug_flags(const llvm::CallBase& call);

/// Classifies a call. On x86 BUG and WARN are `ud2` with an entry in __bug_table whose last .word
/// is the flags, bit 0 of which means WARN (arch/x86/include/asm/bug.h, include/linux/bug.h). On
/// MIPS BUG and BUG_ON are `break` and `tne` with the code BRK_BUG (arch/mips/include/asm/bug.h),
/// and WARN is a call.
[[nodiscard]] AsmKind classify_asm(const llvm::CallBase& call);

/// Whether a place of the source is inside BUG() or BUG_ON(), where these are functions: what they
/// report is about their caller.
[[nodiscard]] bool is_inside_bug(std::string_view file);

}  // namespace sgproof::extract
