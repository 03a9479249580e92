#include "smt/obligations/equivalence.hpp"

#include "smt/obligations/family_run.hpp"

namespace sgproof::smt {
namespace {

/// Where the two differ; nullopt: the calls are not even the same.
std::optional<Term> difference(const Observed& a, const Observed& b) {
  Term differs = Term::boolean(false);
  for (std::size_t i = 0; i < a.words.size(); ++i)
    if (!a.words[i].same(b.words[i])) differs = bv_or(differs, ne(a.words[i], b.words[i]));
  if (a.events.size() != b.events.size()) return {};
  for (std::size_t i = 0; i < a.events.size(); ++i) {
    const RunEvent &x = a.events[i], &y = b.events[i];
    if (x.kind != y.kind || x.step != y.step || x.payload.size() != y.payload.size()) return {};
    Term fields = Term::boolean(false);
    for (std::size_t k = 0; k < x.payload.size(); ++k)
      if (!x.payload[k].same(y.payload[k])) fields = bv_or(fields, ne(x.payload[k], y.payload[k]));
    differs = bv_or(differs, bv_or(bv_xor(x.guard, y.guard), bv_and(x.guard, fields)));
  }
  return differs;
}

}  // namespace

Equivalence equivalent(const Bitcode& a, const Bitcode& b, const model::Facts& facts_a,
                       const model::Facts& facts_b, const model::Family& family,
                       const ProveOptions& options) {
  Terms terms;
  Solver solver(terms, solver_options(options));
  FamilyRun first(a, facts_a, family, executor_options(options), terms, solver);
  FamilyRun second(b, facts_b, family, executor_options(options), terms, solver);
  for (const FamilyRun* run : {&first, &second})
    if (const std::string why = run->inconclusive(); !why.empty()) return {false, why};
  for (const Term& range : first.inputs().ranges) solver.add(range);
  const auto mine = first.observed(), others = second.observed();
  for (const Observed& x : mine)
    for (const Observed& y : others) {
      const Term both = bv_and(x.path, y.path);
      const auto differs = difference(x, y);
      const CheckResult answer = solver.check({differs ? bv_and(both, *differs) : both});
      if (answer == CheckResult::Unsat) continue;
      if (answer == CheckResult::Sat)
        return {false, differs ? "an input shows a difference" : "the calls are not the same"};
      return {false, "the solver did not decide it: " + solver.reason()};
    }
  const auto covered = [](const std::vector<Observed>& paths) {
    Term any = Term::boolean(false);
    for (const Observed& o : paths) any = bv_or(any, o.path);
    return any;
  };
  // what one of them assumes must not hide inputs of the other
  if (solver.check({bv_xor(covered(mine), covered(others))}) != CheckResult::Unsat)
    return {false, "not shown to accept the same inputs"};
  return {true, ""};
}

}  // namespace sgproof::smt
