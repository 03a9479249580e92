// From what was found out to the verdict: a pure function, tested as a table.
#pragma once

#include <vector>

#include "gate/manifest.hpp"
#include "gate/report/result.hpp"

namespace sgproof::gate {

struct Decision {
  Verdict verdict = Verdict::Inconclusive;
  ExitCode exit_code = ExitCode::Inconclusive;
  std::vector<Cause> causes;  ///< all of them, gravest first; empty for a pass
};

/// Judges what `result` holds (its verdict, exit_code and causes are not looked at) against the
/// manifest lines of the configurations that were asked for. Precedence:
///  2  an Input error;
///  1  a finding `new` (also `preexisting` where result.strict, or without a series) that
///  re-executed concretely and that replay
///     did not refute; something proved that a run violates;
///  3  anything that should be shown and is not: another error; nothing shown at all; an empty
///     manifest or a line of it that is missing, shrank or is weaker than it says; an obligation
///     that is inconclusive, unless it is so on the base in the same way (same reason and subject);
///     one that the base proved and this tree does not, or at a smaller scope; a refuted one
///     without a finding; a finding that did not re-execute or that replay refuted; a changed line
///     that no run reached, or excused without a reason; an alarm;
///  0  otherwise.
Decision decide(const Result& result, const std::vector<ManifestLine>& manifest);

/// Whether a violation is real: it was seen by concrete execution, and no booted kernel contradicts
/// it; or a booted kernel is where it was found. Where a booted kernel does something else than the
/// extracted code, only what it confirms is real.
bool stands(const Result& result, const Finding& finding);

/// decide() and tabulate(), stored in the result.
void conclude(Result& result, const std::vector<ManifestLine>& manifest);

/// Compares with the base: gives every obligation what the base had under the same key (invariant,
/// clause, function, config, family), and adds an inconclusive one (Reason::Vanished) for each that
/// only the base has.
void attach_base(std::vector<Obligation>& obligations, const std::vector<Obligation>& base);

/// Whether an obligation that is not shown is so on the base in the same way.
bool same_as_on_base(const Obligation& obligation);

}  // namespace sgproof::gate
