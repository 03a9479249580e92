// A limit on a call that only another thread can interrupt.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sgproof::smt {

/// Calls an action once when a time has passed, unless disarmed before. One thread per watchdog.
/// Used instead of Z3's own timer: that of 4.8.12 was seen not to return under heavy load.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void arm(std::chrono::milliseconds limit, std::function<void()> action);
  /// After it returns the action neither runs nor will run; true if it has run.
  bool disarm();

 private:
  void watch();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> action_;  // empty: disarmed
  std::chrono::steady_clock::time_point at_;
  bool fired_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sgproof::smt
