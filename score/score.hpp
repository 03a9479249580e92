// `sgproof score`: what the checks are worth, measured by mutants of the code under check.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kernel-extract/process.hpp"
#include "score/judge.hpp"

namespace sgproof::score {

struct ScoreOptions {
  std::string kernel;
  std::string series;                                     ///< empty: mutants of the tree itself
  std::vector<std::string> configs = {"x86_64", "i386"};  ///< what survives goes to the next one
  std::vector<std::string> functions;  ///< empty: all that the proofs enter in the scope's files
  unsigned sample = 0;                 ///< 0: all mutants
  std::uint64_t seed = 1;              ///< of the sample and of the native tests
  std::vector<std::string> engines;    ///< "smt", "properties"; empty: both
  std::vector<std::string> emptied;    ///< invariants to ignore
  unsigned replayed = 0;               ///< give so many caught mutants to the whole gate
  unsigned jobs = 2;
  std::filesystem::path out = "sgproof-out";
  std::filesystem::path resume;  ///< directory of an earlier run to go on with; may be empty
};

/// The figures of a run.
struct Figures {
  std::map<Fate, unsigned> fates;     ///< of mutants that are not harmless
  std::vector<const Judged*> alarms;  ///< harmless, and not passed
  unsigned harmless = 0;
  std::map<Claim, unsigned> kills;  ///< mutants that the claim catches
  std::map<Claim, unsigned> alone;  ///< mutants that only it catches
  /// Caught of all that compile, are different code and are not proved equivalent; 0..1. 1 when
  /// there is none.
  [[nodiscard]] double score() const;
};
[[nodiscard]] Figures figures_of(const std::vector<Judged>& all);

/// One line of mutants.jsonl, and back; throws nlohmann::json::exception when damaged.
[[nodiscard]] nlohmann::json to_json(const Judged& judged);
[[nodiscard]] Judged judged_from_json(const nlohmann::json& json);

/// The table for the terminal: score, survivors with their lines, clauses by what they catch.
[[nodiscard]] std::string score_text(const std::vector<Judged>& all,
                                     const std::vector<Claim>& claims);

/// What was missed, one mutant per line as compilers write warnings ("file:line: …"): survivors,
/// inconclusive ones, and those in code that no scenario exercises.
[[nodiscard]] std::string missed_lines(const std::vector<Judged>& all);

/// A sample of that size, in the given order, decided by the seed and the mutants' identities only.
[[nodiscard]] std::vector<Mutant> sample_of(std::vector<Mutant> all, unsigned size,
                                            std::uint64_t seed);

/// Runs it; returns the exit code: 0; 1 after a false alarm; 3 when not all could be judged.
int run_score(const ScoreOptions& options, const extract::CancelToken& cancel);

}  // namespace sgproof::score
