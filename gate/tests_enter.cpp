#include "gate/tests_enter.hpp"

#include <tuple>
#include <utility>

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

}  // namespace

std::vector<std::vector<sgp_scenario>> kinds_of_tests(Subject& subject, std::uint64_t seed) {
  auto translated = random_translated(subject, seed, kRuns);
  for (auto& scenario : translated) properties::trusted(scenario);
  std::vector<std::vector<sgp_scenario>> kinds = {
      random_scenarios(subject, seed, kRuns), random_tables(subject, seed, kRuns),
      random_bounces(subject, seed, kRuns), std::move(translated)};
  // tests have untrusted devices too where their bounce buffers are executed
  if (subject.facts.has_noncoherent())
    kinds.push_back(properties::translated_scenarios(subject.facts, seed, kRuns));
  return kinds;
}

std::set<std::string> follow_until_nothing_new(
    const std::vector<sgp_scenario>& scenarios,
    const std::function<std::set<std::string>(const sgp_scenario&)>& enter) {
  std::set<std::string> out;
  std::size_t known = 0;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    out.merge(enter(scenarios[i]));
    if ((i + 1) % kPart != 0) continue;
    if (out.size() == known) break;
    known = out.size();
  }
  return out;
}

EnteredByTests entered_by_tests(Subject& subject, std::uint64_t seed,
                                const extract::CancelToken& cancel) {
  const smt::Bitcode bitcode(subject.bitcode);
  EnteredByTests out;
  for (auto& kind : kinds_of_tests(subject, seed)) {
    const auto statements = judge(subject, kind);
    const auto entered = follow_until_nothing_new(kind, [&](const sgp_scenario& scenario) {
      cancel.check("contracts");
      return entered_by(bitcode, subject.facts, scenario);
    });
    for (const auto& statement : statements) out[statement].insert(entered.begin(), entered.end());
  }
  return out;
}

}  // namespace sgproof::gate
