// Variants of extracted code beside it in one module, so that both can be executed on one state.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kernel-extract/module.hpp"

namespace sgproof::extract {

/// The functions of one variant in the joint module.
struct Versions {
  std::map<std::string, std::string> names;  ///< of a function → of its version
  std::string problem;  ///< why the variant cannot be put beside the original; empty: it is
};

/// Writes the original with the changed functions of each variant under new names to `output`. A
/// version calls the original's functions, and uses its variables, also where these have versions.
/// With `levels` above 0 it is not the changed functions that have versions, but those that call
/// them, so many levels up, and these versions call the changed functions.
///
/// One entry per variant, in order. A variant has a problem instead of versions when it is more
/// than other functions (a variable has another type or value), or when not all ways to a changed
/// function lead through the callers (its address is taken, or it is an entry point). Throws
/// Error(Unsupported, SGP-E0133) when the joint module is not valid IR.
[[nodiscard]] std::vector<Versions> join_variants(const Module& original,
                                                  const std::vector<const Module*>& variants,
                                                  const std::filesystem::path& output,
                                                  unsigned levels = 0);

}  // namespace sgproof::extract
