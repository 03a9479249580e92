#include "kernel-extract/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "kernel-extract/error_ids.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace {
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& program, const char* what, int error) {
  throw Error(ErrorKind::Environment, id::kTool, "process",
              fmt::format("cannot {} {}: {}", what, program, std::strerror(error)))
      .hint("is it installed? `sgproof doctor` lists what is needed");
}

/// Both ends of a pipe, closed on destruction.
struct Pipe {
  std::array<int, 2> fd{-1, -1};
  explicit Pipe(const std::string& program) {
    if (::pipe2(fd.data(), O_CLOEXEC) != 0) fail(program, "make a pipe for", errno);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(std::size_t end) {
    if (fd[end] >= 0) ::close(fd[end]);
    fd[end] = -1;
  }
};

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const auto candidate = rest.substr(0, colon) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  fail(name, "find", ENOENT);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (auto& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

void limit(int resource, std::uint64_t value) {
  if (value == 0) return;
  const rlimit r{value, value};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &r);
}

/// Everything the child needs, made before fork(): after it only async-signal-safe calls.
struct ChildPlan {
  std::string program;
  std::vector<std::string> argv_strings;
  std::vector<std::string> env_strings;
  std::vector<char*> argv;
  std::vector<char*> env;
  std::string directory;
  Limits limits;
  pid_t parent;
};

[[noreturn]] void become(const ChildPlan& plan, int in, int out, int err, int report) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int s : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) (void)::signal(s, SIG_DFL);
  if (::getppid() == plan.parent && ::dup2(in, 0) >= 0 && ::dup2(out, 1) >= 0 &&
      ::dup2(err, 2) >= 0 && (plan.directory.empty() || ::chdir(plan.directory.c_str()) == 0)) {
    limit(RLIMIT_CPU, plan.limits.cpu_seconds);
    limit(RLIMIT_FSIZE, plan.limits.file_bytes);
    limit(RLIMIT_AS, plan.limits.memory_bytes);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::execve(plan.program.c_str(), plan.argv.data(), plan.env.data());
  }
  const int error = errno;
  [[maybe_unused]] const auto n = ::write(report, &error, sizeof error);
  ::_exit(127);
}

/// Moves what is readable into `sink` (bounded); false at end of file.
bool drain(int fd, std::string& sink, std::size_t max) {
  std::array<char, 65536> buffer{};
  const auto n = ::read(fd, buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  if (n == 0) return false;
  if (sink.size() < max) sink.append(buffer.data(), std::min<std::size_t>(n, max - sink.size()));
  return true;
}

/// Kills the group and reaps the child on every way out.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      kill_group();
      reap();
    }
  }
  void kill_group() const {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
  }
  int reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ::kill(-pid_, SIGKILL);  // stragglers of the group; harmless when it is empty
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

}  // namespace

void CancelToken::check(const std::string& stage) const {
  if (cancelled())
    throw Error(ErrorKind::Environment, id::kCancelled, stage, "stopped by the user");
}

ProcessResult run_process(const Command& command, const CancelToken& cancel) {
  const auto& name = command.argv.at(0);
  cancel.check("process");
  ChildPlan plan{find_program(name),         command.argv,   {},        {}, {},
                 command.directory.string(), command.limits, ::getpid()};
  if (command.environment) {
    plan.env_strings = *command.environment;
  } else {
    for (char** e = environ; *e != nullptr; ++e) plan.env_strings.emplace_back(*e);
  }
  plan.argv = pointers(plan.argv_strings);
  plan.env = pointers(plan.env_strings);

  Pipe in(name);
  Pipe out(name);
  Pipe err(name);
  Pipe report(name);
  if (!command.output_file.empty()) {
    out.close_end(1);
    out.fd[1] = ::open(command.output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out.fd[1] < 0) fail(name, "open the output file of", errno);
  }
  const auto begin = Clock::now();
  const pid_t pid = ::fork();
  if (pid < 0) fail(name, "start", errno);
  if (pid == 0) become(plan, in.fd[0], out.fd[1], err.fd[1], report.fd[1]);
  ::setpgid(pid, pid);
  Child child(pid);
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);
  report.close_end(1);
  int start_error = 0;
  if (::read(report.fd[0], &start_error, sizeof start_error) == sizeof start_error)
    fail(name, "start", start_error);

  ProcessResult result;
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) fail(name, "watch", errno);
  const struct CloseFd {
    int fd;
    ~CloseFd() { ::close(fd); }
  } close_pidfd{pidfd};
  ::fcntl(in.fd[1], F_SETFL, O_NONBLOCK);
  std::string_view input = command.input;
  if (input.empty()) in.close_end(1);
  const auto feed = [&] {
    // A child that closes its input early must not end us: SIGPIPE is turned into EPIPE here.
    sigset_t pipe_set;
    sigset_t old;
    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
    const auto n = ::write(in.fd[1], input.data(), input.size());
    const int error = errno;
    if (n < 0 && error == EPIPE) {
      const timespec now{0, 0};
      ::sigtimedwait(&pipe_set, nullptr, &now);
    }
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
    if (n > 0) input.remove_prefix(static_cast<std::size_t>(n));
    if (input.empty() || (n < 0 && error != EAGAIN && error != EINTR)) in.close_end(1);
  };
  for (bool exited = false; !exited;) {
    std::array<pollfd, 4> fds{{{pidfd, POLLIN, 0},
                               {out.fd[0], POLLIN, 0},
                               {err.fd[0], POLLIN, 0},
                               {in.fd[1], POLLOUT, 0}}};
    int wait = 100;  // cancellation is noticed within this many milliseconds
    if (command.deadline.count() > 0) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          begin + command.deadline - Clock::now());
      if (left.count() <= 0) {
        result.timed_out = true;
        child.kill_group();
        break;
      }
      wait = static_cast<int>(std::min<long long>(wait, left.count() + 1));
    }
    ::poll(fds.data(), fds.size(), wait);
    if (cancel.cancelled()) cancel.check(name);  // ~Child kills and reaps
    if ((fds[1].revents & (POLLIN | POLLHUP)) != 0 &&
        !drain(out.fd[0], result.out, command.max_capture))
      out.close_end(0);
    if ((fds[2].revents & (POLLIN | POLLHUP)) != 0 &&
        !drain(err.fd[0], result.err, command.max_capture))
      err.close_end(0);
    if (in.fd[1] >= 0 && (fds[3].revents & (POLLOUT | POLLERR)) != 0) feed();
    exited = (fds[0].revents & POLLIN) != 0;
  }
  const int status = child.reap();
  // What was written before the end; a descendant that escaped may hold the pipe open: do not wait.
  for (auto* stream : {&out, &err}) {
    if (stream->fd[0] < 0) continue;
    ::fcntl(stream->fd[0], F_SETFL, O_NONBLOCK);
    auto& sink = stream == &out ? result.out : result.err;
    std::array<char, 65536> buffer{};
    for (ssize_t n = 0; (n = ::read(stream->fd[0], buffer.data(), buffer.size())) > 0;)
      if (sink.size() < command.max_capture)
        sink.append(buffer.data(), std::min<std::size_t>(n, command.max_capture - sink.size()));
  }
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return result;
}

}  // namespace sgproof::extract
