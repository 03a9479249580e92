// What the user asked for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sgproof::gate {

struct GateOptions {
  std::string kernel;                ///< directory, tarball, debian:6.1, debian:6.12
  std::string series;                ///< empty: the tree itself is judged
  std::vector<std::string> configs;  ///< empty: all that the manifest names
  std::filesystem::path out = "sgproof-out";
  bool replay = true;
  bool tests = true;          ///< native property tests
  bool debug_kernel = false;  ///< also boot a kernel with its own checks
  bool strict = false;
  bool second_solver = false;
  unsigned jobs = 2;
  unsigned time_limit_seconds = 0;  ///< of all proofs together; 0: what time_limit() says
  unsigned max_nents = 3;
  bool any_length = false;  ///< proofs for lists of any length as well
  std::uint64_t seed = 1;
  unsigned cases = 2000;  ///< native test cases per configuration
  /// Random scenarios that the booted kernel and the extracted code are compared on, each.
  std::uint64_t random_traces = 1000;
};

/// How long the proofs of so many configurations may take together.
inline std::chrono::seconds time_limit(const GateOptions& options, std::size_t configs) {
  if (options.time_limit_seconds != 0) return std::chrono::seconds(options.time_limit_seconds);
  return configs * std::chrono::minutes(30);
}

}  // namespace sgproof::gate
