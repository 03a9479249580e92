// Invariants by configuration: what was proved, tested, refuted or left open in each.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "gate/report/enum_names.hpp"

namespace sgproof::gate {

struct ManifestLine;
struct Result;

/// What a cell says, the worst last: a cell has the worst of what is in it.
enum class CellOutcome : std::uint8_t {
  NotThere,      ///< no such code, or not asked: no obligation, no line of the manifest
  Proved,        ///< every obligation
  Audited,       ///< by reading the tree
  Tested,        ///< on inputs that were drawn
  Known,         ///< violated by a known defect of a released kernel: waived
  Inconclusive,  ///< not shown
  Refuted,       ///< violated, and seen again by execution
};

template <>
struct EnumNames<CellOutcome> {
  static constexpr std::array<std::string_view, 7> list = {
      "not-there", "proved", "audited", "tested", "known", "inconclusive", "refuted"};
};

/// Something in a cell that was not proved.
struct NotProved {
  std::string clause, function, family;
  CellOutcome outcome = CellOutcome::Inconclusive;
  std::string reason;                        ///< for people
  std::vector<std::string> counterexamples;  ///< traces, relative to the directory of result.json
  std::vector<std::string> waivers;          ///< identifiers of the known defects
};

/// An invariant in one configuration. What is counted are obligations, and what should be one:
/// lines of the manifest that nothing answers, findings and alarms that belong to none.
struct Cell {
  std::string config;
  CellOutcome outcome = CellOutcome::Inconclusive;
  unsigned proved = 0, audited = 0, tested = 0, known = 0, inconclusive = 0, refuted = 0;
  unsigned least_nents = 0, most_nents = 0;  ///< bounds on nents of what was proved; 0: nothing
  std::vector<std::string> families;         ///< scenario families of what was proved
  std::vector<std::string> assumptions;      ///< of what was proved; names
  std::vector<NotProved> not_proved;
  [[nodiscard]] unsigned all() const {
    return proved + audited + tested + known + inconclusive + refuted;
  }
};

struct Row {
  std::string invariant;
  std::vector<Cell> cells;  ///< one for each configuration of the table, in its order
};

struct Table {
  std::vector<std::string> configs;
  std::vector<Row> rows;  ///< in the order of the list of invariants
  /// Invariants of that list of which this run says nothing in any configuration.
  std::vector<std::string> not_judged;
};

/// The table of what `result` holds (its verdict is not looked at) and of what the manifest asks
/// for. Its words are those of the verdict: a cell is `refuted` only by a finding that stands or an
/// alarm that is a violation; a refutation that no finding explains, and a line of the manifest
/// that nothing answers, are `inconclusive`.
Table tabulate(const Result& result, const std::vector<ManifestLine>& manifest);

}  // namespace sgproof::gate
