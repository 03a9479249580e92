// How code of an architecture becomes a program of this machine: by its own processor, or by an
// emulator of one process.
#pragma once

#include <bit>
#include <filesystem>
#include <string>
#include <vector>

#include "kernel-extract/config.hpp"

namespace sgproof::extract {

struct NativeTarget {
  std::string name;
  std::string arch;    ///< ARCH= of the kernel's make
  std::string symbol;  ///< of Kconfig, where an ARCH= is several machines; empty: it is one
  std::vector<std::string> flags;                ///< for clang
  std::filesystem::path emulator;                ///< empty: runs by itself
  std::vector<std::filesystem::path> libraries;  ///< of the target, which are linked in
  std::vector<std::string> packages;  ///< Debian's, that have the emulator and the libraries
  std::endian order = std::endian::little;
  /// A file of the harness with what the runner uses of a C library, and a directory with headers
  /// that go before the flags'. Empty: there is a C library.
  std::string runtime = {}, headers = {};
};

/// The arguments for clang, up to the sources: flags, and the target's own runtime, where the
/// harness is at `harness`.
[[nodiscard]] std::vector<std::string> compiler_arguments(const NativeTarget& target,
                                                          const std::filesystem::path& harness);

/// Throws Error(Unsupported, SGP-E0134) for a name that there is not.
[[nodiscard]] const NativeTarget& native_target(const std::string& name);

/// The machine of a configured kernel. Throws Error(Unsupported, SGP-E0134) for one whose code
/// cannot be executed here.
[[nodiscard]] const NativeTarget& native_target(const std::string& arch, const Kconfig& kconfig);

/// 32-bit x86, where this machine starts such programs by itself and where it does not.
[[nodiscard]] NativeTarget ia32_target(bool by_itself);

/// All of them.
[[nodiscard]] const std::vector<NativeTarget>& native_targets();

/// What of the emulator and the libraries this machine lacks, in words; empty: nothing.
[[nodiscard]] std::string lacking(const NativeTarget& target);

}  // namespace sgproof::extract
