// Which sgproof this is.
#pragma once

#include <string>

namespace sgproof::gate {

inline constexpr const char* kVersion = "0.1.0";

/// SHA-256 over the sources, the compiler and its flags, and the libraries that results rest on:
/// what one version found is never taken for the result of another, and two builds of the same
/// sources share their results.
const std::string& build_id();

/// Version of the solver library that proofs rest on.
std::string solver_version();

}  // namespace sgproof::gate
