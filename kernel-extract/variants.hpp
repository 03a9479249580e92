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
/// One entry per variant, in order. A variant that is more than other versions of functions (a
/// variable has another type or value, a function is gone) has a problem instead. Throws
/// Error(Unsupported, SGP-E0133) when the joint module is not valid IR.
[[nodiscard]] std::vector<Versions> join_variants(const Module& original,
                                                  const std::vector<const Module*>& variants,
                                                  const std::filesystem::path& output);

}  // namespace sgproof::extract
