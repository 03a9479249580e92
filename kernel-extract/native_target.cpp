#include "kernel-extract/native_target.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "kernel-extract/error_ids.hpp"
#include "model/error.hpp"

namespace sgproof::extract {

const std::vector<NativeTarget>& native_targets() {
  static const std::vector<NativeTarget> all{
      {"x86_64", {}, {}, {}, {}, std::endian::little},
      {"um", {}, {}, {}, {}, std::endian::little},  // of this machine, as the kernel itself
      {"i386", {"-m32", "-march=i686", "-msse2"}, {}, {}, {}, std::endian::little},
      // static: the emulated process sees no library of this machine
      {"mips",
       {"--target=mips-linux-gnu", "-march=mips32r2", "-static", "-fuse-ld=lld"},
       "/usr/bin/qemu-mips-static",
       {"/usr/mips-linux-gnu/lib/libc.a", "/usr/lib/gcc-cross/mips-linux-gnu/12/libgcc.a"},
       {"qemu-user-static", "libc6-dev-mips-cross", "libgcc-12-dev-mips-cross"},
       std::endian::big},
      {"arm",
       {"--target=arm-linux-gnueabihf", "-march=armv7-a", "-static", "-fuse-ld=lld"},
       "/usr/bin/qemu-arm-static",
       {"/usr/arm-linux-gnueabihf/lib/libc.a",
        "/usr/lib/gcc-cross/arm-linux-gnueabihf/12/libgcc.a"},
       {"qemu-user-static", "libc6-dev-armhf-cross", "libgcc-12-dev-armhf-cross"},
       std::endian::little},
      {"riscv",
       {"--target=riscv64-linux-gnu", "-march=rv64gc", "-mabi=lp64d", "-static", "-fuse-ld=lld"},
       "/usr/bin/qemu-riscv64-static",
       {"/usr/riscv64-linux-gnu/lib/libc.a", "/usr/lib/gcc-cross/riscv64-linux-gnu/12/libgcc.a"},
       {"qemu-user-static", "libc6-dev-riscv64-cross", "libgcc-12-dev-riscv64-cross"},
       std::endian::little},
  };
  return all;
}

const NativeTarget& native_target(const std::string& arch) {
  const auto& all = native_targets();
  const auto found = std::ranges::find(all, arch, &NativeTarget::arch);
  if (found == all.end())
    throw Error(ErrorKind::Unsupported, id::kNative, "native",
                fmt::format("code for {} cannot run on this machine", arch));
  return *found;
}

bool is_emulated(const std::string& arch) {
  return std::ranges::any_of(native_targets(), [&](const NativeTarget& target) {
    return target.arch == arch && !target.emulator.empty();
  });
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
