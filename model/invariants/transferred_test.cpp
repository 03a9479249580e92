// Transfers through a list of RAM, a bus segment and a bounced segment, and what they can show.
#include "model/invariants/transferred.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t kLength = 0x1000, kNone = ~std::uint64_t{0};
constexpr unsigned kMap = 4, kUnmap = 5;

/// RAM at 0x5000, a bus segment, RAM above what the device reaches; each byte right both ways.
class Transferred : public testing::Test {
 protected:
  void SetUp() override {
    facts_.values = {{"WORD_BITS", 64}, {"DMA_TO_DEVICE", 1}, {"DMA_MAPPING_ERROR", kNone}};
    s_ = blank_scenario(facts_, 3, 1, 3);
    s_.world.real_dma = 1;
    s_.world.devices[0].dma_mask = 0xffffffff;
    s_.world.devices[0].swiotlb_active = 1;
    s_.world.providers[0].cpu_start = s_.world.providers[0].bus_start = 0x80000000;
    s_.world.providers[0].size = 0x200000;
    s_.world.providers[0].cached_type[0] = SGP_TYPE_BUS_ADDR;
    s_.world.pages[0] = {.kind = 0, .pfn = 5};
    s_.world.pages[1] = {.kind = 1, .pfn = 0x80003};
    s_.world.pages[2] = {.kind = 0, .pfn = 0x100009};
    add_op(s_, SGP_OP_INIT);
    for (unsigned i = 0; i < 3; ++i) add_op(s_, SGP_OP_SET_PAGE, i, i);
    add_op(s_, SGP_OP_MAP_SGTABLE);
    add_op(s_, SGP_OP_UNMAP);
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = s_.nents;
    r_.nops = s_.nops;
    r_.world = s_.world;
    for (unsigned j = 0; j < 3; ++j)
      r_.pages[j] = {
          .pointer = 0, .phys = s_.world.pages[j].pfn << 12, .kind = s_.world.pages[j].kind};
    for (unsigned i = 0; i < s_.nops; ++i) r_.steps[i].done = 1;
    for (unsigned i = 0; i < 3; ++i) {
      event(SGP_EV_TRANSFER, kMap, i * kLength, kLength, 0, kNone, 0);
      event(SGP_EV_TRANSFER, kUnmap, i * kLength, kLength, 1, kNone, 0);
    }
  }

  void event(sgp_event_kind kind, unsigned step, std::uint64_t a, std::uint64_t b, std::uint64_t c,
             std::uint64_t d, std::uint64_t ret) {
    r_.events[r_.nevents++] = {.kind = static_cast<std::uint64_t>(kind),
                               .step = step,
                               .a = a,
                               .b = b,
                               .c = c,
                               .d = d,
                               .ret = ret};
  }

  /// Statements made, those that fail with `failing`: "MAP-1 transferred 4" is of step 4.
  [[nodiscard]] std::multiset<std::string> said(bool failing) const {
    const auto trace = concrete_trace(s_, r_, facts_);
    Judge<ConcreteDomain> judge(trace);
    transferred(trace, judge);
    std::multiset<std::string> out;
    for (const auto& check : judge.checks())
      if (decide(check.applies) && decide(failing ? check.truth.fails : check.truth.holds))
        out.insert(std::string(check.invariant) + " " + std::string(check.clause) + " " +
                   std::to_string(check.subject.step));
    return out;
  }

  Facts facts_;
  sgp_scenario s_{};
  sgp_report r_{};
};

TEST_F(Transferred, EachSegmentIsOfTheInvariantThatItsAddressIsOf) {
  EXPECT_THAT(said(true), IsEmpty());
  EXPECT_THAT(said(false), UnorderedElementsAre("MAP-1 transferred 4", "MAP-2 transferred 4",
                                                "SWT-2 transferred 4", "MAP-1 transferred 5",
                                                "MAP-2 transferred 5", "SWT-2 transferred 5",
                                                "SWT-2 nothing-outside 5"));
}

TEST_F(Transferred, OneWrongByteIsEnough) {
  r_.events[0].ret = 1;
  EXPECT_THAT(said(true), ElementsAre("MAP-2 transferred 4"));
  r_.events[0].ret = 0;
  r_.events[5].ret = 1;
  EXPECT_THAT(said(true), ElementsAre("SWT-2 transferred 5")) << "the CPU does not see it";
}

TEST_F(Transferred, ATransferIsOfTheSegmentInWhichItBegins) {
  r_.events[2].a = 2 * kLength - 1;
  r_.events[2].ret = 1;
  EXPECT_THAT(said(true), ElementsAre("MAP-1 transferred 4"));
  r_.events[2].a = 2 * kLength;
  EXPECT_THAT(said(true), ElementsAre("SWT-2 transferred 4"));
}

TEST_F(Transferred, BehindAnIommuTheAddressIsOfAnotherInvariant) {
  s_.world.iommu = r_.world.iommu = 1;
  EXPECT_THAT(said(true), IsEmpty());
  r_.events[0].ret = 1;
  EXPECT_THAT(said(true), ElementsAre("IOM-2 transferred 4"));
}

TEST_F(Transferred, TheIommuRefusesNothing) {
  s_.world.iommu = r_.world.iommu = 1;
  EXPECT_THAT(said(false), Contains("IOM-2 no-fault 4"));
  event(SGP_EV_IOMMU_FAULT, kMap, 0xfffff000, 6, 0x100, 0, 0);
  EXPECT_THAT(said(true), ElementsAre("IOM-2 no-fault 4"));
}

TEST_F(Transferred, MemoryBesideTheSegmentsIsKept) {
  event(SGP_EV_MEMORY, kUnmap, 0x6000, 8, 0, 0, 0);
  EXPECT_THAT(said(true), ElementsAre("SWT-2 nothing-outside 5"));
}

TEST_F(Transferred, AFailedCallLeavesTheCallersMemory) {
  r_.nevents = 0;
  r_.steps[kMap].ret = 0 - std::uint64_t{5};
  EXPECT_THAT(said(false), ElementsAre("MAP-4 bytes-kept 4"));
  event(SGP_EV_MEMORY, kMap, 0x5000, 8, 0, 0, 0);
  EXPECT_THAT(said(true), ElementsAre("MAP-4 bytes-kept 4"));
}

TEST_F(Transferred, AnUntrustedDeviceFindsZeroesBesideASlot) {
  s_.world.iommu = r_.world.iommu = 1;
  r_.world.iommu_granule = 0x1000;
  r_.world.devices[0].untrusted = 1;
  s_.ops[1].offset = 0x10;
  event(SGP_EV_TRANSFER, kMap, 0, 0xff0, 2, kNone, 0);
  EXPECT_THAT(said(false), Contains("SWT-2 padding-cleared 4"));
  EXPECT_THAT(said(false), Contains("SWT-2 transferred 4")) << "of the slot";
  EXPECT_THAT(said(false), Contains("IOM-2 transferred 4")) << "of whole granules";
  r_.events[6].ret = 1;
  EXPECT_THAT(said(true), ElementsAre("SWT-2 padding-cleared 4"));
}

TEST_F(Transferred, WithoutTransfersNothingIsSaid) {
  r_.nevents = 0;
  EXPECT_THAT(said(false), IsEmpty());
  EXPECT_THAT(said(true), IsEmpty());
}

TEST(NeedsTransfers, KnowsItsClauses) {
  EXPECT_TRUE(needs_transfers("transferred"));
  EXPECT_TRUE(needs_transfers("no-fault"));
  EXPECT_TRUE(needs_transfers("nothing-outside"));
  EXPECT_TRUE(needs_transfers("padding-cleared"));
  EXPECT_FALSE(needs_transfers("address"));
}

}  // namespace
}  // namespace sgproof::model
