#include "kernel-extract/cache_dir.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"

namespace sgproof::extract {
namespace stdfs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kSchema = "sgproof-cache/1";
constexpr const char* kMarker = "entry.json";

/// Bytes that would be freed by removing the tree: files that nothing else links to.
std::uint64_t bytes_below(const stdfs::path& dir) {
  std::uint64_t total = 0;
  std::error_code error;
  for (stdfs::recursive_directory_iterator it(dir, error), end; it != end; it.increment(error)) {
    struct stat info{};
    if (::lstat(it->path().c_str(), &info) == 0 && info.st_nlink == 1)
      total += static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
  return total;
}

bool sound(const stdfs::path& entry, const std::string& key) {
  const auto text = try_read_file(entry / kMarker);
  if (!text) return false;
  const auto marker = json::parse(*text, nullptr, false);
  if (!marker.is_object() || marker.value("schema", "") != kSchema ||
      marker.value("key", "") != key)
    return false;
  const auto checked = marker.find("sha256");
  if (checked == marker.end() || !checked->is_object()) return false;
  for (const auto& [name, digest] : checked->items()) {
    const auto content = try_read_file(entry / name);
    if (!content || !digest.is_string() || sha256(*content) != digest.get<std::string>())
      return false;
  }
  return true;
}

}  // namespace

Staging::Staging(stdfs::path dir, FileLock lock) : dir_(std::move(dir)), lock_(std::move(lock)) {}
Staging::Staging(Staging&& other) noexcept
    : dir_(std::exchange(other.dir_, {})), lock_(std::move(other.lock_)) {}
Staging::~Staging() {
  if (dir_.empty()) return;
  remove_tree(dir_);
  auto lock_file = dir_;
  lock_file += ".lock";
  ::unlink(lock_file.c_str());
}

stdfs::path CacheDir::default_root() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
  };
  if (const auto own = variable("SGPROOF_CACHE"); !own.empty()) return own;
  if (const auto xdg = variable("XDG_CACHE_HOME"); !xdg.empty())
    return stdfs::path(xdg) / "sgproof";
  auto home = variable("HOME");
  if (home.empty())
    if (const passwd* user = ::getpwuid(::getuid()); user != nullptr) home = user->pw_dir;
  return stdfs::path(home) / ".cache" / "sgproof";
}

CacheDir::CacheDir(const stdfs::path& root) : root_(stdfs::absolute(root).lexically_normal()) {
  make_dirs(root_ / "tmp");
  make_dirs(root_ / "lock");
  std::error_code error;
  std::vector<stdfs::path> stale;
  for (stdfs::directory_iterator it(root_ / "tmp", error), end; it != end; it.increment(error))
    if (it->path().extension() == ".lock") stale.push_back(it->path());
  for (const auto& lock_file : stale) {
    const auto lock = FileLock::try_lock(lock_file);  // held while the process that made it lives
    if (!lock) continue;
    remove_tree(stdfs::path(lock_file).replace_extension());
    ::unlink(lock_file.c_str());
  }
}

std::optional<stdfs::path> CacheDir::find(const std::string& kind, const std::string& key) const {
  auto entry = root_ / kind / key;
  if (kind_of(entry) != FileKind::Directory) return std::nullopt;
  if (!sound(entry, key)) {
    remove(kind, key);
    return std::nullopt;
  }
  ::utimensat(AT_FDCWD, (entry / kMarker).c_str(), nullptr, 0);  // last use, for evict()
  return entry;
}

Staging CacheDir::stage() const {
  static std::atomic<unsigned> counter{0};
  const auto dir =
      root_ / "tmp" / fmt::format("{}-{}-{}", ::getpid(), std::time(nullptr), counter++);
  auto lock_file = dir;
  lock_file += ".lock";
  FileLock lock(lock_file, {});
  make_dirs(dir);
  return {dir, std::move(lock)};
}

stdfs::path CacheDir::publish(Staging staging, const std::string& kind, const std::string& key,
                              const std::vector<std::string>& checked,
                              std::optional<std::uint64_t> bytes) const {
  json marker{{"schema", kSchema}, {"kind", kind}, {"key", key}, {"sha256", json::object()}};
  for (const auto& name : checked) marker["sha256"][name] = sha256_file(staging.path() / name);
  marker["bytes"] = bytes ? *bytes : bytes_below(staging.path());
  write_file(staging.path() / kMarker, marker.dump(1));
  auto entry = root_ / kind / key;
  make_dirs(entry.parent_path());
  for (int attempt = 0; ::rename(staging.path().c_str(), entry.c_str()) != 0; ++attempt) {
    if ((errno != EEXIST && errno != ENOTEMPTY) || attempt == 3)
      throw_errno("publish", entry, errno);
    if (find(kind, key)) break;  // another process was first; a damaged entry was removed: again
  }
  return entry;
}

FileLock CacheDir::lock(const std::string& kind, const std::string& key,
                        const CancelToken& cancel) const {
  return {root_ / "lock" / (kind + "-" + key.substr(0, 16)), cancel};
}

void CacheDir::remove(const std::string& kind, const std::string& key) const {
  // Renamed first, so that nobody finds a half-removed entry.
  const auto staging = stage();
  const auto grave = staging.path() / "removed";
  if (::rename((root_ / kind / key).c_str(), grave.c_str()) != 0) remove_tree(root_ / kind / key);
}

std::uint64_t CacheDir::evict(std::uint64_t limit_bytes) const {
  struct Entry {
    std::string kind;
    std::string key;
    std::uint64_t bytes;
    std::time_t used;
  };
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  std::error_code error;
  for (stdfs::directory_iterator kinds(root_, error), end; kinds != end; kinds.increment(error)) {
    const auto kind = kinds->path().filename().string();
    if (kind == "tmp" || kind == "lock" || !kinds->is_directory()) continue;
    for (stdfs::directory_iterator it(kinds->path(), error), last; it != last;
         it.increment(error)) {
      struct stat info{};
      if (::stat((it->path() / kMarker).c_str(), &info) != 0) continue;
      const auto marker =
          json::parse(try_read_file(it->path() / kMarker).value_or(""), nullptr, false);
      const auto bytes = marker.is_object() ? marker.value("bytes", std::uint64_t{0}) : 0;
      entries.push_back({kind, it->path().filename().string(), bytes, info.st_mtime});
      total += bytes;
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  const auto recent = std::time(nullptr) - 3600;
  for (const auto& entry : entries) {
    if (total <= limit_bytes || entry.used > recent) break;
    remove(entry.kind, entry.key);
    total -= entry.bytes;
  }
  return total;
}

}  // namespace sgproof::extract
