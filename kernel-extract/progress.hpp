// What long operations share: where results are kept, who is told, and who may stop them.
#pragma once

#include <functional>
#include <string>

#include "kernel-extract/cache_dir.hpp"
#include "kernel-extract/process.hpp"

namespace sgproof::extract {

/// Called at the end of each stage with its name and the seconds it took.
using Progress = std::function<void(const std::string& stage, double seconds)>;

/// Handed through the room.
struct Context {
  const CacheDir& cache;
  CancelToken cancel;
  Progress progress;  ///< may be empty
  int jobs = 2;       ///< processes at a time
};

/// Reports the time from its construction to its destruction as one stage.
class StageTimer {
 public:
  StageTimer(const Context& context, std::string stage)
      : context_(context), stage_(std::move(stage)), begin_(std::chrono::steady_clock::now()) {
    context_.cancel.check(stage_);
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;
  ~StageTimer() {
    if (!context_.progress) return;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin_;
    try {
      context_.progress(stage_, taken.count());
    } catch (...) {  // ignored: a progress line is not worth a failure
    }
  }

 private:
  const Context& context_;
  std::string stage_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace sgproof::extract
