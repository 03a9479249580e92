#include "kernel-extract/fs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>

#include "kernel-extract/error_ids.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
namespace {

/// A file descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::optional<std::string> read_all(int fd) {
  struct stat info{};
  std::string out;
  if (::fstat(fd, &info) == 0 && info.st_size > 0)
    out.reserve(static_cast<std::size_t>(info.st_size));
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

void copy_content(int from_dir, int to_dir, const char* name, const stdfs::path& shown) {
  const Fd in(::openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info{};
  if (!in.valid() || ::fstat(in.get(), &info) != 0) throw_errno("read", shown, errno);
  const Fd out(::openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                        (info.st_mode & 0777U) | 0600U));
  if (!out.valid()) throw_errno("create", shown, errno);
  for (;;) {
    auto n = ::copy_file_range(in.get(), nullptr, out.get(), nullptr, std::size_t{1} << 30, 0);
    if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
      std::array<char, 65536> buffer{};
      n = ::read(in.get(), buffer.data(), buffer.size());
      if (n > 0 && ::write(out.get(), buffer.data(), static_cast<std::size_t>(n)) != n)
        throw_errno("write", shown, errno);
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("copy", shown, errno);
    if (n == 0) break;
  }
  const std::array<timespec, 2> times{info.st_atim, info.st_mtim};
  ::futimens(out.get(), times.data());
}

void copy_link(int from_dir, int to_dir, const char* name, const stdfs::path& shown) {
  std::array<char, 4096> target{};
  struct stat info{};
  const auto n = ::readlinkat(from_dir, name, target.data(), target.size() - 1);
  if (n < 0 || ::fstatat(from_dir, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    throw_errno("read", shown, errno);
  if (::symlinkat(target.data(), to_dir, name) != 0) throw_errno("create", shown, errno);
  const std::array<timespec, 2> times{info.st_atim, info.st_mtim};
  ::utimensat(to_dir, name, times.data(), AT_SYMLINK_NOFOLLOW);
}

/// Works relative to open directories: a kernel tree has 80,000 files, and looking up whole paths
/// would take twice the time.
void copy_directory(int from_dir, int to_dir, const stdfs::path& shown, CopyMode mode) {
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(::fcntl(from_dir, F_DUPFD_CLOEXEC, 0)),
                                                 &::closedir);
  if (!list) throw_errno("list", shown, errno);
  while (const dirent* entry = ::readdir(list.get())) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    auto type = entry->d_type;
    struct stat info{};
    if (type == DT_UNKNOWN || type == DT_DIR) {
      if (::fstatat(from_dir, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        throw_errno("read", shown / name, errno);
      type = IFTODT(info.st_mode);
    }
    if (type == DT_DIR) {
      if (::mkdirat(to_dir, name, (info.st_mode & 0777U) | 0700U) != 0)
        throw_errno("create", shown / name, errno);
      const Fd source(::openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      const Fd target(::openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!source.valid() || !target.valid()) throw_errno("copy", shown / name, errno);
      copy_directory(source.get(), target.get(), shown / name, mode);
      const std::array<timespec, 2> times{info.st_atim, info.st_mtim};
      ::futimens(target.get(), times.data());
    } else if (type == DT_LNK) {
      copy_link(from_dir, to_dir, name, shown / name);
    } else if (type == DT_REG && mode == CopyMode::Content) {
      copy_content(from_dir, to_dir, name, shown / name);
    } else if (type == DT_REG && ::linkat(from_dir, name, to_dir, name, 0) != 0) {
      throw_errno("link", shown / name, errno);
    }
  }
}

void list_directory(int dir_fd, const std::string& prefix, std::string_view skip,
                    std::vector<std::string>& out) {
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(::fcntl(dir_fd, F_DUPFD_CLOEXEC, 0)),
                                                 &::closedir);
  if (!list) throw_errno("list", prefix, errno);
  while (const dirent* entry = ::readdir(list.get())) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    auto type = entry->d_type;
    struct stat info{};
    if (type == DT_UNKNOWN && ::fstatat(dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
      type = IFTODT(info.st_mode);
    if (type != DT_DIR) {
      out.push_back(prefix + name);
      continue;
    }
    if (name == skip) continue;
    const Fd below(::openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below.valid()) throw_errno("list", prefix + name, errno);
    list_directory(below.get(), prefix + name + "/", {}, out);
  }
}

}  // namespace

std::vector<std::string> list_tree(const stdfs::path& dir, std::string_view skip) {
  const Fd top(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!top.valid()) throw_errno("list", dir, errno);
  std::vector<std::string> out;
  list_directory(top.get(), "", skip, out);
  std::sort(out.begin(), out.end());
  return out;
}

void throw_errno(std::string_view doing, const stdfs::path& file, int error) {
  if (error == ENOSPC || error == EDQUOT)
    throw Error(ErrorKind::Environment, id::kDiskFull, "files",
                fmt::format("no space left while trying to {} {}", doing, file.string()))
        .at(file.string())
        .hint("free some space, or point SGPROOF_CACHE at a larger disk");
  throw Error(ErrorKind::Environment, id::kFileSystem, "files",
              fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(error)))
      .at(file.string());
}

std::string read_file(const stdfs::path& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) throw_errno("read", file, errno);
  auto content = read_all(fd.get());
  if (!content) throw_errno("read", file, errno);
  return std::move(*content);
}

std::optional<std::string> try_read_file(const stdfs::path& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return std::nullopt;
  return read_all(fd.get());
}

void write_file(const stdfs::path& file, std::string_view content) {
  static std::atomic<unsigned> counter{0};
  auto temporary = file;
  temporary += fmt::format(".{}.{}.tmp", ::getpid(), counter++);
  {
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd.valid()) throw_errno("create", file, errno);
    while (!content.empty()) {
      const auto n = ::write(fd.get(), content.data(), content.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        throw_errno("write", file, error);
      }
      content.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    throw_errno("write", file, error);
  }
}

void make_dirs(const stdfs::path& dir) {
  std::error_code error;
  stdfs::create_directories(dir, error);
  if (error) throw_errno("create", dir, error.value());
}

void remove_tree(const stdfs::path& path) noexcept {
  std::error_code error;
  if (path.empty() || !stdfs::exists(stdfs::symlink_status(path, error))) return;
  stdfs::remove_all(path, error);
  if (!error) return;
  try {  // a directory without write permission stopped it
    for (stdfs::recursive_directory_iterator it(path, error), end; it != end; it.increment(error))
      if (it->is_directory(error) && !it->is_symlink(error))
        stdfs::permissions(it->path(), stdfs::perms::owner_all, stdfs::perm_options::add, error);
    stdfs::remove_all(path, error);
  } catch (...) {  // ignored: what is left is found and removed by the cache's cleaning
  }
}

void copy_tree(const stdfs::path& from, const stdfs::path& to, CopyMode mode) {
  make_dirs(to);
  const Fd source(::open(from.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Fd target(::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!source.valid()) throw_errno("list", from, errno);
  if (!target.valid()) throw_errno("create", to, errno);
  copy_directory(source.get(), target.get(), to, mode);
}

void set_times(const stdfs::path& dir, std::int64_t seconds) {
  const timespec when{seconds, 0};
  const std::array<timespec, 2> times{when, when};
  std::error_code error;
  for (stdfs::recursive_directory_iterator it(dir, error), end; it != end; it.increment(error)) {
    if (error) throw_errno("list", dir, error.value());
    if (::utimensat(AT_FDCWD, it->path().c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
      throw_errno("set the time of", it->path(), errno);
  }
  if (error) throw_errno("list", dir, error.value());
  ::utimensat(AT_FDCWD, dir.c_str(), times.data(), 0);
}

FileKind kind_of(const stdfs::path& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return FileKind::Absent;
  if (S_ISREG(info.st_mode)) return FileKind::Regular;
  if (S_ISDIR(info.st_mode)) return FileKind::Directory;
  if (S_ISLNK(info.st_mode)) return FileKind::Symlink;
  return FileKind::Other;
}

std::optional<std::string> read_beneath(const stdfs::path& root, const std::string& relative) {
  const Fd dir(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir.valid()) return std::nullopt;
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const Fd fd(
      static_cast<int>(::syscall(SYS_openat2, dir.get(), relative.c_str(), &how, sizeof how)));
  struct stat info{};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return read_all(fd.get());
}

}  // namespace sgproof::extract
