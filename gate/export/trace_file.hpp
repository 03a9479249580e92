// A trace as export reads it: the scenario, and what the gate wrote down about the violation.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "kernel-extract/harness/sgp_abi.h"

namespace sgproof::gate {

/// `about` of a trace that the gate wrote; a trace of the corpus may have none of it. Texts contain
/// nothing that could end a comment or a string of C, whatever the file says.
struct About {
  std::string finding, config, invariant, clause, function, file, field, expected, observed;
  int line = 0;
  std::optional<unsigned> step, entry;

  /// Whether it says what is violated.
  [[nodiscard]] bool has_claim() const { return !invariant.empty() && !clause.empty(); }
};

struct TraceFile {
  std::string name;  ///< the file's, without directory and extension
  sgp_scenario scenario{};
  About about;
};

/// Throws SGP-E0610 when the file cannot be read, SGP-E0205 when it is no trace.
[[nodiscard]] TraceFile read_trace_file(const std::filesystem::path& file);
/// The same of its text.
[[nodiscard]] TraceFile parse_trace_file(const std::string& text, const std::string& name);

}  // namespace sgproof::gate
