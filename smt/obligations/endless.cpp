#include "smt/obligations/endless.hpp"

#include <algorithm>

#include "model/invariants/context.hpp"
#include "smt/obligations/concrete_scenario.hpp"

namespace sgproof::smt {
namespace {

constexpr std::uint64_t kPage = 4096, kRounds = 16, kBesides = 1024, kMostUnits = 1 << 14;

std::uint64_t pages(std::uint64_t bytes) { return bytes / kPage + 2; }

/// Entries and pages that an operation is about.
std::uint64_t units(const sgp_op& op) {
  switch (op.code) {
    case SGP_OP_TABLE_ALLOC:
    case SGP_OP_TABLE_CHUNKS:
      return op.length;
    case SGP_OP_TABLE_APPEND:
      return op.raw;
    case SGP_OP_TABLE_SPLIT:
      return pages(op.offset) + pages(op.length) + pages(op.raw);
    default:
      return pages(op.offset) + pages(op.length);
  }
}

}  // namespace

std::optional<unsigned> round_bound(const sgp_scenario& scenario) {
  std::uint64_t all = scenario.nents;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(scenario.nops, SGP_MAX_OPS); ++i) {
    const auto of_this = units(scenario.ops[i]);
    if (of_this > kMostUnits) return {};
    all += of_this;
  }
  if (all > kMostUnits) return {};
  return static_cast<unsigned>(kRounds * all + kBesides);
}

bool goes_on(const Bitcode& bitcode, const model::Facts& facts, const sgp_scenario& scenario) {
  const auto bound = round_bound(scenario);
  if (!bound) return false;
  exec::Options options;
  options.loop_bound = *bound;
  ConcreteScenario concrete(bitcode, facts, scenario, options);
  const auto result = concrete.run();
  return std::ranges::any_of(result.ends, [](const auto& end) {
    // with the real answer of what was answered arbitrarily it may end
    return end.kind == exec::EndKind::Inconclusive &&
           end.reason == exec::Inconclusive::LoopNotUnrolled && end.arbitrary.empty();
  });
}

}  // namespace sgproof::smt
