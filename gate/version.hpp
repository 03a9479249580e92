// Which sgproof this is.
#pragma once

#include <string>

namespace sgproof::gate {

inline constexpr const char* kVersion = "0.1.0";

/// SHA-256 of the running program: results of one build are never taken for those of another.
const std::string& build_id();

/// Version of the solver library that proofs rest on.
std::string solver_version();

}  // namespace sgproof::gate
