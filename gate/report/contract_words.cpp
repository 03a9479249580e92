#include "gate/report/contract_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "gate/report/summary.hpp"

namespace sgproof::gate {
namespace {

constexpr std::size_t kNamed = 4;  // parts that are named one by one

std::string place_of(const ContractFunction& f) {
  return fmt::format("{}() ({})", f.function, place(f.file, f.line));
}

/// Why a function is not the one that the contract was compared with; empty where it is.
std::string not_compared(const ContractFunction& f) {
  switch (f.code) {
    case ContractCode::Same:
      return {};
    case ContractCode::Differs:
      return place_of(f);
    case ContractCode::Absent:
      return f.stands_in + ", which stands for nothing that the configuration has";
    case ContractCode::Unknown:
      break;
  }
  return place_of(f) + ", which clang cannot read";
}

}  // namespace

std::string changed_words(const ContractFunction& f) {
  std::vector<std::string> parts;
  for (const ChangedPart& part : f.parts)
    if (parts.size() < kNamed) parts.push_back(fmt::format("{} (line {})", part.name, part.line));
  auto words = place_of(f);
  if (f.parts.empty()) return words + ", which clang cannot read";
  if (f.parts.size() != 1 || f.parts[0].name != f.function)
    words += fmt::format(" by {}", fmt::join(parts, ", "));
  if (f.parts.size() > kNamed) words += fmt::format(" and {} more", f.parts.size() - kNamed);
  return words;
}

std::vector<std::string> changed_contracts(const std::vector<ContractUse>& contracts) {
  std::vector<std::string> out;
  for (const ContractUse& use : contracts) {
    std::set<std::string> said;
    std::vector<std::string> functions;
    for (const ContractFunction& f : use.functions) {
      if (!f.changed) continue;
      auto words = changed_words(f);
      if (!f.shown_by.empty())
        words += fmt::format(", which the {} invariants show to be right", f.shown_by);
      if (said.insert(words).second) functions.push_back(std::move(words));
    }
    if (!functions.empty())
      out.push_back(fmt::format("{} ({}) in {}: {}", use.contract, use.file, use.config,
                                fmt::join(functions, "; ")));
  }
  return out;
}

std::vector<std::string> trusted_contracts(const std::vector<ContractUse>& contracts) {
  std::vector<std::string> out{"the environment contracts of kernel-extract/harness/env_*.c"};
  std::map<std::string, std::pair<const ContractUse*, std::set<std::string>>> unlike;
  for (const ContractUse& use : contracts)
    for (const ContractFunction& f : use.functions)
      if (auto words = not_compared(f); !words.empty()) {
        auto& line = unlike[use.contract];
        line.first = &use;
        line.second.insert(std::move(words));
      }
  for (const auto& [name, line] : unlike)
    out.push_back(
        fmt::format("contract {} ({}), which was not compared with the code of this tree: {}", name,
                    line.first->file, fmt::join(line.second, "; ")));
  return out;
}

}  // namespace sgproof::gate
