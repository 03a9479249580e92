// C for tests, compiled by clang as the kernel's code is.
#pragma once

#include <map>
#include <string>

namespace sgproof::exec {

/// Bitcode of the program in `files` (name, text), of which one is test.c; headers of the harness
/// are found. Throws std::runtime_error with what clang says.
std::string clang_bitcode(const std::map<std::string, std::string>& files);

/// A file of the harness.
std::string harness_file(const std::string& name);

}  // namespace sgproof::exec
