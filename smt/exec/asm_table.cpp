#include "smt/exec/asm_table.hpp"

#include <algorithm>
#include <array>

namespace sgproof::exec {
namespace {

/// Constraint string without the clobbers.
std::string operands(const std::string& constraints) {
  std::string out;
  std::size_t from = 0;
  while (from <= constraints.size()) {
    const std::size_t to = std::min(constraints.find(',', from), constraints.size());
    const std::string item = constraints.substr(from, to - from);
    if (!item.starts_with("~")) out += (out.empty() ? "" : ",") + item;
    from = to + 1;
  }
  return out;
}

std::string trimmed(const std::string& s) {
  const auto from = s.find_first_not_of(" \t\n;");
  if (from == std::string::npos) return "";
  return s.substr(from, s.find_last_not_of(" \t\n;") - from + 1);
}

struct Fixed {
  const char* text;
  const char* operands;
  AsmMeaning meaning;
  const char* reason;
};

// Exact text (outer blanks trimmed) and operand constraints.
constexpr std::array kFixed{
    Fixed{"", "", AsmMeaning::NoEffect, "barrier(): orders the compiler only"},
    Fixed{"", "=r,0", AsmMeaning::Identity, "OPTIMIZER_HIDE_VAR: output is the tied input"},
    Fixed{"", "r", AsmMeaning::NoEffect, "barrier_data(): orders the compiler only"},
    Fixed{"", "imr", AsmMeaning::NoEffect, "barrier_data(): orders the compiler only"},
    Fixed{"cli", "", AsmMeaning::NoEffect, "interrupts off: execution is sequential here"},
    Fixed{"sti", "", AsmMeaning::NoEffect, "interrupts on: execution is sequential here"},
    Fixed{"mfence", "", AsmMeaning::NoEffect, "memory barrier: execution is sequential"},
    Fixed{"lfence", "", AsmMeaning::NoEffect, "memory barrier: execution is sequential"},
    Fixed{"sfence", "", AsmMeaning::NoEffect, "memory barrier: execution is sequential"},
    Fixed{"rep; nop", "", AsmMeaning::NoEffect, "cpu_relax(): a hint"},
    Fixed{"# __raw_save_flags\n\tpushf ; pop $0", "=*rm", AsmMeaning::SaveFlags,
          "flags register: arbitrary"},
    Fixed{"bsr $1,$0", "=r,rm", AsmMeaning::BitScanReverse, "x86 bsr, input not 0"},
    Fixed{"bsrq $1,${0:q}", "=r,rm,0", AsmMeaning::BitScanReverse,
          "x86 bsr leaves the destination for 0 (fls64 relies on it)"},
    Fixed{"bsrl $1,$0", "=r,rm,0", AsmMeaning::BitScanReverse,
          "x86 bsr leaves the destination for 0 (fls relies on it)"},
    Fixed{"rep; bsf $1,$0", "=r,rm", AsmMeaning::BitScanForward, "x86 tzcnt/bsf, input not 0"},
    Fixed{"bsfl $1,$0", "=r,rm,0", AsmMeaning::BitScanForward,
          "x86 bsf leaves the destination for 0 (ffs relies on it)"},
    // ASM_INPUT_RM (include/linux/compiler-clang.h): newer kernels take only a register
    Fixed{"bsr $1,$0", "=r,r", AsmMeaning::BitScanReverse, "as above, from a register"},
    Fixed{"bsrq $1,${0:q}", "=r,r,0", AsmMeaning::BitScanReverse, "as above, from a register"},
    Fixed{"bsrl $1,$0", "=r,r,0", AsmMeaning::BitScanReverse, "as above, from a register"},
    Fixed{"rep; bsf $1,$0", "=r,r", AsmMeaning::BitScanForward, "as above, from a register"},
    Fixed{"bsfl $1,$0", "=r,r,0", AsmMeaning::BitScanForward, "as above, from a register"},
    Fixed{"incl $0", "=*m,*m", AsmMeaning::Increment, "arch_atomic_inc without SMP"},
    Fixed{"incq $0", "=*m,*m", AsmMeaning::Increment, "arch_atomic64_inc without SMP"},
    Fixed{"decl $0", "=*m,*m", AsmMeaning::Decrement, "arch_atomic_dec without SMP"},
    Fixed{"decq $0", "=*m,*m", AsmMeaning::Decrement, "arch_atomic64_dec without SMP"},
    Fixed{"xchgl $0, $1", "=r,=*m,0,*m", AsmMeaning::Exchange, "xchg: sequential exchange"},
    Fixed{"xchgq $0, $1", "=r,=*m,0,*m", AsmMeaning::Exchange, "xchg: sequential exchange"},
};

}  // namespace

AsmEntry recognise_asm(const llvm::InlineAsm& code) {
  AsmEntry e;
  const std::string text = std::string(code.getAsmString());
  const std::string ops = operands(std::string(code.getConstraintString()));
  const bool x86_trap = text.find(".byte 0x0f, 0x0b") != std::string::npos;
  if (x86_trap && text.find("__bug_table") != std::string::npos) {
    // arch/x86/include/asm/bug.h, _BUG_FLAGS: file, line, flags, size; without DEBUG_BUGVERBOSE
    // flags, size.
    if (ops == "i,i,i,i") {
      e = {AsmMeaning::BugTable, 0, 1, 2, std::nullopt, "x86 ud2 with bug_entry"};
    } else if (ops == "i,i") {
      e = {AsmMeaning::BugTable, -1, -1, 0, std::nullopt, "x86 ud2 with short bug_entry"};
    }
    return e;
  }
  // arch/riscv/include/asm/bug.h: file, line, flags, size
  if (text.find("ebreak\n") != std::string::npos && text.find("__bug_table") != std::string::npos &&
      ops == "i,i,i,i")
    return {AsmMeaning::BugTable, 0, 1, 2, std::nullopt, "RISC-V ebreak with bug_entry"};
  // arch/arm/include/asm/bug.h: file and line are part of the text, there are no flags
  if (trimmed(text).starts_with("1:\t.long ((0xe7f001f2) & 0xFFFFFFFF)\n") &&
      text.find("__bug_table") != std::string::npos && ops.empty())
    return {AsmMeaning::BugTable, -1, -1, -1, 0, "ARM undefined instruction with bug_entry"};
  // arch/arm64/include/asm/bug.h: all is part of the text; flags are 0 or begin with
  // BUGFLAG_WARNING
  if (text.find("__bug_table") != std::string::npos && text.ends_with("; 14471: brk 0x800") &&
      ops.empty()) {
    if (text.find("; .short 0; .align 2; .popsection; 14471:") != std::string::npos)
      return {AsmMeaning::BugTable, -1, -1, -1, 0, "ARM64 brk with bug_entry: BUG"};
    if (text.find("; .short (1 << 0)|") != std::string::npos)
      return {AsmMeaning::BugTable, -1, -1, -1, 1, "ARM64 brk with bug_entry: WARN"};
    return e;
  }
  // arch/powerpc/include/asm/bug.h, without condition and label (kernel-extract/trap_branches.cpp):
  // file, line, flags, size
  if (text.starts_with("1:\ttwi 31, 0, 0\n.section __bug_table,") && ops == "i,i,i,i")
    return {AsmMeaning::BugTable, 0, 1, 2, std::nullopt, "PowerPC trap with bug_entry"};
  // arch/s390/include/asm/bug.h: the file is part of the text; line, flags, size
  if (text.starts_with("0:\tmc\t0,0\n") && text.find("__bug_table") != std::string::npos &&
      ops == "i,i,i")
    return {AsmMeaning::BugTable, -1, 0, 1, std::nullopt, "s390 monitor call with bug_entry"};
  if (x86_trap && trimmed(text) == ".byte 0x0f, 0x0b" && ops.empty()) {
    e.meaning = AsmMeaning::Trap;
    e.reason = "x86 ud2 without GENERIC_BUG: dies";
    return e;
  }
  // arch/mips/include/asm/bug.h; BRK_BUG of arch/mips/include/uapi/asm/break.h
  constexpr std::uint64_t kBrkBug = 12;
  if (trimmed(text) == "break $0" && ops == "i") {
    e.meaning = AsmMeaning::Trap;
    e.code_arg = 0;
    e.code = kBrkBug;
    e.reason = "MIPS break: BUG()";
    return e;
  }
  if (trimmed(text) == "tne $$0, $0, $1" && ops == "r,i") {
    e.meaning = AsmMeaning::TrapUnlessZero;
    e.code_arg = 1;
    e.code = kBrkBug;
    e.reason = "MIPS trap if not equal to register 0: BUG_ON()";
    return e;
  }
  for (const Fixed& f : kFixed)
    if (trimmed(text) == f.text && ops == f.operands) {
      e.meaning = f.meaning;
      e.reason = f.reason;
      return e;
    }
  return e;
}

}  // namespace sgproof::exec
