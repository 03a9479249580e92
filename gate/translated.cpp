#include "gate/translated.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

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

bool is_safety(const properties::CheckId& id) {
  return id.invariant == "SAF-1" || id.invariant == "SAF-3" || id.invariant == "CTX-1";
}

/// Where the kernel says that the violation of SAF was.
replay::Diagnostic place_of(const properties::Violation& v, const replay::ScenarioResult& result) {
  for (const auto& d : result.diagnostics)
    if (is_safety(v.id) && d.step == v.step) return d;
  return {};
}

/// Counts what a kernel with its own checks was asked. That nothing could sleep (CTX-1) was looked
/// at in every call that may be made in atomic context.
void look_at_safety(const properties::Judgement& judgement, const sgp_scenario& scenario,
                    const sgp_report& report, Translated& out) {
  for (const auto& check : judgement.checks) {
    const properties::CheckId id{std::string(check.invariant), std::string(check.clause),
                                 std::string(check.function)};
    if (is_safety(id) && id.invariant != "CTX-1" && decide(check.applies) &&
        (decide(check.truth.holds) || decide(check.truth.fails)))
      ++out.looked_at[id];
  }
  for (std::uint64_t s = 0; s < scenario.nops; ++s) {
    const auto code = static_cast<sgp_opcode>(scenario.ops[s].code);
    if (code < SGP_OP_MAP_SGTABLE || code > SGP_OP_SYNC_PART_DEVICE) continue;
    if (report.steps[s].done == 1)
      ++out.looked_at[{"CTX-1", "does-not-sleep", std::string(model::function_of(code))}];
  }
}

auto size_of(const sgp_scenario& s) { return std::tuple(s.nops, s.nents, s.split, s.nproviders); }

}  // namespace

properties::Judgement judge_booted(const sgp_scenario& scenario,
                                   const replay::ScenarioResult& result,
                                   const model::Facts& facts) {
  properties::NativeRun run;
  run.result = properties::RunResult::Reported;
  run.report = result.report;
  return properties::judge(scenario, run, facts);
}

std::vector<TranslatedViolation> warnings_of(const sgp_scenario& scenario,
                                             const replay::ScenarioResult& result,
                                             const model::Facts& facts) {
  std::vector<TranslatedViolation> all;
  for (const auto& v : judge_booted(scenario, result, facts).violations)
    if (is_safety(v.id)) all.push_back({v, place_of(v, result), {}, scenario, words(v)});
  return all;
}

Translated judge_translated(const std::vector<sgp_scenario>& scenarios,
                            const std::vector<replay::ScenarioResult>& booted,
                            const JudgeOptions& options) {
  Translated out;
  std::map<std::pair<properties::CheckId, std::string>, TranslatedViolation> smallest;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    if (scenarios[i].world.iommu == 0) continue;
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
    unsigned first = SGP_MAX_OPS;
    for (const auto& v : judgement.violations) first = std::min(first, v.step);
    for (const auto& check : judgement.checks)
      if (check.subject.step <= first && decide(check.applies) &&
          (decide(check.truth.holds) || decide(check.truth.fails)))
        ++out.looked_at[{std::string(check.invariant), std::string(check.clause),
                         std::string(check.function)}];
    if (judgement.violations.empty()) continue;
    const auto trace = model::concrete_trace(scenarios[i], booted[i].report, options.facts);
    for (const auto& v : judgement.violations) {
      if (v.step != first) continue;
      const Known* known = explanation(options.known, options.version, trace, v);
      const auto waiver = known != nullptr ? known->id : std::string();
      const auto seen = smallest.find({v.id, waiver});
      if (seen == smallest.end() || size_of(scenarios[i]) < size_of(seen->second.scenario))
        smallest[{v.id, waiver}] = {v, place_of(v, booted[i]), waiver, scenarios[i], words(v)};
    }
  }
  for (auto& [id, violation] : smallest) out.violations.push_back(std::move(violation));
  return out;
}

Translated judge_safety(const std::vector<sgp_scenario>& scenarios,
                        const std::vector<replay::ScenarioResult>& booted,
                        const JudgeOptions& options) {
  Translated out;
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
    const auto trace = model::concrete_trace(scenarios[i], booted[i].report, options.facts);
    for (auto& found : warnings_of(scenarios[i], booted[i], options.facts)) {
      const Known* known = explanation(options.known, options.version, trace, found.violation);
      if (known != nullptr) found.waiver = known->id;
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
