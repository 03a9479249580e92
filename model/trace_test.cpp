#include "model/trace.hpp"

#include <gtest/gtest.h>

#include "model/error.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

class ConcreteTrace : public testing::Test {
 protected:
  void SetUp() override {
    facts_.values["WORD_BITS"] = 64;
    scenario_ = blank_scenario(facts_, 2, 1, 1);
    scenario_.id = 7;
    add_op(scenario_, SGP_OP_INIT);
    sgp_op& set = add_op(scenario_, SGP_OP_SET_PAGE, 1);
    set.offset = 0x123;
    report_.magic = SGP_MAGIC_REPORT;
    report_.id = 7;
    report_.nents = 2;
    report_.nops = 2;
    report_.world = scenario_.world;
    report_.steps[0].done = 1;
    report_.steps[0].entries[1].is_last = 1;
  }

  Facts facts_;
  sgp_scenario scenario_{};
  sgp_report report_{};
};

TEST_F(ConcreteTrace, HoldsOperandsObservationsAndEvents) {
  report_.nevents = 1;
  report_.events[0] = {SGP_EV_BUG, 1, 42, 0, 0, 0, 0};
  const auto t = concrete_trace(scenario_, report_, facts_);
  ASSERT_EQ(t.steps.size(), 2U);
  EXPECT_EQ(t.steps[1].offset.value(), 0x123U);
  EXPECT_TRUE(decide(t.steps[0].done));
  EXPECT_FALSE(decide(t.steps[1].done));
  EXPECT_EQ(t.steps[0].entries[1].is_last.value(), 1U);
  ASSERT_EQ(t.events.size(), 1U);
  EXPECT_EQ(t.events[0].kind, SGP_EV_BUG);
  EXPECT_EQ(t.events[0].a.value(), 42U);
}

TEST_F(ConcreteTrace, TakesTheWorldThatWasRealised) {
  report_.world.providers[0].bus_start = 0xabc000;
  const auto t = concrete_trace(scenario_, report_, facts_);
  EXPECT_EQ(t.providers[0].bus_start.value(), 0xabc000U);
}

TEST_F(ConcreteTrace, RefusesTheReportOfAnotherScenario) {
  report_.id = 8;
  EXPECT_THROW(concrete_trace(scenario_, report_, facts_), Error);
}

TEST_F(ConcreteTrace, RefusesWhatIsNoReport) {
  report_.magic = 0;
  EXPECT_THROW(concrete_trace(scenario_, report_, facts_), Error);
}

TEST_F(ConcreteTrace, RefusesLostEvents) {
  report_.nevents = SGP_MAX_EVENTS + 1;
  EXPECT_THROW(concrete_trace(scenario_, report_, facts_), Error);
}

}  // namespace
}  // namespace sgproof::model
