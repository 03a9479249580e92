// For tests of the known defects of the corpus: their traces, and reports of what did not go wrong.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gate/known.hpp"
#include "model/facts.hpp"
#include "model/scenario.hpp"
#include "model/trace.hpp"

namespace sgproof::gate::known_defect {

inline model::Facts facts() {
  model::Facts f;
  f.values = {{"WORD_BITS", 64},
              {"PAGE_SHIFT", 12},
              {"DMA_TO_DEVICE", 1},
              {"DMA_FROM_DEVICE", 2},
              {"EREMOTEIO", 121},
              {"ENOMEM", 12},
              {"EIO", 5},
              {"EINVAL", 22},
              {"SG_CHAIN", 1},
              {"SG_END", 2},
              {"ALIGNOF_PAGE", 8},
              {"ALIGNOF_SCATTERLIST", 8},
              {"DMA_ATTR_SKIP_CPU_SYNC", 32},
              {"DMA_MAPPING_ERROR", ~0ULL},
              {"SIZEOF_DMA_ADDR_T", 8}};
  f.kconfig["PCI_P2PDMA"] = "y";
  return f;
}

/// The trace that the corpus has of the defect.
inline sgp_scenario known_trace(const std::string& id) {
  std::ifstream in(std::filesystem::path(SGPROOF_CORPUS_DIR) / "known" / (id + ".trace.json"));
  return model::scenario_from_json(nlohmann::json::parse(in));
}

/// A report of the scenario: all steps done, with nothing observed yet.
inline sgp_report report_of(const sgp_scenario& s) {
  sgp_report r{};
  r.magic = SGP_MAGIC_REPORT;
  r.id = s.id;
  r.status = SGP_STATUS_COMPLETE;
  r.nents = s.nents;
  r.nops = s.nops;
  r.world = s.world;
  for (unsigned j = 0; j < s.npages; ++j)
    r.pages[j] = {.pointer = 0x1000 + 64 * s.world.pages[j].pfn,
                  .phys = s.world.pages[j].pfn << 12,
                  .kind = s.world.pages[j].kind};
  for (unsigned i = 0; i < s.nops; ++i) r.steps[i].done = 1;
  return r;
}

/// For tests of one defect: its scenario, which a test changes, and the facts of a kernel that has
/// it.
class DefectTest : public ::testing::Test {
 protected:
  explicit DefectTest(const std::string& id) : s_(known_trace(id)) {
    facts_.values["LINUX_VERSION_CODE"] = 0x601c0;
  }

  /// The id of the defect that explains the violation of this clause, or nothing.
  [[nodiscard]] std::string explained(const properties::CheckId& id, unsigned step,
                                      std::optional<unsigned> entry = {},
                                      std::uint64_t observed = 0) const {
    const auto report = report_of(s_);
    const auto trace = model::concrete_trace(s_, report, facts_);
    properties::Violation v;
    v.id = id;
    v.step = step;
    v.entry = entry;
    v.observed = observed;
    const auto* known = explanation(known_, trace, v);
    return known != nullptr ? known->id : "";
  }

  model::Facts facts_ = facts();
  sgp_scenario s_;
  std::vector<Known> known_ = known_defects(SGPROOF_CORPUS_DIR);
};

}  // namespace sgproof::gate::known_defect
