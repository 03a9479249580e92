// Counts, per statement of the model, of the runs it spoke about.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "properties/judge_run.hpp"

namespace sgproof::properties {

/// How one statement fared. applied == passed + violated + unknown.
struct CheckCount {
  CheckId id;
  std::uint64_t applied = 0;  ///< runs in which it applied
  std::uint64_t passed = 0;
  std::uint64_t violated = 0;
  std::uint64_t unknown = 0;  ///< it applied, but what it speaks about was not observed
};

class Tally {
 public:
  /// Counts one judged run.
  void add(const Judgement& judgement);
  /// Sorted by identity. Statements that were made but never applied are there with zeros.
  [[nodiscard]] std::vector<CheckCount> counts() const;

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  struct Entry {
    std::uint64_t applied = 0, passed = 0, violated = 0, unknown = 0;
    int worst = 0;  ///< of this run: 0 does not apply, 1 passed, 2 unknown, 3 violated
  };
  std::map<Key, Entry> entries_;  ///< the keys live as long as the program: literals of the model
};

}  // namespace sgproof::properties
