#include "gate/tests_enter.hpp"

#include <fmt/format.h>

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

/// Statements of dma_map_sgtable() and of what it calls are about one code; in a sample of tests of
/// untrusted devices hardly any is of the latter.
std::string code_of(const std::string& function) {
  return function == "dma_map_sgtable" ? "dma_map_sg_attrs" : function;
}

/// The runs of one kind that are judged.
struct JudgedRuns {
  Statements applied;
  std::vector<sgp_scenario> scenarios;
  std::vector<std::set<std::string>> shown;  ///< by each: what applies, which events there are
};

JudgedRuns judge(Subject& subject, const std::vector<sgp_scenario>& scenarios) {
  JudgedRuns out;
  const auto runs = subject.runner->run(scenarios);
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const auto said = properties::judge(scenarios[i], runs[i], subject.facts);
    if (said.standing != properties::Standing::Judged) continue;
    auto& shown = out.shown.emplace_back();
    out.scenarios.push_back(scenarios[i]);
    for (const auto& check : said.checks) {
      if (!decide(check.applies)) continue;
      out.applied.emplace(std::string(check.invariant), std::string(check.clause),
                          std::string(check.function));
      shown.insert(fmt::format("{} {} {}", check.invariant, check.clause, check.function));
    }
    const sgp_report& report = runs[i].report;
    for (std::uint64_t e = 0; e < report.nevents && e < SGP_MAX_EVENTS; ++e)
      shown.insert(fmt::format("event {}", report.events[e].kind));
  }
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

std::size_t telling_first(std::vector<sgp_scenario>& scenarios,
                          const std::vector<std::set<std::string>>& shown) {
  std::set<std::string> known;
  std::vector<sgp_scenario> telling, others;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const std::size_t before = known.size();
    known.insert(shown[i].begin(), shown[i].end());
    (known.size() > before ? telling : others).push_back(scenarios[i]);
  }
  const std::size_t count = telling.size();
  scenarios = std::move(telling);
  scenarios.insert(scenarios.end(), others.begin(), others.end());
  return count;
}

std::set<std::string> follow_until_nothing_new(
    const std::vector<sgp_scenario>& scenarios, std::size_t at_least,
    const std::function<std::set<std::string>(const sgp_scenario&)>& enter) {
  std::set<std::string> out;
  std::size_t known = 0;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    out.merge(enter(scenarios[i]));
    if ((i + 1) % kPart != 0) continue;
    if (out.size() == known && i + 1 >= at_least) break;
    known = out.size();
  }
  return out;
}

EnteredByTests entered_by_tests(Subject& subject, std::uint64_t seed,
                                const extract::CancelToken& cancel) {
  const smt::Bitcode bitcode(subject.bitcode);
  EnteredByTests by_code;
  Statements applied;
  for (const auto& kind : kinds_of_tests(subject, seed)) {
    auto runs = judge(subject, kind);
    const std::size_t telling = telling_first(runs.scenarios, runs.shown);
    const auto enter = [&](const sgp_scenario& scenario) {
      cancel.check("contracts");
      return entered_by(bitcode, subject.facts, scenario);
    };
    const auto entered = follow_until_nothing_new(runs.scenarios, telling, enter);
    for (const auto& [invariant, clause, function] : runs.applied)
      by_code[{invariant, clause, code_of(function)}].insert(entered.begin(), entered.end());
    applied.merge(runs.applied);
  }
  EnteredByTests out;
  for (const auto& [invariant, clause, function] : applied)
    out[{invariant, clause, function}] = by_code.at({invariant, clause, code_of(function)});
  return out;
}

}  // namespace sgproof::gate
