#include "gate/alarms.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gate/proof_order.hpp"
#include "gate/write_trace.hpp"
#include "properties/judge_run.hpp"
#include "properties/table_legality.hpp"

namespace sgproof::gate {
namespace {

/// Whether a finding already says why two machines may differ there. What is known of released
/// kernels does not: these two have agreed on it.
bool is_explained(const std::vector<FindingCase>& findings, const std::string& config,
                  const BootedDifference& d) {
  return !d.follows_from.empty() && std::ranges::any_of(findings, [&](const FindingCase& c) {
    const Finding& f = c.finding;
    return f.config == config && f.invariant == d.follows_from &&
           f.status != FindingStatus::Fixed && f.status != FindingStatus::Waived &&
           (f.reexecution == Reexecution::Violates || f.replay == ReplayStatus::Confirmed);
  });
}

/// What is said of: a clause in one configuration.
struct Clause {
  const std::string &config, &invariant, &clause;
};

/// An obligation of the statement that has that outcome; null where none has.
const Obligation* obligation_of(const Result& result, const Clause& c, Outcome outcome) {
  const auto found = std::ranges::find_if(result.obligations, [&](const Obligation& o) {
    return o.config == c.config && o.invariant == c.invariant && o.clause == c.clause &&
           o.outcome == outcome;
  });
  return found == result.obligations.end() ? nullptr : &*found;
}

/// A known defect that an assumption leaves out of proofs (SYNC_PEERS, MARKS_KEPT of
/// assumptions.def).
bool left_out_of_proofs(const FindingCase& c, const Subject* subject) {
  if (c.finding.status != FindingStatus::Waived) return false;
  const sgp_op& op = c.scenario.ops[c.step];
  const auto code = static_cast<sgp_opcode>(op.code);
  if (model::is_list_sync(code) && c.scenario.world.devices[op.device].noncoherent != 0)
    return true;
  return (model::is_map(code) || code == SGP_OP_UNMAP) && subject != nullptr &&
         !subject->facts.unmaps();
}

/// Whether the run of the finding violates something in an earlier step.
bool violated_before(const FindingCase& c, Subject* subject) {
  if (subject == nullptr || !subject->runner) return false;
  const auto judged = properties::judge_run(*subject->runner, c.scenario, subject->facts);
  return std::ranges::any_of(judged.violations, [&](const auto& v) { return v.step < c.step; });
}

/// Whether no proof speaks of what was executed.
bool beyond_proofs(const FindingCase& c, Subject* subject) {
  // executions go beyond the tables of proofs, beyond the lists behind an IOMMU, and to what is
  // known of bounce buffers
  const auto code = c.scenario.ops[c.step].code;
  if (properties::is_table_op(code)) return true;
  if (c.finding.status == FindingStatus::Waived && model::is_bounce(static_cast<sgp_opcode>(code)))
    return true;
  if (c.scenario.world.iommu != SGP_IOMMU_NONE) return true;
  if (left_out_of_proofs(c, subject)) return true;
  if (subject != nullptr && mapping_not_asked(*subject, c.scenario, c.step)) return true;
  return violated_before(c, subject);  // no legal sequence leads there, so nothing was proved
}

/// No claim of the family is left to say it of.
void alarms_of_solvers(Result& result, const Subject& subject) {
  for (const FamilyOutcome& family : subject.families)
    for (const std::string& problem : family.result.problems)
      if (problem.starts_with(smt::kSolversDisagree))
        result.soundness_alarms.push_back({AlarmKind::SolversDisagree, "every", "claim",
                                           family.family.name, subject.config, problem});
}

}  // namespace

bool mapping_not_asked(const Subject& subject, const sgp_scenario& scenario, unsigned step) {
  const auto code = static_cast<sgp_opcode>(scenario.ops[step].code);
  if (code < SGP_OP_MAP_SGTABLE || code > SGP_OP_SYNC_PART_DEVICE) return false;
  return std::ranges::any_of(subject.families, [](const FamilyOutcome& f) {
    return f.family.name == "map-1" && not_asked(f.result) == NotAsked::EncodingWrong;
  });
}

void alarm_of_difference(Result& result, const std::vector<FindingCase>& findings,
                         const std::string& config, const BootedDifference& d,
                         const std::filesystem::path& out) {
  if (is_explained(findings, config, d)) return;
  if (std::ranges::any_of(result.soundness_alarms, [&](const Alarm& a) {
        return a.kind == AlarmKind::BootDisagrees && a.config == config;
      }))
    return;
  const auto file = fmt::format("disagreements/{}.json", config);
  write_trace(out, file, d.scenario, {{"config", config}, {"differs", d.text}});
  result.soundness_alarms.push_back({AlarmKind::BootDisagrees, "REF-1", "same-as-booted", "",
                                     config,
                                     fmt::format("{}: {} (trace: {})", d.trace, d.text, file)});
}

void alarm_of_booted(Result& result, const std::vector<FindingCase>& findings,
                     const std::string& config, const BootedViolation& v) {
  if (std::ranges::any_of(findings, [&](const FindingCase& c) {
        return c.finding.config == config && c.finding.invariant == v.invariant &&
               c.finding.clause == v.clause && c.finding.status != FindingStatus::Fixed;
      }))
    return;
  // refuted as the restatement of another claim, and not reported twice
  if (obligation_of(result, {config, v.invariant, v.clause}, Outcome::Refuted) != nullptr) return;
  result.soundness_alarms.push_back(
      {AlarmKind::ProvedButViolated, v.invariant, v.clause, "", config,
       fmt::format("the booted kernel violates it on corpus trace {}: {}", v.trace, v.text)});
}

void alarms_of_findings(Result& result, const std::vector<FindingCase>& findings,
                        std::vector<Subject>& subjects) {
  for (const Subject& subject : subjects) alarms_of_solvers(result, subject);
  for (const FindingCase& c : findings) {
    const Finding& f = c.finding;
    if (f.replay == ReplayStatus::Refuted)
      result.soundness_alarms.push_back(
          {AlarmKind::ReplayRefuted, f.invariant, f.clause, f.function, f.config, f.replay_reason});
    if (f.engine == Engine::Smt || f.reexecution != Reexecution::Violates) continue;
    const Clause clause{f.config, f.invariant, f.clause};
    const Obligation* proved = obligation_of(result, clause, Outcome::Proved);
    if (proved == nullptr || obligation_of(result, clause, Outcome::Refuted) != nullptr) continue;
    const auto subject = std::ranges::find(subjects, f.config, &Subject::config);
    if (beyond_proofs(c, subject == subjects.end() ? nullptr : &*subject)) continue;
    result.soundness_alarms.push_back(
        {AlarmKind::ProvedButViolated, f.invariant, f.clause, f.function, f.config,
         fmt::format("a native run violates what was proved for {}; perhaps outside that scope",
                     proved->scope)});
  }
}

}  // namespace sgproof::gate
