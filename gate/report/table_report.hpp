// The table of invariants and configurations as text and as Markdown, and what all formats say of
// it in the same words.
#pragma once

#include <string>
#include <vector>

#include "gate/report/result.hpp"

namespace sgproof::gate {

/// Things in cells that were not proved and of which the same is said: of several configurations
/// and scenario families.
struct NotProvedLine {
  CellOutcome outcome = CellOutcome::Inconclusive;
  std::string invariant, clause, function;
  std::string reason;
  std::vector<std::string> configs, counterexamples, waivers;
  unsigned count = 0;  ///< how many things
};

/// All of them, the worst first, then in the order of the table.
std::vector<NotProvedLine> not_proved(const Table& table);

/// "proved", "not there".
std::string words(CellOutcome outcome);

/// "44 proved", "2 refuted, 41 proved", "not there".
std::string counts_words(const Cell& cell);

/// "up to 3 entries, some up to 1": the bounds of what was proved; empty where nothing was.
std::string scope_words(const Cell& cell);

/// The reason of a line, with its traces and waivers.
std::string reason_words(const NotProvedLine& line);

/// "not judged here: ENC-6, …", or empty.
std::string not_judged_words(const Table& table);

/// Lines for a terminal: the table in parts that fit its width, then what was not proved; many
/// things of one reason are one line.
std::vector<std::string> table_lines(const Table& table);

/// The section of a Markdown report, from its heading on, which has `level` signs.
std::string table_markdown(const Table& table, unsigned level);

}  // namespace sgproof::gate
