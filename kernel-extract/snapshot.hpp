// Copies of the user's directory: only what changed since the last copy is read and copied.
#pragma once

#include <filesystem>

#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// A copy in the cache of the source files of `dir` (of a git work tree: what git does not ignore,
/// without .git). A tree that was built in place and is no git work tree is refused (SGP-E0102), as
/// the kernel's own build refuses it: its stale output would be taken for source.
[[nodiscard]] Tree snapshot_directory(const std::filesystem::path& dir, const Context& context);

}  // namespace sgproof::extract
