#include "smt/obligations/obligation.hpp"

#include <algorithm>

namespace sgproof::smt {
namespace {

/// Which outcome of two families is the outcome of both.
Outcome combine(Outcome a, Outcome b) {
  if (a == Outcome::Refuted || b == Outcome::Refuted) return Outcome::Refuted;
  if (a == Outcome::Inconclusive || b == Outcome::Inconclusive) return Outcome::Inconclusive;
  if (a == Outcome::Proved || b == Outcome::Proved) return Outcome::Proved;
  return Outcome::Vacuous;
}

}  // namespace

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Inconclusive:
      return "inconclusive";
    case Outcome::Vacuous:
      return "vacuous";
    case Outcome::Proved:
      return "proved";
    case Outcome::Refuted:
      return "refuted";
  }
  return "inconclusive";
}

void merge_into(ClaimResults& all, const ClaimResults& family) {
  for (const auto& [id, result] : family) {
    const auto [it, is_new] = all.try_emplace(id, result);
    if (is_new) continue;
    ClaimResult& sum = it->second;
    if (sum.reason.empty())
      sum.reason = result.reason;
    else if (!result.reason.empty() && sum.reason.find(result.reason) == std::string::npos)
      sum.reason += "; " + result.reason;
    sum.outcome = combine(sum.outcome, result.outcome);
    if (result.outcome == Outcome::Proved)
      sum.max_nents = std::max(sum.max_nents, result.max_nents);
    sum.scopes.insert(result.scopes.begin(), result.scopes.end());
    sum.queries += result.queries;
    sum.paths += result.paths;
    sum.seconds += result.seconds;
    sum.counterexamples.insert(sum.counterexamples.end(), result.counterexamples.begin(),
                               result.counterexamples.end());
    sum.smt2.insert(sum.smt2.end(), result.smt2.begin(), result.smt2.end());
  }
}

}  // namespace sgproof::smt
