#include "properties/tally.hpp"

#include <algorithm>
#include <string>

namespace sgproof::properties {

void Tally::add(const Judgement& judgement) {
  std::vector<Entry*> touched;
  touched.reserve(judgement.checks.size());
  for (const auto& check : judgement.checks) {
    Entry& entry = entries_[{check.invariant, check.clause, check.function}];
    touched.push_back(&entry);
    if (!decide(check.applies)) continue;
    const int now = decide(check.truth.fails) ? 3 : decide(check.truth.holds) ? 1 : 2;
    entry.worst = std::max(entry.worst, now);
  }
  for (Entry* entry : touched) {
    entry->applied += entry->worst != 0;
    entry->passed += entry->worst == 1;
    entry->unknown += entry->worst == 2;
    entry->violated += entry->worst == 3;
    entry->worst = 0;  // counted once a run
  }
}

std::vector<CheckCount> Tally::counts() const {
  std::vector<CheckCount> all;
  for (const auto& [key, e] : entries_) {
    const auto& [invariant, clause, function] = key;
    all.push_back({{std::string(invariant), std::string(clause), std::string(function)},
                   e.applied,
                   e.passed,
                   e.violated,
                   e.unknown});
  }
  return all;
}

}  // namespace sgproof::properties
