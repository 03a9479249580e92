// What the tests of this room share: a scratch directory, a cache in it, a tree that looks like a kernel.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <unistd.h>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/progress.hpp"
#include "model/error.hpp"

namespace sgproof::extract::testing {

/// A directory of its own for each test, removed afterwards; a cache and a context in it.
class Scratch : public ::testing::Test {
 protected:
  Scratch() : dir(make()), cache(dir / "cache") {}
  ~Scratch() override { remove_tree(dir); }

  /// Writes a file below the scratch directory, with its parents; returns its path.
  std::filesystem::path put(const std::string& name, const std::string& content) const {
    make_dirs((dir / name).parent_path());
    write_file(dir / name, content);
    return dir / name;
  }

  /// The smallest tree that passes for a kernel, in `name`.
  std::filesystem::path small_kernel(const std::string& name = "linux") const {
    put(name + "/Makefile", "# SPDX\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 7\nEXTRAVERSION = -rc1\nNAME = x\n");
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

/// The error that the function throws, if any.
template <typename F>
std::optional<Error> error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace sgproof::extract::testing
