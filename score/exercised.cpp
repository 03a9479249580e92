#include "score/exercised.hpp"

#include <algorithm>

#include "smt/obligations/concrete_run.hpp"

namespace sgproof::score {
namespace {

bool any_between(const std::map<std::string, std::set<int>>& lines, const std::string& file,
                 int first, int last) {
  const auto it = lines.find(file);
  if (it == lines.end()) return false;
  const auto from = it->second.lower_bound(first);
  return from != it->second.end() && *from <= last;
}

}  // namespace

Exercised::Exercised(const extract::Module& module,
                     const std::vector<gate::FamilyOutcome>& families) {
  for (const auto& function : module.functions)
    for (const auto& [file, lines] : function.lines) code_[file].insert(lines.begin(), lines.end());
  // a line may have several conditions; sides are told apart by their number only
  using Side = std::pair<std::pair<std::string, int>, unsigned>;
  std::set<Side> taken, refused;
  for (const auto& family : families) {
    for (const auto& l : family.result.coverage.lines)
      if (const auto file = smt::tree_path(l.file))
        reached_[*file].insert(static_cast<int>(l.line));
    for (const auto& b : family.result.coverage.branches)
      if (const auto file = smt::tree_path(b.where.file))
        (b.feasible ? taken : refused).insert({{*file, static_cast<int>(b.where.line)}, b.side});
  }
  for (const Side& side : refused)
    if (taken.count(side) == 0) one_sided_[side.first.first].insert(side.first.second);
}

std::string Exercised::why_not(const std::string& file, int first, int last) const {
  if (any_between(code_, file, first, last) && !any_between(reached_, file, first, last))
    return "no scenario leads here";
  if (any_between(one_sided_, file, first, last))
    return "no scenario takes the other side of a condition here";
  return {};
}

}  // namespace sgproof::score
