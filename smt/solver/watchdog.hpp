// A limit on a call that only another thread can interrupt.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sgproof::smt {

/// Calls an action once when this process has used some time of its processors, or at a point of
/// wall-clock time, unless disarmed before. A busy machine must not make a question undecidable.
/// One thread per watchdog.
/// Given a flag, it also acts as soon as that is set (within a tenth of a second).
/// Used instead of Z3's own timer: that of 4.8.12 was seen not to return under heavy load.
class Watchdog {
 public:
  explicit Watchdog(std::function<bool()> stopped = {});
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  using Clock = std::chrono::steady_clock;
  void arm(std::chrono::milliseconds processor_time, Clock::time_point at,
           std::function<void()> action);
  /// After it returns the action neither runs nor will run; true if it has run.
  bool disarm();

 private:
  void watch();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<bool()> stopped_;  // empty: nothing else stops it
  std::function<void()> action_;   // empty: disarmed
  std::chrono::nanoseconds processor_end_{};
  Clock::time_point at_;
  bool fired_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sgproof::smt
