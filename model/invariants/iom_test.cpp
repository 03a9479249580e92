// A correct trace of devices behind an IOMMU, and what each change of it violates.
#include "model/invariants/iom.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "model/invariants/iom_any.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t kIova = 0xfffe0000, kPage = 0x1000;
constexpr std::uint64_t kFirst = 0x5100, kBar = 0x80003000, kBusOffset = 0x10'0000'0000;
constexpr unsigned kMap = 4, kUnmap = 5;

/// RAM of 0x1f00 bytes at 0x5100, a bus segment, RAM of one page at 0x9000; mapped and unmapped.
class Iom : public testing::Test {
 protected:
  void SetUp() override {
    facts_.values = {{"WORD_BITS", 64},           {"DMA_TO_DEVICE", 1}, {"DMA_FROM_DEVICE", 2},
                     {"EREMOTEIO", 121},          {"ENOMEM", 12},       {"EIO", 5},
                     {"DMA_MAPPING_ERROR", ~0ULL}};
    s_ = blank_scenario(facts_, 3, 1, 3);
    s_.world.iommu = 1;
    s_.world.iommu_granule = kPage;
    s_.world.pages[0] = {.kind = 0, .pfn = 5};
    s_.world.pages[1] = {.kind = 1, .pfn = kBar / kPage};
    s_.world.pages[2] = {.kind = 0, .pfn = 9};
    auto& provider = s_.world.providers[0];
    provider.cpu_start = 0x80000000;
    provider.size = 0x200000;
    provider.bus_start = provider.cpu_start + kBusOffset;
    provider.cached_type[0] = SGP_TYPE_BUS_ADDR;
    add_op(s_, SGP_OP_INIT);
    auto& first = add_op(s_, SGP_OP_SET_PAGE, 0, 0);
    first.offset = 0x100;
    first.length = 0x1f00;
    add_op(s_, SGP_OP_SET_PAGE, 1, 1);
    add_op(s_, SGP_OP_SET_PAGE, 2, 2);
    add_op(s_, SGP_OP_MAP_SGTABLE).dir = 1;
    add_op(s_, SGP_OP_UNMAP).dir = 1;
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = s_.nents;
    r_.nops = s_.nops;
    r_.world = s_.world;
    for (unsigned j = 0; j < 3; ++j)
      r_.pages[j] = {
          .pointer = 0, .phys = s_.world.pages[j].pfn * kPage, .kind = s_.world.pages[j].kind};
    for (unsigned i = 0; i < s_.nops; ++i) {
      auto& step = r_.steps[i];
      step.done = 1;
      for (unsigned e = 0; e < 3; ++e) {
        step.entries[e].offset = s_.ops[e + 1].offset;
        step.entries[e].length = s_.ops[e + 1].length;
      }
    }
    auto& out = r_.steps[kMap];
    out.out_nents = 3;
    output(0, kIova + 0x100, 0x1f00, 0);
    output(1, kBar + kBusOffset, kPage, 1);
    output(2, kIova + 0x2000, kPage, 0);
    event(SGP_EV_IOVA_ALLOC, kMap, 0x3000, 0xffffffff, 0, 0, kIova);
    event(SGP_EV_IOMMU_MAP, kMap, kIova, 0x5000, 0x2000, 1, 0x2000);
    event(SGP_EV_IOMMU_MAP, kMap, kIova + 0x2000, 0x9000, kPage, 1, kPage);
    event(SGP_EV_TRANSLATES, kMap, kIova, 0x5000, 0x2000, 0, 0);
    event(SGP_EV_TRANSLATES, kMap, kIova + 0x2000, 0x9000, kPage, 0, 0);
    event(SGP_EV_IOMMU_UNMAP, kUnmap, kIova, 0x3000, 0, 0, 0x3000);
    event(SGP_EV_IOMMU_FLUSH, kUnmap, 0, 0, 0, 0, 0);
    event(SGP_EV_IOVA_FREE, kUnmap, kIova, 0x3000, 0, 0, 0);
  }

  void output(unsigned k, std::uint64_t address, std::uint64_t length, std::uint64_t bus) {
    auto& entry = r_.steps[kMap].entries[k];
    entry.dma_address = address;
    entry.dma_length = length;
    entry.is_bus = bus;
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

  /// The n-th event of a kind.
  sgp_event& nth(sgp_event_kind kind, unsigned n = 0) {
    for (unsigned i = 0; i < r_.nevents; ++i)
      if (r_.events[i].kind == static_cast<std::uint64_t>(kind) && n-- == 0) return r_.events[i];
    throw std::out_of_range("no such event");
  }

  void remove(sgp_event_kind kind) { nth(kind).kind = SGP_EV_NONE; }

  [[nodiscard]] std::set<std::string> violated() const {
    const auto trace = concrete_trace(s_, r_, facts_);
    Judge<ConcreteDomain> judge(trace);
    iom(trace, judge);
    EXPECT_THAT(judge.checks(), Not(IsEmpty()));
    const auto out = violations(judge);
    if (proofs_agree_) {
      EXPECT_EQ(violated_somewhere(trace), out) << "as proofs say it";
    }
    return out;
  }

  static std::set<std::string> violations(const Judge<ConcreteDomain>& judge) {
    std::set<std::string> out;
    for (const auto& check : judge.checks())
      if (decide(check.applies & check.truth.fails))
        out.insert(std::string(check.invariant) + " " + std::string(check.clause));
    return out;
  }

  /// What the statements of proofs say, for each of many bytes.
  static std::set<std::string> violated_somewhere(Trace<ConcreteDomain> trace) {
    std::set<std::string> out;
    for (const std::uint64_t from : {std::uint64_t{0}, kIova - kPage})
      for (std::uint64_t at = from; at < from + 6 * kPage; at += 0x80) {
        trace.any = ConcreteDomain::Word(at);
        Judge<ConcreteDomain> judge(trace);
        iom_any(trace, judge);
        out.merge(violations(judge));
      }
    return out;
  }

  /// The map call fails with this error, and undoes nothing yet.
  void fail(std::uint64_t error) {
    r_.steps[kMap].ret = 0 - error;
    r_.nevents = 0;
    for (unsigned k = 0; k < 3; ++k) output(k, ~0ULL, 0, 0);
  }

  Facts facts_;
  sgp_scenario s_{};
  sgp_report r_{};
  /// Whether iom_any() must say the same: not where a change is in the page tables alone, which
  /// proofs do not have, and not for untrusted devices.
  bool proofs_agree_ = true;
};

TEST_F(Iom, ACorrectTraceViolatesNothing) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(Iom, SegmentsMayBeJoined) {
  // two RAM segments without the bus segment between them, joined into one output
  s_.nents = r_.nents = 2;
  s_.ops[2].page = 2;
  r_.steps[kMap].out_nents = 1;
  output(0, kIova + 0x100, 0x2f00, 0);
  output(1, ~0ULL, 0, 0);
  for (unsigned i = 0; i < s_.nops; ++i) r_.steps[i].entries[1].length = kPage;
  s_.ops[3].code = SGP_OP_NOP;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Iom, AnUnmapIsGivenTheEntriesThatTheMapCallWasGiven) {
  event(SGP_EV_VISIT, kUnmap, 0, 0, 0, 0, 3);
  EXPECT_THAT(violated(), IsEmpty());
  nth(SGP_EV_VISIT).ret = 2;
  EXPECT_THAT(violated(), Contains("MAP-5 all-entries"));
}

TEST_F(Iom, EveryByteMustLeadToItsPlace) {
  output(2, kIova + 0x1000, kPage, 0);
  EXPECT_THAT(violated(), Contains("IOM-2 bytes"));
}

TEST_F(Iom, APageThatDoesNotTranslateIsNotThere) {
  proofs_agree_ = false;  // the calls of the driver and the tables differ
  nth(SGP_EV_TRANSLATES, 1).c = 0;
  EXPECT_THAT(violated(), Contains("IOM-2 bytes"));
}

TEST_F(Iom, AMissingSegmentIsNoticed) {
  r_.steps[kMap].out_nents = 2;
  output(2, ~0ULL, 0, 0);
  EXPECT_THAT(violated(), Contains("IOM-2 bytes"));
}

TEST_F(Iom, TheMarkSaysWhichSlotHoldsABusAddress) {
  output(1, kBar + kBusOffset, kPage, 0);
  EXPECT_THAT(violated(), Contains("IOM-2 marked"));
}

TEST_F(Iom, ABusSegmentHasTheAddressOnTheBus) {
  output(1, kBar, kPage, 1);
  EXPECT_THAT(violated(), Contains("MAP-1 address"));
}

TEST_F(Iom, SlotsBehindTheCountAreEmpty) {
  r_.steps[kMap].out_nents = 2;
  EXPECT_THAT(violated(), Contains("IOM-3 rest-empty"));
}

TEST_F(Iom, LimitsOfTheDeviceHold) {
  r_.world.devices[0].max_segment = 0x1f00;
  EXPECT_THAT(violated(), IsEmpty()) << "the third segment is shorter";
  r_.world.devices[0].segment_boundary = 0x1fff;
  output(0, kIova + 0x1000, 0x1f00, 0);
  EXPECT_THAT(violated(), Contains("IOM-3 boundary"));
}

TEST_F(Iom, TheRangeCoversTheSegmentsAndNoMore) {
  nth(SGP_EV_IOVA_ALLOC).a = 0x2000;
  EXPECT_THAT(violated(), Contains("IOM-1 covers"));
  nth(SGP_EV_IOVA_ALLOC).a = 0x4000;
  EXPECT_THAT(violated(), Contains("IOM-1 no-more"));
}

TEST_F(Iom, WhatIsGivenBackIsWhatWasTaken) {
  nth(SGP_EV_IOVA_FREE).b = 0x2000;
  EXPECT_THAT(violated(), testing::IsSupersetOf({"IOM-4 as-taken", "IOM-4 nothing-kept"}));
  remove(SGP_EV_IOVA_FREE);
  EXPECT_THAT(violated(), Contains("IOM-4 nothing-kept"));
}

TEST_F(Iom, TheInputFieldsAreRestored) {
  r_.steps[kMap].entries[0].offset = 0;
  EXPECT_THAT(violated(), Contains("IOM-5 offset"));
}

TEST_F(Iom, OnlyTheSegmentsAreMappedWithTheRightPermission) {
  proofs_agree_ = false;  // the calls of the driver and the tables differ
  nth(SGP_EV_IOMMU_MAP, 1).b = kBar;
  EXPECT_THAT(violated(), Contains("IOM-7 only-the-segments"));
  nth(SGP_EV_IOMMU_MAP).d = 3;
  EXPECT_THAT(violated(), Contains("IOM-7 permission"));
}

TEST_F(Iom, ProofsExcuseWhatIsMappedUpToASegmentBoundary) {
  const auto said = [&](std::uint64_t first, std::uint64_t last) {
    nth(SGP_EV_IOMMU_MAP).ret = nth(SGP_EV_IOMMU_MAP).c = first * kPage;
    nth(SGP_EV_IOMMU_MAP, 1).ret = nth(SGP_EV_IOMMU_MAP, 1).c = last * kPage;
    return violated_somewhere(concrete_trace(s_, r_, facts_)).contains("IOM-7 only-the-segments");
  };
  EXPECT_TRUE(said(3, 1)) << "there is no boundary";
  r_.world.devices[0].segment_boundary = 2 * kPage - 1;
  EXPECT_FALSE(said(2, 1));
  EXPECT_FALSE(said(3, 1)) << "a page behind the first segment";
  EXPECT_TRUE(said(6, 1)) << "more than there is up to a boundary";
  EXPECT_TRUE(said(2, 2)) << "nothing follows the last segment";
}

TEST_F(Iom, NothingTranslatesAfterUnmap) {
  proofs_agree_ = false;  // the calls of the driver and the tables differ
  event(SGP_EV_TRANSLATES, kUnmap, kIova, 0x5000, kPage, 0, 0);
  EXPECT_THAT(violated(), Contains("IOM-8 gone"));
}

TEST_F(Iom, ProofsReadTheCallsOfTheDriver) {
  const auto said = [&] { return violated_somewhere(concrete_trace(s_, r_, facts_)); };
  nth(SGP_EV_IOMMU_MAP).ret = nth(SGP_EV_IOMMU_MAP).c = kPage;
  EXPECT_THAT(said(), ElementsAre("IOM-2 bytes")) << "a page that was not entered";
  nth(SGP_EV_IOMMU_MAP).ret = nth(SGP_EV_IOMMU_MAP).c = 2 * kPage;
  EXPECT_THAT(said(), IsEmpty());
  nth(SGP_EV_IOMMU_UNMAP).ret = 2 * kPage;
  EXPECT_THAT(said(), ElementsAre("IOM-8 gone")) << "a page that was not removed";
  event(SGP_EV_IOMMU_UNMAP, kUnmap, kIova + 2 * kPage, kPage, 0, 0, kPage);
  EXPECT_THAT(said(), ElementsAre("IOM-8 flushed")) << "removed behind the flush";
  std::swap(r_.events[r_.nevents - 1], nth(SGP_EV_IOMMU_FLUSH));
  EXPECT_THAT(said(), ElementsAre("IOM-8 flushed")) << "removed behind the range";
  std::swap(r_.events[r_.nevents - 1], nth(SGP_EV_IOVA_FREE));
  EXPECT_THAT(said(), IsEmpty()) << "the rest was removed";
  nth(SGP_EV_IOMMU_UNMAP).a += kPage;
  EXPECT_THAT(said(), ElementsAre("IOM-8 gone")) << "the first page was not removed";
}

TEST_F(Iom, TheTlbIsFlushedBeforeTheRangeIsGivenBack) {
  std::swap(nth(SGP_EV_IOMMU_FLUSH), nth(SGP_EV_IOVA_FREE));
  EXPECT_THAT(violated(), Contains("IOM-8 flushed"));
}

TEST_F(Iom, ADriverErrorIsNeverSuccess) {
  proofs_agree_ = false;  // the calls of the driver and the tables differ
  nth(SGP_EV_IOMMU_MAP, 1).ret = 0;
  EXPECT_THAT(violated(), Not(Contains("IOM-9 error-is-failure"))) << "it is asked for the rest";
  nth(SGP_EV_IOMMU_MAP, 1).d |= SGP_IOMMU_ERROR;
  EXPECT_THAT(violated(), Contains("IOM-9 error-is-failure"));
}

TEST_F(Iom, APartThatTheDriverCallsASuccessIsNoFailure) {
  nth(SGP_EV_IOMMU_MAP).ret = kPage;
  event(SGP_EV_IOMMU_MAP, kMap, kIova + kPage, 0x6000, kPage, 1, kPage);
  auto* last = r_.events + r_.nevents;
  std::rotate(&nth(SGP_EV_IOMMU_MAP, 1), last - 1, last);  // before the unmap
  EXPECT_THAT(violated(), IsEmpty());
  nth(SGP_EV_IOMMU_MAP, 1).b = 0x7000;
  EXPECT_THAT(violated_somewhere(concrete_trace(s_, r_, facts_)), Contains("IOM-2 bytes"));
}

TEST_F(Iom, WhatAFailingCallEnteredIsRemoved) {
  fail(12);
  event(SGP_EV_IOVA_ALLOC, kMap, 0x3000, 0xffffffff, 0, 0, kIova);
  event(SGP_EV_IOMMU_MAP, kMap, kIova, 0x5000, 0x2000, 1 | SGP_IOMMU_ERROR, kPage);
  event(SGP_EV_IOMMU_UNMAP, kMap, kIova, kPage, 0, 0, kPage);
  event(SGP_EV_IOMMU_FLUSH, kMap, 0, 0, 0, 0, 0);
  event(SGP_EV_IOVA_FREE, kMap, kIova, 0x3000, 0, 0, 0);
  EXPECT_THAT(violated(), IsEmpty());
  remove(SGP_EV_IOMMU_UNMAP);
  EXPECT_THAT(violated_somewhere(concrete_trace(s_, r_, facts_)), ElementsAre("IOM-8 gone"));
}

TEST_F(Iom, WithoutAFailureTheCallSucceeds) {
  fail(22);
  EXPECT_THAT(violated(), Contains("MAP-11 succeeds"));
}

TEST_F(Iom, AFailureHasItsErrorAndLeavesNothing) {
  fail(12);
  event(SGP_EV_IOVA_ALLOC, kMap, 0x3000, 0xffffffff, 0, 0, kIova);
  event(SGP_EV_IOMMU_MAP, kMap, kIova, 0x5000, 0x2000, 1 | SGP_IOMMU_ERROR, 0);
  EXPECT_THAT(violated(), Contains("IOM-4 nothing-kept"));
  event(SGP_EV_IOVA_FREE, kMap, kIova, 0x3000, 0, 0, 0);
  EXPECT_THAT(violated(), IsEmpty());
  r_.steps[kMap].ret = 0 - std::uint64_t{22};
  EXPECT_THAT(violated(), Contains("IOM-9 error-kept"));
}

TEST_F(Iom, WithoutAnAddressTheErrorIsEnomem) {
  fail(12);
  event(SGP_EV_IOVA_ALLOC, kMap, 0x3000, 0xffffffff, 0, 0, 0);
  EXPECT_THAT(violated(), IsEmpty());
  r_.steps[kMap].ret = 0 - std::uint64_t{22};
  EXPECT_THAT(violated(), Contains("REF-1 map-error"));
}

TEST_F(Iom, MemoryOutOfReachIsRefusedWithEremoteio) {
  s_.world.providers[0].cached_type[0] = SGP_TYPE_NOT_SUPPORTED;
  r_.world = s_.world;
  fail(121);
  EXPECT_THAT(violated(), IsEmpty());
  fail(12);
  EXPECT_THAT(violated(), Contains("REF-1 map-error"));
}

/// The same list of an untrusted device: whole pages by themselves, the first segment in a slot.
class IomUntrusted : public Iom {
 protected:
  static constexpr std::uint64_t kSlot = 0x4000000;

  void SetUp() override {
    proofs_agree_ = false;
    Iom::SetUp();
    s_.world.devices[0].untrusted = r_.world.devices[0].untrusted = 1;
    r_.world.swiotlb_start = kSlot;
    r_.world.swiotlb_end = kSlot + 0x100000;
    r_.nevents = 0;
    output(0, kIova, 0x1f00, 0);
    output(2, kIova + 0x4000, kPage, 0);
    event(SGP_EV_IOVA_ALLOC, kMap, 0x2000, 0xffffffff, 0, 0, kIova);
    event(SGP_EV_IOMMU_MAP, kMap, kIova, kSlot, 0x2000, 1, 0x2000);
    event(SGP_EV_IOVA_ALLOC, kMap, kPage, 0xffffffff, 0, 0, kIova + 0x4000);
    event(SGP_EV_IOMMU_MAP, kMap, kIova + 0x4000, 0x9000, kPage, 1, kPage);
    event(SGP_EV_TRANSLATES, kMap, kIova, kSlot, 0x2000, 0, 0);
    event(SGP_EV_TRANSLATES, kMap, kIova + 0x4000, 0x9000, kPage, 0, 0);
    event(SGP_EV_IOMMU_UNMAP, kUnmap, kIova, 0x2000, 0, 0, 0x2000);
    event(SGP_EV_IOMMU_FLUSH, kUnmap, 0, 0, 0, 0, 0);
    event(SGP_EV_IOVA_FREE, kUnmap, kIova, 0x2000, 0, 0, 0);
    event(SGP_EV_SWIOTLB_UNMAP, kUnmap, kSlot, 0x1f00, 1, 0, 0);
    event(SGP_EV_IOMMU_UNMAP, kUnmap, kIova + 0x4000, kPage, 0, 0, kPage);
    event(SGP_EV_IOMMU_FLUSH, kUnmap, 0, 0, 0, 0, 0);
    event(SGP_EV_IOVA_FREE, kUnmap, kIova + 0x4000, kPage, 0, 0, 0);
  }
};

TEST_F(IomUntrusted, ACorrectTraceViolatesNothing) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(IomUntrusted, WhatSharesAGranuleMustBeBounced) {
  nth(SGP_EV_TRANSLATES).b = nth(SGP_EV_IOMMU_MAP).b = kFirst;
  EXPECT_THAT(violated(), Contains("IOM-2 bytes"));
}

TEST_F(IomUntrusted, WholeGranulesMayBeBouncedToo) {
  nth(SGP_EV_TRANSLATES, 1).b = nth(SGP_EV_IOMMU_MAP, 1).b = kSlot + 0x4000;
  EXPECT_THAT(violated(), Contains("SWT-3 given-back")) << "then that slot is given back too";
  event(SGP_EV_SWIOTLB_UNMAP, kUnmap, kSlot + 0x4000, kPage, 1, 0, 0);
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(IomUntrusted, ASlotKeepsTheBitsThatTheDeviceWants) {
  r_.world.devices[0].min_align = 0xfff;
  ASSERT_NE(kFirst & 0xfff, kSlot & 0xfff);
  EXPECT_THAT(violated(), ElementsAre("SWT-1 aligned"));
  r_.world.devices[0].min_align = ~kFirst & ~kSlot & 0xfff;
  EXPECT_THAT(violated(), IsEmpty()) << "bits that both have not";
}

TEST_F(IomUntrusted, EveryByteMustLeadToItsPlace) {
  nth(SGP_EV_TRANSLATES, 1).b = 0xa000;
  EXPECT_THAT(violated(), Contains("IOM-2 bytes"));
  nth(SGP_EV_TRANSLATES, 1).b = 0x9000;
  nth(SGP_EV_TRANSLATES).c = kPage;
  EXPECT_THAT(violated(), Contains("IOM-2 bytes")) << "its second page does not translate";
}

TEST_F(IomUntrusted, PeerMemoryKeepsItsType) {
  output(1, kIova + 0x8000, kPage, 0);
  event(SGP_EV_TRANSLATES, kMap, kIova + 0x8000, kBar, kPage, 0, 0);
  EXPECT_THAT(violated(), ElementsAre("MAP-7 own-type"));
  nth(SGP_EV_TRANSLATES, 2).b = kSlot + 0x8000;
  EXPECT_THAT(violated(), ElementsAre("MAP-7 own-type", "SWT-3 given-back", "SWT-5 not-bounced"));
  event(SGP_EV_SWIOTLB_UNMAP, kUnmap, kSlot + 0x8000, kPage, 1, 0, 0);
  EXPECT_THAT(violated(), ElementsAre("MAP-7 own-type", "SWT-5 not-bounced"));
}

TEST_F(IomUntrusted, MemoryOutOfReachIsRefused) {
  s_.world.providers[0].cached_type[0] = SGP_TYPE_NOT_SUPPORTED;
  r_.world.providers[0] = s_.world.providers[0];
  EXPECT_THAT(violated(), Contains("MAP-7 own-type")) << "it was mapped";
  fail(121);
  EXPECT_THAT(violated(), IsEmpty());
  fail(5);
  EXPECT_THAT(violated(), Contains("REF-1 map-error"));
}

TEST_F(IomUntrusted, EverySlotIsGivenBackOnce) {
  remove(SGP_EV_SWIOTLB_UNMAP);
  EXPECT_THAT(violated(), ElementsAre("SWT-3 given-back"));
}

TEST_F(IomUntrusted, EachEntryHasARangeOfItsOwn) {
  nth(SGP_EV_IOVA_ALLOC).a = kPage;
  EXPECT_THAT(violated(), Contains("IOM-1 covers"));
}

TEST_F(IomUntrusted, AFailureHasItsErrorAndLeavesNothing) {
  fail(5);
  event(SGP_EV_IOVA_ALLOC, kMap, 0x2000, 0xffffffff, 0, 0, kIova);
  event(SGP_EV_IOMMU_MAP, kMap, kIova, kSlot, 0x2000, 1 | SGP_IOMMU_ERROR, 0);
  s_.ops[2].page = 0;
  EXPECT_THAT(violated(), Contains("IOM-4 nothing-kept"));
  event(SGP_EV_IOVA_FREE, kMap, kIova, 0x2000, 0, 0, 0);
  EXPECT_THAT(violated(), IsEmpty());
  r_.steps[kMap].ret = 0 - std::uint64_t{12};
  EXPECT_THAT(violated(), Contains("IOM-9 error-kept"));
}

}  // namespace
}  // namespace sgproof::model
