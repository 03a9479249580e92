#include "gate/executor_check.hpp"

#include <fmt/format.h>

#include "properties/judge_run.hpp"
#include "replay/agreement.hpp"
#include "smt/obligations/concrete_report.hpp"

namespace sgproof::gate {
ExecutorCheck compare_with_executor(Subject& subject, std::uint64_t seed, std::size_t count) {
  ExecutorCheck out;
  const auto scenarios = random_scenarios(subject, seed, count);
  const auto runs = subject.runner->run(scenarios);
  const smt::Bitcode bitcode(subject.bitcode);
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    if (runs[i].result != properties::RunResult::Reported) {
      ++out.not_compared["the native run gave no report: " + runs[i].text];
      continue;
    }
    // A finding, which is executed again by itself. What it shows can be contents of memory that
    // are arbitrary, or pointers mixed of several: each side has its own.
    if (!properties::judge(scenarios[i], runs[i], subject.facts).violations.empty()) {
      ++out.violating;
      continue;
    }
    std::string why;
    const auto report = smt::concrete_report(bitcode, subject.facts, scenarios[i], why);
    if (!why.empty()) {
      ++out.not_compared["the executor: " + why];
      continue;
    }
    // of a statement over several lines the executor knows the line of the bug table, as a booted
    // kernel does
    if (const auto unlike = replay::not_comparable(runs[i].report, report)) {
      ++out.not_compared[*unlike];
      continue;
    }
    ++out.compared;
    const auto found = replay::differences(scenarios[i], runs[i].report, report);
    if (found.empty()) continue;
    const auto& d = found.front();
    out.disagreements.push_back({i, fmt::format("step {} {}: {:#x} by the executor, {:#x} natively",
                                                d.step, d.field, d.booted, d.native)});
  }
  return out;
}

}  // namespace sgproof::gate
