// The runner's sources in a build, and what of an earlier compilation still stands.
#pragma once

#include <string>

#include "replay/base_build.hpp"
#include "replay/kernel_build.hpp"

namespace sgproof::replay {

/// Names and contents of all files of ours that the runner is compiled from, as one hash.
[[nodiscard]] std::string runner_sources_id();

/// Where a build that start_build() has just begun has the runner: directories for it, the harness
/// headers and the accessors below `work`.
[[nodiscard]] BuildDirs build_dirs(const extract::Tree& tree, const std::filesystem::path& work);

/// Fills these directories: the runner as it was compiled for the tree's base (which is done and
/// cached where it is not), so that make redoes what depends on changed files and nothing else. The
/// build directory must still be as start_build() left it.
void start_runner(const extract::Tree& tree, const std::string& config, const BuildDirs& dirs,
                  const BuildStart& start, const extract::Context& context);

}  // namespace sgproof::replay
