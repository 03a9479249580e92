// Traps of PowerPC that branch: the condition and the label are part of the assembly.
#pragma once

namespace llvm {
class Module;
}

namespace sgproof::extract {

/// Makes an ordinary branch, and a trap without condition and label, of the traps with a bug-table
/// entry of arch/powerpc/include/asm/bug.h: BUG_ENTRY and WARN_ENTRY with `twi 31, 0, 0`, which
/// always traps, and with `tdnei` or `twnei`, which trap where their operand is not 0. Where
/// WARN_ENTRY has trapped, the kernel goes on at its label (arch/powerpc/kernel/traps.c).
void read_trap_branches(llvm::Module& module);

}  // namespace sgproof::extract
