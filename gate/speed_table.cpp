#include "gate/speed_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sgproof::gate {
namespace {

/// Nothing where the length of the list is not looked at.
std::string for_each_entry(std::uint64_t count, unsigned nents) {
  if (nents == 0) return {};
  return fmt::format("{:.1f}", static_cast<double>(count) / nents);
}

}  // namespace

void ProofWork::add(const smt::FamilyResult& result) {
  ++families;
  claims += result.claims.size();
  open += static_cast<std::size_t>(std::ranges::count_if(result.claims, [](const auto& claim) {
    return claim.second.outcome == smt::Outcome::Inconclusive ||
           claim.second.outcome == smt::Outcome::Refuted;
  }));
  // a way that ended inconclusively leaves something open, whether a claim was reached there or not
  if (!result.complete && result.problems.empty()) ++open;
  open += result.problems.size();
  states += result.paths;
  merges += result.merges;
  queries += result.queries;
  instructions += result.instructions;
  seconds += result.seconds;
  solver_seconds += result.solver_seconds;
}

double ProofWork::in_solver() const { return seconds > 0 ? solver_seconds / seconds : 0; }

std::string speed_table(const std::vector<ProofWork>& all) {
  constexpr const char* kLine =
      "{:<20}{:>9}{:>8}{:>6}{:>8}{:>9}{:>9}{:>14}{:>10}{:>9}{:>8}{:>14}{:>15}\n";
  std::string text =
      fmt::format(kLine, "proofs", "families", "claims", "open", "states", "merges", "queries",
                  "instructions", "seconds", "elapsed", "solver", "states/entry", "queries/entry");
  for (const ProofWork& work : all)
    text += fmt::format(
        kLine, work.name, work.families, work.claims, work.open, work.states, work.merges,
        work.queries, work.instructions, fmt::format("{:.2f}", work.seconds),
        fmt::format("{:.2f}", work.elapsed), fmt::format("{:.0f}%", 100 * work.in_solver()),
        for_each_entry(work.states, work.nents), for_each_entry(work.queries, work.nents));
  return text;
}

}  // namespace sgproof::gate
