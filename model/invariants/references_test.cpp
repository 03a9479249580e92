// Calls that take and drop references to two devices.
#include "model/invariants/references.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr unsigned kMap = 2, kSync = 3, kUnmap = 4;

class References : public testing::Test {
 protected:
  void SetUp() override {
    facts_.values = {{"WORD_BITS", 64}, {"DMA_MAPPING_ERROR", ~std::uint64_t{0}}};
    s_ = blank_scenario(facts_, 1, 0, 1);
    add_op(s_, SGP_OP_INIT);
    add_op(s_, SGP_OP_SET_PAGE);
    add_op(s_, SGP_OP_MAP_SGTABLE);
    add_op(s_, SGP_OP_SYNC_CPU);
    add_op(s_, SGP_OP_UNMAP);
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = s_.nents;
    r_.nops = s_.nops;
    r_.world = s_.world;
    for (unsigned i = 0; i < s_.nops; ++i) r_.steps[i].done = 1;
  }

  void take(unsigned step, std::uint64_t device) { event(step, device, 1); }
  void drop(unsigned step, std::uint64_t device) { event(step, device, 0); }

  /// Steps at which the statement is violated.
  [[nodiscard]] std::vector<unsigned> violated() const {
    const auto trace = concrete_trace(s_, r_, facts_);
    Judge<ConcreteDomain> judge(trace);
    references(trace, judge);
    std::vector<unsigned> steps;
    for (const auto& check : judge.checks())
      if (decide(check.truth.fails)) steps.push_back(check.subject.step);
    return steps;
  }

  Facts facts_;
  sgp_scenario s_{};
  sgp_report r_{};

 private:
  void event(unsigned step, std::uint64_t device, std::uint64_t taken) {
    r_.events[r_.nevents++] = {
        .kind = SGP_EV_REFERENCE, .step = step, .a = device, .b = 0, .c = 0, .d = 0, .ret = taken};
  }
};

TEST_F(References, BalancedCallsAreRight) {
  EXPECT_THAT(violated(), IsEmpty());
  for (const unsigned step : {kMap, kSync, kUnmap}) {
    take(step, 1);
    take(step, 2);
    drop(step, 1);
    drop(step, 2);
  }
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(References, WhatWasNotTakenIsNotDropped) {
  drop(kSync, 1);
  take(kSync, 1);
  EXPECT_THAT(violated(), ElementsAre(kSync)) << "balanced in the end, and too late";
}

TEST_F(References, AnotherDevicesReferenceIsNoExcuse) {
  take(kMap, 1);
  drop(kMap, 2);
  EXPECT_THAT(violated(), ElementsAre(kMap, kUnmap));
}

TEST_F(References, AMapMayLeaveToTheUnmapWhatItTook) {
  take(kMap, 1);
  EXPECT_THAT(violated(), ElementsAre(kUnmap));
  drop(kUnmap, 1);
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(References, AMapThatFailedKeepsNone) {
  r_.steps[kMap].ret = ~std::uint64_t{0} - 4;
  take(kMap, 1);
  EXPECT_THAT(violated(), ElementsAre(kMap, kUnmap));
}

}  // namespace
}  // namespace sgproof::model
