#include "smt/solver/watchdog.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace sgproof::smt {
namespace {

std::chrono::nanoseconds processor_time() {
  timespec t{};
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

Watchdog::Watchdog(std::function<bool()> stopped)
    : stopped_(std::move(stopped)), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    action_ = nullptr;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::arm(std::chrono::milliseconds limit, Clock::time_point at,
                   std::function<void()> action) {
  {
    const std::lock_guard lock(mutex_);
    processor_end_ = processor_time() + limit;
    at_ = at;
    action_ = std::move(action);
    fired_ = false;
  }
  changed_.notify_one();
}

bool Watchdog::disarm() {
  const std::lock_guard lock(mutex_);  // the action runs under the lock
  action_ = nullptr;
  return fired_;
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (!action_) {
      changed_.wait(lock);
      continue;
    }
    const auto now = Clock::now();
    const auto left = processor_end_ - processor_time();
    if (now < at_ && left.count() > 0 && !(stopped_ && stopped_())) {
      // no sooner than the time left on one processor can it be used up
      auto pause = std::max(left, std::chrono::nanoseconds(1'000'000));
      if (stopped_) pause = std::min(pause, std::chrono::nanoseconds(100'000'000));
      changed_.wait_until(lock, std::min(at_, now + pause));
    } else {
      action_();
      fired_ = true;
      action_ = nullptr;
    }
  }
}

}  // namespace sgproof::smt
