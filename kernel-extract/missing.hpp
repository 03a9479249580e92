// Looks up in the tree what the linked code calls and does not define.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "kernel-extract/linker.hpp"
#include "kernel-extract/module.hpp"
#include "kernel-extract/units.hpp"

namespace sgproof::extract {

/// How far definitions are pulled in.
struct MissingOptions {
  int depth = 2;       ///< rounds: 1 pulls what the harness and its files call, 2 what those call …
  int max_files = 24;  ///< files of the tree compiled for it
};

/// Links the definitions of reachable undefined functions from the tree's own files, except those
/// in `modelled`. What stays undefined comes back with its reason; sources that were compiled are
/// appended to `sources`. A file that does not compile by itself leaves its functions undefined.
[[nodiscard]] std::vector<External> resolve_missing(
    LinkedModule& linked, UnitCompiler& compiler, const Tree& tree, const Build& build,
    const std::vector<std::string>& entries, const std::set<std::string>& modelled,
    const MissingOptions& options, std::vector<std::string>& sources, const Context& context);

}  // namespace sgproof::extract
