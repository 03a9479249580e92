// The native property tests of one configuration.
#pragma once

#include <chrono>

#include "gate/subject.hpp"
#include "kernel-extract/process.hpp"
#include "properties/engine.hpp"

namespace sgproof::gate {

struct TestRequest {
  std::uint64_t seed = 1;
  unsigned cases = 2000;  ///< sequences; families get a tenth of that each
  unsigned max_nents = 3;
  std::chrono::steady_clock::time_point deadline;
  extract::CancelToken cancel;
  unsigned shrinks = 6;         ///< 0: only what is violated, see properties/engine.hpp
  std::uint64_t max_hangs = 0;  ///< stop after so many; 0: do not
};

/// Throws sgproof::Error(Environment, SGP-E0402) when nothing legal was run: that is no pass; and
/// Error(Unsupported, SGP-E0134) where there is no native program.
properties::Result run_tests(Subject& subject, const TestRequest& request);

}  // namespace sgproof::gate
