// Exclusive locks between processes (and threads), kept by the kernel, gone with their holder.
#pragma once

#include <filesystem>
#include <optional>

#include "kernel-extract/process.hpp"

namespace sgproof::extract {

/// flock(2) on a file that is created when absent; released by the destructor or the holder's
/// death.
class FileLock {
 public:
  /// Waits for the lock; throws when cancelled.
  FileLock(const std::filesystem::path& file, const CancelToken& cancel);
  /// Takes the lock when it is free.
  static std::optional<FileLock> try_lock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace sgproof::extract
