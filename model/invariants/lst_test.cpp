// Correct lives of tables, and what each change of what was observed violates.
#include "model/invariants/lst.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "model/invariants/lst_any.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t kPage = 0x1000, kEntry = 32;
constexpr std::uint64_t kChain = 2, kEnd = 4, kOutside = 8;
constexpr std::uint64_t kInvalid = 0 - std::uint64_t{22}, kNoMemory = 0 - std::uint64_t{12};

std::uint64_t place(std::uint64_t list, std::uint64_t chunk, std::uint64_t slot) {
  return list | chunk << 8 | slot << 32;
}

class Lst : public testing::Test {
 protected:
  Lst() {
    facts_.values = {{"WORD_BITS", 64},
                     {"PAGE_SHIFT", 12},
                     {"EINVAL", 22},
                     {"ENOMEM", 12},
                     {"SG_MAX_SINGLE_ALLOC", 128},
                     {"SIZEOF_SCATTERLIST", kEntry},
                     {"LINUX_VERSION_CODE", 0x60c00}};
    s_ = blank_scenario(facts_, 1, 2, 3);
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = 1;
  }

  sgp_op& op(sgp_opcode code, std::uint64_t ret = 0, std::uint64_t out_nents = 0) {
    auto& added = add_op(s_, code);
    auto& step = r_.steps[s_.nops - 1];
    step.done = 1;
    step.ret = ret;
    step.out_nents = out_nents;
    return added;
  }
  /// Of the last operation.
  sgp_event& event(sgp_event_kind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                   std::uint64_t d, std::uint64_t ret) {
    r_.events[r_.nevents] = {kind, s_.nops - 1, a, b, c, d, ret};
    return r_.events[r_.nevents++];
  }
  void gives(std::uint64_t number, std::uint64_t entries) {
    event(SGP_EV_CHUNK_ALLOC, entries * kEntry, 0, 0, 0, number);
  }
  void takes(std::uint64_t number, std::uint64_t entries) {
    event(SGP_EV_CHUNK_FREE, entries * kEntry, 0, 0, 0, number);
  }
  void visits(std::uint64_t phys, std::uint64_t bytes, std::uint64_t marks, std::uint64_t where,
              std::uint64_t count = 1, std::uint64_t step = 0) {
    event(SGP_EV_VISIT, phys, bytes, marks | step << 8, where, count);
  }

  [[nodiscard]] std::set<std::string> violated() const {
    sgp_scenario s = s_;
    sgp_report r = r_;
    r.nops = s.nops;
    r.world = s.world;
    for (unsigned j = 0; j < s.npages; ++j)
      r.pages[j] = {0, s.world.pages[j].pfn * kPage, s.world.pages[j].kind};
    const auto trace = concrete_trace(s, r, facts_);
    Judge<ConcreteDomain> judge(trace);
    lst(trace, judge);
    auto all = violations(judge);
    auto of_proofs = all;
    of_proofs.erase("LST-2 inside");  // of executions only
    EXPECT_EQ(violated_in_proofs(trace), of_proofs) << "as proofs say it";
    return all;
  }

  static std::set<std::string> violations(const Judge<ConcreteDomain>& judge) {
    std::set<std::string> all;
    for (const auto& check : judge.checks())
      if (decide(check.applies & check.truth.fails))
        all.insert(std::string(check.invariant) + " " + std::string(check.clause));
    return all;
  }

  /// What the statements of proofs say of single visits; beside what happened there are events of
  /// paths that were not taken.
  static std::set<std::string> violated_in_proofs(Trace<ConcreteDomain> trace) {
    using W = ConcreteDomain::Word;
    std::vector<Event<ConcreteDomain>> apart;
    for (const auto& e : trace.events) {
      const std::uint64_t count = e.kind == SGP_EV_VISIT ? e.ret.value() : 1;
      for (std::uint64_t k = 0; k < count; ++k) {
        apart.push_back(e);
        if (e.kind != SGP_EV_VISIT) continue;
        apart.back().a = W(e.a.value() + k * (e.c.value() >> 8));
        apart.back().c = W(e.c.value() & 0xff);
        apart.back().d = W(e.d.value() + (k << 32));
        apart.back().ret = W(1);
      }
      apart.push_back(e);
      apart.back().guard = ConcreteBool(false);
      apart.back().a = W(e.a.value() + 0x20);
      apart.back().d = W(0);
    }
    trace.events = apart;
    Judge<ConcreteDomain> judge(trace);
    lst_any(trace, judge);
    return violations(judge);
  }

  Facts facts_;
  sgp_scenario s_{};
  sgp_report r_{};
};

/// Four entries in chunks of two, the first chunk of three the caller's: 2 + 1 + 1 entries.
class Chunks : public Lst {
 protected:
  enum { kMade, kWalked, kFreed };
  enum { kSecond, kThird, kFirstVisit, kSecondVisit, kLastVisit, kFreeSecond, kFreeThird };

  Chunks() {
    auto& made = op(SGP_OP_TABLE_CHUNKS, 0, 4);
    made.length = 4;
    made.offset = 2;
    made.raw = 3;
    gives(2, 2);
    gives(3, 1);
    op(SGP_OP_TABLE_WALK, 4, 4);
    visits(0, 0, 0, place(0, 1, 0), 2);
    visits(0, 0, 0, place(0, 2, 0));
    visits(0, 0, kEnd, place(0, 3, 0));
    op(SGP_OP_TABLE_FREE);
    takes(2, 2);
    takes(3, 1);
  }
};

TEST_F(Chunks, OfTheRightShapeHold) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(Chunks, AWrongCountIsSeen) {
  r_.steps[kMade].out_nents = 3;
  EXPECT_THAT(violated(), ElementsAre("LST-2 count"));
}

TEST_F(Chunks, ChunksWithoutRoomForAllAreSeen) {
  s_.ops[kMade].length = 5;
  r_.steps[kMade].out_nents = 5;
  EXPECT_THAT(violated(), Contains("LST-2 shape"));
}

TEST_F(Chunks, AChunkLargerThanAllowedIsSeen) {
  r_.events[kSecond].a = 3 * kEntry;
  EXPECT_THAT(violated(), Contains("LST-2 shape"));
}

TEST_F(Chunks, AFailureWithoutReasonIsSeen) {
  r_.steps[kMade].ret = kNoMemory;
  EXPECT_THAT(violated(), Contains("LST-2 result"));
}

TEST_F(Chunks, AnEmptyTableIsInvalid) {
  s_.ops[kMade].length = 0;
  EXPECT_THAT(violated(), Contains("LST-2 result"));
  r_.steps[kMade].ret = kInvalid;
  EXPECT_THAT(violated(), Not(Contains("LST-2 result")));
}

TEST_F(Chunks, AnEntryVisitedTwiceIsSeen) {
  r_.events[kFirstVisit].ret = 1;
  r_.events[kSecondVisit].d = place(0, 1, 0);
  EXPECT_THAT(violated(), ElementsAre("LST-1 entries"));
}

TEST_F(Chunks, ALinkVisitedIsSeen) {
  r_.events[kSecondVisit].c = kChain;
  EXPECT_THAT(violated(), ElementsAre("LST-1 entries"));
}

TEST_F(Chunks, LeavingTheTableIsSeen) {
  r_.events[kLastVisit].c = kOutside;
  EXPECT_THAT(violated(), ElementsAre("LST-1 end", "LST-1 entries"));
}

TEST_F(Chunks, AnEndTooEarlyIsSeen) {
  r_.events[kSecondVisit].c = kEnd;
  EXPECT_THAT(violated(), ElementsAre("LST-1 end"));
}

TEST_F(Chunks, CountsThatDisagreeWithTheWalkAreSeen) {
  r_.steps[kWalked].ret = 3;
  EXPECT_THAT(violated(), ElementsAre("LST-3 nents"));
  r_.steps[kWalked].ret = 4;
  r_.steps[kWalked].out_nents = 3;
  EXPECT_THAT(violated(), ElementsAre("LST-3 last"));
}

TEST_F(Chunks, AChunkFreedAtAnotherSizeIsSeen) {
  r_.events[kFreeSecond].a = kEntry;
  EXPECT_THAT(violated(), ElementsAre("LST-2 free-exact"));
}

TEST_F(Chunks, AChunkFreedInAnotherWayIsSeen) {
  r_.events[kFreeSecond].b = 1;
  EXPECT_THAT(violated(), ElementsAre("LST-2 free-exact"));
}

TEST_F(Chunks, AChunkFreedTwiceLeavesTheOther) {
  r_.events[kFreeThird] = r_.events[kFreeSecond];
  EXPECT_THAT(violated(), ElementsAre("LST-2 free-exact", "LST-2 released"));
}

TEST_F(Chunks, FreeingWhatIsNoChunkIsSeen) {
  r_.events[kFreeThird].ret = 0;
  EXPECT_THAT(violated(), Contains("LST-2 free-exact"));
}

TEST_F(Chunks, FreeingWhatTheCallerHasIsSeen) {
  takes(1, 3);
  EXPECT_THAT(violated(), ElementsAre("LST-2 free-exact"));
}

TEST_F(Chunks, AChunkKeptIsSeen) {
  --r_.nevents;
  EXPECT_THAT(violated(), ElementsAre("LST-2 released"));
}

TEST_F(Chunks, WritingBehindAChunkIsSeen) {
  event(SGP_EV_MEMORY, 0, 8, 1, 0, 0);
  EXPECT_THAT(violated(), ElementsAre("LST-2 inside"));
}

TEST_F(Chunks, FreeingWhileMakingIsSeen) {
  r_.events[kFreeThird].step = kMade;
  EXPECT_THAT(violated(), Contains("LST-2 kept"));
}

TEST_F(Lst, AFailedAllocationGivesAllBack) {
  op(SGP_OP_TABLE_ALLOC, kNoMemory, 128).length = 130;
  event(SGP_EV_CHUNK_ALLOC, kPage, 1, 0, 0, 1);
  event(SGP_EV_CHUNK_ALLOC, 3 * kEntry, 0, 0, 0, 0);
  event(SGP_EV_CHUNK_FREE, kPage, 1, 0, 0, 1);
  EXPECT_THAT(violated(), IsEmpty());
  r_.events[2].b = 0;  // a page given to the slab
  r_.events[2].a = 0;
  EXPECT_THAT(violated(), ElementsAre("LST-2 free-exact"));
  --r_.nevents;
  EXPECT_THAT(violated(), ElementsAre("LST-2 released"));
  r_.steps[0].ret = 0;
  EXPECT_THAT(violated(), Contains("LST-2 result"));
}

/// Two calls: three pages from 0x100 on with 0x100 bytes missing at the start, then the next page
/// and, apart, one of another owner. Segments of at most two pages.
class Extended : public Lst {
 protected:
  enum { kFirst, kSecond, kThird, kWalked, kLength, kPages, kSplit, kFreed };
  enum { kChunk, kVisit0, kVisit1, kVisit2, kAllPages, kInput, kPart1, kPart1End, kPart2 };

  Extended() {
    s_.world.pages[0] = {.kind = 0, .pfn = 0x100};
    s_.world.pages[1] = {.kind = 0, .pfn = 0x103};
    s_.world.pages[2] = {.kind = 2, .pfn = 0x104};
    s_.world.devices[0].max_segment = 2 * kPage;
    append(0, 3, 0x100, 0x2f00, 2).dir = 2;
    gives(1, 3);
    append(1, 1, 0, kPage, 2).dir = 1;
    append(2, 1, 0, kPage, 3);
    op(SGP_OP_TABLE_WALK, 3, 3);
    visits(0x100100, 0x1f00, 0, place(0, 1, 0));
    visits(0x102000, 0x2000, 0, place(0, 1, 1));
    visits(0x104000, 0x1000, kEnd, place(0, 1, 2));
    op(SGP_OP_TABLE_LENGTH, 2).length = 0x1f01;
    op(SGP_OP_TABLE_PAGES);
    visits(0x100000, kPage, 0, 0, 5, kPage);
    auto& split = op(SGP_OP_TABLE_SPLIT);
    split.offset = 0x100;
    split.length = 0x2000;
    split.raw = 0x10;
    visits(0x100100, 0x1f00, 0, place(0, 1, 0));
    visits(0x100200, 0x1e00, 0, place(1, 2, 0));
    visits(0x102000, 0x200, kEnd, place(1, 2, 1));
    visits(0x102200, 0x10, kEnd, place(2, 3, 0));
    op(SGP_OP_TABLE_FREE);
    takes(1, 3);
  }

  sgp_op& append(unsigned page, std::uint64_t pages, std::uint64_t offset, std::uint64_t length,
                 std::uint64_t entries) {
    auto& added = op(SGP_OP_TABLE_APPEND, 0, entries);
    added.page = page;
    added.raw = pages;
    added.attrs = 1;
    added.offset = offset;
    added.length = length;
    return added;
  }
};

/// One call with three pages that follow each other or do not, in segments of two and one.
class Apart : public Lst {
 protected:
  enum { kChunk, kVisit0, kVisit1 };
  Apart() {
    s_.world.pages[0] = {.kind = 0, .pfn = 0x200};
    s_.world.pages[1] = {.kind = 0, .pfn = 0x201};
    s_.world.pages[2] = {.kind = 0, .pfn = 0x90};
    auto& added = op(SGP_OP_TABLE_APPEND, 0, 2);
    added.raw = 3;
    added.attrs = SGP_PAGES_APART;
    added.offset = 0x10;
    added.length = 0x2ff0;
    gives(1, 2);
    op(SGP_OP_TABLE_WALK, 2, 2);
    visits(0x200010, 0x1ff0, 0, place(0, 1, 0));
    visits(0x90000, 0x1000, kEnd, place(0, 1, 1));
    op(SGP_OP_TABLE_PAGES);
    visits(0x200000, kPage, 0, 0, 2, kPage);
    visits(0x90000, kPage, 0, 0);
    op(SGP_OP_TABLE_FREE);
    takes(1, 2);
  }
};

TEST_F(Apart, PagesInAnyOrderHold) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(Apart, APageMergedThatIsNotTheNextIsSeen) {
  s_.world.pages[1].pfn = 0x202;
  EXPECT_THAT(violated(), ElementsAre("LST-4 bytes", "LST-6 pages"));
}

TEST_F(Apart, AnotherOwnerInASegmentIsSeen) {
  s_.world.pages[1].kind = 1;
  EXPECT_THAT(violated(), ElementsAre("LST-4 one-pgmap"));
}

TEST_F(Apart, PagesInAnotherOrderAreSeen) {
  std::swap(s_.world.pages[1].pfn, s_.world.pages[2].pfn);
  EXPECT_THAT(violated(), ElementsAre("LST-4 bytes", "LST-6 pages"));
}

TEST_F(Extended, FromThesePagesHold) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(Extended, OtherBytesAreSeen) {
  r_.events[kVisit1].a += kPage;
  EXPECT_THAT(violated(), Contains("LST-4 bytes"));
}

TEST_F(Extended, APageMergedThatIsNotTheNextIsSeen) {
  s_.world.pages[1].pfn = 0x102;  // the last page again
  EXPECT_THAT(violated(), Contains("LST-4 bytes"));
}

TEST_F(Extended, ASegmentTooLongIsSeen) {
  s_.world.devices[0].max_segment = kPage;
  EXPECT_THAT(violated(), ElementsAre("LST-4 max-segment"));
}

TEST_F(Extended, AnEmptySegmentIsSeen) {
  r_.events[kVisit1].b = 0x1000;
  r_.events[kVisit2] = {SGP_EV_VISIT, kWalked, 0x103000, 0x2000, kEnd, place(0, 1, 2), 1};
  EXPECT_THAT(violated(), ElementsAre("LST-4 one-pgmap"));
  r_.events[kVisit0].b = 0;
  EXPECT_THAT(violated(), Contains("LST-4 no-empty"));
}

TEST_F(Extended, OwnersWereNotKeptApartBeforeListsOfPagesHadThem) {
  r_.events[kVisit1].b = 0x1000;
  r_.events[kVisit2] = {SGP_EV_VISIT, kWalked, 0x103000, 0x2000, kEnd, place(0, 1, 2), 1};
  facts_.values["LINUX_VERSION_CODE"] = 0x60100;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Extended, TheEntriesForALengthAreCounted) {
  r_.steps[kLength].ret = 1;
  EXPECT_THAT(violated(), ElementsAre("LST-3 nents-for-len"));
  s_.ops[kLength].length = 0;
  r_.steps[kLength].ret = 0;
  EXPECT_THAT(violated(), IsEmpty());
  s_.ops[kLength].length = 0x4f01;  // one more than there are
  EXPECT_THAT(violated(), ElementsAre("LST-3 nents-for-len"));
  r_.steps[kLength].ret = kInvalid;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Extended, APageTooFewIsSeen) {
  r_.events[kAllPages].ret = 4;
  EXPECT_THAT(violated(), ElementsAre("LST-6 pages"));
}

TEST_F(Extended, APartWithOtherBytesIsSeen) {
  r_.events[kPart1].b = 0x1f00;
  EXPECT_THAT(violated(), ElementsAre("LST-5 split-bytes"));
  r_.events[kPart1].b = 0x1e00;
  r_.events[kPart2].a += 0x10;
  EXPECT_THAT(violated(), ElementsAre("LST-5 split-bytes"));
}

TEST_F(Extended, APartWithoutAnEndOrWithAnEmptyEntryIsSeen) {
  r_.events[kPart2].c = 0;
  EXPECT_THAT(violated(), ElementsAre("LST-5 split-legal"));
  r_.events[kPart2].c = kEnd;
  event(SGP_EV_VISIT, 0x100100, 0, 0, place(1, 2, 0), 1).step = kSplit;
  EXPECT_THAT(violated(), Contains("LST-5 split-legal"));
}

TEST_F(Extended, MoreThanThereIsCannotBeSplitOff) {
  s_.ops[kSplit].raw = 0x3000;
  EXPECT_THAT(violated(), ElementsAre("LST-5 split-result"));
  r_.steps[kSplit].ret = kInvalid;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Extended, APartThatIsNotFreedIsSeen) {
  auto& list = event(SGP_EV_CHUNK_ALLOC, kEntry, 0, 0, 0, 2);
  list.step = kSplit;
  EXPECT_THAT(violated(), Contains("LST-5 split-released"));
}

/// 0x180 bytes, 0x1e80 bytes into the table: the end of the first segment and some of the second.
class Touched : public Extended {
 protected:
  void touch(sgp_opcode code) {
    s_.nops = r_.nevents = 0;
    r_ = {};
    r_.magic = SGP_MAGIC_REPORT;
    r_.status = SGP_STATUS_COMPLETE;
    r_.nents = 1;
    append(0, 3, 0x100, 0x2f00, 2);
    gives(1, 2);
    auto& touched = op(code, 0x180);
    touched.offset = 0x1e80;
    touched.length = 0x180;
    event(SGP_EV_BYTES, 0x101f80, 0x180, 1, 0, 0);
  }
  static constexpr unsigned kBytes = 1, kTouched = 1;
};

TEST_F(Touched, TheBytesAskedForHold) {
  for (const auto code :
       {SGP_OP_TABLE_COPY_OUT, SGP_OP_TABLE_COPY_IN, SGP_OP_TABLE_ZERO, SGP_OP_TABLE_MITER}) {
    touch(code);
    EXPECT_THAT(violated(), IsEmpty()) << code;
  }
}

TEST_F(Touched, OtherBytesOrValuesAreSeen) {
  touch(SGP_OP_TABLE_COPY_OUT);
  r_.events[kBytes].a += 1;
  EXPECT_THAT(violated(), ElementsAre("LST-5 bytes"));
  touch(SGP_OP_TABLE_COPY_OUT);
  r_.events[kBytes].c = 0;
  EXPECT_THAT(violated(), ElementsAre("LST-5 bytes"));
  touch(SGP_OP_TABLE_COPY_OUT);
  --r_.nevents;
  EXPECT_THAT(violated(), ElementsAre("LST-5 bytes"));
}

TEST_F(Touched, BytesThatAreNotTheTablesAreSeen) {
  touch(SGP_OP_TABLE_COPY_OUT);
  r_.events[kBytes].b = 0x80;
  event(SGP_EV_BYTES, 0x108000, 0x100, 1, 0, 0);
  EXPECT_THAT(violated(), ElementsAre("LST-5 bytes"));
}

TEST_F(Touched, BytesInAnotherOrderAreSeen) {
  touch(SGP_OP_TABLE_COPY_IN);
  r_.events[kBytes].a = 0x102000;
  r_.events[kBytes].b = 0x100;
  event(SGP_EV_BYTES, 0x101f80, 0x80, 1, 0, 0);
  EXPECT_THAT(violated(), ElementsAre("LST-5 bytes"));
}

TEST_F(Touched, BehindTheEndThereIsNothingToTouch) {
  touch(SGP_OP_TABLE_ZERO);
  s_.ops[kTouched].offset = 0x2f01;
  EXPECT_THAT(violated(), ElementsAre("LST-5 bytes", "LST-5 count"));
  --r_.nevents;
  r_.steps[kTouched].ret = 0;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Touched, ATableThatWasNotMadeIsNotTouched) {
  touch(SGP_OP_TABLE_ZERO);
  r_.steps[0].ret = kNoMemory;
  r_.events[0].ret = 0;
  r_.steps[kTouched].ret = 0;
  r_.nevents = 1;
  EXPECT_THAT(violated(), IsEmpty());
}

/// 20 pages apart from each other, in chunks of 18 and 3.
class Linked : public Lst {
 protected:
  enum { kMade, kWalked };
  enum { kFirst, kSecond, kVisitFirst, kVisitSecond };
  Linked() {
    s_.world.pages[0] = {.kind = 0, .pfn = 0x100};
    auto& made = op(SGP_OP_TABLE_APPEND, 0, 20);
    made.raw = 20;
    made.attrs = 2;
    made.length = 20 * kPage;
    gives(1, 18);
    gives(2, 3);
    op(SGP_OP_TABLE_WALK, 20, 20);
    visits(0x100000, kPage, 0, place(0, 1, 0), 17, 2 * kPage);
    visits(0x122000, kPage, 0, place(0, 2, 0), 2, 2 * kPage);
    visits(0x126000, kPage, kEnd, place(0, 2, 2));
    op(SGP_OP_TABLE_FREE);
    takes(1, 18);
    takes(2, 3);
  }
};

TEST_F(Linked, ManyEntriesHold) { EXPECT_THAT(violated(), IsEmpty()); }

TEST_F(Linked, AnEntryLeftOutIsSeen) {
  r_.events[kVisitSecond].d = place(0, 2, 1);
  EXPECT_THAT(violated(), ElementsAre("LST-1 entries"));
}

TEST_F(Linked, AnEntryInThePlaceOfTheLinkIsSeen) {
  r_.events[kVisitFirst].ret = 18;
  r_.events[kVisitSecond].ret = 1;
  EXPECT_THAT(violated(), Contains("LST-1 entries"));
}

TEST_F(Linked, AByteOfTheLastPageMissingIsSeen) {
  r_.events[kVisitSecond].b = kPage - 1;
  EXPECT_THAT(violated(), ElementsAre("LST-4 bytes"));
}

TEST_F(Touched, AnotherCountIsSeen) {
  touch(SGP_OP_TABLE_ZERO);
  r_.steps[kTouched].ret = 0;
  EXPECT_THAT(violated(), ElementsAre("LST-5 count"));
}

TEST_F(Touched, AChangeOfOtherMemoryIsSeen) {
  touch(SGP_OP_TABLE_COPY_IN);
  event(SGP_EV_MEMORY, 0x102100, 8, 0, 0, 0);
  EXPECT_THAT(violated(), ElementsAre("LST-5 nothing-else"));
}

TEST_F(Touched, WhereTheTableEndsSoDoTheBytes) {
  touch(SGP_OP_TABLE_MITER);
  s_.ops[kTouched].length = 0x2000;
  EXPECT_THAT(violated(), ElementsAre("LST-5 bytes", "LST-5 count"));
  r_.steps[kTouched].ret = 0x1080;
  r_.events[kBytes].b = 0x1080;
  EXPECT_THAT(violated(), IsEmpty());
}

TEST_F(Extended, AFailureWithoutReasonIsSeen) {
  r_.steps[kThird].ret = kNoMemory;
  EXPECT_THAT(violated(), ElementsAre("LST-4 result"));
}

TEST_F(Extended, ASuccessWithoutMemoryIsSeen) {
  auto& failed = event(SGP_EV_CHUNK_ALLOC, kEntry, 0, 0, 0, 0);
  failed.step = kThird;
  EXPECT_THAT(violated(), ElementsAre("LST-4 result"));
}

TEST_F(Extended, WhatDidNotReturnIsNotJudged) {
  r_.steps[kFirst].done = 0;
  r_.steps[kFirst].ret = kInvalid;
  EXPECT_THAT(violated(), IsEmpty());
}

}  // namespace
}  // namespace sgproof::model
