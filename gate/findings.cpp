#include "gate/findings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gate/claim_words.hpp"
#include "gate/write_trace.hpp"
#include "kernel-extract/hash.hpp"
#include "model/invariants/lst.hpp"
#include "model/scenario.hpp"
#include "properties/judge_run.hpp"
#include "properties/roles.hpp"
#include "smt/obligations/concrete_run.hpp"

namespace sgproof::gate {
namespace {

using properties::Judgement;
using properties::Standing;
using properties::Violation;

std::optional<Violation> violation_of(const Judgement& judgement, const std::string& invariant,
                                      const std::string& clause) {
  for (const Violation& v : judgement.violations)
    if (v.id.invariant == invariant && v.id.clause == clause) return v;
  return {};
}

/// A native run shows nothing of undefined values but what came of them, and of accesses beside an
/// object only those that hit nothing. The executor knows of each value whether it is defined, and
/// where each object ends, also when it runs on concrete values.
std::optional<Violation> undefined_in(const Subject& subject, const std::string& invariant,
                                      const std::string& clause, const sgp_scenario& scenario) {
  if (scenario.nops == 0) return {};
  const smt::Bitcode bitcode(subject.bitcode);
  const auto run = smt::concrete_run(bitcode, subject.facts, scenario,
                                     static_cast<unsigned>(scenario.nops - 1), -1, "");
  if (run.violated != invariant) return {};
  return Violation{{invariant, clause, run.blamed.function}, run.step, {}, clause, {}, {}};
}

/// What an execution of a scenario shows of one statement.
struct Executed {
  Reexecution how = Reexecution::NotRun;
  std::string why;  ///< where it was not run
  std::optional<Violation> violation;
  std::optional<Violation> earlier;  ///< another statement, violated in a step before
};

/// Whether the subject violates the clause on the scenario when it is executed: natively, and what
/// that does not show by the executor.
Executed execute_again(Subject& subject, const std::string& invariant, const std::string& clause,
                       const sgp_scenario& scenario) {
  if (!subject.runner) return {.why = subject.no_runner, .violation = {}, .earlier = {}};
  const Judgement judgement = properties::judge_run(*subject.runner, scenario, subject.facts);
  if (judgement.standing != Standing::Judged)
    return {.why = judgement.reason, .violation = {}, .earlier = {}};
  Executed out;
  out.violation = violation_of(judgement, invariant, clause);
  if (!out.violation && (invariant == "SAF-1" || invariant == "SAF-2"))
    out.violation = undefined_in(subject, invariant, clause, scenario);
  out.how = out.violation ? Reexecution::Violates : Reexecution::Holds;
  for (const Violation& v : judgement.violations)
    if (out.violation && v.step < out.violation->step &&
        (!out.earlier || v.step < out.earlier->step))
      out.earlier = v;
  return out;
}

class Maker {
 public:
  Maker(Subject& here, Subject* base, const FindingOptions& options)
      : here_(here), base_(base), options_(options) {}

  FindingCase make(const std::string& invariant, const std::string& clause,
                   const std::string& function, const sgp_scenario& scenario,
                   std::set<std::string> roles, Engine engine) {
    FindingCase result;
    result.scenario = scenario;
    result.roles = std::move(roles);
    Finding& f = result.finding;
    f.invariant = invariant;
    f.clause = clause;
    f.function = function;
    f.config = here_.config;
    f.engine = engine;
    f.non_neutral.assign(result.roles.begin(), result.roles.end());
    f.input = model::describe(scenario);
    const auto [how, why, violation, earlier] = execute_again(here_, invariant, clause, scenario);
    f.reexecution = how;
    if (earlier) result.after = {earlier->id.invariant, earlier->id.clause};
    if (violation) {
      result.step = violation->step;
      result.entry = violation->entry;
      result.field = violation->field;
      f.subject = fmt::format("step {} ({})", violation->step,
                              model::opcode_name(scenario.ops[violation->step].code));
      if (violation->entry) f.subject += fmt::format(", entry {}", *violation->entry);
      f.subject += ", " + violation->field;
      if (violation->expected) f.expected = fmt::format("{:#x}", *violation->expected);
      if (violation->observed) f.observed = fmt::format("{:#x}", *violation->observed);
      const ClaimWords words = claim_words(invariant, clause);
      if (!f.expected && !words.expected.empty()) f.expected = words.expected;
      if (!f.observed && !words.observed.empty()) f.observed = words.observed;
      blame(f, scenario, *violation);
    }
    f.message = fmt::format("{} {}: {}", invariant, clause,
                            violation ? f.subject : "not seen when executed again: " + why);
    if (!f.non_neutral.empty())
      f.message += fmt::format("; needs {}", fmt::join(f.non_neutral, ", "));
    f.id =
        fmt::format("{}.{}.{}.{}.{}", invariant, clause, f.function, f.config,
                    extract::sha256(fmt::format("{}", fmt::join(f.non_neutral, "|"))).substr(0, 8));
    compare_with_base(result);
    return result;
  }

  void write(FindingCase& c) const {
    if (options_.out.empty()) return;
    const auto relative = std::filesystem::path("counterexamples") / (c.finding.id + ".json");
    write_trace(options_.out, relative, c.scenario, about(c));
    c.finding.counterexample = relative.string();
  }

 private:
  /// What `export` and people need to know of the violation.
  static nlohmann::json about(const FindingCase& c) {
    const Finding& f = c.finding;
    nlohmann::json out = {{"finding", f.id},          {"config", f.config},
                          {"invariant", f.invariant}, {"clause", f.clause},
                          {"function", f.function},   {"input", f.input}};
    if (!f.file.empty()) out["file"] = f.file, out["line"] = f.line;
    if (c.field.empty()) return out;
    out["step"] = c.step;
    out["field"] = c.field;
    if (c.entry) out["entry"] = *c.entry;
    if (f.expected) out["expected"] = *f.expected;
    if (f.observed) out["observed"] = *f.observed;
    return out;
  }

  void blame(Finding& f, const sgp_scenario& scenario, const Violation& violation) {
    if (!bitcode_) bitcode_ = std::make_unique<smt::Bitcode>(here_.bitcode);
    const auto run = smt::concrete_run(*bitcode_, here_.facts, scenario, violation.step,
                                       violation.entry ? static_cast<int>(*violation.entry) : -1,
                                       violation.field);
    if (!run.blamed.function.empty()) {
      f.function = run.blamed.function;
      f.file = run.blamed.file;
      f.line = static_cast<int>(run.blamed.line);
    }
    // a table is looked at with other functions than the one that the statement is about
    if (model::is_table(static_cast<sgp_opcode>(scenario.ops[violation.step].code)))
      for (const auto& l : run.lines)
        if (l.function == violation.id.function) {
          f.function = l.function;
          f.file = l.file;
          f.line = static_cast<int>(l.line);
        }
    for (const auto& l : run.lines) {
      const SourceLine line{l.file, static_cast<int>(l.line)};
      if (f.source_lines.empty() || f.source_lines.back().file != line.file ||
          f.source_lines.back().line != line.line)
        f.source_lines.push_back(line);
    }
  }

  void compare_with_base(FindingCase& c) {
    if (!base_) return;
    if (execute_again(*base_, c.finding.invariant, c.finding.clause, c.scenario).how ==
        Reexecution::Violates)
      c.finding.status = FindingStatus::Preexisting;
  }

  Subject& here_;
  Subject* base_;
  const FindingOptions& options_;
  std::unique_ptr<smt::Bitcode> bitcode_;
};

/// Identity of a finding before anything is known of its place.
using CaseKey = std::tuple<std::string, std::string, std::set<std::string>>;

/// Where the base fails in the same way, looks for an input on which only the patched tree does.
std::optional<smt::Counterexample> search_only_here(const Subject& here, const Subject& base,
                                                    const model::Family& family,
                                                    const smt::ClaimId& claim,
                                                    const smt::ProveOptions& options) {
  const smt::Bitcode patched(here.bitcode), old(base.bitcode);
  return smt::only_here(patched, old, here.facts, base.facts, family, claim, options);
}

/// What the base violates and the patched tree does not any more.
void add_fixed(Subject& here, Subject& base, Maker& maker, std::vector<FindingCase>& all) {
  std::set<CaseKey> seen;
  for (const FamilyOutcome& family : base.families)
    for (const auto& [id, claim] : family.result.claims)
      for (const auto& c : claim.counterexamples) {
        if (!seen.emplace(id.invariant, id.clause, c.roles).second) continue;
        if (execute_again(here, id.invariant, id.clause, c.scenario).how != Reexecution::Holds)
          continue;
        FindingCase fixed =
            maker.make(id.invariant, id.clause, id.function, c.scenario, c.roles, Engine::Smt);
        fixed.finding.status = FindingStatus::Fixed;
        all.push_back(std::move(fixed));
      }
}

}  // namespace

bool violates_again(Subject& subject, const std::string& invariant, const std::string& clause,
                    const sgp_scenario& scenario) {
  return execute_again(subject, invariant, clause, scenario).how == Reexecution::Violates;
}

std::vector<FindingCase> findings_of_proofs(Subject& here, Subject* base,
                                            const FindingOptions& options) {
  Maker maker(here, base, options);
  std::vector<FindingCase> all;
  std::set<CaseKey> seen;
  for (const FamilyOutcome& family : here.families)
    for (const auto& [id, claim] : family.result.claims)
      for (const auto& c : claim.counterexamples) {
        if (!seen.emplace(id.invariant, id.clause, c.roles).second) continue;
        all.push_back(
            maker.make(id.invariant, id.clause, id.function, c.scenario, c.roles, Engine::Smt));
        if (!base || all.back().finding.status != FindingStatus::Preexisting) continue;
        seen.erase({id.invariant, id.clause, c.roles});  // another function may fail only here
        try {
          options.cancel.check("compare");
          const auto only = search_only_here(here, *base, family.family, id, options.prove);
          if (!only) continue;
          all.push_back(maker.make(id.invariant, id.clause, id.function, only->scenario,
                                   only->roles, Engine::Smt));
          if (all.back().finding.status == FindingStatus::Preexisting)
            throw Error(ErrorKind::Environment, "SGP-E0303", "compare",
                        "the base, executed, violates " + id.invariant + " " + id.clause +
                            " where its proof did not say so; whether only the patched tree does "
                            "elsewhere was not decided");
        } catch (const Error& error) {
          options.on_error(error);
        }
      }
  if (base) add_fixed(here, *base, maker, all);
  for (FindingCase& c : all) maker.write(c);
  return all;
}

FindingCase finding_from(Subject& here, Subject* base, const std::string& invariant,
                         const std::string& clause, const sgp_scenario& scenario, Engine engine,
                         const FindingOptions& options) {
  Maker maker(here, base, options);
  FindingCase c = maker.make(invariant, clause, "", scenario,
                             properties::non_neutral(here.facts, scenario), engine);
  maker.write(c);
  return c;
}

FindingCase waived_from(Subject& here, const std::string& known, const Violation& violation,
                        const sgp_scenario& scenario, const FindingOptions& options) {
  Maker maker(here, nullptr, options);
  FindingCase c =
      maker.make(violation.id.invariant, violation.id.clause, violation.id.function, scenario,
                 properties::non_neutral(here.facts, scenario), Engine::Properties);
  c.finding.status = FindingStatus::Waived;
  c.finding.waiver = known;
  c.finding.id += "." + known;
  maker.write(c);
  return c;
}

}  // namespace sgproof::gate
