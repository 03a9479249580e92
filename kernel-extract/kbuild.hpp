// Configured and prepared kernel build directories, made with the kernel's own make in the sandbox.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernel-extract/config.hpp"
#include "kernel-extract/sandbox.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// A build directory after `make prepare`; never written again. Inside the sandbox the tree is /src
/// and the build directory is /build, whatever their places on the host.
struct Build {
  std::string id;
  std::filesystem::path dir;
  std::string arch;
  Kconfig kconfig;
  std::string names_id;                   ///< of the names of generated headers
  std::vector<std::string> compile;       ///< the kernel's command for kernel/dma/direct.ll
  std::vector<std::string> prepare_deps;  ///< files of the tree that `make prepare` read, sorted
};

/// What a change of the tree makes necessary in its parent's build.
enum class Rebuild : std::uint8_t {
  Nothing,    ///< only sources that `make prepare` does not read
  Prepare,    ///< run `make prepare` again on a copy
  Configure,  ///< Kconfig, makefiles or scripts changed: configure again on a copy
};
[[nodiscard]] Rebuild rebuild_needed(const Tree& tree, const Build& parent);

/// The build of the tree in the configuration: from the cache; or its parent's when what changed
/// does not matter to it; or a copy of its parent's brought up to date by make; or from nothing.
/// Throws Error(Input): SGP-E0121 a symbol did not stick, SGP-E0122, SGP-E0123 make failed,
/// SGP-E0130 a source does not compile.
[[nodiscard]] Build get_build(const Tree& tree, const Config& config, const Context& context);

/// The mounts that every command on a build has.
[[nodiscard]] std::vector<Mount> build_mounts(const Tree& tree,
                                              const std::filesystem::path& build_dir,
                                              bool writable);

}  // namespace sgproof::extract
