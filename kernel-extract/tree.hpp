// Kernel source trees: where they come from, and their private copies in the cache.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kernel-extract/progress.hpp"

namespace sgproof::extract {

/// From the tree's Makefile.
struct KernelVersion {
  int version = 0;     ///< VERSION, 6 in 6.1.192
  int patchlevel = 0;  ///< PATCHLEVEL, 1 in 6.1.192
  int sublevel = 0;    ///< SUBLEVEL, 192 in 6.1.192
  std::string extra;   ///< EXTRAVERSION, "-rc2"
  [[nodiscard]] std::string text() const;
};

/// A source tree in the cache; never written again.
struct Tree {
  std::string id;  ///< of the content
  std::filesystem::path path;
  std::string description;  ///< what the user called it
  KernelVersion version;
  std::string names_id;   ///< of the set of file names: a new header can shadow another one
  std::string parent_id;  ///< a tree that this one differs little from; empty: none
  std::vector<std::string> changed;  ///< relative paths that differ from the parent, sorted
  bool names_changed = false;        ///< files were added or removed since the parent
};

/// Files that stand in for those of a tree: by relative path, where they are on the host. For many
/// small changes of one tree that change no header that `make prepare` reads.
using Overlay = std::map<std::string, std::filesystem::path>;

/// Modification times in the cache: a base tree's files are older than every build of it, and the
/// files that a series replaces are newer, so that make redoes exactly what depends on them.
inline constexpr std::int64_t kTreeTime = 946684800;   // 2000-01-01
inline constexpr std::int64_t kBuildTime = 978307200;  // 2001-01-01

/// Opens TREE: a directory, a tarball, or "debian:6.1" (the source package in /usr/src). The user's
/// files are only read. Throws Error(Input): SGP-E0101 absent, SGP-E0102 no kernel (names what is
/// missing), SGP-E0103 the archive cannot be unpacked.
[[nodiscard]] Tree open_tree(const std::string& spec, const Context& context);

/// The tree of a commit of the git repository `repository`.
[[nodiscard]] Tree open_commit(const std::filesystem::path& repository, const std::string& commit,
                               const Context& context);

/// Throws SGP-E0102 unless the directory holds a kernel tree; else gives its version.
[[nodiscard]] KernelVersion check_kernel_tree(const std::filesystem::path& dir,
                                              const std::string& description);

}  // namespace sgproof::extract
