#include "gate/history.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <system_error>

namespace sgproof::gate {
namespace {

constexpr std::int64_t kLayout = 1;
constexpr const char* kCreate = R"(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS proofs (
  key TEXT PRIMARY KEY, payload TEXT NOT NULL, checksum TEXT NOT NULL, stored INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY, started INTEGER NOT NULL, seconds REAL NOT NULL, kernel TEXT NOT NULL,
  series TEXT NOT NULL, configs TEXT NOT NULL, verdict TEXT NOT NULL, result TEXT NOT NULL,
  version TEXT NOT NULL
);
PRAGMA user_version = 1;
COMMIT;)";

/// SQLite does not notice a changed byte inside a row.
std::string checksum(const std::string& key, const std::string& payload) {
  const std::string bytes = key + '\n' + payload;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

bool is_sha256(const std::string& key) {
  return key.size() == 64 && key.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Whether a JSON value says anywhere that something is not decided.
bool undecided(const nlohmann::json& value) {
  if (value.is_string()) return value == "inconclusive" || value == "unknown";
  return value.is_structured() && std::any_of(value.begin(), value.end(), undecided);
}

/// Serialises opening between processes, so that only one moves a damaged file aside.
class OpenLock {
 public:
  explicit OpenLock(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666)) {
    if (fd_ >= 0) ::flock(fd_, LOCK_EX);
  }
  OpenLock(const OpenLock&) = delete;
  OpenLock& operator=(const OpenLock&) = delete;
  ~OpenLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  int fd_;
};

}  // namespace

History::History(const std::filesystem::path& file, int busy_ms) : file_(file), busy_ms_(busy_ms) {
  const std::scoped_lock lock(mutex_);
  guarded("opening", [this] { open(); });
}

/// Runs `work` under the mutex (held by the caller). A damaged file is replaced and `work` tried
/// once more; after that, and after other problems, memory or nothing is used.
template <class F>
void History::guarded(const char* doing, const F& work) noexcept {
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      if (!db_ && attempt > 0) open();
      work();
      return;
    } catch (const DatabaseError& e) {
      try {
        problem(fmt::format("{}: {}: {}", file_.string(), doing, e.what()));
        if (e.problem() == DatabaseProblem::Damaged && attempt == 0) {
          db_.reset();
          continue;
        }
        if (e.problem() == DatabaseProblem::NoSpace || e.problem() == DatabaseProblem::Refused)
          writable_ = false;
      } catch (...) {
        db_.reset();
      }
      return;
    } catch (const std::exception& e) {
      try {
        problem(fmt::format("{}: {}: {}", file_.string(), doing, e.what()));
      } catch (...) {
        db_.reset();  // no memory even for the message: the cache is switched off
      }
      return;
    }
  }
}

void History::open() {
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  try {
    const OpenLock lock(file_.string() + ".lock");
    try {
      open_file();
    } catch (const DatabaseError& e) {
      if (e.problem() != DatabaseProblem::Damaged) throw;
      problem(fmt::format("{}: {}; moved aside", file_.string(), e.what()));
      db_.reset();
      move_aside();
      open_file();
    }
  } catch (const DatabaseError& e) {
    problem(fmt::format("{}: {}; nothing is kept", file_.string(), e.what()));
    db_ = std::make_unique<Database>(":memory:", OpenMode::ReadWrite, busy_ms_);
    prepare_layout(OpenMode::ReadWrite);
  }
}

void History::open_file() {
  try {
    db_ = std::make_unique<Database>(file_, OpenMode::ReadWrite, busy_ms_);
    prepare_layout(OpenMode::ReadWrite);
  } catch (const DatabaseError& e) {
    if (e.problem() != DatabaseProblem::Refused && e.problem() != DatabaseProblem::NoSpace) throw;
    db_ = std::make_unique<Database>(file_, OpenMode::ReadOnly, busy_ms_);
    prepare_layout(OpenMode::ReadOnly);
    writable_ = false;
    problem(fmt::format("{}: {}; opened for reading only", file_.string(), e.what()));
  }
}

/// The journal is a rollback journal, not WAL: a WAL database on a read-only file system cannot be
/// opened, and a cache may be mounted read-only.
void History::prepare_layout(OpenMode mode) {
  std::string check;
  {
    Statement s = db_->prepare("PRAGMA quick_check(1)");
    check = s.step() ? s.text(0) : "no answer";
  }
  if (check != "ok") throw DatabaseError(DatabaseProblem::Damaged, check);
  std::int64_t layout = 0;
  {
    Statement s = db_->prepare("PRAGMA user_version");
    if (s.step()) layout = s.number(0);
  }
  if (layout == 0 && mode == OpenMode::ReadWrite) {
    db_->execute("PRAGMA journal_mode = DELETE");
    db_->execute(kCreate);
  } else if (layout != kLayout) {
    throw DatabaseError(DatabaseProblem::Damaged, fmt::format("layout {} is not known", layout));
  } else if (mode == OpenMode::ReadWrite) {
    db_->execute("BEGIN IMMEDIATE; COMMIT");  // shows a read-only file now, not at the first write
  }
  // the tables must have the columns that are used
  db_->prepare("SELECT key, payload, checksum FROM proofs");
  db_->prepare(
      "SELECT started, seconds, kernel, series, configs, verdict, result, version FROM runs");
}

/// A journal that stays behind would be applied to the new file: it goes first.
void History::move_aside() const {
  const std::string suffix = fmt::format(".damaged-{}-{}", std::time(nullptr), ::getpid());
  for (const char* part : {"-journal", "-wal", "-shm", ""}) {
    std::error_code ignored;
    std::filesystem::rename(file_.string() + part, file_.string() + suffix + part, ignored);
  }
}

void History::problem(const std::string& text) {
  if (std::find(problems_.begin(), problems_.end(), text) == problems_.end())
    problems_.push_back(text);
}

std::optional<std::string> History::find_proof(const std::string& key) noexcept {
  const std::scoped_lock lock(mutex_);
  std::optional<std::string> found;
  guarded("reading a proof", [&] {
    if (!db_) return;
    Statement s = db_->prepare("SELECT payload, checksum FROM proofs WHERE key = ?");
    if (!s.bind(1, key).step()) return;
    std::string payload = s.text(0);
    if (checksum(key, payload) == s.text(1))
      found = std::move(payload);
    else
      problem(fmt::format("{}: the proof {} is damaged and ignored", file_.string(), key));
  });
  return found;
}

void History::store_proof(const std::string& key, const std::string& payload) noexcept {
  const std::scoped_lock lock(mutex_);
  guarded("keeping a proof", [&] {
    if (!db_ || !writable_) return;
    const auto json = nlohmann::json::parse(payload, nullptr, /*allow_exceptions=*/false);
    if (!is_sha256(key) || json.is_discarded() || undecided(json))
      return problem(fmt::format("refused to keep what is no decided proof under \"{}\"", key));
    db_->prepare("INSERT OR REPLACE INTO proofs VALUES (?, ?, ?, ?)")
        .bind(1, key)
        .bind(2, payload)
        .bind(3, checksum(key, payload))
        .bind(4, static_cast<std::int64_t>(std::time(nullptr)))
        .step();
  });
}

void History::add_run(const Run& run) noexcept {
  const std::scoped_lock lock(mutex_);
  guarded("keeping a run", [&] {
    if (!db_ || !writable_) return;
    db_->prepare(
           "INSERT INTO runs (started, seconds, kernel, series, configs, verdict, result, version) "
           "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(1, run.started)
        .bind(2, run.seconds)
        .bind(3, run.kernel)
        .bind(4, run.series)
        .bind(5, run.configs)
        .bind(6, name(run.verdict))
        .bind(7, run.result)
        .bind(8, run.sgproof_version)
        .step();
  });
}

std::vector<Run> History::runs(unsigned limit) noexcept {
  const std::scoped_lock lock(mutex_);
  std::vector<Run> list;
  guarded("reading the history", [&] {
    list.clear();
    if (!db_) return;
    Statement s = db_->prepare(
        "SELECT started, seconds, kernel, series, configs, verdict, result, version FROM runs "
        "ORDER BY id DESC LIMIT ?");
    s.bind(1, static_cast<std::int64_t>(limit));
    while (s.step())
      list.push_back({s.number(0), s.real(1), s.text(2), s.text(3), s.text(4),
                      enum_from<Verdict>(s.text(5)).value_or(Verdict::Inconclusive), s.text(6),
                      s.text(7)});
  });
  return list;
}

std::vector<std::string> History::problems() const {
  const std::scoped_lock lock(mutex_);
  return problems_;
}

}  // namespace sgproof::gate
