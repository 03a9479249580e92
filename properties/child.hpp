// One child process with a socket on its standard input and output, and a pipe from its standard
// error. The only place of this room that touches processes.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sgproof::properties {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

/// How a child ended: by a signal, or with an exit code.
struct Ending {
  int signal = 0;
  int exit_code = 0;
};

/// A running child. Dies with the thread that started it (PR_SET_PDEATHSIG), and is killed by the
/// destructor. Writing to a dead child is an ordinary result, never SIGPIPE.
class Child {
 public:
  /// Starts `argv` (argv[0] is a path) with an empty environment; throws
  /// sgproof::Error(Environment, SGP-E0401).
  explicit Child(const std::vector<std::string>& argv);
  explicit Child(const std::filesystem::path& program)
      : Child(std::vector<std::string>{program.string()}) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// What became possible before the deadline.
  struct Ready {
    bool readable = false, writable = false, timed_out = false;
  };
  /// Waits until the child can be read from, or written to where `want_write`.
  Ready wait(bool want_write, std::chrono::steady_clock::time_point deadline);

  /// Bytes transferred, 0 if it would block; nothing once the child has closed its end.
  std::optional<std::size_t> write_some(const void* data, std::size_t size);
  std::optional<std::size_t> read_some(void* data, std::size_t size);

  /// What the child has written to its standard error since the last call, at most 64 KiB.
  std::string take_errors();

  /// Waits for the end until the deadline, then kills; nothing: it had to be killed.
  std::optional<Ending> end(std::chrono::steady_clock::time_point deadline);

 private:
  void drain_errors();

  Fd socket_, errors_, pid_;
  std::string text_;
  bool reaped_ = false;
};

}  // namespace sgproof::properties
