#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "gate/report/summary.hpp"
#include "gate/report/table_report.hpp"

namespace sgproof::gate {
namespace {

void add_new(std::vector<std::string>& list, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (std::ranges::find(list, name) == list.end()) list.push_back(name);
}

}  // namespace

std::vector<NotProvedLine> not_proved(const Table& table) {
  std::vector<NotProvedLine> lines;
  using Key = std::tuple<CellOutcome, std::string, std::string, std::string, std::string>;
  std::map<Key, std::size_t> known;
  for (const Row& row : table.rows)
    for (const Cell& cell : row.cells)
      for (const NotProved& n : cell.not_proved) {
        // how often tests looked at it differs everywhere; what is violated differs in its input
        const bool by_clause = n.outcome == CellOutcome::Tested ||
                               n.outcome == CellOutcome::Refuted || n.outcome == CellOutcome::Known;
        const Key key{n.outcome, row.invariant, n.clause, n.function, by_clause ? "" : n.reason};
        const auto [at, is_new] = known.emplace(key, lines.size());
        if (is_new)
          lines.push_back({n.outcome, row.invariant, n.clause, n.function, n.reason, {}, {}, {}});
        NotProvedLine& line = lines[at->second];
        add_new(line.configs, {cell.config});
        add_new(line.counterexamples, n.counterexamples);
        add_new(line.waivers, n.waivers);
        ++line.count;
      }
  std::ranges::stable_sort(lines, std::ranges::greater{}, &NotProvedLine::outcome);
  return lines;
}

std::string words(CellOutcome outcome) {
  return outcome == CellOutcome::NotThere ? "not there" : std::string(name(outcome));
}

std::string counts_words(const Cell& cell) {
  std::string text;
  const auto add = [&](unsigned n, CellOutcome outcome) {
    if (n > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, name(outcome));
  };
  add(cell.refuted, CellOutcome::Refuted);
  add(cell.inconclusive, CellOutcome::Inconclusive);
  add(cell.known, CellOutcome::Known);
  add(cell.tested, CellOutcome::Tested);
  add(cell.audited, CellOutcome::Audited);
  add(cell.proved, CellOutcome::Proved);
  return text.empty() ? words(CellOutcome::NotThere) : text;
}

std::string scope_words(const Cell& cell) {
  if (cell.proved == 0) return {};
  const auto most = nents_words(cell.most_nents);
  if (cell.least_nents == cell.most_nents) return most;
  return fmt::format("{}, some up to {}", most, cell.least_nents);
}

std::string reason_words(const NotProvedLine& line) {
  std::vector<std::string> parts;
  if (!line.waivers.empty())
    parts.push_back(fmt::format("waived: {}", fmt::join(line.waivers, ", ")));
  if (!line.reason.empty()) parts.push_back(line.reason);
  if (!line.counterexamples.empty()) {
    std::string traces = line.counterexamples.front();
    if (line.counterexamples.size() > 1)
      traces += fmt::format(" and {} more", line.counterexamples.size() - 1);
    parts.push_back("trace: " + traces);
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string not_judged_words(const Table& table) {
  if (table.not_judged.empty()) return {};
  return fmt::format("nothing is said here of {}", fmt::join(table.not_judged, ", "));
}

}  // namespace sgproof::gate
