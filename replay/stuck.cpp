#include "replay/stuck.hpp"

#include <algorithm>

#include "replay/fitting.hpp"

namespace sgproof::replay {
namespace {

using State = ScenarioResult::State;

constexpr unsigned kMostAsked = 8;

/// Whether some step was executed: else it may be the runner that does not work.
bool began(const sgp_report& report) { return report.nops != 0 && report.steps[0].done == 1; }

void stop_in_step(ScenarioResult& result) {
  auto& report = result.report;
  const auto known = std::min<std::uint64_t>(report.nevents, SGP_MAX_EVENTS - 1);
  const bool said = std::any_of(report.events, report.events + known, [](const sgp_event& e) {
    return e.kind == SGP_EV_BUG || e.kind == SGP_EV_OOPS || e.kind == SGP_EV_ENDLESS;
  });
  if (!said) {
    std::uint64_t step = 0;
    while (step < report.nops && step < SGP_MAX_OPS && report.steps[step].done == 1) ++step;
    const auto kind = result.state == State::Hung ? SGP_EV_ENDLESS : SGP_EV_OOPS;
    report.events[known] = {
        .kind = static_cast<sgp_u64>(kind), .step = step, .a = 0, .b = 0, .c = 0, .d = 0, .ret = 0};
    report.nevents = known + 1;
  }
  report.status = SGP_STATUS_STOPPED;
  result.state = State::Stopped;
}

}  // namespace

bool is_stuck(const ScenarioResult& result) {
  return result.state == State::Hung || result.state == State::Panicked;
}

void ask_again(const BootRequest& request, BootResult& result, const extract::CancelToken& cancel) {
  BootRequest again = request;
  again.max_boots = again.max_failed_boots = 1;
  unsigned asked = 0;
  for (std::size_t i = 0; i < result.scenarios.size() && asked < kMostAsked; ++i) {
    auto& mine = result.scenarios[i];
    if (!is_stuck(mine) || !began(mine.report) || cancel.cancelled()) continue;
    ++asked;
    again.scenarios = {request.scenarios.at(i)};
    auto second = run_on_fitting_machines(again, cancel);
    std::ranges::move(second.boots, std::back_inserter(result.boots));
    result.seconds += second.seconds;
    auto& alone = second.scenarios.at(0);
    if (is_stuck(alone) && began(alone.report)) stop_in_step(alone);
    if (alone.state == State::Reported || alone.state == State::Stopped) mine = std::move(alone);
  }
}

}  // namespace sgproof::replay
