#include "kernel-extract/native_target.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/process.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace {

Error cannot_run(const std::string& what) {
  return {ErrorKind::Unsupported, id::kNative, "native",
          fmt::format("code for {} cannot run on this machine", what)};
}

/// A machine of Debian's qemu-user and cross libraries: what the emulator, the triple and the
/// packages call it. static: the emulated process sees no library of this machine.
NativeTarget emulated(const std::string& name, const std::string& arch, const std::string& symbol,
                      const std::string& emulator, const std::string& triple,
                      const std::string& debian, std::vector<std::string> flags,
                      std::endian order) {
  flags.insert(flags.begin(), "--target=" + triple);
  flags.insert(flags.end(), {"-static", "-fuse-ld=lld"});
  return {name,
          arch,
          symbol,
          std::move(flags),
          fmt::format("/usr/bin/qemu-{}-static", emulator),
          {fmt::format("/usr/{}/lib/libc.a", triple),
           fmt::format("/usr/lib/gcc-cross/{}/12/libgcc.a", triple)},
          {"qemu-user-static", fmt::format("libc6-dev-{}-cross", debian),
           fmt::format("libgcc-12-dev-{}-cross", debian)},
          order};
}

/// 32-bit RISC-V, of which Debian has no libraries: the runner brings what it uses, and divisions
/// wider than a register are made of instructions.
NativeTarget riscv32() {
  const std::string headers = "/usr/riscv64-linux-gnu/include";
  return {"riscv32",
          "riscv",
          "32BIT",
          {"--target=riscv32-linux-gnu", "-march=rv32gc", "-mabi=ilp32d", "-static", "-fuse-ld=lld",
           "-nostdlib", "-fno-builtin", "-mllvm", "-expand-div-rem-bits=32", "-isystem", headers},
          "/usr/bin/qemu-riscv32-static",
          {headers + "/stdio.h"},
          {"qemu-user-static", "libc6-dev-riscv64-cross"},
          std::endian::little,
          "native_riscv32.c",
          "riscv32"};
}

/// Whether the kernel of this machine starts 32-bit programs: it can be told not to
/// (ia32_emulation=off). Where there is none to try, it is taken to.
bool starts_ia32() {
  const std::filesystem::path loader = "/lib/ld-linux.so.2";
  if (!std::filesystem::exists(loader)) return true;
  Command command;
  command.argv = {loader, "--version"};
  command.deadline = std::chrono::seconds(10);
  try {
    return run_process(command).ok();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

NativeTarget ia32_target(bool by_itself) {
  NativeTarget target{"i386", "i386", "", {"-m32", "-march=i686", "-msse2"},
                      {},     {},     {}, std::endian::little};
  if (by_itself) return target;
  target.flags.emplace_back("-static");
  target.emulator = "/usr/bin/qemu-i386-static";
  target.libraries = {"/usr/lib32/libc.a"};
  target.packages = {"qemu-user-static", "libc6-dev-i386"};
  return target;
}

std::vector<std::string> compiler_arguments(const NativeTarget& target,
                                            const std::filesystem::path& harness) {
  std::vector<std::string> out;
  if (!target.headers.empty()) out = {"-isystem", harness / target.headers};
  out.insert(out.end(), target.flags.begin(), target.flags.end());
  if (!target.runtime.empty()) out.push_back(harness / target.runtime);
  return out;
}

const std::vector<NativeTarget>& native_targets() {
  static const std::vector<NativeTarget> all{
      {"x86_64", "x86_64", "", {}, {}, {}, {}, std::endian::little},
      // of this machine, as the kernel itself
      {"um", "um", "", {}, {}, {}, {}, std::endian::little},
      ia32_target(starts_ia32()),
      emulated("mips", "mips", "", "mips", "mips-linux-gnu", "mips", {"-march=mips32r2"},
               std::endian::big),
      emulated("arm", "arm", "", "arm", "arm-linux-gnueabihf", "armhf", {"-march=armv7-a"},
               std::endian::little),
      emulated("riscv", "riscv", "64BIT", "riscv64", "riscv64-linux-gnu", "riscv64",
               {"-march=rv64gc", "-mabi=lp64d"}, std::endian::little),
      riscv32(),
      emulated("ppc32", "powerpc", "PPC32", "ppc", "powerpc-linux-gnu", "powerpc",
               // clang looks in /usr/lib32 first, where x86 has its own
               {"-B/usr/powerpc-linux-gnu/lib", "-L/usr/powerpc-linux-gnu/lib"}, std::endian::big),
      emulated("ppc64le", "powerpc", "CPU_LITTLE_ENDIAN", "ppc64le", "powerpc64le-linux-gnu",
               "ppc64el", {}, std::endian::little),
      emulated("arm64", "arm64", "", "aarch64", "aarch64-linux-gnu", "arm64", {},
               std::endian::little),
      emulated("s390", "s390", "", "s390x", "s390x-linux-gnu", "s390x", {}, std::endian::big),
  };
  return all;
}

const NativeTarget& native_target(const std::string& name) {
  const auto& all = native_targets();
  const auto found = std::ranges::find(all, name, &NativeTarget::name);
  if (found == all.end()) throw cannot_run(name);
  return *found;
}

const NativeTarget& native_target(const std::string& arch, const Kconfig& kconfig) {
  const auto& all = native_targets();
  const auto found = std::ranges::find_if(all, [&](const NativeTarget& target) {
    return target.arch == arch && (target.symbol.empty() || kconfig.contains(target.symbol));
  });
  if (found == all.end()) throw cannot_run(arch);
  return *found;
}

std::string lacking(const NativeTarget& target) {
  std::vector<std::string> absent;
  const auto look = [&](const std::filesystem::path& file) {
    if (!file.empty() && !std::filesystem::exists(file)) absent.push_back(file.string());
  };
  look(target.emulator);
  for (const auto& library : target.libraries) look(library);
  if (absent.empty()) return {};
  return fmt::format("{} not there (packages {})", fmt::join(absent, ", "),
                     fmt::join(target.packages, ", "));
}

}  // namespace sgproof::extract
