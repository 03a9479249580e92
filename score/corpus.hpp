// The corpus as mutants: series that must be caught, and harmless ones that must not.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "score/mutants.hpp"

namespace sgproof::score {

/// Operator of a mutant that is a series; its `file` is the series' directory.
inline constexpr const char* kSeries = "series";

/// The series of the corpus that, by their expect.json, pass or fail in the configuration of that
/// kernel ("debian:6.1"), by name. Throws sgproof::Error(Environment, SGP-E0706) when an
/// expect.json cannot be read.
[[nodiscard]] std::vector<Mutant> corpus_mutants(const std::filesystem::path& corpus,
                                                 const std::string& kernel,
                                                 const std::string& config);

}  // namespace sgproof::score
