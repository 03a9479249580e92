// What the user asked for.
#pragma once

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
  unsigned time_limit_seconds = 1800;
  unsigned max_nents = 3;
  bool any_length = false;  ///< proofs for lists of any length as well
  std::uint64_t seed = 1;
  unsigned cases = 2000;  ///< native test cases per configuration
  /// Random scenarios that the booted kernel and the extracted code are compared on, each.
  std::uint64_t random_traces = 1000;
};

}  // namespace sgproof::gate
