#include "smt/solver/second_solver.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

extern char** environ;

namespace sgproof::smt {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostOutput = 64 << 10;  // an answer is a word

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

CheckResult parse(const std::string& output) {
  const std::string first = output.substr(0, output.find('\n'));
  if (first == "sat") return CheckResult::Sat;
  if (first == "unsat") return CheckResult::Unsat;
  if (first == "unknown") return CheckResult::Unknown;
  return CheckResult::Error;
}

/// A running child. Nothing but its process descriptor is used to end it: its id may be reused.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid), pidfd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {
    if (clock_getcpuclockid(pid, &clock_) != 0) clock_ = CLOCK_MONOTONIC;
  }
  void kill() const {
    if (pidfd_.get() >= 0)
      syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
    else
      ::kill(pid_, SIGKILL);  // not reaped yet, so the id is still this child's
  }
  [[nodiscard]] std::chrono::nanoseconds processor_time() const {
    timespec t{};
    if (clock_gettime(clock_, &t) != 0) return {};
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }
  [[nodiscard]] int wait() const {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

 private:
  pid_t pid_;
  Fd pidfd_;
  clockid_t clock_{};
};

}  // namespace

SecondSolverAnswer SecondSolver::run(int input, const char* way, unsigned limit_ms,
                                     const std::function<bool()>& stopped) const {
  SecondSolverAnswer answer;
  const auto start = Clock::now();
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) {
    answer.output = std::string("pipe: ") + std::strerror(errno);
    return answer;
  }
  const Fd out(pipe[0]);
  Fd in(pipe[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, in.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, in.get(), 2);
  const auto limit = std::chrono::milliseconds(limit_ms), wall = 10 * limit;
  // its own limit is for the case that this process is killed meanwhile
  std::vector<std::string> words{program_, "--lang=smt2"};
  if (limit_ms != 0) words.push_back("--tlimit=" + std::to_string(2 * wall.count()));
  if (way != nullptr) words.emplace_back(way);
  words.emplace_back("-");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, program_.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  in.reset();
  if (failed != 0) {
    answer.output = program_ + ": " + std::strerror(failed);
    return answer;
  }
  const Child child(pid);
  bool killed = false;
  for (bool open = true; open;) {
    const bool late =
        limit_ms != 0 && (child.processor_time() >= limit || Clock::now() - start >= wall);
    if (!killed && (late || (stopped && stopped()))) {
      child.kill();
      killed = true;
    }
    pollfd p{out.get(), POLLIN, 0};
    if (::poll(&p, 1, 50) <= 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t got = read(out.get(), buffer.data(), buffer.size());
    if (got > 0 && answer.output.size() < kMostOutput)
      answer.output.append(buffer.data(), static_cast<std::size_t>(got));
    else if (got == 0 || (got < 0 && errno != EINTR))
      open = false;
  }
  const int status = child.wait();
  answer.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (killed)
    answer.result = CheckResult::Timeout;
  else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    answer.result = parse(answer.output);
  return answer;
}

SecondSolverAnswer SecondSolver::check_file(const std::string& path, unsigned limit_ms) const {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return {CheckResult::Error, 0, path + ": " + std::strerror(errno)};
  return run(file.get(), nullptr, limit_ms, {});
}

SecondSolverAnswer SecondSolver::check(const std::string& smt2, Trouble trouble,
                                       const std::function<bool()>& stopped) const {
  const Fd text(memfd_create("sgproof-question", MFD_CLOEXEC));
  for (std::size_t done = 0; done < smt2.size();) {
    const ssize_t n = write(text.get(), smt2.data() + done, smt2.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {CheckResult::Error, 0, std::string("memfd: ") + std::strerror(errno)};
    done += static_cast<std::size_t>(n);
  }
  struct Way {
    const char* option;
    unsigned limit_ms;
  };
  const bool great = trouble == Trouble::Great;
  std::vector<Way> ways{{"--solve-bv-as-int=iand", 500}, {nullptr, 2'500}};
  if (great)
    for (const char* option : {"--solve-bv-as-int=sum", "--solve-bv-as-int=iand",
                               "--bitblast=eager", static_cast<const char*>(nullptr)})
      ways.push_back({option, kPatience});
  SecondSolverAnswer answer;
  double seconds = 0;
  for (const Way& way : ways) {
    if (stopped && stopped()) break;
    if (lseek(text.get(), 0, SEEK_SET) < 0)
      return {CheckResult::Error, seconds, std::string("memfd: ") + std::strerror(errno)};
    answer = run(text.get(), way.option, way.limit_ms, stopped);
    seconds = answer.seconds += seconds;
    if (answer.result == CheckResult::Sat || answer.result == CheckResult::Unsat) break;
  }
  return answer;
}

}  // namespace sgproof::smt
