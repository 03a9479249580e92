// The table as Markdown (GitHub's dialect).
#include <fmt/format.h>

#include "gate/report/escape.hpp"
#include "gate/report/report.hpp"
#include "gate/report/summary.hpp"
#include "gate/report/table_report.hpp"

namespace sgproof::gate {
namespace {

std::string text(std::string_view bytes) { return markdown_text(bytes); }
std::string code(std::string_view bytes) { return markdown_code(bytes); }

std::string codes(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + code(name);
  return out;
}

/// The outcome, bold where it is not a proof; the counts; the scope of what was proved.
std::string cell_words(const Cell& cell) {
  if (cell.outcome == CellOutcome::NotThere) return words(cell.outcome);
  const auto scope = scope_words(cell);
  const auto proved = cell.outcome == CellOutcome::Proved;
  return fmt::format("{}: {}{}",
                     proved ? words(cell.outcome) : fmt::format("**{}**", words(cell.outcome)),
                     proved ? std::to_string(cell.proved) : counts_words(cell),
                     scope.empty() ? "" : fmt::format(" ({})", scope));
}

}  // namespace

std::string table_markdown(const Table& table, unsigned level) {
  if (table.rows.empty()) return {};
  const std::string heading(level, '#');
  std::string out = fmt::format("{} Invariants and configurations\n\n", heading);
  out +=
      "A cell has the worst outcome of its obligations, how many there are of each, and the bound "
      "on the number of entries of what was proved. \"not there\": the configuration has no such "
      "code, or is not asked about it.\n\n| invariant |";
  for (const std::string& config : table.configs) out += fmt::format(" {} |", code(config));
  out += "\n|---|";
  for (std::size_t i = 0; i < table.configs.size(); ++i) out += "---|";
  for (const Row& row : table.rows) {
    out += fmt::format("\n| {} |", text(row.invariant));
    for (const Cell& cell : row.cells) out += fmt::format(" {} |", cell_words(cell));
  }
  out += "\n\n";
  if (const auto words = not_judged_words(table); !words.empty())
    out += fmt::format("There are more invariants: {}.\n\n", text(words));
  const auto lines = not_proved(table);
  out += fmt::format("{}# Not proved\n\n", heading);
  if (lines.empty()) return out + "Nothing: all of it is proved.\n\n";
  out +=
      "| outcome | invariant | clause | function | configurations | reason |\n"
      "|---|---|---|---|---|---|\n";
  for (const NotProvedLine& line : lines)
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", words(line.outcome),
                       text(line.invariant), text(line.clause), code(line.function),
                       codes(line.configs), text(reason_words(line)));
  return out + "\n";
}

std::string table_report(const Result& result) {
  std::string out =
      fmt::format("# {}\n\n- kernel: {}\n", text(closing_line(result)), code(result.kernel));
  if (!result.kernel_version.empty())
    out += fmt::format("- version: {}\n", code(result.kernel_version));
  out += fmt::format("- series: {}\n\n", result.series.empty() ? "none: the tree itself is judged"
                                                               : code(result.series));
  return out + table_markdown(result.table, 2);
}

}  // namespace sgproof::gate
