// The table for a terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "gate/report/escape.hpp"
#include "gate/report/table_report.hpp"

namespace sgproof::gate {
namespace {

constexpr std::size_t kWidth = 100;  // columns of a terminal
constexpr std::size_t kNamed = 8;    // lines of one kind that are listed one by one

/// "proved 44"; where not all of it is so: "refuted 2/44".
std::string short_words(const Cell& cell) {
  if (cell.outcome == CellOutcome::NotThere) return "-";
  const std::map<CellOutcome, unsigned> counts{
      {CellOutcome::Proved, cell.proved},   {CellOutcome::Audited, cell.audited},
      {CellOutcome::Tested, cell.tested},   {CellOutcome::Known, cell.known},
      {CellOutcome::Refuted, cell.refuted}, {CellOutcome::Inconclusive, cell.inconclusive}};
  const unsigned n = counts.at(cell.outcome);
  return n == cell.all() ? fmt::format("{} {}", name(cell.outcome), n)
                         : fmt::format("{} {}/{}", name(cell.outcome), n, cell.all());
}

std::size_t width_of_column(const Table& table, std::size_t column) {
  std::size_t width = table.configs[column].size();
  for (const Row& row : table.rows) width = std::max(width, short_words(row.cells[column]).size());
  return width + 2;
}

/// The columns from `from` to before `to`; rows that have nothing there are left out.
void part(std::vector<std::string>& out, const Table& table, std::size_t from, std::size_t to) {
  std::string head = fmt::format("  {:<10}", "invariant");
  for (std::size_t c = from; c < to; ++c)
    head += fmt::format("{:<{}}", one_line(table.configs[c]), width_of_column(table, c));
  out.push_back(std::move(head));
  for (const Row& row : table.rows) {
    bool any = false;
    std::string line = fmt::format("  {:<10}", one_line(row.invariant));
    for (std::size_t c = from; c < to; ++c) {
      any = any || row.cells[c].outcome != CellOutcome::NotThere;
      line += fmt::format("{:<{}}", short_words(row.cells[c]), width_of_column(table, c));
    }
    if (any) out.push_back(std::move(line));
  }
}

void matrix(std::vector<std::string>& out, const Table& table) {
  for (std::size_t from = 0; from < table.configs.size();) {
    std::size_t to = from;
    std::size_t width = 12;
    while (to < table.configs.size() &&
           (to == from || width + width_of_column(table, to) <= kWidth))
      width += width_of_column(table, to++);
    if (from > 0) out.emplace_back();
    part(out, table, from, to);
    from = to;
  }
}

/// Lines that say the same but for details: an outcome, and the kind of reason.
struct Kind {
  std::vector<const NotProvedLine*> lines;

  [[nodiscard]] std::string summary() const {
    unsigned count = 0;
    std::vector<std::string> invariants, configs, waivers, reasons;
    const auto add = [](auto& to, const std::string& what) {
      if (std::ranges::find(to, what) == to.end()) to.push_back(what);
    };
    for (const NotProvedLine* line : lines) {
      count += line->count;
      add(invariants, line->invariant);
      for (const std::string& config : line->configs) add(configs, config);
      for (const std::string& waiver : line->waivers) add(waivers, waiver);
      add(reasons, line->reason);
    }
    std::string why = "see table.md";
    if (!waivers.empty())
      why = fmt::format("waived: {}", fmt::join(waivers, ", "));
    else if (reasons.size() == 1)
      why = reasons.front();
    else if (lines.front()->outcome == CellOutcome::Inconclusive)
      why = fmt::format("{}, see table.md", head(*lines.front()));
    return fmt::format("  {}: {} of {} in {}: {}", words(lines.front()->outcome), count,
                       fmt::join(invariants, ", "), fmt::join(configs, ", "), why);
  }

  /// The kind of a reason: "time-limit" of "time-limit: …". Of what is not inconclusive the reason
  /// is an input or a number.
  static std::string head(const NotProvedLine& line) {
    if (line.outcome != CellOutcome::Inconclusive) return {};
    return line.reason.substr(0, line.reason.find(':'));
  }
};

/// What was not proved. Of many lines of one kind only the invariants are named; table.md has all.
void list(std::vector<std::string>& out, const Table& table) {
  const auto lines = not_proved(table);
  std::map<std::pair<CellOutcome, std::string>, Kind> kinds;
  for (const NotProvedLine& line : lines)
    kinds[{line.outcome, Kind::head(line)}].lines.push_back(&line);
  for (const NotProvedLine& line : lines) {
    const Kind& kind = kinds[{line.outcome, Kind::head(line)}];
    if (kind.lines.size() <= kNamed) {
      const auto reason = reason_words(line);
      out.push_back(fmt::format("  {}: {} {} of {} in {}{}{}", words(line.outcome), line.invariant,
                                line.clause, line.function, fmt::join(line.configs, ", "),
                                reason.empty() ? "" : ": ", reason));
    } else if (kind.lines.front() == &line) {
      out.push_back(kind.summary());
    }
  }
}

}  // namespace

std::vector<std::string> table_lines(const Table& table) {
  std::vector<std::string> out;
  if (table.rows.empty()) return out;
  out.emplace_back(
      "worst outcome of each invariant in each configuration, and of how many (-: not there)");
  matrix(out, table);
  std::vector<std::string> open;
  list(open, table);
  out.emplace_back(open.empty() ? "all of it is proved" : "not proved:");
  out.insert(out.end(), open.begin(), open.end());
  if (const auto text = not_judged_words(table); !text.empty()) out.push_back(text);
  for (std::string& line : out) {
    line.erase(line.find_last_not_of(' ') + 1);
    line = one_line(line);
  }
  return out;
}

}  // namespace sgproof::gate
