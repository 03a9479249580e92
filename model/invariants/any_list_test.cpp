// Lists of any length: what is said of a map call takes the entry into account that it can fail for
// besides the observed one.
#include <gtest/gtest.h>

#include <string>

#include "model/invariants/map.hpp"
#include "model/invariants/saf_ref.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

constexpr std::uint64_t kMask = 0xffffff, kEio = 0 - std::uint64_t{5};
constexpr unsigned kMap = 2;

Facts facts() {
  Facts f;
  f.values = {{"WORD_BITS", 64},
              {"DMA_MAPPING_ERROR", ~std::uint64_t{0}},
              {"DMA_ATTR_SKIP_CPU_SYNC", 32},
              {"EIO", 5},
              {"EREMOTEIO", 121}};
  return f;
}

/// A map call of a device that reaches 16 MiB: the frames of both entries' pages, its result, and
/// whether it warned. The number of checks of that clause that fail.
unsigned failing(const std::string& clause, std::uint64_t observed, std::uint64_t other,
                 std::uint64_t result, bool warns = false) {
  const Facts f = facts();
  auto s = blank_scenario(f, 1, 0, SGP_ANY_OTHER_PAGE + 1);
  s.world.devices[0].dma_mask = kMask;
  add_op(s, SGP_OP_ANY_LIST).length = 0x1000;
  add_op(s, SGP_OP_SET_PAGE).length = 0x1000;
  add_op(s, SGP_OP_MAP_SGTABLE);
  sgp_report r{};
  r.magic = SGP_MAGIC_REPORT;
  r.status = SGP_STATUS_COMPLETE;
  r.nents = s.nents;
  r.nops = s.nops;
  r.world = s.world;
  r.pages[0].phys = observed << 12;
  r.pages[SGP_ANY_OTHER_PAGE].phys = other << 12;
  for (unsigned i = 0; i < s.nops; ++i) r.steps[i].done = 1;
  r.steps[kMap].ret = result;
  r.steps[kMap].out_nents = 1;
  if (warns) {
    r.nevents = 1;
    r.events[0] = {.kind = SGP_EV_WARN, .step = kMap, .a = 1, .b = 0, .c = 0, .d = 0, .ret = 0};
  }
  const auto trace = concrete_trace(s, r, f);
  Judge<ConcreteDomain> judge(trace);
  map11(trace, judge);
  saf(trace, judge);
  ref1_direct(trace, judge);
  unsigned count = 0;
  for (const auto& check : judge.checks())
    if (check.clause == clause && decide(check.applies) && decide(check.truth.fails)) ++count;
  return count;
}

constexpr std::uint64_t kNear = 1, kFar = 0x10000;

TEST(AnyList, ACallMayFailForTheOtherEntryAlone) {
  EXPECT_EQ(failing("succeeds", kNear, kFar, kEio), 0U);
  EXPECT_EQ(failing("succeeds", kNear, kNear, kEio), 1U);
  EXPECT_EQ(failing("succeeds", kNear, kNear, 0), 0U);
}

TEST(AnyList, WhichErrorIsSaidWhereOnlyOneEntryCannotBeMapped) {
  const std::uint64_t einval = 0 - std::uint64_t{22};
  EXPECT_EQ(failing("map-error", kFar, kNear, einval), 1U);
  EXPECT_EQ(failing("map-error", kFar, kNear, kEio), 0U);
  EXPECT_EQ(failing("map-error", kFar, kFar, einval), 0U);  // the other may have been first
}

TEST(AnyList, TheKernelWarnsOnPurposeOfTheOtherEntryToo) {
  EXPECT_EQ(failing("no-warn", kNear, kFar, kEio, true), 0U);
  EXPECT_EQ(failing("no-warn", kNear, kNear, kEio, true), 1U);
}

}  // namespace
}  // namespace sgproof::model
