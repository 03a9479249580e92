// A kernel that loads modules and powers off: how exported tests are run.
#pragma once

#include <string>
#include <vector>

#include "kernel-extract/progress.hpp"
#include "kernel-extract/tree.hpp"
#include "replay/kernel_image.hpp"
#include "replay/qemu_process.hpp"

namespace sgproof::replay {

/// A module of one source file.
struct ModuleSource {
  std::string name;  ///< lower case letters, digits, '_': of the file and of the module
  std::string text;  ///< C
};

/// The tree's kernel (built, or found in the cache) with an initramfs that holds the modules, which
/// are built against it in the sandbox and will be loaded in this order. Throws what build_kernel()
/// throws, and SGP-E0506 when a module does not build: file and line.
/// throws, and SGP-E0506 when a module does not build: file and line.
[[nodiscard]] KernelImage build_modules(const extract::Tree& tree, const std::string& config,
                                        const std::vector<ModuleSource>& modules,
                                        const extract::Context& context);

/// Boots the kernel, which loads the modules one after the other. What they print (KTAP, for one)
/// is in the console of the result.
[[nodiscard]] QemuRun load_modules(const KernelImage& image, CpuKind cpu,
                                   const Deadlines& deadlines = {},
                                   const extract::CancelToken& cancel = {});

}  // namespace sgproof::replay
