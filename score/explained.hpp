// Mutants that may survive, and why.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "score/mutants.hpp"

namespace sgproof::score {

/// One change that nothing has to notice. It is looked at as text, so that it is found again in
/// other kernels, and no longer applies when the line is another one.
struct Explained {
  std::string file, before, after;  ///< lines without the blanks around them
  std::string why;
};

/// Reads score/explained.json. Throws Error(Environment, SGP-E0706) when it is damaged.
[[nodiscard]] std::vector<Explained> read_explained(const std::filesystem::path& file);

/// Why the mutant may survive; empty: nobody has said so.
[[nodiscard]] std::string explanation_of(const Mutant& mutant, const std::vector<Explained>& known);

}  // namespace sgproof::score
