#include "kernel-extract/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "kernel-extract/fs.hpp"

namespace sgproof::extract {
namespace {
int open_lock(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) throw_errno("lock", file, errno);
  return fd;
}
}  // namespace

FileLock::FileLock(const std::filesystem::path& file, const CancelToken& cancel)
    : fd_(open_lock(file)) {
  using namespace std::chrono_literals;
  for (auto pause = 1ms; ::flock(fd_, LOCK_EX | LOCK_NB) != 0; pause = std::min(2 * pause, 50ms)) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      const int error = errno;
      ::close(fd_);
      throw_errno("lock", file, error);
    }
    if (cancel.cancelled()) {
      ::close(fd_);
      cancel.check("waiting for " + file.string());
    }
    std::this_thread::sleep_for(pause);
  }
}

std::optional<FileLock> FileLock::try_lock(const std::filesystem::path& file) {
  const int fd = open_lock(file);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return FileLock(fd);
  ::close(fd);
  return std::nullopt;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

}  // namespace sgproof::extract
