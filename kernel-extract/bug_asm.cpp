#include "kernel-extract/bug_asm.hpp"

#include <llvm/IR/Constants.h>
#include <llvm/IR/InlineAsm.h>

#include <cctype>
#include <optional>
#include <regex>
#include <string>

namespace sgproof::extract {
namespace {

/// The number of the operand in the last halfword of the bug entry, "${0:c}" or "$0": `.word` on
/// x86, `.half` on RISC-V, `.short` behind the line on PowerPC and s390.
std::optional<unsigned> flags_operand(const std::string& text) {
  static const std::regex word("\\.(?:word|half|short)[ \t]+(?:\\$[0-9]+,[ \t]*)?\\$\\{?([0-9]+)");
  std::optional<unsigned> out;
  for (std::sregex_iterator it(text.begin(), text.end(), word), end; it != end; ++it)
    out = static_cast<unsigned>(std::stoul((*it)[1].str()));
  return out;
}

/// ARM64 has the flags as an expression of constants in the text: "0" for BUG(), and for WARN() one
/// that begins with BUGFLAG_WARNING (arch/arm64/include/asm/bug.h).
std::optional<AsmKind> arm64_trap(const std::string& text) {
  static const std::regex entry("; \\.short ([^;]*); \\.align 2; \\.popsection; 14471: brk 0x800$");
  std::smatch found;
  if (!std::regex_search(text, found, entry)) return std::nullopt;
  const auto flags = found[1].str();
  if (flags == "0") return AsmKind::Bug;
  return flags.starts_with("(1 << 0)|") ? AsmKind::Warn : AsmKind::Privileged;
}

/// The instructions alone: directives, labels, comments and pushed sections left out.
std::string instructions(const std::string& text) {
  std::string out;
  bool pushed = false;
  std::string line;
  const auto flush = [&] {
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front())) != 0)
      line.erase(0, 1);
    static const std::regex label("^([0-9]+|[A-Za-z_.$][A-Za-z0-9_.${}:]*):[ \t]*");
    line = std::regex_replace(line, label, "");
    if (line.starts_with(".pushsection")) pushed = true;
    if (!pushed && !line.empty() && line[0] != '.' && line[0] != '#') out += line + "\n";
    if (line.starts_with(".popsection")) pushed = false;
    line.clear();
  };
  for (const char c : text) {
    if (c == '\n' || c == ';')
      flush();
    else
      line += c;
  }
  flush();
  return out;
}

constexpr std::uint64_t kBrkBug = 12;  ///< arch/mips/include/uapi/asm/break.h

/// BUG() and BUG_ON() of MIPS.
AsmKind mips_trap(const llvm::CallBase& call, const std::string& code) {
  const bool always = code == "break $0\n", conditional = code == "tne $$0, $0, $1\n";
  if ((!always && !conditional) || call.arg_size() != (always ? 1 : 2)) return AsmKind::None;
  const auto* number = llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(always ? 0 : 1));
  if (number == nullptr || number->getZExtValue() != kBrkBug) return AsmKind::None;
  return always ? AsmKind::Bug : AsmKind::BugOn;
}

}  // namespace

bool is_inside_bug(std::string_view file) { return file.ends_with("asm/bug.h"); }

llvm::Value* bug_flags(const llvm::CallBase& call) {
  const auto* assembly = llvm::dyn_cast<llvm::InlineAsm>(call.getCalledOperand());
  if (assembly == nullptr || !call.getType()->isVoidTy()) return nullptr;
  const std::string text(assembly->getAsmString());
  if (text.find("__bug_table") == std::string::npos) return nullptr;
  const auto index = flags_operand(text);
  return index && *index < call.arg_size() ? call.getArgOperand(*index) : nullptr;
}

AsmKind classify_asm(const llvm::CallBase& call) {
  const auto* assembly = llvm::dyn_cast<llvm::InlineAsm>(call.getCalledOperand());
  if (assembly == nullptr) return AsmKind::None;
  const std::string text(assembly->getAsmString());
  if (text.find("__bug_table") != std::string::npos) {
    if (const auto kind = arm64_trap(text)) return *kind;
    const auto index = flags_operand(text);
    // Operands of the assembly string count outputs first; BUG has none.
    if (index && call.getType()->isVoidTy() && *index < call.arg_size())
      if (const auto* flags = llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(*index)))
        return (flags->getZExtValue() & 1) != 0 ? AsmKind::Warn : AsmKind::Bug;
    return AsmKind::Bug;
  }
  if (text.find(".byte 0x0f, 0x0b") != std::string::npos) return AsmKind::Bug;  // ud2, no table
  const auto code = instructions(text);
  if (code.empty()) return AsmKind::Empty;
  if (code.starts_with("ud2")) return AsmKind::Bug;
  if (const auto trap = mips_trap(call, code); trap != AsmKind::None) return trap;
  if (code == "cli\n" || code == "sti\n") return AsmKind::Interrupts;
  static const std::regex privileged(
      "%%?[gf]s:|%%?cr[0-9]|(^|[^a-z])(in[bwl]|out[bwl]|rdmsr|wrmsr|rdpmc|hlt|invlpg|invpcid|"
      "wbinvd|lgdt|lidt|ltr|swapgs|mwait|monitor|clts|vmcall)([^a-z]|$)|"
      // ARM64, RISC-V; PowerPC's register 13 has the CPU's data, s390's lowcore is at address 0
      "sp_el0|tpidr_el[0-9]|daif|(^|[^a-z])csr[rwsc]|\\(13\\)|(^|[^a-z])(mfmsr|mtmsr|stosm|stnsm)");
  return std::regex_search(code, privileged) ? AsmKind::Privileged : AsmKind::Other;
}

}  // namespace sgproof::extract
