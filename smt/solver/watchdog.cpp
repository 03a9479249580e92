#include "smt/solver/watchdog.hpp"

namespace sgproof::smt {

Watchdog::Watchdog() : thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    action_ = nullptr;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::arm(std::chrono::milliseconds limit, std::function<void()> action) {
  {
    const std::lock_guard lock(mutex_);
    at_ = std::chrono::steady_clock::now() + limit;
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
    } else if (std::chrono::steady_clock::now() < at_) {
      changed_.wait_until(lock, at_);
    } else {
      action_();
      fired_ = true;
      action_ = nullptr;
    }
  }
}

}  // namespace sgproof::smt
