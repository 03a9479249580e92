#include "gate/report/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "model/error.hpp"

namespace sgproof::gate {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* doing, int error) {
  Error e(ErrorKind::Environment, "SGP-E0601", "report",
          fmt::format("{} failed: {}", doing, std::generic_category().message(error)));
  const char* hint = error == ENOSPC || error == EDQUOT
                         ? "free some space, or give another directory with --out"
                         : "give a directory that can be written with --out";
  throw std::move(e).at(file.string()).hint(hint);
}

/// The temporary file; removed unless it was renamed.
class Temporary {
 public:
  explicit Temporary(const std::filesystem::path& file)
      : file_(file), name_(file.string() + ".XXXXXX") {
    fd_ = ::mkostemp(name_.data(), O_CLOEXEC);
    if (fd_ < 0) fail(file_, "creating a temporary file beside it", errno);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (fd_ >= 0) ::close(fd_);
    if (!renamed_) ::unlink(name_.c_str());
  }

  void write(std::string_view content, const WriteCall& write_call) const {
    while (!content.empty()) {
      const long n = write_call(fd_, content.data(), content.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(file_, "writing", errno);
      if (n == 0) fail(file_, "writing", ENOSPC);
      content.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void rename() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(fd_, 0666 & ~mask) != 0) fail(file_, "setting the mode", errno);
    if (::fsync(fd_) != 0) fail(file_, "writing to disk", errno);
    const int fd = std::exchange(fd_, -1);
    if (::close(fd) != 0) fail(file_, "closing", errno);
    if (::rename(name_.c_str(), file_.c_str()) != 0) fail(file_, "renaming", errno);
    renamed_ = true;
  }

 private:
  std::filesystem::path file_;
  std::string name_;
  int fd_ = -1;
  bool renamed_ = false;
};

}  // namespace

void write_atomically(const std::filesystem::path& file, std::string_view content,
                      const WriteCall& write_call) {
  Temporary temporary(file);
  temporary.write(content, write_call);
  temporary.rename();
}

void write_atomically(const std::filesystem::path& file, std::string_view content) {
  write_atomically(file, content, [](int fd, const char* data, std::size_t size) {
    return static_cast<long>(::write(fd, data, size));
  });
}

}  // namespace sgproof::gate
