#include "gate/stale_contracts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gate/report/contract_words.hpp"

namespace sgproof::gate {
namespace {

std::set<std::string> entered(const smt::FamilyResult& result) {
  std::set<std::string> out;
  for (const auto& line : result.coverage.lines) out.insert(line.function);
  for (const auto& side : result.coverage.branches) out.insert(side.where.function);
  return out;
}

bool as_on_base(const Obligation& o) {
  if (o.outcome == Outcome::Proved) return true;
  return o.base && o.base->outcome == o.outcome && o.outcome != Outcome::Inconclusive;
}

/// Whether all that the families which enter the part say of `invariants` is as it was, and there
/// is something.
bool is_shown(const std::string& part, const std::string& invariants, const std::string& config,
              const std::vector<Obligation>& obligations,
              const std::map<std::string, std::set<std::string>>& entered) {
  bool any = false;
  for (const Obligation& o : obligations) {
    const auto family = entered.find(o.family);
    if (o.config != config || !o.invariant.starts_with(invariants + "-") ||
        family == entered.end() || !family->second.contains(part))
      continue;
    if (!as_on_base(o)) return false;
    any |= o.outcome == Outcome::Proved;
  }
  return any;
}

bool is_stale(const ContractFunction& f) { return f.changed && f.shown_by.empty(); }

/// Why an obligation that goes through these functions is open; nothing where none is stale.
Why why(const std::vector<ContractUse>& uses, const std::string& config,
        const std::set<std::string>* entered) {
  Why out;
  for (const ContractUse& use : uses) {
    if (use.config != config) continue;
    for (const ContractFunction& f : use.functions) {
      if (!is_stale(f) || (entered != nullptr && !entered->contains(f.stands_in))) continue;
      const auto subject = fmt::format("{}: {}", use.contract, f.function);
      if (out.subject.find(subject) != std::string::npos) continue;
      out.reason = Reason::StaleContract;
      out.subject += (out.subject.empty() ? "" : "; ") + subject;
      out.detail +=
          fmt::format("{}the series changes {}, for which the contract {} ({}) stands",
                      out.detail.empty() ? "" : "; ", changed_words(f), use.contract, use.file);
    }
  }
  return out;
}

}  // namespace

std::map<std::string, std::set<std::string>> entered_by_families(const Subject& here,
                                                                 const Subject& base) {
  std::map<std::string, std::set<std::string>> out;
  for (const Subject* subject : {&here, &base})
    for (const FamilyOutcome& family : subject->families)
      if (auto& functions = out[family.family.name]; functions.empty())
        functions = entered(family.result);
  return out;
}

void show_again(std::vector<ContractUse>& uses, const extract::Contracts& contracts,
                const std::vector<Obligation>& obligations,
                const std::map<std::string, std::set<std::string>>& entered) {
  for (ContractUse& use : uses) {
    const auto contract = std::ranges::find(contracts.all, use.contract, &extract::Contract::name);
    if (contract == contracts.all.end() || contract->shown_by.empty()) continue;
    for (ContractFunction& f : use.functions)
      if (f.changed && !f.parts.empty() &&
          std::ranges::all_of(f.parts, [&](const ChangedPart& part) {
            return !contract->not_shown.contains(part.name) &&
                   is_shown(part.name, contract->shown_by, use.config, obligations, entered);
          }))
        f.shown_by = contract->shown_by;
  }
}

bool any_stale(const std::vector<ContractUse>& uses) {
  return std::ranges::any_of(
      uses, [](const ContractUse& use) { return std::ranges::any_of(use.functions, is_stale); });
}

void leave_open(std::vector<Obligation>& obligations, const std::vector<ContractUse>& uses,
                const std::map<std::string, std::set<std::string>>& entered,
                const EnteredByTests& tests) {
  for (Obligation& o : obligations) {
    const std::set<std::string>* functions = nullptr;
    if (o.outcome == Outcome::Proved) {
      if (const auto family = entered.find(o.family); family != entered.end())
        functions = &family->second;
    } else if (o.outcome == Outcome::Tested) {
      if (const auto test = tests.find({o.invariant, o.clause, o.function}); test != tests.end())
        functions = &test->second;
    } else {
      continue;  // what is refuted stays so: a run of the code shows it
    }
    auto open = why(uses, o.config, functions);
    if (open.reason == Reason::None) continue;
    o.outcome = Outcome::Inconclusive;
    o.why = std::move(open);
  }
}

void explain_contracts(std::vector<CoverageLine>& lines, const std::vector<ContractUse>& uses) {
  for (CoverageLine& line : lines) {
    if (line.state != CoverageState::OutsideScope || line.line != 0) continue;
    std::map<std::string, std::set<std::string>> stale, same;  // functions, by contract
    for (const ContractUse& use : uses) {
      if (use.config != line.config) continue;
      for (const ContractFunction& f : use.functions)
        if (f.file == line.file)
          (is_stale(f) ? stale : same)[use.contract].insert(f.function + "()");
    }
    std::vector<std::string> words;
    for (const auto& [contract, functions] : stale)
      words.push_back(
          fmt::format("the contract {} stands for {}, which changes: what depends on it is open",
                      contract, fmt::join(functions, ", ")));
    for (const auto& [contract, functions] : same)
      words.push_back(fmt::format("the contract {} stands for {}, whose code stays as it is",
                                  contract, fmt::join(functions, ", ")));
    if (!words.empty()) line.reason = fmt::format("{}", fmt::join(words, "; "));
  }
}

}  // namespace sgproof::gate
