#include "model/trace.hpp"

#include "model/error.hpp"
#include "model/trace_builder.hpp"

namespace sgproof::model {
namespace {

using W = ConcreteDomain::Word;

EntryObs<ConcreteDomain> entry(const sgp_entry_obs& in) {
  return {W(in.page),       W(in.chain),  W(in.offset),   W(in.length), W(in.dma_address),
          W(in.dma_length), W(in.is_bus), W(in.is_chain), W(in.is_last)};
}

/// Reads scenario words from the realised world in the report.
struct ReportWords {
  const sgp_scenario& scenario;
  [[nodiscard]] W word(std::size_t index) const {
    return W(reinterpret_cast<const std::uint64_t*>(&scenario)[index]);
  }
};

}  // namespace

Trace<ConcreteDomain> concrete_trace(const sgp_scenario& scenario, const sgp_report& report,
                                     const Facts& facts) {
  static const ConcreteDomain domain;
  if (report.magic != SGP_MAGIC_REPORT || report.id != scenario.id)
    throw Error(ErrorKind::Environment, "SGP-E0202", "trace",
                "the report does not belong to the scenario");
  if (report.nevents > SGP_MAX_EVENTS)
    throw Error(ErrorKind::Environment, "SGP-E0202", "trace", "the run lost events");
  sgp_scenario realised = scenario;
  realised.world = report.world;
  auto trace = trace_skeleton(domain, facts, scenario, ReportWords{realised});
  for (std::size_t j = 0; j < trace.pages.size(); ++j)
    trace.pages[j] = {W(report.pages[j].kind), W(report.pages[j].phys), W(report.pages[j].pointer)};
  for (std::size_t s = 0; s < trace.steps.size(); ++s) {
    auto& step = trace.steps[s];
    const sgp_step& in = report.steps[s];
    step.done = ConcreteBool(in.done == 1);
    step.ret = W(in.ret);
    step.out_nents = W(in.out_nents);
    for (unsigned i = 0; i < trace.nents; ++i) step.entries.push_back(entry(in.entries[i]));
  }
  for (std::size_t e = 0; e < report.nevents; ++e) {
    const sgp_event& in = report.events[e];
    trace.events.push_back({ConcreteBool(true),
                            static_cast<sgp_event_kind>(in.kind),
                            static_cast<unsigned>(in.step),
                            W(in.a),
                            W(in.b),
                            W(in.c),
                            W(in.d),
                            W(in.ret),
                            {},
                            {},
                            0});
  }
  return trace;
}

}  // namespace sgproof::model
