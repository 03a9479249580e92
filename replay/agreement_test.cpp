#include "replay/agreement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/test_scenarios.hpp"

namespace sgproof::replay {
namespace {

using test::ScenarioBuilder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kNone = ~std::uint64_t{0};

/// A run of a scenario with one page of RAM: init, set_page, map, unmap.
struct RunPair {
  sgp_scenario scenario = ScenarioBuilder(7, 1).ram(0x100).map_and_unmap().scenario;
  sgp_report booted{};
  sgp_report native{};

  RunPair() {
    booted.status = native.status = SGP_STATUS_COMPLETE;
    booted.world = scenario.world;
    booted.pages[0] = {.pointer = 0xffffea0000004000, .phys = 0x5000, .kind = 0};
    native.pages[0] = {.pointer = 0x7f0000001000, .phys = 0x5000, .kind = 0};
    for (std::uint64_t s = 0; s < scenario.nops; ++s)
      for (auto* report : {&booted, &native}) {
        auto& step = report->steps[s];
        step.done = 1;
        step.entries[0].page = s == 0 ? 0 : report->pages[0].pointer;
        step.entries[0].is_last = 1;
        if (s == 2) step.entries[0].dma_address = 0x5000;
      }
  }

  void event(sgp_report& report, sgp_event_kind kind, std::uint64_t a) {
    report.events[report.nevents++] = {.kind = static_cast<std::uint64_t>(kind),
                                       .step = 2,
                                       .a = a,
                                       .b = 8,
                                       .c = 0,
                                       .d = 0,
                                       .ret = 0};
  }

  [[nodiscard]] std::vector<Difference> differ() const {
    return differences(scenario, native, booted);
  }
};

TEST(Agreement, PagePointersAreComparedAsPages) {
  RunPair run;
  EXPECT_THAT(run.differ(), IsEmpty());
  run.native.steps[1].entries[0].page += 0x40;
  ASSERT_EQ(run.differ().size(), 1U);
  EXPECT_EQ(run.differ()[0].step, 1U);
  EXPECT_THAT(words(run.differ()[0]),
              HasSubstr("entry 0 page: 0x7f0000001040 natively, page 0 on the booted kernel"));
}

TEST(Agreement, WhatTheNativeRunMixedOfItsPointersIsNotComparable) {
  RunPair run;
  EXPECT_FALSE(mixes_pointers(run.scenario, run.booted));
  run.booted.steps[1].entries[0].page |= 0x20;
  EXPECT_FALSE(not_comparable(run.scenario, run.native, run.booted)) << "only the machine did";
  EXPECT_TRUE(mixes_pointers(run.scenario, run.booted)) << "but it can be said";
  run.native.steps[1].entries[0].page |= 0x20;
  EXPECT_THAT(not_comparable(run.scenario, run.native, run.booted).value_or(""),
              HasSubstr("made a pointer of others"));
  run.scenario.ops[1].raw = run.native.steps[1].entries[0].page | 1;
  EXPECT_FALSE(not_comparable(run.scenario, run.native, run.booted))
      << "it is what the scenario asks for";
}

TEST(Agreement, DevicesAreNumberedAsTheyComeUp) {
  RunPair run;
  for (const std::uint64_t a : {7U, 5U, 7U}) run.event(run.native, SGP_EV_REFERENCE, a);
  for (const std::uint64_t a : {0xffff888000001000U, 0xffff888000002000U, 0xffff888000001000U})
    run.event(run.booted, SGP_EV_REFERENCE, a);
  EXPECT_THAT(run.differ(), IsEmpty());
  run.booted.events[2].a = 0xffff888000002000U;
  EXPECT_EQ(run.differ().size(), 1U);
}

TEST(Agreement, EveryObservedFieldCounts) {
  using Change = void (*)(sgp_step&);
  const Change changes[] = {
      [](sgp_step& s) { s.ret = 1; },
      [](sgp_step& s) { s.out_nents = 1; },
      [](sgp_step& s) { s.entries[0].page = 0; },
      [](sgp_step& s) { s.entries[0].chain = 1; },
      [](sgp_step& s) { s.entries[0].offset = 1; },
      [](sgp_step& s) { s.entries[0].length = 1; },
      [](sgp_step& s) { s.entries[0].dma_address = 1; },
      [](sgp_step& s) { s.entries[0].dma_length = 1; },
      [](sgp_step& s) { s.entries[0].is_bus = 1; },
      [](sgp_step& s) { s.entries[0].is_chain = 1; },
      [](sgp_step& s) { s.entries[0].is_last = 0; },
  };
  for (const auto change : changes) {
    RunPair run;
    change(run.booted.steps[2]);
    EXPECT_EQ(run.differ().size(), 1U) << "change " << (&change - changes);
  }
}

TEST(Agreement, AfterTheFirstStepThatDoesNotReturnNothingIsCompared) {
  RunPair run;
  run.native.steps[2].done = 0;
  run.native.steps[3].ret = 9;
  ASSERT_EQ(run.differ().size(), 1U);
  EXPECT_EQ(run.differ()[0].field, "completion");
}

TEST(Agreement, FieldsBeforeTheFirstInitialisationAreArbitrary) {
  RunPair run;
  run.scenario.ops[0].code = SGP_OP_NOP;
  run.native.steps[1].entries[0].offset = 0xa5;
  EXPECT_THAT(run.differ(), IsEmpty());
}

TEST(Agreement, EventsAreComparedInOrderAndNumber) {
  RunPair run;
  run.event(run.native, SGP_EV_SWIOTLB_MAP, 0x5000);
  ASSERT_EQ(run.differ().size(), 1U) << "one side has none";
  run.event(run.booted, SGP_EV_SWIOTLB_MAP, 0x5001);
  ASSERT_EQ(run.differ().size(), 1U);
  EXPECT_EQ(run.differ()[0].field, "event 0 address");
}

TEST(Agreement, WhatOnlyAMachineSeesOfAListIsNotCompared) {
  RunPair run;
  run.event(run.booted, SGP_EV_BYTES, 0x5000);
  run.event(run.booted, SGP_EV_MEMORY, 0x6000);
  EXPECT_THAT(run.differ(), IsEmpty());
  run.scenario.ops[2].code = SGP_OP_TABLE_ZERO;
  EXPECT_EQ(run.differ().size(), 1U) << "of a table it is what the operation did";
}

TEST(Agreement, OfPagesBesideATableTheNativeRunSeesMore) {
  RunPair run;
  run.scenario.ops[2].code = SGP_OP_TABLE_COPY_IN;
  run.event(run.native, SGP_EV_MEMORY, 0x6000);
  run.native.events[0].d = SGP_OUTSIDE_TABLE;
  EXPECT_THAT(run.differ(), IsEmpty());
  run.native.events[0].d = 0;
  EXPECT_EQ(run.differ().size(), 1U) << "its own pages both see";
}

TEST(Agreement, AWarningThatIsThereAlreadySaysNothingNew) {
  RunPair run;
  run.event(run.native, SGP_EV_WARN, 103);
  run.event(run.native, SGP_EV_SWIOTLB_MAP, 0x5000);
  run.event(run.native, SGP_EV_WARN, 103);
  run.event(run.booted, SGP_EV_WARN, 103);
  run.event(run.booted, SGP_EV_SWIOTLB_MAP, 0x5000);
  EXPECT_THAT(run.differ(), IsEmpty());
  run.native.events[2].a = 203;
  EXPECT_EQ(run.differ().size(), 1U) << "another one";
}

TEST(Agreement, WhatOnlyDevicesThatTransferShowIsNotCompared) {
  for (const auto kind : {SGP_EV_TRANSFER, SGP_EV_IOMMU_FAULT, SGP_EV_MEMORY}) {
    RunPair run;
    run.event(run.native, SGP_EV_SWIOTLB_MAP, 0x5000);
    run.event(run.booted, kind, 0);
    run.event(run.booted, SGP_EV_SWIOTLB_MAP, 0x5000);
    EXPECT_THAT(run.differ(), IsEmpty());
    run.booted.events[1].a = 0x5001;
    ASSERT_EQ(run.differ().size(), 1U) << "the others still are";
    EXPECT_EQ(run.differ()[0].field, "event 0 address");
  }
}

TEST(Agreement, AWarningMayBeNamedByTheFirstOrTheLastLineOfItsStatement) {
  RunPair run;
  run.event(run.native, SGP_EV_WARN, 103);
  run.event(run.booted, SGP_EV_WARN, 105);
  EXPECT_THAT(run.differ(), IsEmpty());
  run.booted.events[0].a = 102;
  EXPECT_EQ(run.differ().size(), 1U);
  run.booted.events[0].a = 203;
  EXPECT_EQ(run.differ().size(), 1U);
}

TEST(Agreement, TheRealisedWorldHasTheSlotsThatTheKernelGaveAndNoMore) {
  RunPair run;
  run.event(run.booted, SGP_EV_SWIOTLB_MAP, 0x5000);
  run.booted.world.choices[0] = 0x800000;
  run.booted.world.choices[1] = 0x900000;
  const auto again = realised(run.scenario, run.booted);
  EXPECT_EQ(again.world.choices[0], 0x800000U);
  EXPECT_EQ(again.world.choices[1], kNone);
}

TEST(Agreement, TheRealisedWorldHasTheAddressesThatTheIommuGave) {
  RunPair run;
  run.booted.world.iommu = 1;
  for (const std::uint64_t given : {std::uint64_t{0}, std::uint64_t{0xfff0000}}) {
    run.event(run.booted, SGP_EV_IOVA_ALLOC, 0x1000);
    run.booted.events[run.booted.nevents - 1].ret = given;
  }
  const auto again = realised(run.scenario, run.booted);
  EXPECT_EQ(again.world.choices[0], kNone) << "there was none";
  EXPECT_EQ(again.world.choices[1], 0xfff0000U);
  EXPECT_EQ(again.world.choices[2], kNone) << "nor was it asked for more";
}

TEST(Agreement, HowManyEntriesAnUnmapCallWasGivenOnlyAProbeSees) {
  RunPair run;
  run.event(run.booted, SGP_EV_VISIT, 0);
  EXPECT_THAT(run.differ(), IsEmpty());
  run.scenario.ops[2].code = SGP_OP_TABLE_WALK;
  EXPECT_EQ(run.differ().size(), 1U) << "of a table it is where the walk went";
}

TEST(Agreement, WhatNoOperationRefersToDoesNotLieOverWhatIsThere) {
  RunPair run;
  run.scenario.npages = 2;
  run.scenario.nproviders = 1;
  run.booted.world.pages[0] = {.kind = 0, .pfn = 5};
  run.booted.world.pages[1] = {.kind = 1, .pfn = 5};
  run.booted.world.providers[0].cpu_start = 0x5000;
  run.booted.world.providers[0].size = 0x1000;
  const auto again = realised(run.scenario, run.booted);
  EXPECT_EQ(again.world.pages[0].kind, 0U);
  EXPECT_EQ(again.world.pages[1].kind, 0U) << "not there: the same as the one that is";
  EXPECT_GT(again.world.providers[0].cpu_start, 0x6000U);
  EXPECT_NE(again.world.providers[0].same_switch[0], again.world.providers[0].same_switch[1]);
}

TEST(Agreement, FaultsAndIncompleteRunsAreNotCompared) {
  RunPair run;
  EXPECT_FALSE(not_comparable(run.scenario, run.native, run.booted));
  run.native.status = SGP_STATUS_ILLEGAL;
  EXPECT_THAT(not_comparable(run.scenario, run.native, run.booted).value_or(""),
              HasSubstr("assumptions"));
  run.native.status = SGP_STATUS_COMPLETE;
  run.event(run.native, SGP_EV_OOPS, 0);
  EXPECT_FALSE(not_comparable(run.scenario, run.native, run.booted))
      << "only one of them ends in a fault";
  run.event(run.booted, SGP_EV_OOPS, 1);
  EXPECT_TRUE(not_comparable(run.scenario, run.native, run.booted));
}

}  // namespace
}  // namespace sgproof::replay
