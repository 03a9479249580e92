// What the tests of this room share: a scratch directory, a cache in it, a tree that looks like a
// kernel.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/progress.hpp"
#include "model/error.hpp"

namespace sgproof::extract::testing {

/// A directory of its own for each test, removed afterwards; a cache and a context in it.
class Scratch : public ::testing::Test {
 public:
  ~Scratch() override { remove_tree(dir); }

 protected:
  Scratch() : dir(make()), cache(dir / "cache") {}

  /// Writes a file below the scratch directory, with its parents; returns its path.
  std::filesystem::path put(const std::string& name, const std::string& content) const {
    make_dirs((dir / name).parent_path());
    write_file(dir / name, content);
    return dir / name;
  }

  /// The smallest tree that passes for a kernel, in `name`.
  std::filesystem::path small_kernel(const std::string& name = "linux") const {
    put(name + "/Makefile",
        "# SPDX\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 7\nEXTRAVERSION = -rc1\nNAME = x\n");
    put(name + "/Kconfig", "mainmenu \"x\"\n");
    put(name + "/include/linux/scatterlist.h",
        "static inline bool sg_is_dma_bus_address(struct scatterlist *sg)\n{\n\treturn false;\n}\n"
        "static inline void sg_dma_mark_bus_address(struct scatterlist *sg)\n{\n}\n"
        "static inline void sg_dma_unmark_bus_address(struct scatterlist *sg)\n{\n}\n");
    put(name + "/kernel/dma/direct.c", "int a;\nint b;\nint c;\nint d;\nint e;\nint f;\n");
    return dir / name;
  }

  std::filesystem::path dir;
  CacheDir cache;
  Context context{cache, {}, {}, 2};

 private:
  static std::filesystem::path make() {
    std::string name = (std::filesystem::temp_directory_path() / "sgproof-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    return name;
  }
};

/// A named pipe whose writers are processes under test: tells when one has begun and when all of
/// them are gone, without guessing a time.
class Fifo {
 public:
  explicit Fifo(const std::filesystem::path& path) {
    if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
    fd_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd_ < 0) throw std::runtime_error("open");
  }
  ~Fifo() { ::close(fd_); }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;

  /// Waits for a byte; false if none came within half a minute or all writers ended without one.
  bool written() const {
    pollfd wait{fd_, POLLIN, 0};
    char byte = 0;
    return ::poll(&wait, 1, kLimitMs) == 1 && ::read(fd_, &byte, 1) == 1;
  }
  /// Waits until no process holds the writing end (it must have been opened); false after the
  /// limit.
  bool closed() const {
    pollfd wait{fd_, 0, 0};
    return ::poll(&wait, 1, kLimitMs) == 1 && (wait.revents & POLLHUP) != 0;
  }

 private:
  static constexpr int kLimitMs = 30000;
  int fd_ = -1;
};

/// The error that the function throws, if any.
template <typename F>
std::optional<Error> error_of(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace sgproof::extract::testing
