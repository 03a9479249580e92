// A correct trace of a list of a device that does not see the caches, and what each change of it
// violates.
#include "model/invariants/cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "model/invariants/hand_made.hpp"

namespace sgproof::model {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kBuffer = 0x5010, kSize = 0x1900, kSlot = 0x8000000, kPage = 0x9000;
constexpr std::uint64_t kBar = 0x80003000, kBusOffset = 0x10000000, kPart = 0x800, kShort = 0x20;
constexpr unsigned kMap = 4, kSyncCpu = 5, kSyncDevice = 6, kPartCpu = 7, kPartDevice = 8,
                   kUnmap = 9;

/// 0x1900 bytes at 0x5010 that are bounced, a page at 0x9000 that is not, and a bus segment:
/// mapped, synchronised for the CPU and for the device, then 0x20 bytes of the first from 0x800 on
/// likewise, unmapped; both directions.
class Maintained : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    s_ = blank_scenario(made_.facts, 3, 1, 3);
    s_.world.iommu = GetParam() ? 1 : 0;
    s_.world.pages[0] = {.kind = 0, .pfn = kBuffer >> 12};
    s_.world.pages[1] = {.kind = 0, .pfn = kPage >> 12};
    s_.world.pages[2] = {.kind = 1, .pfn = kBar >> 12};
    auto& provider = s_.world.providers[0];
    provider.cpu_start = 0x80000000;
    provider.bus_start = provider.cpu_start + kBusOffset;
    provider.size = 0x200000;
    provider.cached_type[0] = SGP_TYPE_BUS_ADDR;
    s_.world.devices[0].untrusted = s_.world.iommu;
    s_.world.devices[0].noncoherent = 1;
    add_op(s_, SGP_OP_INIT);
    auto& first = add_op(s_, SGP_OP_SET_PAGE, 0, 0);
    first.offset = kBuffer & 0xfff;
    first.length = kSize;
    add_op(s_, SGP_OP_SET_PAGE, 1, 1);
    add_op(s_, SGP_OP_SET_PAGE, 2, 2);
    for (const auto code : {SGP_OP_MAP_SGTABLE, SGP_OP_SYNC_CPU, SGP_OP_SYNC_DEVICE,
                            SGP_OP_SYNC_PART_CPU, SGP_OP_SYNC_PART_DEVICE, SGP_OP_UNMAP})
      add_op(s_, code);
    for (const unsigned part : {kPartCpu, kPartDevice}) {
      s_.ops[part].offset = kPart;
      s_.ops[part].length = kShort;
    }
    event(SGP_EV_SWIOTLB_MAP, kMap, kBuffer, kSize, 0, kSlot);
    both(kMap, 1);
    maintain(kSyncCpu, kSlot, kSize, 0);
    event(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu, kSlot, kSize);
    maintain(kSyncCpu, kPage, 0x1000, 0);
    event(SGP_EV_SWIOTLB_SYNC_DEV, kSyncDevice, kSlot, kSize);
    both(kSyncDevice, 1);
    maintain(kPartCpu, kSlot + kPart, kShort, 0);
    event(SGP_EV_SWIOTLB_SYNC_CPU, kPartCpu, kSlot + kPart, kShort);
    event(SGP_EV_SWIOTLB_SYNC_DEV, kPartDevice, kSlot + kPart, kShort);
    maintain(kPartDevice, kSlot + kPart, kShort, 1);
    both(kUnmap, 0);
    event(SGP_EV_SWIOTLB_UNMAP, kUnmap, kSlot, kSize);
  }

  void event(sgp_event_kind kind, unsigned step, std::uint64_t a, std::uint64_t b,
             std::uint64_t d = 0, std::uint64_t ret = 0) {
    events_.push_back({.kind = static_cast<std::uint64_t>(kind),
                       .step = step,
                       .a = a,
                       .b = b,
                       .c = 0,
                       .d = d,
                       .ret = ret});
  }

  void maintain(unsigned step, std::uint64_t at, std::uint64_t bytes, std::uint64_t for_device) {
    event(SGP_EV_CACHE_SYNC, step, at, bytes, for_device);
  }

  void both(unsigned step, std::uint64_t for_device) {
    maintain(step, kSlot, kSize, for_device);
    maintain(step, kPage, 0x1000, for_device);
  }

  /// The place of the n-th event of a step.
  auto at(unsigned step, unsigned n = 0) {
    for (auto it = events_.begin(); it != events_.end(); ++it)
      if (it->step == step && n-- == 0) return it;
    ADD_FAILURE() << "step " << step << " has no such event";
    return events_.begin();
  }

  void direction(std::uint64_t dir) {
    for (unsigned i = kMap; i <= kUnmap; ++i) s_.ops[i].dir = dir;
    for (auto& e : events_) e.c = dir;
  }

  /// Clauses with the number of the step, of all that applies, or of what is violated.
  std::set<std::string> clauses(bool violated) {
    auto r = made_.report();
    r.steps[kMap].ret = map_result_;
    r.steps[kMap].entries[0].dma_address = kSlot;
    return made_.clauses([](const auto& trace, auto& judge) { cache_maintenance(trace, judge); }, r,
                         violated);
  }

  std::set<std::string> violated() { return clauses(true); }

  HandMade made_;
  sgp_scenario& s_ = made_.scenario;
  std::vector<sgp_event>& events_ = made_.events;
  std::uint64_t map_result_ = 0;
};

TEST_P(Maintained, ACorrectTraceHolds) {
  EXPECT_THAT(violated(), IsEmpty());
  const auto all = clauses(false);
  for (const auto* clause : {"SWT-5 written-back 4", "SWT-5 dropped 5", "SWT-5 written-back 6",
                             "SWT-5 dropped 7", "SWT-5 written-back 8", "SWT-5 dropped 9",
                             "SWT-5 maintained-memory 4", "MAP-5 not-maintained 9"})
    EXPECT_THAT(all, Contains(clause));
}

TEST_P(Maintained, TheBufferInsteadOfItsSlotViolatesIt) {
  at(kMap, 1)->a = kBuffer;
  EXPECT_THAT(violated(), ElementsAre("SWT-5 maintained-memory 4", "SWT-5 written-back 4"));
}

TEST_P(Maintained, EveryCallIsNeeded) {
  const auto all = events_;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind != SGP_EV_CACHE_SYNC) continue;
    events_ = all;
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(i));
    const std::string clause = all[i].d == 1 ? "SWT-5 written-back " : "SWT-5 dropped ";
    EXPECT_THAT(violated(), ElementsAre(clause + std::to_string(all[i].step))) << i;
  }
}

TEST_P(Maintained, EveryByteIsNeededAndNoOther) {
  const auto all = events_;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind != SGP_EV_CACHE_SYNC) continue;
    const std::string step = std::to_string(all[i].step);
    events_ = all;
    --events_[i].b;
    EXPECT_THAT(violated(), testing::SizeIs(1)) << i;
    events_ = all;
    ++events_[i].b;
    const bool part = all[i].b == kShort;  // that lies within a slot
    EXPECT_EQ(violated().contains("SWT-5 maintained-memory " + step), !part) << i;
    events_ = all;
    events_[i].c = 1;
    EXPECT_THAT(violated(), testing::SizeIs(1)) << i << ": another direction";
  }
}

TEST_P(Maintained, ABusSegmentIsNoneOfTheCaches) {
  for (const auto address : {kBar, kBar + kBusOffset}) {
    maintain(kSyncDevice, address, 0x1000, 1);
    EXPECT_THAT(violated(), ElementsAre("MAP-5 not-maintained 6"));
    events_.pop_back();
  }
}

TEST_P(Maintained, TheCpuWritesBeforeAndReadsAfterwards) {
  std::iter_swap(at(kSyncDevice, 0), at(kSyncDevice, 1));
  EXPECT_THAT(violated(), ElementsAre("SWT-5 written-back 6"));
  std::iter_swap(at(kSyncDevice, 0), at(kSyncDevice, 1));
  std::iter_swap(at(kSyncCpu, 0), at(kSyncCpu, 1));
  EXPECT_THAT(violated(), ElementsAre("SWT-5 dropped 5"));
  std::iter_swap(at(kSyncCpu, 0), at(kSyncCpu, 1));
  std::iter_swap(at(kUnmap, 0), at(kUnmap, 2));
  EXPECT_THAT(violated(), ElementsAre("SWT-5 dropped 9"));
}

TEST_P(Maintained, WhoAsksToSkipItHasDoneIt) {
  s_.ops[kMap].attrs = s_.ops[kUnmap].attrs = 32;
  EXPECT_THAT(violated(),
              ElementsAre("SWT-5 maintenance-skipped 4", "SWT-5 maintenance-skipped 9"));
  std::erase_if(events_, [](const sgp_event& e) {
    return e.kind == SGP_EV_CACHE_SYNC && (e.step == kMap || e.step == kUnmap);
  });
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_P(Maintained, WhatIsOnlyReadByTheDeviceNeedNotBeDropped) {
  direction(1);
  std::erase_if(events_,
                [](const sgp_event& e) { return e.kind == SGP_EV_CACHE_SYNC && e.d == 0; });
  EXPECT_THAT(violated(), IsEmpty());
  direction(2);
  EXPECT_THAT(violated(), ElementsAre("SWT-5 dropped 5", "SWT-5 dropped 7", "SWT-5 dropped 9"));
}

TEST_P(Maintained, WhereNothingIsFetchedMeanwhileNothingIsDroppedForTheCpu) {
  std::erase_if(events_,
                [](const sgp_event& e) { return e.kind == SGP_EV_CACHE_SYNC && e.d == 0; });
  EXPECT_THAT(violated(), ElementsAre("SWT-5 dropped 5", "SWT-5 dropped 7", "SWT-5 dropped 9"));
  made_.facts.kconfig.erase("ARCH_HAS_SYNC_DMA_FOR_CPU");
  EXPECT_THAT(violated(), IsEmpty());
  events_.erase(at(kSyncDevice, 1));
  EXPECT_THAT(violated(), ElementsAre("SWT-5 written-back 6"));
}

TEST_P(Maintained, ADeviceThatSeesTheCachesNeedsNone) {
  std::erase_if(events_, [](const sgp_event& e) { return e.kind == SGP_EV_CACHE_SYNC; });
  EXPECT_THAT(violated(), Contains("SWT-5 written-back 4"));
  s_.world.devices[0].noncoherent = 0;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_P(Maintained, OfACallThatFailsOnlyDroppingMatters) {
  map_result_ = 0 - std::uint64_t{5};
  events_.resize(3);
  at(kMap, 1)->a = kBuffer;
  EXPECT_THAT(violated(), IsEmpty());
  at(kMap, 1)->d = 0;
  EXPECT_THAT(violated(), ElementsAre("SWT-5 maintained-memory 4"));
}

INSTANTIATE_TEST_SUITE_P(DirectAndBehindAnIommu, Maintained, testing::Bool());

}  // namespace
}  // namespace sgproof::model
