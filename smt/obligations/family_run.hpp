// One symbolic run of a scenario family, and the checks of the model on its traces.
#pragma once

#include <string>
#include <vector>

#include "model/judge.hpp"
#include "smt/exec/executor.hpp"
#include "smt/obligations/minimal_sets.hpp"
#include "smt/obligations/prover.hpp"
#include "smt/obligations/symbolic_trace.hpp"

namespace sgproof::smt {

/// A check of the model on one ended path.
struct PathCheck {
  model::Subject subject;
  std::string field;
  Term applies;  ///< with the path condition
  Term fails;    ///< with the path condition and applicability
  Term unknown;  ///< likewise: neither holds nor fails, because something was not observed
  std::vector<Term> lemmas;  ///< that it may follow from, see model::Check
};

/// What an ended path shows to the outside.
struct Observed {
  Term path;                ///< its condition
  std::vector<Term> words;  ///< of struct sgp_report
  std::vector<RunEvent> events;
};

[[nodiscard]] SolverOptions solver_options(const ProveOptions& options);
[[nodiscard]] exec::Options executor_options(const ProveOptions& options);

/// Owns everything that terms refer to.
class FamilyRun {
 public:
  FamilyRun(const Bitcode& bitcode, const model::Facts& facts, const model::Family& family,
            const exec::Options& options, Terms& terms, Solver& solver);

  [[nodiscard]] const SymbolicInputs& inputs() const { return inputs_; }
  [[nodiscard]] const exec::Result<exec::SymbolicDomain>& result() const { return result_; }
  [[nodiscard]] const std::map<ClaimId, std::vector<PathCheck>>& checks() const { return checks_; }
  /// Why the run shows nothing: a path that ended inconclusively, or none that returned; else "".
  [[nodiscard]] std::string inconclusive() const;
  /// One for each ended path.
  [[nodiscard]] std::vector<Observed> observed();
  /// The scenario that a model describes, with the page frames as the code under check saw them:
  /// a run may name a page by its place in the array (sgp_count_frames() of the harness).
  [[nodiscard]] sgp_scenario scenario_of(const Model& model) const;

 private:
  /// The pages that an ended path reports, as far as it built them.
  struct ReportedPages {
    Term path;
    std::vector<Term> pointer, phys;
  };

  void collect(const exec::End<Term>& end);
  [[nodiscard]] Term word(const exec::End<Term>& end, std::size_t index);

  const model::Facts& facts_;
  const model::Family& family_;
  SymbolicInputs inputs_;
  exec::SymbolicDomain domain_;
  exec::Executor<exec::SymbolicDomain> executor_;
  std::uint64_t report_ = 0;
  exec::Result<exec::SymbolicDomain> result_;
  std::vector<ReportedPages> pages_;
  std::map<ClaimId, std::vector<PathCheck>> checks_;
};

}  // namespace sgproof::smt
