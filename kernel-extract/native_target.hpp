// How code of an architecture becomes a program of this machine: by its own processor, or by an
// emulator of one process.
#pragma once

#include <bit>
#include <filesystem>
#include <string>
#include <vector>

namespace sgproof::extract {

struct NativeTarget {
  std::string arch;                              ///< ARCH= of the kernel's make
  std::vector<std::string> flags;                ///< for clang
  std::filesystem::path emulator;                ///< empty: runs by itself
  std::vector<std::filesystem::path> libraries;  ///< of the target, which are linked in
  std::vector<std::string> packages;  ///< Debian's, that have the emulator and the libraries
  std::endian order = std::endian::little;
};

/// Throws Error(Unsupported, SGP-E0134) for an architecture that cannot be executed here.
[[nodiscard]] const NativeTarget& native_target(const std::string& arch);

/// Whether an emulator executes it; false also where nothing does.
[[nodiscard]] bool is_emulated(const std::string& arch);

/// All of them.
[[nodiscard]] const std::vector<NativeTarget>& native_targets();

/// What of the emulator and the libraries this machine lacks, in words; empty: nothing.
[[nodiscard]] std::string lacking(const NativeTarget& target);

}  // namespace sgproof::extract
