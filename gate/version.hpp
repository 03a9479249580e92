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

/// Version of the program that checks the first solver's answers, as it says; its path where it
/// says nothing.
std::string second_solver_version(const std::string& program);

}  // namespace sgproof::gate
