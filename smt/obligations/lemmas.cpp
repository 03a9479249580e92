#include "smt/obligations/lemmas.hpp"

namespace sgproof::smt {

CheckResult violation(Solver& solver, const PathCheck& check) {
  std::vector<Term> question{check.fails};
  for (const Term& lemma : check.lemmas) {
    if (solver.check({check.applies, bv_not(lemma)}) != CheckResult::Unsat)
      return solver.check({check.fails});
    question.push_back(lemma);
  }
  return solver.check(question);
}

}  // namespace sgproof::smt
