// A correct trace of a bounced list of an untrusted device behind an IOMMU, and what each change of
// it violates.
#include "model/invariants/iom_bounce.hpp"

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

constexpr std::uint64_t kBuffer = 0x5010, kSize = 0x1900, kSlot = 0x8000000, kOther = 0x8002000;
constexpr unsigned kMap = 3, kSyncCpu = 4, kSyncDevice = 5, kPartCpu = 6;

/// Twice the same 0x1900 bytes at 0x5010: mapped, synchronised for the CPU and for the device, then
/// 0x20 bytes of the second from 0x800 on for the CPU, unmapped; to the device.
class Untrusted : public testing::Test {
 protected:
  void SetUp() override {
    s_ = blank_scenario(made_.facts, 2, 0, 1);
    s_.world.iommu = s_.world.devices[0].untrusted = 1;
    s_.world.pages[0] = {.kind = 0, .pfn = kBuffer >> 12};
    add_op(s_, SGP_OP_INIT);
    for (unsigned i = 0; i < 2; ++i) {
      auto& set = add_op(s_, SGP_OP_SET_PAGE, i, 0);
      set.offset = kBuffer & 0xfff;
      set.length = kSize;
    }
    for (const auto code : {SGP_OP_MAP_SGTABLE, SGP_OP_SYNC_CPU, SGP_OP_SYNC_DEVICE,
                            SGP_OP_SYNC_PART_CPU, SGP_OP_UNMAP})
      add_op(s_, code).dir = 1;
    s_.ops[kPartCpu].entry = 1;
    s_.ops[kPartCpu].offset = 0x800;
    s_.ops[kPartCpu].length = 0x20;
    for (const auto slot : {kSlot, kOther}) {
      event(SGP_EV_SWIOTLB_MAP, kMap, kBuffer, kSize, slot);
      event(SGP_EV_CLEARED, kMap, slot + kSize, 0x2000 - kSize);
      event(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu, slot, kSize);
      event(SGP_EV_SWIOTLB_SYNC_DEV, kSyncDevice, slot, kSize);
    }
    event(SGP_EV_SWIOTLB_SYNC_CPU, kPartCpu, kOther + 0x800, 0x20);
  }

  void event(sgp_event_kind kind, unsigned step, std::uint64_t a, std::uint64_t b,
             std::uint64_t ret = 0) {
    events_.push_back({.kind = static_cast<std::uint64_t>(kind),
                       .step = step,
                       .a = a,
                       .b = b,
                       .c = 1,
                       .d = 0,
                       .ret = ret});
  }

  sgp_event& cleared() {
    return *std::ranges::find(events_, std::uint64_t{SGP_EV_CLEARED}, &sgp_event::kind);
  }

  std::set<std::string> clauses(bool violated) {
    return made_.clauses([](const auto& trace, auto& judge) { iommu_bounce(trace, judge); },
                         made_.report(), violated);
  }

  std::set<std::string> violated() { return clauses(true); }

  HandMade made_;
  sgp_scenario& s_ = made_.scenario;
  std::vector<sgp_event>& events_ = made_.events;
};

TEST_F(Untrusted, ACorrectTraceHolds) {
  EXPECT_THAT(violated(), IsEmpty());
  const auto all = clauses(false);
  for (const auto* clause : {"SWT-2 padding-cleared 3", "SWT-2 copy-kept 3", "SWT-5 slot-synced 4",
                             "SWT-5 slot-synced 5", "SWT-5 part-synced 6", "MAP-5 nothing-else 6"})
    EXPECT_THAT(all, Contains(clause));
}

TEST_F(Untrusted, EverySyncIsNeededOnceInItsDirectionAndNothingElse) {
  const auto all = events_;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind != SGP_EV_SWIOTLB_SYNC_CPU && all[i].kind != SGP_EV_SWIOTLB_SYNC_DEV) continue;
    const std::string step = std::to_string(all[i].step);
    const auto clause =
        (all[i].step == kPartCpu ? "SWT-5 part-synced " : "SWT-5 slot-synced ") + step;
    events_ = all;
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THAT(violated(), ElementsAre(clause)) << i;
    events_ = all;
    events_.push_back(all[i]);
    EXPECT_THAT(violated(), ElementsAre(clause)) << i << ": twice";
    events_ = all;
    events_[i].c = 0;
    EXPECT_THAT(violated(), ElementsAre(clause)) << i << ": another direction";
    events_ = all;
    events_[i].a = kBuffer;
    EXPECT_THAT(violated(), ElementsAre("MAP-5 nothing-else " + step, clause)) << i;
  }
}

TEST_F(Untrusted, OfASlotOnlyThePaddingIsClearedAndAllOfIt) {
  ++cleared().a;
  --cleared().b;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 padding-cleared 3"));
  cleared().a -= 2;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 copy-kept 3", "SWT-2 padding-cleared 3"));
  cleared().b += 2;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 copy-kept 3"));
  for (auto& op : s_.ops) op.dir = 2;
  for (auto& e : events_) e.c = 2;
  EXPECT_THAT(violated(), IsEmpty()) << "what the device only writes is no copy that it sees";
}

TEST_F(Untrusted, WhatIsNotWholeGranulesIsBounced) {
  EXPECT_THAT(clauses(false), Contains("IOM-7 bounced 3"));
  events_.clear();
  EXPECT_THAT(violated(), ElementsAre("IOM-7 bounced 3"));
  s_.ops[1].offset = s_.ops[2].offset = 0;
  s_.ops[1].length = s_.ops[2].length = 0x1000;
  EXPECT_THAT(violated(), IsEmpty());
  s_.ops[2].length = 0x1001;
  EXPECT_THAT(violated(), ElementsAre("IOM-7 bounced 3")) << "a page and a byte";
}

TEST_F(Untrusted, WholeGranulesHaveNoPadding) {
  for (auto& op : s_.ops)
    if (op.code == SGP_OP_SET_PAGE) op.length = 0x2000;
  for (auto& e : events_)
    if (e.b == kSize) e.b = 0x2000;
  std::erase_if(events_, [](const sgp_event& e) { return e.kind == SGP_EV_CLEARED; });
  EXPECT_THAT(violated(), IsEmpty());
}

}  // namespace
}  // namespace sgproof::model
