// What clang makes of a function's source: its syntax tree, as JSON.
#pragma once

#include <string>

#include "kernel-extract/config.hpp"
#include "kernel-extract/kbuild.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// The documents of `clang -ast-dump=json -ast-dump-filter=NAME`, one after the other, for the
/// declarations whose names contain NAME, when the kernel compiles `source`
/// ("kernel/dma/direct.c"). Throws what get_build() throws, and SGP-E0130 when the source does not
/// compile.
[[nodiscard]] std::string dump_syntax(const Tree& tree, const std::string& config_name,
                                      const std::string& source, const std::string& name,
                                      const Context& context);

}  // namespace sgproof::extract
