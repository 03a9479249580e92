// The declarations of a file of a tree in a configuration, asked of clang in the sandbox.
#pragma once

#include <optional>
#include <string>

#include "kernel-extract/declarations.hpp"
#include "kernel-extract/kbuild.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// The words that tell clang-query how the kernel compiles `source` ("/src/lib/xarray.c").
[[nodiscard]] std::vector<std::string> query_flags(const std::vector<std::string>& kernel,
                                                   const std::string& source);

/// The declarations of `file` ("lib/xarray.c") when the kernel compiles `unit`, which is the file
/// itself or includes it. Of assembly there is one, without a name: all of the file. Nothing where
/// the tree has no such file or it does not compile. Kept in the cache by the content of both files
/// and the configuration: what the headers say only decides which declarations there are.
[[nodiscard]] std::optional<Declarations> read_source(const Tree& tree, const Build& build,
                                                      const std::string& file,
                                                      const std::string& unit,
                                                      const Context& context);

}  // namespace sgproof::extract
