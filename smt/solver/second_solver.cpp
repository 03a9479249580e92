#include "smt/solver/second_solver.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

extern char** environ;

namespace sgproof::smt {
namespace {

using Clock = std::chrono::steady_clock;

CheckResult parse(const std::string& output) {
  const std::string first = output.substr(0, output.find('\n'));
  if (first == "sat") return CheckResult::Sat;
  if (first == "unsat") return CheckResult::Unsat;
  if (first == "unknown") return CheckResult::Unknown;
  return CheckResult::Error;
}

}  // namespace

SecondSolverAnswer SecondSolver::check_file(const std::string& path, unsigned limit_ms) const {
  SecondSolverAnswer answer;
  const auto start = Clock::now();
  std::array<int, 2> out{};
  if (pipe2(out.data(), O_CLOEXEC) != 0) {
    answer.output = std::string("pipe: ") + std::strerror(errno);
    return answer;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, out[1], 2);
  // A name that begins with "-" must not be read as an option.
  const std::string file = path.starts_with("-") ? "./" + path : path;
  std::array<std::string, 3> words{program_, "--lang=smt2", file};
  std::array<char*, 4> argv{words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, program_.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  if (failed != 0) {
    close(out[0]);
    answer.output = program_ + ": " + std::strerror(failed);
    return answer;
  }
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  const auto end = start + std::chrono::milliseconds(limit_ms);
  bool killed = false;
  for (bool open = true; open;) {
    int wait = -1;
    if (!killed && limit_ms != 0) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      if (left <= 0) {
        if (pidfd >= 0)
          syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
        else
          kill(pid, SIGKILL);  // not reaped yet, so the id is still this child's
        killed = true;
      } else {
        wait = static_cast<int>(left);
      }
    }
    pollfd p{out[0], POLLIN, 0};
    const int n = poll(&p, 1, wait);
    if (n <= 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t got = read(out[0], buffer.data(), buffer.size());
    if (got > 0)
      answer.output.append(buffer.data(), static_cast<std::size_t>(got));
    else if (got == 0 || errno != EINTR)
      open = false;
  }
  close(out[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (pidfd >= 0) close(pidfd);
  answer.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (killed)
    answer.result = CheckResult::Timeout;
  else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    answer.result = parse(answer.output);
  return answer;
}

}  // namespace sgproof::smt
