#include "gate/tests_enter.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "gate/equivalence.hpp"
#include "properties/judge_run.hpp"
#include "properties/translate.hpp"
#include "smt/obligations/concrete_report.hpp"

namespace sgproof::gate {
namespace {

/// Of each kind so many scenarios run natively. The executor follows them in parts, until one
/// enters no new function.
constexpr std::size_t kRuns = 200, kPart = 10;

using Statements = std::set<std::tuple<std::string, std::string, std::string>>;

/// By their names in the source: of two static functions the linker calls one "name.unit".
std::set<std::string> entered_by(const smt::Bitcode& bitcode, const model::Facts& facts,
                                 const sgp_scenario& scenario) {
  std::set<std::string> names, out;
  std::string why;
  (void)smt::concrete_report(bitcode, facts, scenario, {}, why, names);
  for (const auto& name : names) out.insert(name.substr(0, name.find('.')));
  return out;
}

/// The statements that apply in the runs that are judged; these scenarios are left.
Statements judge(Subject& subject, std::vector<sgp_scenario>& scenarios) {
  Statements out;
  std::vector<sgp_scenario> judged;
  const auto runs = subject.runner->run(scenarios);
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const auto said = properties::judge(scenarios[i], runs[i], subject.facts);
    if (said.standing != properties::Standing::Judged) continue;
    judged.push_back(scenarios[i]);
    for (const auto& check : said.checks)
      if (decide(check.applies))
        out.emplace(std::string(check.invariant), std::string(check.clause),
                    std::string(check.function));
  }
  scenarios = std::move(judged);
  return out;
}

std::set<std::string> entered_by_all(const Subject& subject, const smt::Bitcode& bitcode,
                                     const std::vector<sgp_scenario>& scenarios,
                                     const extract::CancelToken& cancel) {
  std::set<std::string> out;
  std::size_t known = 0;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    cancel.check("contracts");
    out.merge(entered_by(bitcode, subject.facts, scenarios[i]));
    if ((i + 1) % kPart != 0) continue;
    if (out.size() == known) break;
    known = out.size();
  }
  return out;
}

}  // namespace

EnteredByTests entered_by_tests(Subject& subject, std::uint64_t seed,
                                const extract::CancelToken& cancel) {
  auto translated = random_translated(subject, seed, kRuns);
  for (auto& scenario : translated) properties::trusted(scenario);
  // tests have untrusted devices too where their bounce buffers are executed
  if (subject.facts.has_noncoherent())
    std::ranges::copy(properties::translated_scenarios(subject.facts, seed, kRuns),
                      std::back_inserter(translated));
  const smt::Bitcode bitcode(subject.bitcode);
  EnteredByTests out;
  for (auto kind : {random_scenarios(subject, seed, kRuns), random_tables(subject, seed, kRuns),
                    random_bounces(subject, seed, kRuns), translated}) {
    const auto statements = judge(subject, kind);
    const auto entered = entered_by_all(subject, bitcode, kind, cancel);
    for (const auto& statement : statements) out[statement].insert(entered.begin(), entered.end());
  }
  return out;
}

}  // namespace sgproof::gate
