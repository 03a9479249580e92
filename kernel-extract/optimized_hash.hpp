// Does an optimizing compiler make the same of two modules?
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sgproof::extract {

/// Hash of the code after LLVM's -O2 pipeline; names, lines and debug information do not count.
/// Equal hashes: wherever the behaviour is defined, both do the same ("trivial compiler
/// equivalence", Papadakis et al., ICSE 2015). Different hashes say nothing. Variables hold
/// anything when an entry point is called. Throws Error(Unsupported, SGP-E0133).
[[nodiscard]] std::string optimized_hash(const std::filesystem::path& bitcode,
                                         const std::vector<std::string>& entries);

}  // namespace sgproof::extract
