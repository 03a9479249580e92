// A correct trace of a bounced list that is synchronised, and what each change of it violates.
#include "model/invariants/swt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "model/invariants/saf_ref.hpp"
#include "model/invariants/sync.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t kBuffer = 0x5010, kSize = 0x1900, kSlot = 0x8000010, kBar = 0x80003000;
constexpr unsigned kMap = 3, kSyncCpu = 4, kSyncDevice = 5, kPart = 6, kUnmap = 7;

/// RAM of 0x1900 bytes at 0x5010 and a bus segment: mapped, synchronised for the CPU, for the
/// device, and 0x20 bytes from 0x800 on for the CPU, unmapped; both directions.
class Bounced : public testing::Test {
 protected:
  void SetUp() override {
    facts_.values = {
        {"WORD_BITS", 64},      {"DMA_BIDIRECTIONAL", 0},     {"DMA_TO_DEVICE", 1},
        {"DMA_FROM_DEVICE", 2}, {"DMA_MAPPING_ERROR", ~0ULL}, {"DMA_ATTR_SKIP_CPU_SYNC", 32}};
    facts_.kconfig = {{"SWIOTLB", "y"}};
    s_ = blank_scenario(facts_, 2, 1, 2);
    s_.world.pages[0] = {.kind = 0, .pfn = kBuffer >> 12};
    s_.world.pages[1] = {.kind = 1, .pfn = kBar >> 12};
    auto& provider = s_.world.providers[0];
    provider.cpu_start = provider.bus_start = 0x80000000;
    provider.size = 0x200000;
    provider.cached_type[0] = SGP_TYPE_BUS_ADDR;
    s_.world.devices[0].force_bounce = s_.world.devices[0].swiotlb_active = 1;
    s_.world.devices[0].min_align = 0xff;
    add_op(s_, SGP_OP_INIT);
    auto& first = add_op(s_, SGP_OP_SET_PAGE, 0, 0);
    first.offset = kBuffer & 0xfff;
    first.length = kSize;
    add_op(s_, SGP_OP_SET_PAGE, 1, 1);
    for (const auto code : {SGP_OP_MAP_SGTABLE, SGP_OP_SYNC_CPU, SGP_OP_SYNC_DEVICE,
                            SGP_OP_SYNC_PART_CPU, SGP_OP_UNMAP})
      add_op(s_, code);
    s_.ops[kPart].offset = 0x800;
    s_.ops[kPart].length = 0x20;
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = s_.nents;
    r_.nops = s_.nops;
    r_.world = s_.world;
    for (unsigned j = 0; j < 2; ++j)
      r_.pages[j] = {
          .pointer = 0, .phys = s_.world.pages[j].pfn << 12, .kind = s_.world.pages[j].kind};
    for (unsigned i = 0; i < s_.nops; ++i) r_.steps[i].done = 1;
    for (unsigned i = kMap; i < kUnmap; ++i) {
      r_.steps[i].entries[0].dma_address = kSlot;
      r_.steps[i].entries[1].dma_address = kBar;
      r_.steps[i].entries[1].is_bus = 1;
    }
    event(SGP_EV_SWIOTLB_MAP, kMap, kBuffer, kSize, 0, 0, kSlot);
    event(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu, kSlot, kSize);
    event(SGP_EV_SWIOTLB_SYNC_DEV, kSyncDevice, kSlot, kSize);
    event(SGP_EV_SWIOTLB_SYNC_CPU, kPart, kSlot + 0x800, 0x20);
    bytes(kMap, kSlot, kSize, Copied::ToSlot, 0);
    bytes(kSyncCpu, kSlot, kSize, Copied::ToBuffer, 0);
    bytes(kSyncDevice, kSlot, kSize, Copied::ToSlot, 0);
    bytes(kPart, kSlot, 0x20, Copied::ToBuffer, 0x800);
    bytes(kUnmap, kSlot, kSize, Copied::ToBuffer, 0);
    bytes(kUnmap, 0, 0, Copied::Nothing, 0);
  }

  void event(sgp_event_kind kind, unsigned step, std::uint64_t a, std::uint64_t b,
             std::uint64_t c = 0, std::uint64_t d = 0, std::uint64_t ret = 0) {
    r_.events[r_.nevents++] = {.kind = static_cast<std::uint64_t>(kind),
                               .step = step,
                               .a = a,
                               .b = b,
                               .c = c,
                               .d = d,
                               .ret = ret};
  }
  void bytes(unsigned step, std::uint64_t slot, std::uint64_t count, Copied how,
             std::uint64_t first) {
    event(SGP_EV_BYTES, step, slot, count, static_cast<std::uint64_t>(how), first);
  }

  /// The n-th event of a kind in a step.
  sgp_event& nth(sgp_event_kind kind, unsigned step, unsigned n = 0) {
    for (unsigned i = 0; i < r_.nevents; ++i)
      if (r_.events[i].kind == static_cast<std::uint64_t>(kind) && r_.events[i].step == step &&
          n-- == 0)
        return r_.events[i];
    throw std::out_of_range("no such event");
  }

  void in_direction(std::uint64_t dir) {
    for (unsigned i = kMap; i <= kUnmap; ++i) s_.ops[i].dir = dir;
    for (unsigned i = 0; i < r_.nevents; ++i)
      if (r_.events[i].kind <= SGP_EV_SWIOTLB_SYNC_DEV) r_.events[i].c = dir;
  }

  [[nodiscard]] std::set<std::string> violated() const {
    const auto trace = concrete_trace(s_, r_, facts_);
    Judge<ConcreteDomain> judge(trace);
    sync(trace, judge);
    swt(trace, judge);
    saf(trace, judge);
    EXPECT_THAT(judge.checks(), Not(IsEmpty()));
    std::set<std::string> out;
    for (const auto& check : judge.checks())
      if (decide(check.applies & check.truth.fails))
        out.insert(std::string(check.invariant) + " " + std::string(check.clause));
    return out;
  }

  Facts facts_;
  sgp_scenario s_{};
  sgp_report r_{};
};

TEST_F(Bounced, ACorrectTraceViolatesNothing) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(Bounced, EverySlotIsSynchronisedOnceInTheDirectionAskedFor) {
  nth(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu).kind = SGP_EV_NONE;
  EXPECT_THAT(violated(), ElementsAre("SWT-5 slot-synced"));
  nth(SGP_EV_NONE, kSyncCpu).kind = SGP_EV_SWIOTLB_SYNC_CPU;
  nth(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu).c = 1;
  EXPECT_THAT(violated(), ElementsAre("SWT-5 slot-synced"));
  nth(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu).c = 0;
  event(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu, kSlot, kSize);
  EXPECT_THAT(violated(), ElementsAre("SWT-5 slot-synced")) << "twice";
}

TEST_F(Bounced, APartIsSynchronisedAtItsPlace) {
  nth(SGP_EV_SWIOTLB_SYNC_CPU, kPart).a = kSlot;
  EXPECT_THAT(violated(), ElementsAre("MAP-5 nothing-else", "SWT-5 part-synced"));
}

TEST_F(Bounced, NothingElseReachesTheBounceBuffers) {
  event(SGP_EV_SWIOTLB_SYNC_DEV, kSyncCpu, kSlot, kSize);
  EXPECT_THAT(violated(), ElementsAre("MAP-5 nothing-else")) << "the other way round";
  r_.events[--r_.nevents] = {};
  event(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu, kBar, 0x1000);
  EXPECT_THAT(violated(), ElementsAre("MAP-5 nothing-else")) << "a bus address";
  r_.events[--r_.nevents] = {};
  event(SGP_EV_SWIOTLB_UNMAP, kSyncDevice, kSlot, kSize);
  EXPECT_THAT(violated(), ElementsAre("MAP-5 nothing-else"));
}

TEST_F(Bounced, OfAReusedListTheSameIsMap10) {
  s_.ops[2].code = SGP_OP_MAP_SG;  // an earlier map call, of which nothing else matters here
  r_.steps[2].ret = 2;
  event(SGP_EV_SWIOTLB_SYNC_CPU, kSyncCpu, kBar, 0x1000);
  EXPECT_THAT(violated(), Contains("MAP-10 nothing-else"));
}

TEST_F(Bounced, ExactlyTheBytesAreCopied) {
  for (const unsigned step : {kSyncCpu, kSyncDevice, kPart, kUnmap}) {
    sgp_event& e = nth(SGP_EV_BYTES, step);
    const sgp_event right = e;
    --e.b;
    EXPECT_THAT(violated(), ElementsAre("SWT-2 bytes")) << "one too few in step " << step;
    e = right;
    ++e.d;
    EXPECT_THAT(violated(), ElementsAre("SWT-2 first-byte")) << "one further on in step " << step;
    e = right;
    e.c = right.c == 1 ? 2 : 1;
    EXPECT_THAT(violated(), ElementsAre("SWT-2 direction")) << "the wrong way in step " << step;
    e = right;
    e.c = static_cast<std::uint64_t>(Copied::Other);
    EXPECT_THAT(violated(), ElementsAre("SWT-2 direction")) << "other bytes in step " << step;
    e = right;
  }
  nth(SGP_EV_BYTES, kMap).b = kSize - 1;
  EXPECT_THAT(violated(), ElementsAre("SWT-2 mapped-bytes"));
}

TEST_F(Bounced, NothingIsCopiedAgainstTheDirection) {
  in_direction(1);  // to the device
  EXPECT_THAT(violated(), Contains("SWT-2 direction"));
  for (const unsigned step : {kSyncCpu, kPart, kUnmap}) {
    sgp_event& e = nth(SGP_EV_BYTES, step);
    e.b = e.c = e.d = 0;
  }
  EXPECT_THAT(violated(), IsEmpty());
  in_direction(2);  // from the device
  EXPECT_THAT(violated(), Contains("SWT-2 direction"));
}

TEST_F(Bounced, AnUnmapThatSkipsTheSyncCopiesNothing) {
  s_.ops[kMap].attrs = s_.ops[kUnmap].attrs = 32;
  EXPECT_THAT(violated(), Contains("SWT-2 direction"));
  sgp_event& e = nth(SGP_EV_BYTES, kUnmap);
  e.b = e.c = 0;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Bounced, MemoryOutsideStaysAsItIs) {
  event(SGP_EV_MEMORY, kSyncCpu, kBuffer + kSize, 1);
  EXPECT_THAT(violated(), ElementsAre("SWT-2 nothing-outside"));
}

TEST_F(Bounced, APartThatIsTooLongIsCutAndWarnedOf) {
  s_.ops[kPart].length = kSize;
  nth(SGP_EV_SWIOTLB_SYNC_CPU, kPart).b = kSize;
  nth(SGP_EV_BYTES, kPart).b = kSize - 0x800;
  event(SGP_EV_WARN, kPart, 590, 0);
  EXPECT_THAT(violated(), IsEmpty());
  nth(SGP_EV_BYTES, kPart).b = 0;
  nth(SGP_EV_BYTES, kPart).c = nth(SGP_EV_BYTES, kPart).d = 0;
  EXPECT_THAT(violated(), IsEmpty()) << "it need not succeed";
  event(SGP_EV_MEMORY, kPart, kBuffer + kSize, 0x800);
  EXPECT_THAT(violated(), ElementsAre("SWT-2 nothing-outside"));
}

TEST_F(Bounced, APartThatIsNotTooLongIsNotWarnedOf) {
  s_.ops[kPart].length = kSize - 0x800;
  nth(SGP_EV_SWIOTLB_SYNC_CPU, kPart).b = nth(SGP_EV_BYTES, kPart).b = kSize - 0x800;
  event(SGP_EV_WARN, kPart, 590, 0);
  EXPECT_THAT(violated(), ElementsAre("SAF-3 no-warn"));
}

TEST_F(Bounced, EverySlotIsFreeAfterTheLastUnmap) {
  nth(SGP_EV_BYTES, kUnmap, 1).ret = 4;
  EXPECT_THAT(violated(), ElementsAre("SWT-3 slots-free"));
}

TEST_F(Bounced, ASlotKeepsTheLowBitsAndLiesInThePool) {
  r_.world.devices[0].min_align = 0xffff;
  EXPECT_THAT(violated(), ElementsAre("SWT-1 aligned"));
  r_.world.devices[0].min_align = 0xff;
  r_.world.swiotlb_end = kSlot + kSize;
  EXPECT_THAT(violated(), IsEmpty());
  --r_.world.swiotlb_end;
  EXPECT_THAT(violated(), ElementsAre("SWT-1 inside-pool"));
}

TEST_F(Bounced, TheLargestMappingFitsAnEmptyPool) {
  bytes(kMap, kSlot, 0x3f000, Copied::LargestMapping, 0x400fff);
  EXPECT_THAT(violated(), IsEmpty());
  bytes(kMap, ~0ULL, 0x40000, Copied::LargestMapping, 0x400fff);
  EXPECT_THAT(violated(), ElementsAre("SWT-3 largest-fits"));
}

TEST_F(Bounced, WithoutAMachineNothingIsSaidOfMemory) {
  for (unsigned i = 0; i < r_.nevents; ++i)
    if (r_.events[i].kind == SGP_EV_BYTES) r_.events[i].kind = SGP_EV_NONE;
  event(SGP_EV_MEMORY, kSyncCpu, kBuffer + kSize, 1);
  EXPECT_THAT(violated(), IsEmpty());
}

}  // namespace
}  // namespace sgproof::model
