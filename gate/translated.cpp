#include "gate/translated.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "model/invariants/swt.hpp"
#include "model/invariants/transferred.hpp"
#include "model/judge.hpp"

namespace sgproof::gate {
namespace {

using State = replay::ScenarioResult::State;

/// Why a result says nothing, or empty.
std::string unusable(const replay::ScenarioResult& result) {
  if (result.state == State::NotRun || result.state == State::Damaged)
    return fmt::format("{}: {}", replay::name_of(result.state), result.why);
  if (result.report.status == SGP_STATUS_NOT_REPLAYABLE)
    return fmt::format("not replayable: {}", replay::reason_text(result.report.steps[0].ret));
  if (result.tainted) return "an earlier scenario of the same boot was stopped by a BUG or oops";
  return {};
}

std::string words(const properties::Violation& v) {
  std::string text = fmt::format("step {}", v.step);
  if (v.entry) text += fmt::format(", entry {}", *v.entry);
  text += ", " + v.field;
  if (v.observed) text += fmt::format(" is {:#x}", *v.observed);
  if (v.expected) text += fmt::format(", expected {:#x}", *v.expected);
  return text;
}

/// Statements of which a run says something only where it is violated.
bool only_if_violated(const properties::CheckId& id) {
  return id.invariant == "CTX-1" || (id.invariant == "SAF-4" && id.clause == "locks");
}

bool is_safety(const properties::CheckId& id) {
  return id.invariant == "SAF-1" || id.invariant == "SAF-3" || only_if_violated(id);
}

/// Where the kernel says that the violation of SAF was.
replay::Diagnostic place_of(const properties::Violation& v, const replay::ScenarioResult& result) {
  if (v.id.invariant == "SAF-4") return {};  // seen behind the operation, not where it happens
  for (const auto& d : result.diagnostics)
    if (is_safety(v.id) && d.step == v.step) return d;
  return {};
}

using ConcreteCheck = model::Check<model::ConcreteDomain>;

properties::CheckId id_of(const ConcreteCheck& check) {
  return {std::string(check.invariant), std::string(check.clause), std::string(check.function)};
}

bool is_decided(const ConcreteCheck& check) {
  return decide(check.applies) && (decide(check.truth.holds) || decide(check.truth.fails));
}

/// Counts what a kernel with its own checks was asked. That locks were released (SAF-4) was looked
/// at after every operation, that nothing could sleep (CTX-1) in every call that may be made in
/// atomic context.
void look_at_safety(const properties::Judgement& judgement, const sgp_scenario& scenario,
                    const sgp_report& report, Translated& out) {
  for (const auto& check : judgement.checks) {
    const auto id = id_of(check);
    if (is_safety(id) && !only_if_violated(id) && is_decided(check)) ++out.looked_at[id];
  }
  for (std::uint64_t s = 0; s < scenario.nops; ++s) {
    const auto code = static_cast<sgp_opcode>(scenario.ops[s].code);
    if (report.steps[s].done != 1) continue;
    const std::string function(model::function_of(code));
    if (!function.empty()) ++out.looked_at[{"SAF-4", "locks", function}];
    if (code >= SGP_OP_MAP_SGTABLE && code <= SGP_OP_SYNC_PART_DEVICE)
      ++out.looked_at[{"CTX-1", "does-not-sleep", function}];
  }
}

auto size_of(const sgp_scenario& s) { return std::tuple(s.nops, s.nents, s.split, s.nproviders); }

/// Judges booted runs by the statements that `mine` wants.
class Judging {
 public:
  using Wants = bool (*)(const properties::CheckId&);

  Judging(std::string family, const JudgeOptions& options, Wants mine)
      : options_(options), mine_(mine) {
    out_.family = std::move(family);
  }

  Translated of(const std::vector<sgp_scenario>& scenarios,
                const std::vector<replay::ScenarioResult>& booted,
                bool (*selected)(const sgp_scenario&)) {
    for (std::size_t i = 0; i < scenarios.size(); ++i)
      if (selected(scenarios[i])) one(scenarios[i], booted.at(i));
    for (auto& [id, violation] : smallest_) out_.violations.push_back(std::move(violation));
    return std::move(out_);
  }

 private:
  void one(const sgp_scenario& scenario, const replay::ScenarioResult& result) {
    if (const auto why = unusable(result); !why.empty()) {
      ++out_.not_judged[why];
      return;
    }
    const auto judgement = judge_booted(scenario, result, options_.facts);
    if (judgement.standing != properties::Standing::Judged) {
      ++out_.not_judged[judgement.reason];
      return;
    }
    ++out_.judged;
    unsigned first = SGP_MAX_OPS;
    for (const auto& v : judgement.violations) first = std::min(first, v.step);
    for (const auto& check : judgement.checks) {
      const auto id = id_of(check);
      if (mine_(id) && check.subject.step <= first && is_decided(check)) ++out_.looked_at[id];
    }
    if (judgement.violations.empty()) return;
    const auto trace = model::concrete_trace(scenario, result.report, options_.facts);
    for (const auto& v : judgement.violations)
      if (v.step == first && mine_(v.id)) keep(v, trace, scenario, result);
  }

  void keep(const properties::Violation& v, const model::Trace<model::ConcreteDomain>& trace,
            const sgp_scenario& scenario, const replay::ScenarioResult& result) {
    const Known* known = explanation(options_.known, options_.version, trace, v);
    const auto waiver = known != nullptr ? known->id : std::string();
    const auto seen = smallest_.find({v.id, waiver});
    if (seen == smallest_.end() || size_of(scenario) < size_of(seen->second.scenario))
      smallest_[{v.id, waiver}] = {v, place_of(v, result), waiver, scenario, words(v)};
  }

  const JudgeOptions& options_;
  Wants mine_;
  Translated out_;
  std::map<std::pair<properties::CheckId, std::string>, TranslatedViolation> smallest_;
};

}  // namespace

properties::Judgement judge_booted(const sgp_scenario& scenario,
                                   const replay::ScenarioResult& result,
                                   const model::Facts& facts) {
  properties::NativeRun run;
  run.result = properties::RunResult::Reported;
  run.report = result.report;
  return properties::judge(scenario, run, facts);
}

std::vector<TranslatedViolation> violations_of(const sgp_scenario& scenario,
                                               const replay::ScenarioResult& result,
                                               const model::Facts& facts) {
  std::vector<TranslatedViolation> all;
  for (const auto& v : judge_booted(scenario, result, facts).violations)
    all.push_back({v, place_of(v, result), {}, scenario, words(v)});
  return all;
}

std::vector<TranslatedViolation> warnings_of(const sgp_scenario& scenario,
                                             const replay::ScenarioResult& result,
                                             const model::Facts& facts) {
  auto all = violations_of(scenario, result, facts);
  std::erase_if(all, [](const auto& seen) { return !is_safety(seen.violation.id); });
  return all;
}

Translated judge_translated(const std::vector<sgp_scenario>& scenarios,
                            const std::vector<replay::ScenarioResult>& booted,
                            const JudgeOptions& options) {
  const auto behind = [](const sgp_scenario& s) { return s.world.iommu != 0; };
  const auto all = [](const properties::CheckId&) { return true; };
  return Judging("booted, behind an IOMMU", options, all).of(scenarios, booted, behind);
}

bool is_booted_only(const properties::CheckId& id) {
  return model::is_booted_only(id.invariant) || model::needs_transfers(id.clause);
}

Translated judge_booted_only(const std::vector<sgp_scenario>& scenarios,
                             const std::vector<replay::ScenarioResult>& booted,
                             const JudgeOptions& options) {
  const auto direct = [](const sgp_scenario& s) { return s.world.iommu == 0; };
  return Judging("booted, with memory and devices", options, is_booted_only)
      .of(scenarios, booted, direct);
}

void explain(std::vector<TranslatedViolation>& violations, const replay::ScenarioResult& result,
             const JudgeOptions& options) {
  for (TranslatedViolation& v : violations) {
    const auto trace = model::concrete_trace(v.scenario, result.report, options.facts);
    const Known* known = explanation(options.known, options.version, trace, v.violation);
    if (known != nullptr) v.waiver = known->id;
  }
}

Translated judge_safety(const std::vector<sgp_scenario>& scenarios,
                        const std::vector<replay::ScenarioResult>& booted,
                        const JudgeOptions& options) {
  Translated out;
  out.family = "booted, debug kernel";
  std::map<std::pair<properties::CheckId, std::string>, TranslatedViolation> smallest;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    if (const auto why = unusable(booted.at(i)); !why.empty()) {
      ++out.not_judged[why];
      continue;
    }
    const auto judgement = judge_booted(scenarios[i], booted[i], options.facts);
    if (judgement.standing != properties::Standing::Judged) {
      ++out.not_judged[judgement.reason];
      continue;
    }
    ++out.judged;
    look_at_safety(judgement, scenarios[i], booted[i].report, out);
    auto warnings = warnings_of(scenarios[i], booted[i], options.facts);
    explain(warnings, booted[i], options);
    for (auto& found : warnings) {
      const auto key = std::pair(found.violation.id, found.waiver);
      const auto seen = smallest.find(key);
      if (seen == smallest.end() || size_of(scenarios[i]) < size_of(seen->second.scenario))
        smallest.insert_or_assign(key, std::move(found));
    }
  }
  for (auto& [id, violation] : smallest) out.violations.push_back(std::move(violation));
  return out;
}

}  // namespace sgproof::gate
