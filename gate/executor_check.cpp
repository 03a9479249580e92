#include "gate/executor_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "properties/judge_run.hpp"
#include "properties/translate.hpp"
#include "replay/agreement.hpp"
#include "smt/obligations/concrete_report.hpp"

namespace sgproof::gate {
namespace {

/// Where a run had the kernel's `struct page` array.
std::optional<std::uint64_t> page_array(const sgp_scenario& scenario, const sgp_report& report,
                                        const model::Facts& facts) {
  for (std::size_t j = 0; j < scenario.npages; ++j)
    if (report.pages[j].pointer != 0)
      return (report.pages[j].pointer - scenario.world.pages[j].pfn * facts.at("SIZEOF_PAGE")) &
             facts.word_mask();
  return {};
}

}  // namespace

ExecutorCheck compare_with_executor(Subject& subject, std::uint64_t seed, std::size_t count,
                                    const extract::CancelToken& cancel) {
  ExecutorCheck out;
  auto scenarios = random_scenarios(subject, seed, count);
  std::ranges::copy(random_tables(subject, seed, count / 20), std::back_inserter(scenarios));
  std::ranges::copy(random_bounces(subject, seed, count / 4), std::back_inserter(scenarios));
  for (auto scenario : random_translated(subject, seed, count / 4)) {
    properties::trusted(scenario);
    scenarios.push_back(scenario);
  }
  if (subject.facts.has_noncoherent())
    std::ranges::copy(properties::translated_scenarios(subject.facts, seed, count / 4),
                      std::back_inserter(scenarios));
  const auto runs = subject.runner->run(scenarios);
  const smt::Bitcode bitcode(subject.bitcode);
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    cancel.check("test");
    if (runs[i].result != properties::RunResult::Reported) {
      ++out.not_compared["the native run gave no report: " + runs[i].text];
      continue;
    }
    // A finding, which is executed again by itself. What it shows can be contents of memory that
    // are arbitrary: each side has its own.
    if (!properties::judge(scenarios[i], runs[i], subject.facts).violations.empty()) {
      ++out.violating;
      continue;
    }
    std::string why;
    const auto report = smt::concrete_report(
        bitcode, subject.facts, scenarios[i],
        page_array(scenarios[i], runs[i].report, subject.facts), why, out.entered);
    if (!why.empty()) {
      ++out.not_compared["the executor: " + why];
      continue;
    }
    // of a statement over several lines the executor knows the line of the bug table, as a booted
    // kernel does
    if (const auto unlike = replay::not_comparable(scenarios[i], runs[i].report, report)) {
      ++out.not_compared[*unlike];
      continue;
    }
    ++out.compared;
    out.calls += static_cast<std::uint64_t>(
        std::ranges::count_if(std::span(report.steps).first(report.nops),
                              [](const sgp_step& step) { return step.done == 1; }));
    const auto found = replay::differences(scenarios[i], runs[i].report, report);
    if (found.empty()) continue;
    const auto& d = found.front();
    out.disagreements.push_back({i, fmt::format("step {} {}: {:#x} by the executor, {:#x} natively",
                                                d.step, d.field, d.booted, d.native)});
  }
  return out;
}

}  // namespace sgproof::gate
