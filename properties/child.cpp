#include "properties/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "model/error.hpp"
#include "properties/errors.hpp"

namespace sgproof::properties {
namespace {

constexpr std::size_t kErrorLimit = 64 << 10;
constexpr int kSocketBuffer = 1 << 20;

[[noreturn]] void fail(const char* identifier, const std::string& what, int error) {
  throw Error(ErrorKind::Environment, identifier, "native run",
              fmt::format("{}: {}", what, std::strerror(error)));
}

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
}

/// glibc 2.36 declares these without C linkage.
int pidfd_open(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }
void pidfd_kill(int fd) { syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0); }

/// poll() until the deadline; whether something happened.
bool poll_until(pollfd* fds, nfds_t count, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const int n = poll(fds, count, milliseconds_until(deadline));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) fail(id::kSystemCall, "poll", errno);
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
}

/// In the child, between fork() and execve(): only async-signal-safe calls.
[[noreturn]] void become(char* const* arguments, int io, int errors, int started, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  (void)signal(SIGPIPE, SIG_DFL);
  char* environment[] = {nullptr};
  if (getppid() == parent && dup2(io, 0) == 0 && dup2(io, 1) == 1 && dup2(errors, 2) == 2)
    execve(arguments[0], arguments, environment);
  const int error = errno;
  [[maybe_unused]] const auto n = write(started, &error, sizeof(error));
  _exit(127);
}

std::pair<Fd, Fd> make_pipe(int flags) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), flags | O_CLOEXEC)) fail(id::kSystemCall, "pipe2", errno);
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Fd::release() { return std::exchange(fd_, -1); }

void Fd::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Child::Child(const std::vector<std::string>& argv) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()))
    fail(id::kSystemCall, "socketpair", errno);
  Fd mine(ends[0]), theirs(ends[1]);
  for (const int fd : ends)  // a hint: as much as the system allows
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof(kSocketBuffer));
  auto [errors_read, errors_write] = make_pipe(0);
  fcntl(errors_read.get(), F_SETFL, O_NONBLOCK);
  auto [started_read, started_write] = make_pipe(0);

  const std::string& name = argv.at(0);
  std::vector<char*> arguments;
  for (const std::string& word : argv) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t self = getpid();
  const pid_t pid = fork();
  if (pid < 0) fail(id::kRunnerStart, "fork", errno);
  if (pid == 0)
    become(arguments.data(), theirs.get(), errors_write.get(), started_write.get(), self);
  pid_ = Fd(pidfd_open(pid));
  if (!pid_.open()) {
    const int error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    fail(id::kSystemCall, "pidfd_open", error);
  }
  socket_ = std::move(mine);
  errors_ = std::move(errors_read);
  theirs.reset();
  errors_write.reset();
  started_write.reset();
  int error = 0;
  ssize_t n = 0;
  do n = read(started_read.get(), &error, sizeof(error));
  while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(sizeof(error))) {
    end(std::chrono::steady_clock::now() + std::chrono::seconds(1));
    fail(id::kRunnerStart, fmt::format("cannot start the native runner {}", name), error);
  }
}

Child::~Child() {
  try {
    end({});                // long past: no waiting
  } catch (const Error&) {  // ignored: nothing is left to do with it
  }
}

Child::Ready Child::wait(bool want_write, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const short events = static_cast<short>(want_write ? POLLIN | POLLOUT : POLLIN);
    std::array<pollfd, 2> fds{{{socket_.get(), events, 0}, {errors_.get(), POLLIN, 0}}};
    if (!poll_until(fds.data(), errors_.open() ? 2 : 1, deadline)) return {false, false, true};
    if (fds[1].revents) drain_errors();
    const short got = fds[0].revents;
    if (got) return {(got & (POLLIN | POLLHUP | POLLERR)) != 0, (got & POLLOUT) != 0, false};
    if (std::chrono::steady_clock::now() >= deadline) return {false, false, true};
  }
}

std::optional<std::size_t> Child::write_some(const void* data, std::size_t size) {
  for (;;) {
    const ssize_t n = send(socket_.get(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno == EPIPE || errno == ECONNRESET) return {};
    if (errno != EINTR) fail(id::kSystemCall, "send", errno);
  }
}

std::optional<std::size_t> Child::read_some(void* data, std::size_t size) {
  for (;;) {
    const ssize_t n = recv(socket_.get(), data, size, MSG_DONTWAIT);
    if (n > 0) return static_cast<std::size_t>(n);
    if (n == 0 || errno == ECONNRESET) return {};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) fail(id::kSystemCall, "recv", errno);
  }
}

void Child::drain_errors() {
  std::array<char, 4096> chunk;
  while (errors_.open()) {
    const ssize_t n = read(errors_.get(), chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return errors_.reset();
    const std::size_t room = kErrorLimit - std::min(kErrorLimit, text_.size());
    text_.append(chunk.data(), std::min(room, static_cast<std::size_t>(n)));
  }
}

std::string Child::take_errors() {
  drain_errors();
  return std::exchange(text_, {});
}

std::optional<Ending> Child::end(std::chrono::steady_clock::time_point deadline) {
  if (reaped_) return {};
  socket_.reset();
  pollfd fd{pid_.get(), POLLIN, 0};
  const bool by_itself = poll_until(&fd, 1, deadline);
  if (!by_itself) pidfd_kill(pid_.get());
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pid_.get()), &info, WEXITED))
    if (errno != EINTR) fail(id::kSystemCall, "waitid", errno);
  reaped_ = true;
  if (!by_itself) return {};
  return info.si_code == CLD_EXITED ? Ending{0, info.si_status} : Ending{info.si_status, 0};
}

}  // namespace sgproof::properties
