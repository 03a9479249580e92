// What only booted kernels can say: about devices behind an IOMMU with the real driver and its page
// tables, and about the bytes that real devices transfer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gate/known.hpp"
#include "model/facts.hpp"
#include "properties/judge_run.hpp"
#include "replay/boot.hpp"

namespace sgproof::gate {

/// A statement that a booted kernel makes false, with the smallest scenario that shows it.
struct TranslatedViolation {
  properties::Violation violation;
  replay::Diagnostic place;  ///< where it stopped or warned; no file where it did neither
  std::string waiver;        ///< id of the known defect that explains it, or empty
  sgp_scenario scenario{};
  std::string text;  ///< what was observed and what was expected, in words
};

struct Translated {
  std::string family;  ///< of the scenarios, for people
  std::uint64_t judged = 0;
  std::map<std::string, std::uint64_t> not_judged;         ///< why not, and how often
  std::map<properties::CheckId, std::uint64_t> looked_at;  ///< statements that applied, how often
  /// One for each statement and known defect (or none) that explains it.
  std::vector<TranslatedViolation> violations;
};

/// What booted runs are judged by.
struct JudgeOptions {
  const model::Facts& facts;
  extract::KernelVersion version;  ///< of the booted kernel
  const std::vector<Known>& known;
};

/// Judges the scenarios of devices behind an IOMMU; others are skipped. Both have the same length.
/// After the first step that violates something the list is in a state that no legal sequence
/// leaves, so later steps are not judged.
Translated judge_translated(const std::vector<sgp_scenario>& scenarios,
                            const std::vector<replay::ScenarioResult>& booted,
                            const JudgeOptions& options);

/// Whether only a booted kernel shows what the statement is about: what the bounce buffers do with
/// memory (SWT-1 to SWT-3), and what real transfers show (model/invariants/transferred.hpp).
bool is_booted_only(const properties::CheckId& id);

/// Judges the other scenarios by these statements: all else that they show is compared with native
/// runs. Steps behind one that violates anything do not count.
Translated judge_booted_only(const std::vector<sgp_scenario>& scenarios,
                             const std::vector<replay::ScenarioResult>& booted,
                             const JudgeOptions& options);

/// Names the known defects that explain violations of one run.
void explain(std::vector<TranslatedViolation>& violations, const replay::ScenarioResult& result,
             const JudgeOptions& options);

/// Everything that a booted run of the scenario violates.
std::vector<TranslatedViolation> violations_of(const sgp_scenario& scenario,
                                               const replay::ScenarioResult& result,
                                               const model::Facts& facts);

/// What a booted kernel warned of or stopped at in a scenario (SAF-1, SAF-3, CTX-1, locks of
/// SAF-4); the extracted code does not have all that a kernel looks at, reference counts for one.
std::vector<TranslatedViolation> warnings_of(const sgp_scenario& scenario,
                                             const replay::ScenarioResult& result,
                                             const model::Facts& facts);

/// Judges all scenarios, but only by what warnings_of() says: of kernels that look themselves.
Translated judge_safety(const std::vector<sgp_scenario>& scenarios,
                        const std::vector<replay::ScenarioResult>& booted,
                        const JudgeOptions& options);

/// The booted run as the invariants see it. The report must belong to the scenario.
properties::Judgement judge_booted(const sgp_scenario& scenario,
                                   const replay::ScenarioResult& result, const model::Facts& facts);

}  // namespace sgproof::gate
