// Patch series: reading them, and the patched tree.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernel-extract/patch.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// A parsed series; `id` is of its diffs, not of names or messages.
struct Series {
  std::string id;
  std::string description;
  std::vector<Patch> patches;
};

/// Lines `first` .. `first + count - 1` of the patched file; count 0: lines were only removed
/// there.
struct LineRange {
  int first = 0;
  int count = 0;
  bool operator==(const LineRange&) const = default;
};

/// A file that differs from the base after the whole series.
struct ChangedFile {
  std::string path;
  bool added = false;
  bool removed = false;
  std::vector<LineRange> lines;  ///< new side
};

/// The base with the series applied.
struct PatchedTree {
  Tree tree;  ///< its parent is the base
  std::string base_id;
  std::string series_id;
  std::vector<ChangedFile> files;
};

/// Whether SERIES is a git range ("a..b") rather than a path.
[[nodiscard]] bool is_git_range(const std::string& spec);

/// Reads SERIES: an mbox, a patch, or a directory (quilt `series`, else its *.patch files in
/// order). Throws Error(Input): SGP-E0110 absent, SGP-E0111 empty, and those of parse_patches().
[[nodiscard]] Series read_series(const std::string& spec);

/// Reads "a..b" of a repository; `base_commit` receives the commit that the series starts from (the
/// merge base). Throws Error(Input): SGP-E0115 when git cannot resolve it or it contains merges.
[[nodiscard]] Series read_git_range(const std::filesystem::path& repository,
                                    const std::string& range, std::string& base_commit,
                                    const Context& context);

/// Applies the series to copies of the files that it names (`git apply`, one patch after the
/// other), then makes the patched tree from links to the base's files and the new ones. Cached by
/// content. Throws Error(Input, SGP-E0116) naming the patch, the file of the tree and the line.
[[nodiscard]] PatchedTree apply_series(const Tree& base, const Series& series,
                                       const Context& context);

}  // namespace sgproof::extract
