// What the tests of this room share.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "model/facts.hpp"

namespace sgproof::properties {

/// Facts of x86_64 with 6.1, as its bitcode gives them; 32-bit pointers where asked for.
inline model::Facts test_facts(bool wide = true) {
  model::Facts facts;
  facts.values = {{"WORD_BITS", wide ? 64 : 32},
                  {"PAGE_SHIFT", 12},
                  {"SG_CHAIN", 1},
                  {"SG_END", 2},
                  {"SG_PAGE_LINK_MASK", 3},
                  {"ALIGNOF_SCATTERLIST", wide ? 8 : 4},
                  {"ALIGNOF_PAGE", wide ? 16 : 4},
                  {"SIZEOF_DMA_ADDR_T", wide ? 8 : 4},
                  {"DMA_MAPPING_ERROR", wide ? ~0ULL : 0xffffffffULL},
                  {"DMA_BIDIRECTIONAL", 0},
                  {"DMA_TO_DEVICE", 1},
                  {"DMA_FROM_DEVICE", 2},
                  {"DMA_ATTR_SKIP_CPU_SYNC", 32},
                  {"SG_MAX_SINGLE_ALLOC", wide ? 128 : 204},
                  {"SIZEOF_SCATTERLIST", wide ? 32 : 20},
                  {"LINUX_VERSION_CODE", 0x60100},
                  {"EINVAL", 22},
                  {"ENOMEM", 12},
                  {"EIO", 5},
                  {"EREMOTEIO", 121}};
  if (wide) facts.kconfig = {{"PCI_P2PDMA", "y"}, {"SWIOTLB", "y"}};
  return facts;
}

/// The facts of the runner that SGPROOF_TEST_RUNNER names: lines "NAME value" of the file that
/// SGPROOF_TEST_FACTS names, over the usual ones.
inline model::Facts kernel_facts() {
  model::Facts facts = test_facts();
  if (const char* path = std::getenv("SGPROOF_TEST_FACTS")) {
    std::ifstream in(path);
    std::string name, value;
    while (in >> name >> value)
      facts.values[name] = value.starts_with("-") ? static_cast<std::uint64_t>(std::stoll(value))
                                                  : std::stoull(value);
  }
  return facts;
}

}  // namespace sgproof::properties
