// For tests: small functions in LLVM IR take the kernel's place.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "smt/obligations/prover.hpp"

namespace sgproof::smt::testing {

inline model::Facts facts() {
  model::Facts f;
  f.values = {{"WORD_BITS", 64},
              {"SIZEOF_PAGE", 64},
              {"SMP_CACHE_BYTES", 64},
              {"PAGE_SHIFT", 12},
              {"SG_CHAIN", 1},
              {"SG_END", 2},
              {"ALIGNOF_PAGE", 16},
              {"ALIGNOF_SCATTERLIST", 8},
              {"SIZEOF_DMA_ADDR_T", 8},
              {"DMA_TO_DEVICE", 1},
              {"DMA_MAPPING_ERROR", ~std::uint64_t{0}},
              {"DMA_ATTR_SKIP_CPU_SYNC", 32},
              {"EINVAL", 22},
              {"ENOMEM", 12},
              {"EIO", 5},
              {"EREMOTEIO", 121}};
  return f;
}

/// A module with `void sgp_run(ptr %in, ptr %out)` of that body.
inline std::unique_ptr<Bitcode> bitcode_of(const std::string& body,
                                           const std::string& declarations = {}) {
  std::string name = ::testing::TempDir() + "sgproof-prover-XXXXXX";
  const int fd = mkstemp(name.data());
  if (fd >= 0) close(fd);
  std::ofstream(name) << "target datalayout = \"e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-"
                         "i128:128-f80:128-n8:16:32:64-S128\"\n"
                         "target triple = \"x86_64-unknown-linux-gnu\"\n"
                      << declarations << "\ndefine void @sgp_run(ptr %in, ptr %out) {\nentry:\n"
                      << body << "\n}\n";
  auto bitcode = std::make_unique<Bitcode>(name);
  unlink(name.c_str());
  return bitcode;
}

}  // namespace sgproof::smt::testing
