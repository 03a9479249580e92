#include "gate/coverage_stage.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "gate/without_peers.hpp"
#include "properties/table_scenarios.hpp"
#include "properties/translate.hpp"

namespace sgproof::gate {
namespace {

/// Lives of tables, and lists behind an IOMMU: at most so many of each, and at a time. One such
/// part goes through every function that tables, or such lists, have.
constexpr std::size_t kMostRuns = 200, kPart = 40;

/// The lines; `reached` then has what tests went through as well.
std::vector<CoverageLine> lines_of(Reached& reached, const Subject& subject,
                                   const Extracted& extracted,
                                   const std::vector<extract::ChangedFile>& files,
                                   std::uint64_t seed, const extract::CancelToken& cancel) {
  const auto lines_now = [&] {
    return changed_lines(extracted.config, files, extracted.here, *extracted.base, reached);
  };
  auto lines = lines_now();
  const auto open = [](const CoverageLine& line) {
    return line.state == CoverageState::NotReached || line.state == CoverageState::Unreachable;
  };
  if (std::ranges::none_of(lines, open)) return lines;
  for (const auto& runs : {properties::table_scenarios(subject.facts, seed, kMostRuns),
                           properties::translated_scenarios(subject.facts, seed, kMostRuns)})
    for (std::size_t from = 0; from < runs.size(); from += kPart) {
      cancel.check("coverage");
      const auto entered =
          add_tested(reached, subject.bitcode, subject.facts, std::span(runs).subspan(from, kPart));
      lines = lines_now();
      if (!could_reach_more(lines, entered)) break;
    }
  return lines;
}

}  // namespace

Coverage coverage_of(const Subject& subject, const Extracted& extracted,
                     const std::vector<extract::ChangedFile>& files, std::uint64_t seed,
                     const extract::CancelToken& cancel) {
  std::vector<const smt::FamilyResult*> families;
  // what an induction goes through on the way may be reached by no list
  for (const auto& f : subject.families)
    if (!f.family.by_induction) families.push_back(&f.result);
  auto reached = reached_by(families);
  Coverage out{extracted.config, subject.facts.has_peers(), {}, {}, {}};
  out.lines = lines_of(reached, subject, extracted, files, seed, cancel);
  if (!out.has_peers)
    out.never_called = named_in_source(never_called(extracted.here.functions, reached).all,
                                       extracted.here.functions);
  out.entered = std::move(reached.functions);
  return out;
}

}  // namespace sgproof::gate
