// Runs a program: argument vector (never a shell), captured output, deadline, limits, cancellation.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sgproof::extract {

/// Shared flag that stops work early (Ctrl-C). Copies refer to the same flag; `cancel()` is
/// async-signal-safe. The functions that take one throw Error(Environment, SGP-E0143) when it is
/// set.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  /// One that is also set when this one is, for a part of the work.
  [[nodiscard]] CancelToken part() const {
    CancelToken made;
    made.whole_ = std::make_shared<CancelToken>(*this);
    return made;
  }
  void cancel() const noexcept { flag_->store(true); }
  [[nodiscard]] bool cancelled() const noexcept {
    return flag_->load() || (whole_ && whole_->cancelled());
  }
  /// Throws when cancelled; `stage` says what was being done.
  void check(const std::string& stage) const;

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
  std::shared_ptr<const CancelToken> whole_;
};

/// Resource limits of a child and its descendants, each process by itself; 0 leaves a limit alone.
struct Limits {
  std::uint64_t cpu_seconds = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t memory_bytes = 0;  ///< address space
};

/// What to run. `argv[0]` is looked up in PATH of the calling process unless it has a slash.
struct Command {
  std::vector<std::string> argv{};
  std::optional<std::vector<std::string>> environment{};  ///< "NAME=value"; absent: inherited
  std::filesystem::path directory{};                      ///< empty: inherited
  std::string input{};                                    ///< given on standard input
  std::filesystem::path output_file{};    ///< standard output goes here instead of `out`
  std::chrono::milliseconds deadline{0};  ///< 0: none
  Limits limits{};
  std::size_t max_capture = std::size_t{64} << 20;  ///< bytes kept of each captured stream
};

/// How it ended.
struct ProcessResult {
  int exit_code = -1;      ///< -1 when a signal ended it
  int signal = 0;          ///< 0 when it exited
  bool timed_out = false;  ///< the deadline passed and it was killed
  std::string out;
  std::string err;
  double seconds = 0;
  [[nodiscard]] bool ok() const { return exit_code == 0 && !timed_out; }
};

/// Runs the command in a process group of its own, with SIGKILL on our death, and waits for it. On
/// the deadline or on cancellation the whole group is killed. Throws Error(Environment): SGP-E0141
/// when it cannot be started, SGP-E0143 when cancelled.
[[nodiscard]] ProcessResult run_process(const Command& command, const CancelToken& cancel = {});

}  // namespace sgproof::extract
