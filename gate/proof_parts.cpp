#include "gate/proof_parts.hpp"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

namespace sgproof::gate {
namespace {

bool is_shown(const smt::FamilyResult& result) {
  return result.complete && result.problems.empty() && !result.claims.empty() &&
         std::ranges::all_of(result.claims, [](const auto& claim) {
           const auto outcome = claim.second.outcome;
           return outcome == smt::Outcome::Proved || outcome == smt::Outcome::Vacuous;
         });
}

void add(smt::FamilyResult& all, smt::FamilyResult part) {
  smt::merge_into(all.claims, part.claims);
  all.coverage.lines.merge(part.coverage.lines);
  std::ranges::move(part.coverage.branches, std::back_inserter(all.coverage.branches));
  all.arbitrary.merge(part.arbitrary);
  all.assumptions.merge(part.assumptions);
  all.paths += part.paths;
  all.instructions += part.instructions;
  all.merges += part.merges;
  all.queries += part.queries;
  all.seconds += part.seconds;
  all.solver_seconds += part.solver_seconds;
}

}  // namespace

std::optional<smt::FamilyResult> prove_in_parts(unsigned choices, const ProvePart& prove,
                                                const extract::CancelToken& cancel) {
  if (choices == 0) return {};
  const auto until = cancel.part();
  std::vector<std::optional<smt::FamilyResult>> parts(std::size_t{1} << choices);
  const auto decide = [&](unsigned number) {
    try {
      auto result = prove({choices, number}, until);
      if (is_shown(result)) parts[number] = std::move(result);
    } catch (const std::exception&) {  // the whole says why
    }
    if (!parts[number]) until.cancel();
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned number = 0; number < parts.size(); ++number) threads.emplace_back(decide, number);
  }
  std::optional<smt::FamilyResult> all;
  for (auto& part : parts) {
    if (!part) return {};
    if (all)
      add(*all, std::move(*part));
    else
      all = std::move(part);
  }
  for (auto& [id, claim] : all->claims)
    if (claim.outcome == smt::Outcome::Proved) claim.reason.clear();
  return all;
}

}  // namespace sgproof::gate
