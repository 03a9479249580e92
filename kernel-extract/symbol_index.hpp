// Where in a tree a function is defined: found by its text, without building anything.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernel-extract/config.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// Non-static functions by name, with the files that define them. Covers lib, kernel, mm,
/// drivers/base, drivers/pci, drivers/iommu and the architecture; kept in the cache per tree.
using SymbolIndex = std::map<std::string, std::vector<std::string>>;

[[nodiscard]] SymbolIndex index_symbols(const Tree& tree, const std::string& arch,
                                        const Context& context);

/// The names of the non-static functions that a C file defines.
[[nodiscard]] std::vector<std::string> defined_functions(const std::string& source);

/// Whether the directory's Makefile builds the file in the configuration.
enum class Built : std::uint8_t { Yes, No, Unknown };
[[nodiscard]] Built is_built(const std::string& makefile, const std::string& file,
                             const Kconfig& kconfig);

}  // namespace sgproof::extract
