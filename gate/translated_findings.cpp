#include "gate/translated_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "gate/claim_words.hpp"
#include "gate/replay_stage.hpp"
#include "gate/write_trace.hpp"
#include "model/error.hpp"
#include "model/invariants/context.hpp"
#include "model/scenario.hpp"
#include "properties/drawn.hpp"
#include "replay/fitting.hpp"

namespace sgproof::gate {
namespace {

/// Where functions on the way of a map call are looked for.
constexpr std::array kFiles = {"drivers/pci/p2pdma.c",      "kernel/dma/direct.c",
                               "kernel/dma/mapping.c",      "kernel/dma/swiotlb.c",
                               "drivers/iommu/dma-iommu.c", "drivers/iommu/iommu.c"};

/// A function and where it is.
struct Place {
  std::string function, file;
};

/// The function that an operation ends in: of the direct mapping or of dma-iommu.
Place place_of(const sgp_scenario& scenario, std::uint64_t code) {
  const bool translated = scenario.world.iommu != 0;
  const auto operation = [&]() -> std::string {
    switch (code) {
      case SGP_OP_UNMAP:
        return "unmap_sg";
      case SGP_OP_SYNC_CPU:
        return "sync_sg_for_cpu";
      case SGP_OP_SYNC_DEVICE:
        return "sync_sg_for_device";
      default:
        return "map_sg";
    }
  };
  return {(translated ? "iommu_dma_" : "dma_direct_") + operation(),
          translated ? "drivers/iommu/dma-iommu.c" : "kernel/dma/direct.c"};
}

/// The function that does what was violated: of the bounce buffers, or what the operation ends in.
Place place_of(const TranslatedViolation& seen) {
  const auto code = seen.scenario.ops[seen.violation.step].code;
  const auto& id = seen.violation.id;
  const auto swiotlb = [](const char* function) { return Place{function, "kernel/dma/swiotlb.c"}; };
  if (id.invariant == "SWT-1") return swiotlb("swiotlb_tbl_map_single");
  if (id.clause == "all-entries") return {"dma_unmap_sgtable", "include/linux/dma-mapping.h"};
  if (seen.scenario.world.iommu != 0 || !model::is_booted_only(id.invariant))
    return place_of(seen.scenario, code);
  if (id.clause == "largest-fits") return swiotlb("swiotlb_max_mapping_size");
  if (id.clause == "slots-free") return swiotlb("swiotlb_release_slots");
  const bool maps = model::is_map(static_cast<sgp_opcode>(code));
  return swiotlb(maps ? "swiotlb_tbl_map_single" : "swiotlb_bounce");
}

/// The line where the tree defines it; 0 if it does not.
int line_of(const extract::Tree& tree, const Place& place) {
  std::ifstream in(tree.path / place.file);
  int line = 0;
  for (std::string text; std::getline(in, text);) {
    ++line;
    const bool at_the_margin = !text.empty() && std::isalpha(static_cast<unsigned char>(text[0]));
    if (at_the_margin && text.find(place.function + "(") != std::string::npos &&
        text.find(';') == std::string::npos)
      return line;
  }
  return 0;
}

}  // namespace

std::vector<Obligation> obligations_of(const Translated& translated, const std::string& config) {
  std::vector<Obligation> all;
  for (const auto& [id, count] : translated.looked_at) {
    Obligation o;
    o.invariant = id.invariant;
    o.clause = id.clause;
    o.function = id.function;
    o.config = config;
    o.family = translated.family;
    o.scope = fmt::format("{} observations on a booted kernel, of {} random scenarios", count,
                          translated.judged);
    o.nents = properties::kDrawnNents;
    const bool violated = std::ranges::any_of(translated.violations,
                                              [&](const auto& v) { return v.violation.id == id; });
    o.outcome = violated ? Outcome::Refuted : Outcome::Tested;
    o.paths = count;
    all.push_back(std::move(o));
  }
  return all;
}

std::vector<FindingCase> findings_of(const Translated& translated, const std::string& config,
                                     const extract::Tree& tree, const std::filesystem::path& out) {
  std::vector<FindingCase> all;
  for (const TranslatedViolation& seen : translated.violations) {
    const auto& v = seen.violation;
    FindingCase c;
    c.scenario = seen.scenario;
    c.step = v.step;
    Finding& f = c.finding;
    f.invariant = v.id.invariant;
    f.clause = v.id.clause;
    const auto place = place_of(seen);
    f.function = place.function;
    f.file = place.file;
    f.line = line_of(tree, place);
    if (!seen.place.file.empty()) {
      f.function = seen.place.function.substr(0, seen.place.function.find('+'));
      f.file = seen.place.file;
      f.line = static_cast<int>(seen.place.line);
    }
    if (seen.place.file.empty() && !seen.place.function.empty()) {
      f.function = seen.place.function.substr(0, seen.place.function.find('+'));
      for (const char* file : kFiles) {
        f.file = file;
        f.line = line_of(tree, {f.function, file});
        if (f.line != 0) break;
      }
    }
    f.config = config;
    f.engine = Engine::Replay;
    f.replay = ReplayStatus::Confirmed;
    f.replay_reason = "seen on the booted kernel: " + seen.text;
    f.subject = fmt::format("step {} ({}){}, {}", v.step,
                            model::opcode_name(seen.scenario.ops[v.step].code),
                            v.entry ? fmt::format(", entry {}", *v.entry) : "", v.field);
    const auto text = claim_words(f.invariant, f.clause);
    f.expected = v.expected ? fmt::format("{:#x}", *v.expected) : text.expected;
    f.observed = v.observed ? fmt::format("{:#x}", *v.observed) : text.observed;
    f.input = model::describe(seen.scenario);
    const bool translated_world = seen.scenario.world.iommu != 0;
    f.message = fmt::format("{} {}: {}, {}", f.invariant, f.clause, f.subject,
                            translated_world ? "behind an IOMMU" : "on the booted kernel only");
    f.id = fmt::format("{}.{}.{}.{}.{}", f.invariant, f.clause, f.function, config,
                       translated_world ? "iommu" : "booted");
    if (!seen.waiver.empty()) {
      f.status = FindingStatus::Waived;
      f.waiver = seen.waiver;
      f.id += "." + seen.waiver;
    }
    f.counterexample = fmt::format("counterexamples/{}.json", f.id);
    const auto same = std::ranges::find_if(
        all, [&](const FindingCase& other) { return other.finding.id == f.id; });
    if (same != all.end()) {  // dma_map_sg_attrs() and dma_map_sgtable() end in one function
      if (same->scenario.nops <= c.scenario.nops) continue;
      all.erase(same);
    }
    write_trace(out, f.counterexample, c.scenario,
                {{"finding", f.id},
                 {"config", config},
                 {"invariant", f.invariant},
                 {"clause", f.clause},
                 {"input", f.input}});
    all.push_back(std::move(c));
  }
  return all;
}

void compare_with_base(std::vector<FindingCase>& findings, const extract::Tree& base,
                       const std::string& config, const model::Facts& facts,
                       const extract::Context& context) {
  const auto is_new = [](const FindingCase& c) { return c.finding.status == FindingStatus::New; };
  if (std::ranges::none_of(findings, is_new)) return;
  const std::vector<Known> known;  // whether it is known does not matter here
  replay::BootRequest request;
  request.image = replay::build_kernel(base, config, context);
  request.accelerator = replay::accelerator_for(request.image, context.cancel);
  for (const FindingCase& c : findings) request.scenarios.push_back(c.scenario);
  for (std::size_t i = 0; i < request.scenarios.size(); ++i) request.scenarios[i].id = i + 1;
  const auto boots = replay::run_on_fitting_machines(request, context.cancel);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Finding& f = findings[i].finding;
    if (!is_new(findings[i])) continue;
    const auto& result = boots.scenarios.at(i);
    const JudgeOptions options{facts, base.version, known};
    auto there = judge_translated({request.scenarios[i]}, {result}, options);
    if (request.scenarios[i].world.iommu == 0 &&
        result.state == replay::ScenarioResult::State::Reported) {
      there.judged = 1;
      there.violations = violations_of(request.scenarios[i], result, facts);
    }
    if (there.judged == 0)
      throw Error(ErrorKind::Environment, "SGP-E0612", "replay",
                  fmt::format("{}: the base could not be asked about {} {}", config, f.invariant,
                              f.clause));
    if (std::ranges::any_of(there.violations, [&](const auto& v) {
          return v.violation.id.invariant == f.invariant && v.violation.id.clause == f.clause;
        }))
      f.status = FindingStatus::Preexisting;
  }
}

}  // namespace sgproof::gate
