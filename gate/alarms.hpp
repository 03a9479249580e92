// Soundness alarms: where two parts of a run contradict each other. What an alarm does to the
// verdict is in report/verdict.hpp.
#pragma once

#include <filesystem>
#include <vector>

#include "gate/findings.hpp"
#include "gate/replay_stage.hpp"

namespace sgproof::gate {

/// The step maps, and nothing is asked of that, since the encoding of an entry already goes wrong.
/// What such a list does depends on where its pages are, and so on the machine.
bool mapping_not_asked(const Subject& subject, const sgp_scenario& scenario, unsigned step);

/// The booted kernel does something else than the extracted code, and no finding says why two
/// machines may differ there. One alarm per configuration says so, with a trace in
/// out/disagreements.
void alarm_of_difference(Result& result, const std::vector<FindingCase>& findings,
                         const std::string& config, const BootedDifference& difference,
                         const std::filesystem::path& out);

/// A booted kernel violates a claim on a corpus trace: known from a finding or a refuted
/// obligation, or an alarm.
void alarm_of_booted(Result& result, const std::vector<FindingCase>& findings,
                     const std::string& config, const BootedViolation& violation);

/// Findings that a booted kernel contradicts, and those of executions against what was proved.
void alarms_of_findings(Result& result, const std::vector<FindingCase>& findings,
                        std::vector<Subject>& subjects);

}  // namespace sgproof::gate
