// Where the build of a tree starts: from the finished build of the tree that it was patched from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "kernel-extract/progress.hpp"
#include "kernel-extract/tree.hpp"
#include "replay/machine.hpp"

namespace sgproof::replay {

/// Everything that the build of a tree depends on, as one hash.
[[nodiscard]] std::string build_key(const extract::Tree& tree, const std::string& config);

/// What is left to do in a build directory that start_build() made.
struct BuildStart {
  extract::Tree base;            ///< the one that was built
  bool patched = false;          ///< the tree differs from it
  bool kconfig_changed = false;  ///< also in files that Kconfig reads
  std::int64_t unchanged = 0;    ///< modification time of all that was built, seconds
};

/// Makes `dir` a copy of the finished build of the tree's base (which is built and cached where it
/// is not), so that make redoes what depends on changed files and nothing else. A tree without
/// parent, or one that adds headers, is built as a whole. Throws what building throws.
BuildStart start_build(const extract::Tree& tree, const std::string& config,
                       const std::filesystem::path& dir, const extract::Context& context);

}  // namespace sgproof::replay
