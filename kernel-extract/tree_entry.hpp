// How a tree is kept in the cache: `tree/` with the files, `tree.json` with what is known of it.
#pragma once

#include <optional>
#include <string>

#include "kernel-extract/cache_dir.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// The cached tree of that identity.
[[nodiscard]] std::optional<Tree> find_tree(const std::string& id, const CacheDir& cache);

/// Publishes a staged directory with the files in `tree/`; returns the tree with its final path.
Tree publish_tree(Staging staging, Tree tree, const CacheDir& cache);

/// Hash of the sorted names of all files below the directory.
[[nodiscard]] std::string hash_names(const std::filesystem::path& dir);

}  // namespace sgproof::extract
