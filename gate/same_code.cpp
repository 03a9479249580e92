#include "gate/same_code.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace sgproof::gate {
namespace {

bool all_proved(const smt::FamilyResult& result) {
  return result.complete && result.problems.empty() && !result.claims.empty() &&
         std::ranges::all_of(result.claims, [](const auto& claim) {
           return claim.second.outcome == smt::Outcome::Proved ||
                  claim.second.outcome == smt::Outcome::Vacuous;
         });
}

/// The hashes of all functions that are called so, in the bitcode or in the source.
std::multiset<std::string> hashes_of(const extract::Module& module, const std::string& name) {
  std::multiset<std::string> out;
  for (const auto& f : module.functions)
    if (f.reachable && (f.name == name || f.source_name == name)) out.insert(f.hash);
  return out;
}

std::set<std::string> entered(const smt::FamilyResult& result) {
  std::set<std::string> out;
  for (const auto& line : result.coverage.lines) out.insert(line.function);
  for (const auto& side : result.coverage.branches) out.insert(side.where.function);
  return out;
}

}  // namespace

std::optional<smt::FamilyResult> same_of_base(const smt::FamilyResult& result,
                                              const extract::Module& base,
                                              const extract::Module& here) {
  if (!all_proved(result) || base.facts != here.facts || base.kconfig != here.kconfig) return {};
  const auto functions = entered(result);
  if (functions.empty()) return {};
  for (const auto& name : functions) {
    const auto of_base = hashes_of(base, name);
    if (of_base.empty() || of_base != hashes_of(here, name)) return {};
  }
  for (const auto& call : result.arbitrary)
    if (!hashes_of(here, call.function).empty()) return {};
  auto same = result;
  same.coverage = {};
  return same;
}

}  // namespace sgproof::gate
