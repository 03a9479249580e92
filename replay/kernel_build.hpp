// The steps of building a bootable kernel, each one command in the sandbox.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernel-extract/progress.hpp"
#include "kernel-extract/tree.hpp"
#include "replay/machine.hpp"

namespace sgproof::replay {

/// Directories of one build and where the sandbox shows them: the tree at /src (read-only), the
/// build at /build, the runner's sources at /runner, the harness headers at /harness and the
/// accessors at /accessors. The paths are the same for every build, so that a copied build
/// directory is up to date except for what changed.
struct BuildDirs {
  std::filesystem::path tree;
  std::filesystem::path build;
  std::filesystem::path runner;     ///< a private copy: the module is built in it
  std::filesystem::path harness;    ///< holds sgp_abi.h and what else the runner includes
  std::filesystem::path accessors;  ///< holds sgp_accessors.h
};

class KernelBuild {
 public:
  KernelBuild(BuildDirs dirs, Arch arch, const extract::Context& context);

  /// Takes this .config as it is, the one that the tree is extracted with. Throws SGP-E0501 when
  /// Kconfig gives a symbol another value.
  void configure(const std::string& dot_config);
  /// vmlinux and what modules need. Throws SGP-E0502 with file and line.
  void compile();
  /// The file to boot: vmlinux with its PVH entry, or a bzImage where KASAN has instrumented the
  /// code behind that entry, which runs before there is shadow memory.
  [[nodiscard]] std::filesystem::path bootable();
  /// The runner module and the init program. Throws SGP-E0503.
  void compile_runner();
  /// What modules of the changed tree need besides a finished build of its base.
  void prepare_modules();
  /// These modules of one file each, and the program that loads them. Throws SGP-E0506.
  void compile_modules(const std::vector<std::string>& names);
  /// The initramfs with init and these files as `file`. Throws SGP-E0504.
  void pack(const std::filesystem::path& file, const std::vector<std::string>& files);

 private:
  void make(const std::string& stage, const char* error_id, const std::vector<std::string>& args);
  void sandboxed(const std::string& stage, const char* error_id,
                 const std::vector<std::string>& argv, const std::string& directory,
                 const std::string& input = {}, const std::filesystem::path& output = {});
  void compile_init(const char* error_id);
  void strip(const char* error_id, const std::string& module);

  BuildDirs dirs_;
  Arch arch_;
  const extract::Context& context_;
};

/// The .config with which code is extracted from the tree in this configuration: what is booted is
/// what is proved. Throws what extract::get_build() throws.
[[nodiscard]] std::string dot_config(const extract::Tree& tree, const std::string& config,
                                     const extract::Context& context);

/// The symbols that differ between two .config files, sorted.
[[nodiscard]] std::vector<std::string> changed_symbols(const std::string& wanted,
                                                       const std::string& given);

/// First "file:line" of an error that clang or the kernel's makefiles reported; line 0 if none.
struct ErrorPlace {
  std::string file;
  int line = 0;
  std::string message;
};
[[nodiscard]] ErrorPlace first_error(const std::string& output);

/// The directory with the runner's sources.
[[nodiscard]] std::filesystem::path runner_dir();

/// The directory with the compiler that builds kernels, at /compiler in the sandbox.
[[nodiscard]] std::filesystem::path compiler_dir();

}  // namespace sgproof::replay
