// For tests of invariants: traces that are made by hand, of which one family of checks is asked.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "model/judge.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {

/// A scenario all of whose steps were done, with what was seen of its events.
struct HandMade {
  Facts facts;
  sgp_scenario scenario{};
  std::vector<sgp_event> events;

  /// Of a kernel that maintains caches.
  HandMade() {
    facts.values = {
        {"WORD_BITS", 64},      {"DMA_BIDIRECTIONAL", 0},     {"DMA_TO_DEVICE", 1},
        {"DMA_FROM_DEVICE", 2}, {"DMA_MAPPING_ERROR", ~0ULL}, {"DMA_ATTR_SKIP_CPU_SYNC", 32}};
    facts.kconfig = {{"PCI_P2PDMA", "y"},
                     {"ARCH_HAS_SYNC_DMA_FOR_DEVICE", "y"},
                     {"ARCH_HAS_SYNC_DMA_FOR_CPU", "y"}};
  }

  [[nodiscard]] sgp_report report() const {
    sgp_report r{};
    r.magic = SGP_MAGIC_REPORT;
    r.status = SGP_STATUS_COMPLETE;
    r.nents = scenario.nents;
    r.nops = scenario.nops;
    r.world = scenario.world;
    for (unsigned j = 0; j < scenario.npages; ++j) {
      const sgp_page& page = scenario.world.pages[j];
      r.pages[j] = {.pointer = 0, .phys = page.pfn << 12, .kind = page.kind};
    }
    for (unsigned i = 0; i < scenario.nops; ++i) r.steps[i].done = 1;
    r.nevents = events.size();
    std::ranges::copy(events, r.events);
    return r;
  }

  /// "INVARIANT clause step" of all checks that apply, or of those that are violated.
  template <class Ask>
  [[nodiscard]] std::set<std::string> clauses(const Ask& ask, const sgp_report& seen,
                                              bool violated) const {
    const auto trace = concrete_trace(scenario, seen, facts);
    Judge<ConcreteDomain> judge(trace);
    ask(trace, judge);
    std::set<std::string> names;
    for (const auto& check : judge.checks())
      if (decide(check.applies) && (!violated || decide(check.truth.fails)))
        names.insert(std::string(check.invariant) + " " + std::string(check.clause) + " " +
                     std::to_string(check.subject.step));
    return names;
  }
};

}  // namespace sgproof::model
