#include "smt/obligations/prover.hpp"

#include <fmt/format.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/Support/SourceMgr.h>

#include <array>
#include <fstream>
#include <functional>
#include <string_view>
#include <utility>

#include "model/error.hpp"
#include "smt/obligations/endless.hpp"
#include "smt/obligations/family_run.hpp"
#include "smt/obligations/lemmas.hpp"

namespace sgproof::smt {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Whether the claims are decided for some inputs only: then what is not shown is decided
/// elsewhere.
bool is_part(const ProveOptions& options) { return options.part.choices != 0; }

/// Decides the claims of one family after its run.
class Decider {
 public:
  Decider(const FamilyRun& run, const model::Family& family, const KnownSets& known,
          const ProveOptions& options, Solver& solver,
          std::function<bool(const sgp_scenario&)> loops)
      : run_(run),
        family_(family),
        known_(known),
        options_(options),
        solver_(solver),
        goes_on_(std::move(loops)) {}

  ClaimResult decide(const ClaimId& id, const std::vector<PathCheck>& checks) {
    const auto start = Clock::now();
    const auto queries = solver_.stats().checks;
    ClaimResult result;
    result.max_nents = family_.nents;
    result.scopes.insert(family_.scope);
    result.paths = checks.size();
    decide_into(result, id, checks);
    result.queries = solver_.stats().checks - queries;
    result.seconds = seconds_since(start);
    return result;
  }

 private:
  void decide_into(ClaimResult& result, const ClaimId& id, const std::vector<PathCheck>& checks) {
    Term applies = Term::boolean(false), fails = applies, unknown = applies;
    for (const PathCheck& c : checks) {
      applies = bv_or(applies, c.applies);
      fails = bv_or(fails, c.fails);
      unknown = bv_or(unknown, c.unknown);
    }
    if (run_.result().returned() == 0 && id.invariant != "SAF-5") {
      result.reason = "no path completed";
      return;
    }
    const CheckResult reachable = solver_.check({applies});
    if (reachable == CheckResult::Unsat) {
      result.outcome = Outcome::Vacuous;
      result.reason = "no legal input reaches it";
      return;
    }
    if (reachable != CheckResult::Sat) return undecided(result, "reachability");
    const CheckResult violated =
        any(checks, fails, [&](const PathCheck& c) { return violation(solver_, c); });
    if (violated == CheckResult::Sat && family_.by_induction) {
      result.reason = "not shown: it fails behind a step of an induction";
      return;
    }
    if (violated == CheckResult::Sat && is_part(options_)) {
      result.reason = "fails for inputs of a part: to be decided for all";
      return;
    }
    if (violated == CheckResult::Sat) {
      refute(result, id, checks, fails);
      return;
    }
    if (violated != CheckResult::Unsat) return undecided(result, "the claim");
    const CheckResult hidden =
        any(checks, unknown, [&](const PathCheck& c) { return solver_.check({c.unknown}); });
    if (hidden == CheckResult::Sat) {
      result.reason = "not observed on every path: " + why_unobserved();
      return;
    }
    if (hidden != CheckResult::Unsat) return undecided(result, "whether all was observed");
    if (!keep(result, id, bv_or(fails, unknown))) return;
    result.outcome = Outcome::Proved;
  }

  /// Can any of the checks' conditions hold? Their disjunction is asked first, since they share
  /// most of their work; where that takes long, one after the other, each a smaller question.
  template <typename Ask>
  CheckResult any(const std::vector<PathCheck>& checks, const Term& all, Ask ask) {
    if (checks.size() > 1) {
      const CheckResult answer = solver_.check_at_once(all);
      if (answer == CheckResult::Sat || answer == CheckResult::Unsat) return answer;
    }
    for (const PathCheck& c : checks)
      if (const CheckResult answer = ask(c); answer != CheckResult::Unsat) return answer;
    return CheckResult::Unsat;
  }

  void refute(ClaimResult& result, const ClaimId& id, const std::vector<PathCheck>& checks,
              const Term& fails) {
    static const std::vector<std::set<std::string>> kNone;
    const auto it = known_.find({id.invariant, id.clause});
    auto sets = minimal_sets(solver_, family_, run_.inputs(), fails,
                             it == known_.end() ? kNone : it->second, options_.max_counterexamples);
    result.outcome = Outcome::Refuted;
    for (auto& set : sets.sets) {
      Counterexample c{run_.scenario_of(set.model), set.roles, set.inputs, family_.name, 0, -1, {}};
      for (const PathCheck& check : checks) {
        if (!set.model.holds(check.fails)) continue;
        c.step = check.subject.step;
        c.entry = check.subject.entry ? static_cast<int>(*check.subject.entry) : -1;
        c.field = check.field;
        break;
      }
      result.counterexamples.push_back(std::move(c));
    }
    if (id.invariant == "SAF-5" && !result.counterexamples.empty()) {
      std::erase_if(result.counterexamples,
                    [&](const Counterexample& c) { return !goes_on_(c.scenario); });
      if (!result.counterexamples.empty()) return;
      result.outcome = Outcome::Inconclusive;
      result.reason =
          "a loop is followed no further, and ends where it is executed: " + why_unobserved();
      return;
    }
    if (result.counterexamples.empty() && sets.last != CheckResult::Unsat)
      return undecided(result, "whether there is a further violation");
    if (result.counterexamples.empty())
      result.reason = "violated only where a smaller family already is";
  }

  void undecided(ClaimResult& result, const std::string& what) {
    result.outcome = Outcome::Inconclusive;
    result.reason = fmt::format("the solver did not decide {}: {}", what, solver_.reason());
  }

  std::string why_unobserved() const {
    std::string text;
    for (const auto& end : run_.result().ends) {
      if (end.kind == exec::EndKind::Returned) continue;
      if (!text.empty()) text += "; ";
      if (end.kind == exec::EndKind::Inconclusive)
        text += fmt::format("{}: ", exec::to_string(end.reason));
      if (end.kind == exec::EndKind::Finding)
        text += fmt::format("{}: ", exec::to_string(end.finding));
      text += fmt::format("{} in {}", end.text, exec::to_string(end.where));
      if (text.size() > 600) break;
    }
    return text;
  }

  /// Keeps the query where that is wanted.
  bool keep(ClaimResult& result, const ClaimId& id, const Term& refutation) {
    if (options_.smt2_dir.empty()) return true;
    const auto name =
        fmt::format("{}.{}.{}.{}.smt2", id.invariant, id.clause, id.function, family_.name);
    const auto path = options_.smt2_dir / name;
    std::ofstream file(path);
    file << to_smt2({refutation}, fmt::format("unsat proves {} {} on {} for {}", id.invariant,
                                              id.clause, id.function, family_.scope));
    file.close();
    if (!file) {
      result.reason = "the query could not be written (disk full?)";
      return false;
    }
    result.smt2.push_back(name);
    return true;
  }

  const FamilyRun& run_;
  const model::Family& family_;
  const KnownSets& known_;
  const ProveOptions& options_;
  Solver& solver_;
  std::function<bool(const sgp_scenario&)> goes_on_;
};

/// A step of the induction takes for granted that what makes the list a list is kept for the
/// entries that were dealt with before; these claims show it for each.
void withdraw_unfounded(ClaimResults& claims) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kGround = {
      {{"REF-1", "fields-kept"}, {"MAP-10", "end-mark-kept"}, {"MAP-10", "chain-mark-kept"}}};
  std::string missing;
  for (const auto& [invariant, clause] : kGround) {
    bool shown = false;
    for (const auto& [id, claim] : claims) {
      if (id.invariant != invariant || id.clause != clause) continue;
      shown = true;
      if (claim.outcome != Outcome::Proved)
        missing = fmt::format("{} {} of {}", invariant, clause, id.function);
    }
    if (!shown) missing = fmt::format("{} {}", invariant, clause);
  }
  if (missing.empty()) return;
  for (auto& [id, claim] : claims) {
    if (claim.outcome != Outcome::Proved) continue;
    claim.outcome = Outcome::Inconclusive;
    claim.reason = "the induction rests on " + missing + ", which was not shown";
  }
}

/// What is left of a proof whose solvers disagree: one wrong answer is enough to believe none.
FamilyResult in_doubt(const model::Family& family, const std::string& question,
                      const ProveOptions& options) {
  FamilyResult result;
  result.family = family.name;
  std::string text(kSolversDisagree);
  if (!options.smt2_dir.empty()) {
    const auto name = fmt::format("disagreement.{}.smt2", family.name);
    std::ofstream file(options.smt2_dir / name);
    file << question;
    text += file.flush() ? " on " + name : "";
  }
  result.problems.push_back(text);
  return result;
}

}  // namespace

Bitcode::Bitcode(const std::filesystem::path& file)
    : context_(std::make_unique<llvm::LLVMContext>()) {
  llvm::SMDiagnostic error;
  module_ = llvm::parseIRFile(file.string(), error, *context_);
  if (!module_)
    throw Error(ErrorKind::Environment, "SGP-E0301", "prove",
                "not readable as LLVM 19 bitcode: " + error.getMessage().str())
        .at(file.string());
}

Bitcode::~Bitcode() = default;

FamilyResult prove_family(const Bitcode& bitcode, const model::Facts& facts,
                          const model::Family& family, const KnownSets& known,
                          const ProveOptions& options) try {
  const auto start = Clock::now();
  Terms terms;
  Solver solver(terms, solver_options(options));
  const FamilyRun run(bitcode, facts, family, executor_options(options), terms, solver);
  FamilyResult result;
  result.family = family.name;
  result.coverage = run.result().coverage;
  result.complete = run.result().returned() > 0;
  for (const auto& end : run.result().ends) {
    for (const auto& call : end.arbitrary) result.arbitrary.insert({call->function, call->where});
    for (const auto& a : end.assumptions)
      result.assumptions.insert(fmt::format("{}, in {}", a->text, exec::to_string(a->where)));
    if (end.kind != exec::EndKind::Inconclusive) continue;
    result.complete = false;
    result.problems.push_back(fmt::format("{}: {} in {}", exec::to_string(end.reason), end.text,
                                          exec::to_string(end.where)));
    result.problem_places.push_back(end.where);
  }
  for (const Term& range : run.inputs().ranges) solver.add(range);
  Decider decider(run, family, known, options, solver,
                  [&](const sgp_scenario& scenario) { return goes_on(bitcode, facts, scenario); });
  for (const auto& [id, checks] : run.checks()) {
    const auto& claim = result.claims[id] = decider.decide(id, checks);
    if (is_part(options) && claim.outcome == Outcome::Inconclusive) break;
  }
  if (family.any_length) withdraw_unfounded(result.claims);
  const auto& stats = run.result().stats;
  result.paths = run.result().ends.size();
  result.instructions = stats.instructions;
  result.merges = stats.merges;
  result.queries = solver.stats().queries;
  result.solver_seconds = solver.stats().seconds;
  result.seconds = seconds_since(start);
  return result;
} catch (const SolversDisagree& e) {
  return in_doubt(family, e.question(), options);
}

std::optional<Counterexample> only_here(const Bitcode& patched, const Bitcode& base,
                                        const model::Facts& facts, const model::Facts& base_facts,
                                        const model::Family& family, const ClaimId& claim,
                                        const ProveOptions& options) {
  Terms terms;
  Solver solver(terms, solver_options(options));
  const FamilyRun here(patched, facts, family, executor_options(options), terms, solver);
  const FamilyRun there(base, base_facts, family, executor_options(options), terms, solver);
  const auto violation = [&](const FamilyRun& run) {
    Term fails = Term::boolean(false);
    if (const auto it = run.checks().find(claim); it != run.checks().end())
      for (const PathCheck& c : it->second) fails = bv_or(fails, c.fails);
    return fails;
  };
  // where the base was not observed it is not known to fail; the caller executes it natively
  const Term only = bv_and(violation(here), bv_not(violation(there)));
  for (const Term& range : here.inputs().ranges) solver.add(range);
  auto sets = minimal_sets(solver, family, here.inputs(), only, {}, 1);
  if (sets.sets.empty() && sets.last != CheckResult::Unsat)
    throw Error(ErrorKind::Environment, "SGP-E0303", "compare",
                "the solver did not decide whether only the patched tree violates " +
                    claim.invariant + " " + claim.clause);
  if (sets.sets.empty()) return {};
  auto& set = sets.sets.front();
  return Counterexample{here.scenario_of(set.model), set.roles, set.inputs, family.name, 0, -1, {}};
}

}  // namespace sgproof::smt
