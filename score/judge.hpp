// Judges one mutant the way the gate judges a series.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gate/history.hpp"
#include "gate/prove_stage.hpp"
#include "kernel-extract/extract.hpp"
#include "score/exercised.hpp"
#include "score/mutants.hpp"

namespace sgproof::score {

enum class Fate : std::uint8_t {
  Inconclusive = 0,  ///< the gate would not pass it, but has no finding: exit 3
  Caught,            ///< a finding, executed again natively
  Survived,          ///< the gate would pass it
  Equivalent,        ///< proved to do the same on all legal inputs of the proofs
  NotExercised,      ///< likewise, but in code, or behind a condition, that no scenario exercises
  SameCode,          ///< compiles to the same code, unoptimised or optimised
  DoesNotCompile,
};
[[nodiscard]] const char* name_of(Fate fate);

using Claim = std::pair<std::string, std::string>;  ///< invariant and clause

struct Judged {
  Mutant mutant;
  Fate fate = Fate::Inconclusive;
  std::set<std::string> engines;  ///< that caught it: "smt", "properties"
  std::set<Claim> claims;         ///< violated, in the families and tests that were run
  std::set<Claim> left_out;       ///< violated, of invariants that are ignored
  std::string reason;             ///< why inconclusive, or why equivalence was not proved
  std::string config;             ///< configuration whose checks decided
  std::string gate;               ///< what the whole gate said, with replay; empty: not asked
  std::string explanation;        ///< of a survivor: why nothing has to notice it; may be empty
  double seconds = 0;
  std::map<std::string, double> stages;  ///< seconds of each stage that was run
};

/// What mutants are compared with.
struct Original {
  extract::Tree tree;
  extract::Module module;
  std::string optimized;                      ///< hash of its code
  std::vector<gate::FamilyOutcome> families;  ///< its proofs
  std::set<Claim> violated;                   ///< already there; does not count as caught
  Exercised exercised;
};

struct JudgeOptions {
  std::string config;
  unsigned max_nents = 3;
  unsigned cases = 300;  ///< native sequences for what the proofs do not catch
  std::uint64_t seed = 1;
  bool proofs = true;  ///< engines to use
  bool tests = true;
  std::set<std::string> emptied;  ///< invariants that are ignored: what are they worth?
};

/// A mutant whose code is there, or whose fate is already decided.
struct Compiled {
  Judged judged;
  std::optional<extract::Module>
      module;  ///< absent: does not compile, or compiles to the same code
};

/// `source` is the content of the mutant's file in the original.
[[nodiscard]] Compiled compile(const Mutant& mutant, const std::string& source,
                               const Original& original, const JudgeOptions& options,
                               const extract::Context& context);

/// The same for a series of the corpus, applied to the original.
[[nodiscard]] Compiled compile_series(const Mutant& mutant, const std::string& kernel,
                                      const Original& original, const JudgeOptions& options,
                                      const extract::Context& context);

/// Runs the tests, and the proofs on single entries. Whether the fate is decided.
bool examine(Compiled& mutant, const Original& original, const JudgeOptions& options,
             const extract::Context& context);

/// The mutant is proved to do the same on all legal inputs: decides what it counts as.
void note_same(Compiled& mutant, const Original& original, const extract::Context& context);

/// Decides the fate of a mutant that was examined, and is not proved to be the same in parts.
void conclude(Compiled& mutant, const Original& original, const JudgeOptions& options,
              const extract::Context& context);

/// The proofs of a tree without change.
[[nodiscard]] Original original_of(const extract::Tree& tree, const JudgeOptions& options,
                                   gate::History* history, const extract::Context& context);

}  // namespace sgproof::score
