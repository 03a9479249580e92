// The cache on disk: content-addressed directories, published whole, removed when damaged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernel-extract/file_lock.hpp"
#include "kernel-extract/process.hpp"

namespace sgproof::extract {

/// A private directory in the cache; removed with its contents unless it is published.
class Staging {
 public:
  Staging(std::filesystem::path dir, FileLock lock);
  ~Staging();
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return dir_; }

 private:
  friend class CacheDir;
  std::filesystem::path dir_;
  FileLock lock_;
};

/// The cache. An entry is a directory `<root>/<kind>/<key>` with an `entry.json` that was written
/// last, before one rename: a reader sees a complete entry or none. Files named at publication are
/// checked against their SHA-256 on each look-up; a damaged entry is removed and counts as absent.
class CacheDir {
 public:
  /// Creates the directories; leftovers of dead processes are removed.
  explicit CacheDir(const std::filesystem::path& root = default_root());

  /// $SGPROOF_CACHE, else $XDG_CACHE_HOME/sgproof, else ~/.cache/sgproof.
  [[nodiscard]] static std::filesystem::path default_root();

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  /// The entry's directory, if it is there and sound.
  [[nodiscard]] std::optional<std::filesystem::path> find(const std::string& kind,
                                                          const std::string& key) const;

  /// A new private directory on the same file system.
  [[nodiscard]] Staging stage() const;

  /// Makes a staged directory the entry; if another process was first, theirs stays and is
  /// returned. `checked` are files (relative names) whose hash is kept and verified by find();
  /// `bytes` is the space that it takes, counted when absent.
  std::filesystem::path publish(Staging staging, const std::string& kind, const std::string& key,
                                const std::vector<std::string>& checked = {},
                                std::optional<std::uint64_t> bytes = {}) const;

  /// Serialises the making of one entry between processes.
  [[nodiscard]] FileLock lock(const std::string& kind, const std::string& key,
                              const CancelToken& cancel) const;

  /// Removes one entry.
  void remove(const std::string& kind, const std::string& key) const;

  /// Removes the longest-unused entries until the cache is below the limit; entries used within the
  /// last hour stay. Returns the bytes in use afterwards.
  std::uint64_t evict(std::uint64_t limit_bytes) const;

 private:
  std::filesystem::path root_;
};

}  // namespace sgproof::extract
