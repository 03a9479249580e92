// Lists of one page and of two, and what results of a map call contradict MAP-6 and MAP-9.
#include "model/invariants/map_relations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/invariants/hand_made.hpp"

namespace sgproof::model {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t kLength = 0x1000;

std::uint64_t error(int number) { return 0 - static_cast<std::uint64_t>(number); }

Facts with_errors(Facts facts) {
  facts.values.insert({{"EINVAL", 22}, {"ENOMEM", 12}, {"EIO", 5}, {"EREMOTEIO", 121}});
  return facts;
}

/// RAM at 0x5000 in entries 0 and 2, other RAM in entry 1; mapped, unmapped, and mapped again.
class Neighbours : public testing::Test {
 protected:
  static constexpr unsigned kFirst = 4, kSecond = 6;

  void SetUp() override {
    made_.facts = with_errors(made_.facts);
    s_ = blank_scenario(made_.facts, 3, 0, 3);
    for (const unsigned j : {0U, 2U}) s_.world.pages[j] = {.kind = 0, .pfn = 5};
    s_.world.pages[1] = {.kind = 0, .pfn = 9};
    add_op(s_, SGP_OP_INIT);
    for (unsigned i = 0; i < 3; ++i) add_op(s_, SGP_OP_SET_PAGE, i, i).length = kLength;
    for (const auto code : {SGP_OP_MAP_SGTABLE, SGP_OP_UNMAP, SGP_OP_MAP_SGTABLE}) add_op(s_, code);
  }

  /// What each entry gets: its address.
  sgp_report run() {
    sgp_report r = made_.report();
    for (const unsigned step : {kFirst, kSecond}) {
      r.steps[step].out_nents = 3;
      for (unsigned i = 0; i < 3; ++i) {
        r.steps[step].entries[i].dma_address = s_.world.pages[i].pfn << 12;
        r.steps[step].entries[i].dma_length = kLength;
      }
    }
    return r;
  }

  [[nodiscard]] std::set<std::string> violated(const sgp_report& r) const {
    return made_.clauses([](const auto& t, auto& j) { map6(t, j); }, r, true);
  }

  HandMade made_;
  sgp_scenario& s_ = made_.scenario;
};

TEST_F(Neighbours, TheSameMemoryBecomesTheSame) {
  EXPECT_THAT(violated(run()), IsEmpty());
  EXPECT_THAT(made_.clauses([](const auto& t, auto& j) { map6(t, j); }, run(), false),
              Contains("MAP-6 same-address 4"));
}

TEST_F(Neighbours, AnotherPlaceInTheListChangesNothing) {
  sgp_report r = run();
  r.steps[kFirst].entries[2].dma_address += kLength;
  EXPECT_THAT(violated(r), UnorderedElementsAre("MAP-6 same-address 4", "MAP-6 same-address 6"));
  r = run();
  r.steps[kFirst].entries[2].is_bus = 1;
  EXPECT_THAT(violated(r), Contains("MAP-6 same-mark 4"));
  r = run();
  r.steps[kFirst].entries[2].dma_length = 0;
  EXPECT_THAT(violated(r), Contains("MAP-6 same-length 4"));
}

TEST_F(Neighbours, ALaterListIsMappedLikeAnEarlierOne) {
  sgp_report r = run();
  r.steps[kSecond].entries[1].dma_address += kLength;
  EXPECT_THAT(violated(r), UnorderedElementsAre("MAP-6 same-address 6"));
}

TEST_F(Neighbours, OtherMemoryIsNotCompared) {
  s_.ops[3].offset = 8;
  sgp_report r = run();
  r.steps[kFirst].entries[2].is_bus = 1;
  EXPECT_THAT(violated(r), Not(Contains("MAP-6 same-mark 4")));
}

TEST_F(Neighbours, OtherArgumentsAndDevicesAreNotCompared) {
  sgp_report r = run();
  r.steps[kSecond].entries[1].dma_address += kLength;
  s_.ops[kSecond].dir = 1;
  EXPECT_THAT(violated(r), IsEmpty());
  s_.ops[kSecond].dir = 0;
  s_.ops[kSecond].attrs = 32;
  EXPECT_THAT(violated(r), IsEmpty());
  s_.ops[kSecond].attrs = 0;
  s_.ops[kSecond].device = 1;
  EXPECT_THAT(violated(r), IsEmpty());
}

TEST_F(Neighbours, WhichSlotASegmentGetsIsUpToThePool) {
  sgp_report r = run();
  r.steps[kSecond].entries[1].dma_address = 0x8000000;
  r.events[r.nevents++] = {.kind = SGP_EV_SWIOTLB_MAP,
                           .step = kSecond,
                           .a = 9 << 12,
                           .b = kLength,
                           .c = 0,
                           .d = 0,
                           .ret = 0x8000000};
  EXPECT_THAT(violated(r), IsEmpty());
  r.events[0].a = 5 << 12;
  EXPECT_THAT(violated(r), UnorderedElementsAre("MAP-6 same-address 6")) << "another's slot";
}

TEST_F(Neighbours, ACallThatFailedSaysNothing) {
  sgp_report r = run();
  r.steps[kSecond].ret = error(5);
  r.steps[kSecond].entries[1].dma_address = 0;
  EXPECT_THAT(violated(r), IsEmpty());
}

/// One page of a provider, in a list that is mapped; whether the device can reach it.
class Result : public testing::Test {
 protected:
  static constexpr unsigned kMap = 2;

  void SetUp() override {
    made_.facts = with_errors(made_.facts);
    s_ = blank_scenario(made_.facts, 1, 1, 1);
    s_.world.pages[0] = {.kind = 1, .pfn = 0x80003};
    s_.world.devices[0].is_pci = 1;
    s_.world.providers[0].cpu_start = s_.world.providers[0].bus_start = 0x80000000;
    s_.world.providers[0].size = 0x200000;
    s_.world.providers[0].cached_type[0] = SGP_TYPE_BUS_ADDR;
    add_op(s_, SGP_OP_INIT);
    add_op(s_, SGP_OP_SET_PAGE).length = kLength;
    add_op(s_, SGP_OP_MAP_SGTABLE);
  }

  [[nodiscard]] std::set<std::string> violated(std::uint64_t ret, std::uint64_t nents = 1) const {
    sgp_report r = made_.report();
    r.steps[kMap].ret = ret;
    r.steps[kMap].out_nents = nents;
    return made_.clauses([](const auto& t, auto& j) { map9(t, j); }, r, true);
  }

  HandMade made_;
  sgp_scenario& s_ = made_.scenario;
};

TEST_F(Result, OfATableIsZeroAndACountOrAnErrorOfFour) {
  EXPECT_THAT(violated(0), IsEmpty());
  for (const int number : {22, 12, 5, 121}) EXPECT_THAT(violated(error(number)), IsEmpty());
  EXPECT_THAT(violated(error(11)), UnorderedElementsAre("MAP-9 errno 2"));
  EXPECT_THAT(violated(1), UnorderedElementsAre("MAP-9 errno 2"));
  EXPECT_THAT(violated(0, 0), UnorderedElementsAre("MAP-9 nents 2"));
  EXPECT_THAT(violated(0, 2), UnorderedElementsAre("MAP-9 nents 2"));
}

TEST_F(Result, OfAListIsZeroOrACount) {
  s_.ops[kMap].code = SGP_OP_MAP_SG;
  EXPECT_THAT(violated(0), IsEmpty());
  EXPECT_THAT(violated(1), IsEmpty());
  EXPECT_THAT(violated(2), UnorderedElementsAre("MAP-9 count 2"));
  EXPECT_THAT(violated(error(5)), UnorderedElementsAre("MAP-9 count 2"));
}

TEST_F(Result, ThatPeerMemoryIsOutOfReachSurvives) {
  s_.world.providers[0].cached_type[0] = SGP_TYPE_NOT_SUPPORTED;
  EXPECT_THAT(violated(error(121)), IsEmpty());
  EXPECT_THAT(violated(error(5)), UnorderedElementsAre("MAP-9 remote-io 2"));
}

TEST_F(Result, ThatPeerMemoryIsOutOfReachSurvivesBehindAnIommu) {
  s_.world.iommu = SGP_IOMMU_TABLES;
  s_.world.providers[0].cached_type[0] = SGP_TYPE_NOT_SUPPORTED;
  EXPECT_THAT(violated(error(121)), IsEmpty());
  EXPECT_THAT(violated(error(22)), UnorderedElementsAre("MAP-9 remote-io 2"));
  s_.world.devices[0].untrusted = 1;
  EXPECT_THAT(violated(error(22)), IsEmpty());
}

TEST_F(Result, WhereMemoryBeforeItCannotBeMappedAnotherErrorIsDue) {
  s_.world.providers[0].cached_type[0] = SGP_TYPE_NOT_SUPPORTED;
  s_.nents = 2;
  s_.npages = 2;
  s_.world.pages[1] = {.kind = 0, .pfn = 0x100000};
  s_.world.devices[0].dma_mask = 0xffffffff;
  s_.world.devices[0].swiotlb_active = 0;
  s_.nops = 1;
  add_op(s_, SGP_OP_SET_PAGE, 0, 1).length = kLength;
  add_op(s_, SGP_OP_SET_PAGE, 1, 0).length = kLength;
  add_op(s_, SGP_OP_MAP_SGTABLE);
  sgp_report r = made_.report();
  r.steps[3].ret = error(5);
  EXPECT_THAT(made_.clauses([](const auto& t, auto& j) { map9(t, j); }, r, true), IsEmpty());
}

}  // namespace
}  // namespace sgproof::model
