// What events of a step say about SAF.
#include "model/invariants/saf_ref.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using ::testing::ElementsAre;

constexpr unsigned kMap = 2;

/// What a list that is mapped violates when this is an event of the map call.
std::vector<std::string> violated_by(sgp_event_kind kind, std::uint64_t what) {
  Facts facts;
  facts.values = {{"WORD_BITS", 64}, {"DMA_MAPPING_ERROR", ~std::uint64_t{0}}};
  auto s = blank_scenario(facts, 1, 0, 1);
  add_op(s, SGP_OP_INIT);
  add_op(s, SGP_OP_SET_PAGE);
  add_op(s, SGP_OP_MAP_SGTABLE);
  sgp_report r{};
  r.magic = SGP_MAGIC_REPORT;
  r.status = SGP_STATUS_COMPLETE;
  r.nents = s.nents;
  r.nops = s.nops;
  r.world = s.world;
  for (unsigned i = 0; i < s.nops; ++i) r.steps[i].done = 1;
  r.nevents = 1;
  r.steps[kMap].done = kind == SGP_EV_WARN ? 1 : 0;
  r.events[0] = {.kind = static_cast<sgp_u64>(kind),
                 .step = kMap,
                 .a = 1,
                 .b = what,
                 .c = 0,
                 .d = 0,
                 .ret = 0};
  const auto trace = concrete_trace(s, r, facts);
  Judge<ConcreteDomain> judge(trace);
  saf(trace, judge);
  std::vector<std::string> out;
  for (const auto& check : judge.checks())
    if (decide(check.applies) && decide(check.truth.fails))
      out.push_back(std::string(check.invariant) + " " + std::string(check.clause));
  return out;
}

TEST(Safety, AWarningIsOne) {
  EXPECT_THAT(violated_by(SGP_EV_WARN, 0), ElementsAre("SAF-3 no-warn"));
}

TEST(Safety, WhatGoesOnAndOnIsNoFault) {
  EXPECT_THAT(violated_by(SGP_EV_ENDLESS, 0), ElementsAre("SAF-5 ends"));
}

TEST(Safety, AFaultEndsACall) {
  EXPECT_THAT(violated_by(SGP_EV_OOPS, 0), ElementsAre("SAF-1 access"));
}

TEST(Safety, WhatMaySleepIsNoWarning) {
  EXPECT_THAT(violated_by(SGP_EV_WARN, 1), ElementsAre("CTX-1 does-not-sleep"));
}

TEST(Safety, AKeptLockIsNoWarningEither) {
  EXPECT_THAT(violated_by(SGP_EV_WARN, 2), ElementsAre("SAF-4 locks"));
}

}  // namespace
}  // namespace sgproof::model
