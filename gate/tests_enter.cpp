#include "gate/tests_enter.hpp"

#include <algorithm>
#include <iterator>

#include "gate/equivalence.hpp"
#include "properties/judge_run.hpp"
#include "smt/obligations/concrete_report.hpp"

namespace sgproof::gate {
namespace {

constexpr std::size_t kLists = 200, kTables = 200, kBounces = 50, kTranslated = 200;

/// By their names in the source: of two static functions the linker calls one "name.unit".
std::set<std::string> entered_by(const smt::Bitcode& bitcode, const model::Facts& facts,
                                 const sgp_scenario& scenario) {
  std::set<std::string> names, out;
  std::string why;
  (void)smt::concrete_report(bitcode, facts, scenario, {}, why, names);
  for (const auto& name : names) out.insert(name.substr(0, name.find('.')));
  return out;
}

}  // namespace

EnteredByTests entered_by_tests(Subject& subject, std::uint64_t seed,
                                const extract::CancelToken& cancel) {
  auto scenarios = random_scenarios(subject, seed, kLists);
  std::ranges::copy(random_tables(subject, seed, kTables), std::back_inserter(scenarios));
  std::ranges::copy(random_bounces(subject, seed, kBounces), std::back_inserter(scenarios));
  for (auto scenario : random_translated(subject, seed, kTranslated)) {
    for (auto& device : scenario.world.devices) device.untrusted = 0;  // of those there is no code
    scenarios.push_back(scenario);
  }
  const auto runs = subject.runner->run(scenarios);
  const smt::Bitcode bitcode(subject.bitcode);
  EnteredByTests out;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    cancel.check("contracts");
    const auto judged = properties::judge(scenarios[i], runs[i], subject.facts);
    if (judged.standing != properties::Standing::Judged) continue;
    const auto entered = entered_by(bitcode, subject.facts, scenarios[i]);
    for (const auto& check : judged.checks)
      if (decide(check.applies))
        out[{std::string(check.invariant), std::string(check.clause), std::string(check.function)}]
            .insert(entered.begin(), entered.end());
  }
  return out;
}

}  // namespace sgproof::gate
