#include "properties/judge_run.hpp"

#include <fmt/format.h>

#include <utility>

#include "model/error.hpp"
#include "properties/legality.hpp"

namespace sgproof::properties {
namespace {

std::optional<std::uint64_t> number(const std::optional<model::ConcreteDomain::Word>& word) {
  return word ? std::optional(word->value()) : std::nullopt;
}

Judgement without_checks(Standing standing, std::string reason) {
  return {standing, std::move(reason), {}, {}};
}

}  // namespace

Judgement judge(const sgp_scenario& scenario, const NativeRun& run, const model::Facts& facts) {
  if (run.result == RunResult::Garbage) return without_checks(Standing::Inconclusive, run.text);
  switch (run.report.status) {
    case SGP_STATUS_COMPLETE:
    case SGP_STATUS_STOPPED:
      break;
    case SGP_STATUS_ILLEGAL:
      return without_checks(Standing::Illegal, "outside the assumptions of the harness");
    case SGP_STATUS_UNMODELLED:
      return without_checks(Standing::Inconclusive, "reached a function without a body");
    default:
      return without_checks(Standing::Inconclusive,
                            fmt::format("status {} of the runner", run.report.status));
  }
  Judgement result;
  try {
    const auto trace = model::concrete_trace(scenario, run.report, facts);
    result.checks = model::judge_all(trace);
  } catch (const Error& e) {  // lost events, missing facts
    return without_checks(Standing::Inconclusive, fmt::format("{}: {}", e.id(), e.what()));
  }
  result.standing = Standing::Judged;
  for (const auto& check : result.checks) {
    if (!decide(check.applies & check.truth.fails)) continue;
    result.violations.push_back(
        {{std::string(check.invariant), std::string(check.clause), std::string(check.function)},
         check.subject.step,
         check.subject.entry,
         std::string(check.subject.field),
         number(check.expected),
         number(check.observed)});
  }
  return result;
}

Judgement judge_run(NativeRunner& runner, const sgp_scenario& scenario, const model::Facts& facts) {
  if (auto why = illegal_use(scenario, facts))
    return without_checks(Standing::Illegal, std::move(*why));
  return judge(scenario, runner.run(scenario), facts);
}

}  // namespace sgproof::properties
