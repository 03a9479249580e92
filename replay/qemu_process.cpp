#include "replay/qemu_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "model/error.hpp"
#include "replay/error_ids.hpp"

namespace sgproof::replay {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kConsoleTail = std::size_t{64} << 10;

[[noreturn]] void cannot(const char* what) {
  throw Error(ErrorKind::Environment, id::kSpawn, "replay",
              std::string(what) + ": " + std::generic_category().message(errno))
      .hint("check the limits on processes and open files (ulimit -a)");
}

/// A file descriptor with an owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    reset();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~Fd() { reset(); }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read, write;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) cannot("no pipe");
    read = Fd(ends[0]);
    write = Fd(ends[1]);
  }
};

/// A disk that is gone with the process; empty, so that it takes no memory before it is used.
Fd make_disk() {
  Fd disk(::memfd_create("sgproof-disk", MFD_CLOEXEC));
  if (disk.get() < 0 || ::ftruncate(disk.get(), SGP_DISK_BYTES) != 0) cannot("no disk for QEMU");
  return disk;
}

/// Reads what is there now; nothing when the other side is closed and all is read.
std::optional<std::string> drain(const Fd& fd) {
  std::array<char, 16384> buffer{};
  std::string out;
  for (;;) {
    const auto n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n > 0) {
      out.append(buffer.data(), static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n == 0 && out.empty()) return std::nullopt;
    return out;
  }
}

/// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void exec_child(pid_t parent, char* const* argv, int console, std::array<int, 3> keep,
                             int error_fd) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::setpgid(0, 0);  // Ctrl-C on the terminal is ours to handle
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0) ::_exit(127);
  ::dup2(null, 0);
  ::dup2(console, 1);
  ::dup2(console, 2);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  for (const int fd : keep) ::fcntl(fd, F_SETFD, 0);
  (void)::signal(SIGPIPE, SIG_DFL);
  constexpr rlimit kNone{0, 0};
  ::setrlimit(RLIMIT_CORE, &kNone);  // a User Mode Linux that panics aborts
  ::execvp(argv[0], argv);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(error_fd, &error, sizeof(error));
  ::_exit(127);
}

/// The process; killed and reaped when it goes out of scope.
class Child {
 public:
  Child(const std::vector<std::string>& argv, int console, std::array<int, 3> keep) {
    std::vector<char*> pointers;
    for (const auto& arg : argv) pointers.push_back(const_cast<char*>(arg.c_str()));
    pointers.push_back(nullptr);
    Pipe error;
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) cannot("no process for QEMU");
    if (pid_ == 0) exec_child(parent, pointers.data(), console, keep, error.write.get());
    error.write.reset();
    if (::read(error.read.get(), &exec_error_, sizeof(exec_error_)) != sizeof(exec_error_))
      exec_error_ = 0;
    pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (pidfd_.get() < 0) {
      kill_and_reap();
      cannot("no descriptor for QEMU's process");
    }
  }
  ~Child() { kill_and_reap(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] int exec_error() const { return exec_error_; }
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  /// Status as waitpid gives it. A process that is still alive is killed first.
  int kill_and_reap() {
    if (pid_ <= 0) return status_;
    if (pidfd_.get() >= 0)
      ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
    else
      ::kill(pid_, SIGKILL);
    return reap();
  }

  int reap() {
    if (pid_ <= 0) return status_;
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status_;
  }

 private:
  pid_t pid_ = -1;
  Fd pidfd_;
  int status_ = 0;
  int exec_error_ = 0;
};

/// What has been heard so far.
class Watch {
 public:
  Watch(QemuRun& run, const Deadlines& limits) : run_(run), limits_(limits) {}

  void bell(const std::string& bytes) {
    for (const char c : bytes) {
      if (c == SGP_BELL_READY && !run_.ready) {
        run_.ready = true;
        run_.boot_seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
      } else if (c == SGP_BELL_SCENARIO) {
        ++run_.rings;
      } else if (c != SGP_BELL_STOPPED && c != SGP_BELL_DONE) {
        ++run_.strays;
        continue;  // no sign of life of the runner
      }
      last_ = Clock::now();
    }
  }

  void console(const std::string& bytes) {
    run_.console += bytes;
    if (run_.console.size() > 2 * kConsoleTail)
      run_.console.erase(0, run_.console.size() - kConsoleTail);
  }

  /// The limit that has been reached, or Unknown; `left` is the time to the nearest one.
  QemuEnd expired(std::chrono::milliseconds& left) const {
    const auto now = Clock::now();
    const auto total = begin_ + limits_.total;
    const auto step = run_.ready ? last_ + limits_.progress : begin_ + limits_.boot;
    if (now >= total) return QemuEnd::TimedOut;
    if (now >= step) return run_.ready ? QemuEnd::Stalled : QemuEnd::BootTimeout;
    left = std::chrono::ceil<std::chrono::milliseconds>(std::min(total, step) - now);
    return QemuEnd::Unknown;
  }

  void finish() {
    run_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    if (run_.console.size() > kConsoleTail)
      run_.console.erase(0, run_.console.size() - kConsoleTail);
  }

 private:
  QemuRun& run_;
  const Deadlines& limits_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = begin_;
};

/// Waits for the end; the pipes are read until then.
void supervise(Child& child, Pipe& bell, Pipe& console, Watch& watch, QemuRun& run,
               const extract::CancelToken& cancel) {
  constexpr std::chrono::milliseconds kSlice{100};  // cancellation is noticed within this time
  for (;;) {
    std::chrono::milliseconds left{0};
    run.end = cancel.cancelled() ? QemuEnd::Cancelled : watch.expired(left);
    if (run.end != QemuEnd::Unknown) return;
    std::array<pollfd, 3> fds{{{child.pidfd(), POLLIN, 0},
                               {bell.read.get(), POLLIN, 0},
                               {console.read.get(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), static_cast<int>(std::min(left, kSlice).count())) < 0 &&
        errno != EINTR)
      cannot("poll");
    if (fds[1].revents != 0) {
      if (const auto bytes = drain(bell.read))
        watch.bell(*bytes);
      else
        bell.read.reset();
    }
    if (fds[2].revents != 0) {
      if (const auto bytes = drain(console.read))
        watch.console(*bytes);
      else
        console.read.reset();
    }
    if ((fds[0].revents & POLLIN) != 0) {
      run.end = QemuEnd::Exited;
      return;
    }
  }
}

}  // namespace

QemuRun run_qemu(MachineSpec spec, const Mailbox& mailbox, const Deadlines& deadlines,
                 const extract::CancelToken& cancel) {
  QemuRun run;
  Pipe bell;
  Pipe console;
  spec.mailbox_fd = mailbox.fd();
  spec.mailbox_bytes = mailbox.size();
  spec.bell_fd = bell.write.get();
  const Fd disk = make_disk();
  spec.disk_fd = disk.get();
  for (const auto* pipe : {&bell, &console}) ::fcntl(pipe->read.get(), F_SETFL, O_NONBLOCK);
  Watch watch(run, deadlines);
  Child child(machine_argv(spec), console.write.get(),
              {bell.write.get(), mailbox.fd(), disk.get()});
  bell.write.reset();
  console.write.reset();
  if (child.exec_error() != 0) {
    if (child.exec_error() != ENOENT && child.exec_error() != EACCES) {
      errno = child.exec_error();
      cannot("QEMU cannot be started");
    }
    run.end = QemuEnd::NoProgram;
    child.reap();
    watch.finish();
    return run;
  }
  supervise(child, bell, console, watch, run, cancel);
  const int status = run.end == QemuEnd::Exited ? child.reap() : child.kill_and_reap();
  if (run.end == QemuEnd::Exited) {
    if (WIFEXITED(status)) {
      run.exit_code = WEXITSTATUS(status);
    } else {
      run.end = QemuEnd::Signalled;
      run.signal = WTERMSIG(status);
    }
  }
  // What was written before the end.
  if (const auto bytes = bell.read.get() >= 0 ? drain(bell.read) : std::nullopt) watch.bell(*bytes);
  if (const auto bytes = console.read.get() >= 0 ? drain(console.read) : std::nullopt)
    watch.console(*bytes);
  watch.finish();
  return run;
}

}  // namespace sgproof::replay
