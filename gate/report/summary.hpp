// What several output formats say in the same words.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gate/report/result.hpp"

namespace sgproof::gate {

/// Obligations by outcome.
struct Counts {
  std::map<Outcome, unsigned> by_outcome;
  [[nodiscard]] unsigned of(Outcome outcome) const;
  [[nodiscard]] unsigned all() const;
  /// "12 proved, 3 tested, 1 inconclusive"; outcomes that do not occur are left out.
  [[nodiscard]] std::string words() const;
};

Counts count(const std::vector<const Obligation*>& obligations);

/// Configurations in the order of result.configs, then those that only obligations name.
std::vector<std::string> configs_of(const Result& result);

/// The obligations of a configuration, in order of invariant (natural order: MAP-2 before MAP-10),
/// clause, function, family.
std::vector<const Obligation*> obligations_of(const Result& result, const std::string& config);

/// The findings with one status, in order.
std::vector<const Finding*> findings_of(const Result& result, FindingStatus status);

/// "inline-assembly (kernel/dma/direct.c): detail", or empty where there is no reason.
std::string words(const Why& why);

/// Text with numbers padded, so that MAP-2 sorts before MAP-10.
std::string natural(const std::string& text);

/// An error came before anything was shown: only the error is of interest then.
bool ended_early(const Result& result);

/// "up to 3 entries", "every number of entries".
std::string nents_words(unsigned nents);

/// "file:line", the file alone where the line is 0.
std::string place(const std::string& file, int line);

/// The closing line: "sgproof: FAIL (exit 1): 2 new findings; 40 proved, 1 refuted".
std::string closing_line(const Result& result);

/// How many changed lines are in which state.
std::map<CoverageState, unsigned> coverage_counts(const Result& result);

/// Whether a finding counts against the series: it is new, or pre-existing and the run is strict or
/// judges a tree without a series.
bool counts(const Result& result, const Finding& finding);

/// Whether a refuted obligation is violated only in ways that do not count against the series: by
/// findings that the base has as well or that are waived.
bool refuted_only_by_known(const Result& result, const Obligation& obligation);

/// Replay status with its reason.
std::string replay_words(const Finding& finding);

}  // namespace sgproof::gate
