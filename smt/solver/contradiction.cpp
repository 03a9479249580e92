#include "smt/solver/contradiction.hpp"

#include <chrono>
#include <optional>
#include <unordered_set>
#include <utility>

#include "smt/solver/conjuncts.hpp"
#include "smt/solver/z3_instance.hpp"

namespace sgproof::smt {
namespace {

constexpr std::chrono::milliseconds kLimit{1'000};

/// The parts that Z3 needed; nothing if it did not decide.
std::optional<std::vector<Term>> needed(const Terms& terms, const std::vector<Term>& parts,
                                        Theory theory, Watchdog& watchdog) try {
  Z3Instance z3(terms, theory);
  const auto answer = z3.check(parts, watchdog, kLimit, Watchdog::Clock::now() + 10 * kLimit);
  if (answer.result != CheckResult::Unsat) return {};
  const std::unordered_set<std::uint32_t> core(answer.core.begin(), answer.core.end());
  std::vector<Term> some;
  for (const Term& part : parts)
    if (core.count(part.node()->id) != 0) some.push_back(part);
  return some;
} catch (const z3::exception&) {
  return {};
}

}  // namespace

std::vector<Term> contradiction(const Terms& terms, const std::vector<Term>& conditions,
                                Watchdog& watchdog) {
  std::vector<Term> parts;
  std::unordered_set<std::uint32_t> seen;
  for (const Term& part : conjuncts(conditions)) {
    if (part.is_false()) return {part};
    if (!part.is_const() && seen.insert(part.node()->id).second) parts.push_back(part);
  }
  for (const Theory theory : {Theory::Integers, Theory::BitVectors}) {
    bool fewer = true;
    for (int round = 0; round < 2 && fewer; ++round) {
      auto some = needed(terms, parts, theory, watchdog);
      if (!some || some->empty()) break;
      fewer = some->size() < parts.size();
      parts = std::move(*some);
      if (!fewer || round == 1) return parts;
    }
  }
  return parts;
}

}  // namespace sgproof::smt
