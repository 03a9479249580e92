// A kernel that boots, with the runner in its initramfs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "kernel-extract/progress.hpp"
#include "kernel-extract/tree.hpp"
#include "replay/machine.hpp"

namespace sgproof::replay {

/// A bootable kernel in the cache.
struct KernelImage {
  std::string id;      ///< key in the cache
  std::string config;  ///< configuration, see extract::load_config()
  Arch arch = Arch::X86_64;
  std::filesystem::path kernel;     ///< what QEMU boots, see KernelBuild::bootable()
  std::filesystem::path initramfs;  ///< cpio: init and sgp_runner.ko
  std::filesystem::path symbols;    ///< Module.symvers: what further modules are linked against
  bool from_cache = false;          ///< nothing had to be built
  double seconds = 0;               ///< that the building took now
};

/// Builds, or finds in the cache, the kernel of the tree in the configuration and the runner in its
/// initramfs. A patched
/// tree (one with a parent) starts from a copy of the base's finished build directory, so only what
/// depends on changed files is compiled. The tree's makefiles run in the sandbox. Safe against
/// other processes doing the same. Throws Error: SGP-E0501 a needed option is lost, SGP-E0502 it
/// does not compile (file, line), SGP-E0503 the runner does not build, and those of the sandbox.
[[nodiscard]] KernelImage build_kernel(const extract::Tree& tree, const std::string& config,
                                       const extract::Context& context);

/// The machine that a configuration is booted on; nothing where none is.
[[nodiscard]] std::optional<Arch> machine_of(const std::string& config);

/// The same. Throws Error(Unsupported, SGP-E0514) where there is none.
[[nodiscard]] Arch arch_of(const std::string& config);

/// Name of the architecture for `make ARCH=`.
[[nodiscard]] std::string make_arch(Arch arch);

}  // namespace sgproof::replay
