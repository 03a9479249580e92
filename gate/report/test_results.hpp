// Results that tests start from.
#pragma once

#include <string>
#include <vector>

#include "gate/manifest.hpp"
#include "gate/report/result.hpp"
#include "gate/report/table.hpp"

namespace sgproof::gate::testing {

inline Obligation proved_obligation() {
  Obligation o;
  o.invariant = "MAP-1", o.clause = "bus-address", o.function = "dma_map_sgtable";
  o.config = "x86_64", o.family = "map-2", o.scope = "lists of up to 2 entries", o.nents = 2;
  o.outcome = Outcome::Proved;
  o.assumptions = {"SEQUENTIAL"};
  o.paths = 12, o.seconds = 1.5, o.smt2 = "smt2/map-1.smt2";
  return o;
}

inline Finding standing_finding() {
  Finding f;
  f.id = "MAP-1.bus-address.dma_map_sgtable.offset", f.invariant = "MAP-1";
  f.clause = "bus-address", f.function = "dma_map_sgtable", f.file = "kernel/dma/direct.c";
  f.line = 482, f.config = "x86_64", f.message = "the offset is counted twice";
  f.counterexample = "traces/map-1.json", f.replay = ReplayStatus::Confirmed;
  f.replay_reason = "booted 6.1", f.reexecution = Reexecution::Violates;
  f.subject = "step 3, entry 0, dma_address", f.expected = "0x1800", f.observed = "0x2000";
  f.input = {"step 0: init, 1 entries", "step 1: set_page of entry 0"};
  f.non_neutral = {"offset"}, f.source_lines = {{"kernel/dma/direct.c", 480}};
  return f;
}

/// A result that passes, with a series and a base.
inline Result passing_result() {
  Result r;
  r.kernel = "debian:6.1", r.kernel_version = "6.1.1", r.series = "corpus/series/rfc-v2";
  r.patches = {"0001-a.patch"}, r.configs = {"x86_64"};
  r.obligations = {proved_obligation()};
  r.obligations[0].base = BaseOutcome{Outcome::Proved, {}, 2};
  r.timings = {{Stage::Extract, 3.25}, {Stage::Prove, 10.0}};
  r.assumptions = {{"SEQUENTIAL", "sequential execution"}};
  r.trusted = {"clang 19"};
  r.coverage = {
      {"kernel/dma/direct.c", 482, "dma_direct_map_sg", "x86_64", CoverageState::Reached, ""}};
  r.sgproof_version = "0.1.0", r.solver_version = "Z3 4.8.12", r.second_solver_version = "cvc5";
  return r;
}

inline std::vector<ManifestLine> manifest() {
  return {{"MAP-1", "bus-address", "dma_map_sgtable", "x86_64", 2, Outcome::Proved}};
}

/// A result in which everything that can occur occurs.
inline Result full_result() {
  Result r = passing_result();
  for (const FindingStatus status : {FindingStatus::New, FindingStatus::Preexisting,
                                     FindingStatus::Fixed, FindingStatus::Waived}) {
    Finding f = standing_finding();
    f.status = status;
    f.id += std::string(".") + std::string(name(status));
    if (status == FindingStatus::Waived) f.waiver = "known-1";
    f.call_chain = {"nvme_map_data"};
    r.findings.push_back(f);
  }
  for (std::size_t i = 0; i < EnumNames<Outcome>::list.size(); ++i) {
    Obligation o = proved_obligation();
    o.outcome = static_cast<Outcome>(i);
    o.clause = "clause-" + std::to_string(i);
    if (o.outcome == Outcome::Inconclusive)
      o.why = {Reason::InlineAssembly, "asm in dma_direct_map_sg", "kernel/dma/direct.c:480"};
    r.obligations.push_back(o);
  }
  r.coverage.push_back(
      {"lib/scatterlist.c", 7, "sg_next", "x86_64", CoverageState::NotReached, ""});
  r.coverage.push_back(
      {"mm/gup.c", 8, "gup", "x86_64", CoverageState::OutsideScope, "no invariant"});
  r.soundness_alarms = {{AlarmKind::ExecutorMismatch, "MAP-1", "bus-address", "dma_map_sgtable",
                         "x86_64", "native run differs"}};
  r.contracts = {{"iommu",
                  "x86_64",
                  "env_iommu.c",
                  "addresses",
                  "one is free",
                  "the tree is searched",
                  {{"alloc_iova_fast",
                    "alloc_iova_fast",
                    "drivers/iommu/iova.c",
                    439,
                    ContractCode::Differs,
                    true,
                    {{"alloc_iova_fast", 439}, {"find_limit", 90}},
                    ""},
                   {"free_iova_fast",
                    "free_iova_fast",
                    "drivers/iommu/iova.c",
                    0,
                    ContractCode::Same,
                    false,
                    {},
                    "SWT"}}}};
  r.replay_summary = {2, 10, 3, 1, 6, 42.5};
  r.error = ErrorInfo{ErrorKind::Input,      "SGP-E0116",        "series", "0001-a.patch", 12,
                      "hunk does not apply", "rebase the series"};
  r.verdict = Verdict::Error, r.exit_code = ExitCode::Error;
  r.causes = {{CauseKind::InputError, "hunk does not apply"}};
  r.left_out = {{"um", "its Kconfig lacks a symbol"}};
  r.table = tabulate(r, manifest());
  return r;
}

}  // namespace sgproof::gate::testing
