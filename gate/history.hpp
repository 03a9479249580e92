// The proof cache and the history of runs: one SQLite file in the cache directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gate/database.hpp"
#include "gate/report/result.hpp"

namespace sgproof::gate {

/// A finished run.
struct Run {
  std::int64_t started = 0;  ///< seconds since the epoch
  double seconds = 0;
  std::string kernel, series, configs;  ///< as given; configurations separated by spaces
  Verdict verdict = Verdict::Inconclusive;
  std::string result;  ///< path of result.json
  std::string sgproof_version;
};

/// A cache must not decide a run: no member function throws. What cannot be read counts as absent,
/// what cannot be written is not kept, and problems() says so once each. A damaged file is moved
/// aside (`<file>.damaged-…`) and a new one started. Several threads and processes may use one
/// file.
class History {
 public:
  /// Opens or creates the file and its directory; without permission or space it stays in memory.
  explicit History(const std::filesystem::path& file, int busy_ms = 10000);

  /// The payload stored for a key (64 lower-case hexadecimal digits of a SHA-256), if it is there
  /// and its checksum is right.
  [[nodiscard]] std::optional<std::string> find_proof(const std::string& key) noexcept;

  /// Keeps a JSON payload in which every outcome is proved or refuted; anything else must not be
  /// given. Refused (a problem) are keys that are no SHA-256, payloads that are no JSON, and
  /// payloads that hold a value "inconclusive" or "unknown".
  void store_proof(const std::string& key, const std::string& payload) noexcept;

  void add_run(const Run& run) noexcept;
  /// The latest runs, newest first.
  [[nodiscard]] std::vector<Run> runs(unsigned limit = 20) noexcept;

  /// What went wrong so far, in words.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  template <class F>
  void guarded(const char* doing, const F& work) noexcept;
  void open();
  void open_file();
  void move_aside() const;
  void prepare_layout(OpenMode mode);
  void problem(const std::string& text);

  std::filesystem::path file_;
  int busy_ms_;
  mutable std::mutex mutex_;
  std::unique_ptr<Database> db_;
  bool writable_ = true;
  std::vector<std::string> problems_;
};

}  // namespace sgproof::gate
