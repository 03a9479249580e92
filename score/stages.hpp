// What is done with a mutant, and how long it takes.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

#include "model/error.hpp"
#include "score/judge.hpp"

namespace sgproof::score {

/// What is done with a mutant, and how long it took.
class Stages {
 public:
  using Clock = std::chrono::steady_clock;

  Stages(Judged judged, const extract::Context& context)
      : context_(context), out_(std::move(judged)) {}

 protected:
  /// Runs a stage and notes how long it took.
  template <typename F>
  auto timed(const std::string& stage, const F& run) {
    const auto start = Clock::now();
    auto result = run();
    out_.stages[stage] += std::chrono::duration<double>(Clock::now() - start).count();
    return result;
  }

  /// Runs it all; what cannot be judged is inconclusive.
  template <typename F>
  void guarded(const F& run) {
    const auto start = Clock::now();
    try {
      run();
    } catch (const Error& e) {
      if (context_.cancel.cancelled()) throw;
      out_.fate = Fate::Inconclusive;
      out_.reason = fmt::format("{}: {}", e.id(), e.what());
    }
    out_.seconds += std::chrono::duration<double>(Clock::now() - start).count();
  }

  const extract::Context& context_;
  Judged out_;
};

}  // namespace sgproof::score
