#include "smt/obligations/concrete_report.hpp"

#include <array>
#include <bit>

#include "smt/obligations/concrete_scenario.hpp"

namespace sgproof::smt {
namespace {

using ConcreteEnd = exec::End<exec::ConcreteDomain::Bv>;
using Words = std::array<std::uint64_t, sizeof(sgp_report) / 8>;

std::uint64_t word(const exec::ConcreteDomain::Bv& value) {
  return static_cast<std::uint64_t>(value.value());
}

void add_events(const ConcreteEnd& end, sgp_report& report) {
  for (const auto& e : end.events) {
    if (report.nevents < SGP_MAX_EVENTS)
      report.events[report.nevents] = {word(e->kind), word(e->step), word(e->a),  word(e->b),
                                       word(e->c),    word(e->d),    word(e->ret)};
    ++report.nevents;
  }
}

/// Why the end says nothing, or empty.
std::string unusable(const exec::Result<exec::ConcreteDomain>& result) {
  if (result.ends.empty()) return "the scenario is outside the assumptions";
  if (result.ends.size() != 1) return "the run has several ends";
  const auto& end = result.ends.front();
  if (!end.arbitrary.empty()) return "a call was answered arbitrarily";
  if (end.kind != exec::EndKind::Returned && end.kind != exec::EndKind::Bug) return end.text;
  return {};
}

}  // namespace

sgp_report concrete_report(const Bitcode& bitcode, const model::Facts& facts,
                           const sgp_scenario& scenario, std::optional<std::uint64_t> page_array,
                           std::string& why, std::set<std::string>& entered) {
  exec::Options options;
  options.loop_bound = 1 << 16;  // it ends by itself, or at the limit of steps
  ConcreteScenario run(bitcode, facts, scenario, options, page_array);
  const auto result = run.run();
  entered.merge(run.executor().entered());
  why = unusable(result);
  if (!why.empty()) return {};
  const auto& end = result.ends.front();
  Words words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = run.executor().read(end, run.report() + 8 * i, 8);
    if (!value || value->taint) {
      why = "the report has a word that is not defined";
      return {};
    }
    words[i] = word(value->bits);
  }
  auto report = std::bit_cast<sgp_report>(words);
  add_events(end, report);
  if (end.kind == exec::EndKind::Bug) report.status = SGP_STATUS_STOPPED;
  return report;
}

}  // namespace sgproof::smt
