// A correct trace of bounce buffers as code, and what each change of it violates.
#include "model/invariants/swt_any.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "model/invariants/saf_ref.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t kPool = 0x8000000, kBuffer = 0x100000010, kSize = 0x900,
                        kSlot = kPool + 0x10, kOther = 0x200000010, kOtherSlot = kPool + 0x1010;
constexpr unsigned kMap = 1, kMapOther = 2, kSyncCpu = 3, kSyncDevice = 4, kUnmap = 5,
                   kUnmapOther = 6, kLook = 7;

/// Two mappings of 0x900 bytes in both directions: of the first, 0x20 bytes from 0x100 on are
/// synchronised for the CPU and for the device.
class BounceCode : public testing::Test {
 protected:
  void SetUp() override {
    facts_.values = {
        {"WORD_BITS", 64},      {"DMA_BIDIRECTIONAL", 0},     {"DMA_TO_DEVICE", 1},
        {"DMA_FROM_DEVICE", 2}, {"DMA_MAPPING_ERROR", ~0ULL}, {"DMA_ATTR_SKIP_CPU_SYNC", 32}};
    s_ = blank_scenario(facts_, 2, 0, 1);
    s_.world.swiotlb_start = kPool;
    s_.world.swiotlb_end = kPool + SGP_BOUNCE_SLOTS * SGP_BOUNCE_SLOT;
    s_.world.devices[0].min_align = 0x1ff;
    auto& pool = add_op(s_, SGP_OP_BOUNCE_POOL);
    pool.length = 8;
    pool.raw = 1;
    map(0, kBuffer);
    map(1, kOther);
    for (const auto code : {SGP_OP_BOUNCE_SYNC_CPU, SGP_OP_BOUNCE_SYNC_DEVICE}) {
      auto& part = add_op(s_, code);
      part.offset = 0x100;
      part.length = 0x20;
    }
    add_op(s_, SGP_OP_BOUNCE_UNMAP, 0);
    add_op(s_, SGP_OP_BOUNCE_UNMAP, 1);
    add_op(s_, SGP_OP_BOUNCE_LOOK);
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = s_.nents;
    r_.nops = s_.nops;
    r_.world = s_.world;
    for (unsigned i = 0; i < s_.nops; ++i) r_.steps[i].done = 1;
    r_.steps[kMap].ret = kSlot;
    r_.steps[kMapOther].ret = kOtherSlot;
    r_.steps[kMap].out_nents = r_.steps[kMapOther].out_nents = kSize;
    copied(kMap, kBuffer, kSlot, kSize);
    copied(kMapOther, kOther, kOtherSlot, kSize);
    copied(kSyncCpu, kSlot + 0x100, kBuffer + 0x100, 0x20);
    copied(kSyncDevice, kBuffer + 0x100, kSlot + 0x100, 0x20);
    copied(kUnmap, kSlot, kBuffer, kSize);
    copied(kUnmapOther, kOtherSlot, kOther, kSize);
    for (unsigned i = 0; i < SGP_BOUNCE_SLOTS; ++i)
      event(SGP_EV_SLOT, kLook, i, SGP_BOUNCE_SLOTS - i, ~0ULL);
  }

  void map(unsigned entry, std::uint64_t buffer) {
    auto& op = add_op(s_, SGP_OP_BOUNCE_MAP, entry);
    op.raw = buffer;
    op.length = kSize;
  }

  void event(sgp_event_kind kind, unsigned step, std::uint64_t a, std::uint64_t b,
             std::uint64_t c) {
    r_.events[r_.nevents++] = {.kind = static_cast<std::uint64_t>(kind),
                               .step = step,
                               .a = a,
                               .b = b,
                               .c = c,
                               .d = 0,
                               .ret = 0};
  }
  void copied(unsigned step, std::uint64_t from, std::uint64_t to, std::uint64_t bytes) {
    event(SGP_EV_COPIED, step, from, to, bytes);
  }

  /// The first event of a step.
  sgp_event& first(unsigned step) {
    for (unsigned i = 0; i < r_.nevents; ++i)
      if (r_.events[i].step == step) return r_.events[i];
    throw std::out_of_range("no such event");
  }
  void forget(unsigned step) { first(step).c = 0; }

  [[nodiscard]] std::set<std::string> violated() const {
    const auto trace = concrete_trace(s_, r_, facts_);
    Judge<ConcreteDomain> judge(trace);
    swt_any(trace, judge);
    saf(trace, judge);
    std::set<std::string> ids;
    for (const auto& check : judge.checks())
      if (decide(check.applies & check.truth.fails))
        ids.insert(std::string(check.invariant) + " " + std::string(check.clause));
    return ids;
  }

  Facts facts_;
  sgp_scenario s_{};
  sgp_report r_{};
};

TEST_F(BounceCode, ACorrectTraceViolatesNothing) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(BounceCode, ACopyInTwoPiecesIsOne) {
  first(kUnmap).c = 0x123;
  copied(kUnmap, kSlot + 0x123, kBuffer + 0x123, kSize - 0x123);
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(BounceCode, AHoleInACopyIsSeen) {
  first(kUnmap).c = 0x123;
  copied(kUnmap, kSlot + 0x124, kBuffer + 0x124, kSize - 0x124);
  EXPECT_THAT(violated(), ElementsAre("SWT-2 bytes"));
}

TEST_F(BounceCode, ASlotOutsideThePoolIsSeen) {
  r_.steps[kMapOther].ret = kPool + 0x3e10;
  EXPECT_THAT(violated(), Contains("SWT-1 inside-pool"));
}

TEST_F(BounceCode, ASlotAcrossTwoAreasOrSegmentsIsSeen) {
  constexpr std::uint64_t kAcross = 0x1e10, kBehind = 0x2010;
  const auto violated_at = [&](std::uint64_t place, std::uint64_t segment, std::uint64_t areas) {
    s_.ops[0].length = segment;
    s_.ops[0].raw = areas;
    r_.steps[kMapOther].ret = kPool + place;
    return violated();
  };
  const auto in_areas = Contains("SWT-1 one-area"), in_segments = Contains("SWT-1 one-segment");
  EXPECT_THAT(violated_at(kAcross, 8, 2), AllOf(in_areas, Not(in_segments)));
  EXPECT_THAT(violated_at(kAcross, 4, 1), AllOf(Not(in_areas), in_segments));
  EXPECT_THAT(violated_at(kAcross, 8, 1), AllOf(Not(in_areas), Not(in_segments)));
  EXPECT_THAT(violated_at(kBehind, 4, 2), AllOf(Not(in_areas), Not(in_segments)))
      << "the second half";
}

TEST_F(BounceCode, OtherLowBitsAreSeen) {
  r_.steps[kMapOther].ret = kOtherSlot + 1;
  EXPECT_THAT(violated(), Contains("SWT-1 aligned"));
}

TEST_F(BounceCode, AnAllocationThatIsNotAlignedIsSeen) {
  s_.ops[kMapOther].code = SGP_OP_BOUNCE_MAP_ALIGNED;
  s_.ops[kMapOther].offset = 0xfff;
  EXPECT_THAT(violated(), IsEmpty());
  r_.steps[kMapOther].ret = kOtherSlot + 0x800;
  EXPECT_THAT(violated(), Contains("SWT-1 allocation-aligned"));
}

TEST_F(BounceCode, MappingsThatOverlapAreSeen) {
  r_.steps[kMapOther].ret = kSlot + 0x800;
  EXPECT_THAT(violated(), Contains("SWT-1 apart"));
}

TEST_F(BounceCode, AMappingAcrossASegmentBoundaryIsSeen) {
  s_.world.devices[0].segment_boundary = r_.world.devices[0].segment_boundary = 0x7ff;
  EXPECT_THAT(violated(), Contains("SWT-4 boundary"));
}

TEST_F(BounceCode, WhatTheDeviceMayLeaveOutMustComeBack) {
  for (unsigned i = kMap; i <= kUnmapOther; ++i) s_.ops[i].dir = 2;
  forget(kSyncDevice);
  EXPECT_THAT(violated(), IsEmpty());
  forget(kMap);
  EXPECT_THAT(violated(), ElementsAre("SWT-2 bytes"));
}

TEST_F(BounceCode, ACopyBackOfWhatNoDeviceWritesIsSeen) {
  for (unsigned i = kMap; i <= kUnmapOther; ++i) s_.ops[i].dir = 1;
  forget(kSyncCpu), forget(kUnmapOther);
  EXPECT_THAT(violated(), ElementsAre("SWT-2 nothing-else"));  // the first mapping's unmap
  s_.ops[kUnmap].dir = 0;
  s_.ops[kUnmap].attrs = 32;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 nothing-else"));
}

TEST_F(BounceCode, AByteMoreThanAPartIsSeen) {
  first(kSyncCpu).c = 0x21;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 nothing-else"));
}

TEST_F(BounceCode, AByteBesideItsPlaceIsSeen) {
  ++first(kSyncCpu).b;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 bytes", "SWT-2 nothing-else"));
}

TEST_F(BounceCode, ASyncThatIsTooLongCopiesNothingBehindTheMapping) {
  s_.ops[kSyncCpu].length = 0x1000;
  event(SGP_EV_WARN, kSyncCpu, 1, 0, 0);
  first(kSyncCpu).c = kSize - 0x100;
  EXPECT_THAT(violated(), IsEmpty());
  first(kSyncCpu).c = kSize - 0x100 + 1;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 nothing-else"));
}

TEST_F(BounceCode, AWarningOnLegalInputIsSeen) {
  event(SGP_EV_WARN, kSyncCpu, 1, 0, 0);
  EXPECT_THAT(violated(), ElementsAre("SAF-3 no-warn"));
}

TEST_F(BounceCode, WhatADeviceDoesNotReachIsRefusedWithAWarning) {
  s_.world.devices[0].dma_mask = r_.world.devices[0].dma_mask = 0xffff;
  event(SGP_EV_WARN, kMapOther, 1, 0, 0);
  r_.steps[kMapOther].ret = ~0ULL;
  forget(kUnmapOther);
  EXPECT_THAT(violated(), IsEmpty());
  first(kMapOther).b = kSlot;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 nothing-else"));
}

TEST_F(BounceCode, SlotsThatStayTakenAreSeen) {
  first(kLook).b = 7;
  EXPECT_THAT(violated(), ElementsAre("SWT-3 slots-free"));
  first(kLook).b = 8;
  first(kLook).d = 1;
  EXPECT_THAT(violated(), ElementsAre("SWT-3 slots-cleared"));
  first(kLook).d = 0;
  r_.steps[kLook].ret = 1;
  EXPECT_THAT(violated(), ElementsAre("SWT-3 none-used"));
}

TEST_F(BounceCode, TheAdvertisedSizeMustFit) {
  s_.ops[kMap].length = 0;
  EXPECT_THAT(violated(), IsEmpty());
  r_.steps[kMap].ret = ~0ULL;
  forget(kMap), forget(kSyncCpu), forget(kSyncDevice), forget(kUnmap);
  EXPECT_THAT(violated(), ElementsAre("SWT-3 largest-fits"));
}

}  // namespace
}  // namespace sgproof::model
