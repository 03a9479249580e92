// What may be done with a table, and what tables are drawn.
#include "properties/table_legality.hpp"

#include <gtest/gtest.h>

#include <set>

#include "model/scenario.hpp"
#include "properties/legality.hpp"
#include "properties/shrink.hpp"
#include "properties/table_scenarios.hpp"
#include "properties/test_support.hpp"

namespace sgproof::properties {
namespace {

using model::add_op;

class Tables : public testing::Test {
 protected:
  sgp_op& append(std::uint64_t pages, std::uint64_t follow) {
    sgp_op& op = add_op(s_, SGP_OP_TABLE_APPEND);
    op.raw = pages;
    op.attrs = 1;
    op.length = pages * 0x1000;
    op.dir = follow;
    return op;
  }
  sgp_op& chunks(std::uint64_t entries, std::uint64_t most, std::uint64_t first = 0) {
    sgp_op& op = add_op(s_, SGP_OP_TABLE_CHUNKS);
    op.length = entries;
    op.offset = most;
    op.raw = first;
    return op;
  }
  [[nodiscard]] bool legal() const { return !illegal_use(s_, facts_); }

  model::Facts facts_ = test_facts();
  sgp_scenario s_ = model::blank_scenario(facts_, 1, 0, 1);
};

TEST_F(Tables, AreMadeWalkedAndFreed) {
  add_op(s_, SGP_OP_TABLE_ALLOC).length = 300;
  add_op(s_, SGP_OP_TABLE_WALK);
  add_op(s_, SGP_OP_TABLE_FREE);
  chunks(5, 2, 3);
  EXPECT_TRUE(legal());
}

TEST_F(Tables, PagesOfACallCanBeThoseOfTheScenario) {
  s_ = model::blank_scenario(facts_, 1, 0, 3);
  sgp_op& op = append(2, 0);
  op.attrs = SGP_PAGES_APART;
  op.page = 1;
  EXPECT_TRUE(legal());
  op.page = 2;  // there is one more, not two
  EXPECT_FALSE(legal());
}

TEST_F(Tables, HaveBytes) {
  sgp_op& op = append(1, 0);
  op.offset = 0x10;
  op.length = 1;
  EXPECT_TRUE(legal());
  op.length = 0;
  EXPECT_FALSE(legal());
}

TEST_F(Tables, AreNotMadeTwice) {
  chunks(2, 2);
  chunks(2, 2);
  EXPECT_FALSE(legal());
}

TEST_F(Tables, AreNotUsedOrFreedBeforeTheyAreMade) {
  for (const auto code : {SGP_OP_TABLE_WALK, SGP_OP_TABLE_FREE, SGP_OP_TABLE_LENGTH}) {
    s_.nops = 0;
    add_op(s_, code);
    EXPECT_FALSE(legal()) << code;
  }
}

TEST_F(Tables, ChunksHaveAPlaceForMoreThanTheLink) {
  sgp_op& op = chunks(3, 2);
  EXPECT_TRUE(legal());
  op.raw = 1;
  EXPECT_FALSE(legal());
  op.raw = 0;
  op.offset = 1;
  EXPECT_FALSE(legal());
}

TEST_F(Tables, ChunksAreCounted) {
  EXPECT_EQ(chunks_of(chunks(0, 2)), 0U);
  EXPECT_EQ(chunks_of(chunks(2, 2)), 1U);
  EXPECT_EQ(chunks_of(chunks(3, 2)), 2U);
  EXPECT_EQ(chunks_of(chunks(5, 2, 3)), 3U);
}

TEST_F(Tables, AsManyPagesFollowAsWereAnnounced) {
  append(2, 1);
  append(1, 0);
  add_op(s_, SGP_OP_TABLE_WALK);
  EXPECT_TRUE(legal());
  s_.ops[0].dir = 2;
  EXPECT_FALSE(legal());
}

TEST_F(Tables, WhoeverGivesUpMayHaveAnnouncedMore) {
  append(2, 100);
  add_op(s_, SGP_OP_TABLE_FREE);
  EXPECT_TRUE(legal());
}

TEST_F(Tables, AreNotExtendedOnceTheyAreComplete) {
  append(2, 0);
  append(1, 0);
  EXPECT_FALSE(legal());
}

TEST_F(Tables, AreExtendedByWholePages) {
  sgp_op& first = append(2, 1);
  sgp_op& second = append(1, 0);
  first.offset = 0x10;
  first.length -= 0x10;
  EXPECT_TRUE(legal());
  second.length = 0xfff;
  EXPECT_FALSE(legal());
  second.length = 0x1000;
  first.length -= 1;
  EXPECT_FALSE(legal());
}

TEST_F(Tables, TheBytesEndInTheLastPage) {
  sgp_op& only = append(2, 0);
  only.length = 0x1001;
  EXPECT_TRUE(legal());
  only.length = 0x1000;
  EXPECT_FALSE(legal());
  only.length = 0x2001;
  EXPECT_FALSE(legal());
}

TEST_F(Tables, OnlyThoseWithPagesHaveBytes) {
  chunks(2, 2);
  add_op(s_, SGP_OP_TABLE_PAGES);
  EXPECT_FALSE(legal());
}

TEST_F(Tables, BytesAreTouchedWhereTheyAreFewAndInRam) {
  append(8, 0);
  sgp_op& copy = add_op(s_, SGP_OP_TABLE_COPY_OUT);
  EXPECT_TRUE(legal());
  copy.length = 0x8001;
  EXPECT_FALSE(legal());
  copy.length = 0;
  s_.ops[0].raw = 9;
  s_.ops[0].length = 0x9000;
  EXPECT_FALSE(legal());
}

TEST_F(Tables, BytesOfPeerMemoryAreNotTouched) {
  s_ = model::blank_scenario(facts_, 1, 1, 1);
  s_.world.pages[0] = {.kind = 1, .pfn = s_.world.providers[0].cpu_start >> 12};
  append(1, 0);
  add_op(s_, SGP_OP_TABLE_PAGES);
  EXPECT_TRUE(legal());
  s_.ops[1].code = SGP_OP_TABLE_ZERO;
  EXPECT_FALSE(legal());
}

TEST_F(Tables, DrawnOnesAreLegalAndOfEveryKind) {
  for (const bool wide : {true, false}) {
    const auto facts = test_facts(wide);
    Random64 random(11);
    std::set<std::uint64_t> codes;
    std::size_t legal = 0, peers = 0, failing = 0, apart = 0;
    for (int i = 0; i < 2000; ++i) {
      const auto s = table_scenario(facts, random);
      legal += illegal_use(s, facts) ? 0 : 1;
      failing += s.world.alloc_fails_at != 0 ? 1 : 0;
      for (unsigned j = 0; j < s.npages; ++j) peers += s.world.pages[j].kind != 0 ? 1 : 0;
      for (unsigned k = 0; k < s.nops; ++k) codes.insert(s.ops[k].code);
      for (unsigned k = 0; k < s.nops; ++k)
        apart += s.ops[k].attrs == SGP_PAGES_APART && s.ops[k].raw > 1 ? 1 : 0;
    }
    EXPECT_GE(legal, 1900U);
    EXPECT_GT(failing, 0U);
    EXPECT_GT(apart, 0U);
    EXPECT_EQ(peers != 0, wide);
    for (const auto code :
         {SGP_OP_TABLE_ALLOC, SGP_OP_TABLE_CHUNKS, SGP_OP_TABLE_APPEND, SGP_OP_TABLE_FREE,
          SGP_OP_TABLE_WALK, SGP_OP_TABLE_LENGTH, SGP_OP_TABLE_PAGES, SGP_OP_TABLE_SPLIT,
          SGP_OP_TABLE_COPY_OUT, SGP_OP_TABLE_COPY_IN, SGP_OP_TABLE_ZERO, SGP_OP_TABLE_MITER})
      EXPECT_TRUE(codes.contains(code)) << code;
  }
}

TEST_F(Tables, AreExtendedFromAbove4GiBToBelowWhereAWordDoesNotHoldTheDifference) {
  auto facts = test_facts(false);
  constexpr std::uint64_t kFrames = 0x400000, kAbove = 0x100000;
  const auto drawn = [&](std::uint64_t frames) {
    facts.values["PFN_LIMIT"] = frames;
    unsigned many = 0;
    for (const auto& s : table_scenarios(facts, 7, 1000))
      for (unsigned i = 1; i < s.nops; ++i) {
        const sgp_op &before = s.ops[i - 1], &op = s.ops[i];
        if (before.code != SGP_OP_TABLE_APPEND || op.code != SGP_OP_TABLE_APPEND) continue;
        if (before.attrs == SGP_PAGES_APART) continue;
        const auto end = s.world.pages[before.page].pfn + frames_of(before);
        many += end >= kAbove && s.world.pages[op.page].pfn == end % kAbove ? 1 : 0;
      }
    return many;
  };
  EXPECT_GT(drawn(kFrames), 0U);
  EXPECT_EQ(drawn(kAbove), 0U);
}

TEST_F(Tables, ShrinkToTheSmallest) {
  const auto extends_twice = [&](const sgp_scenario& s) {
    bool twice = false;
    for (unsigned i = 1; i < s.nops; ++i)
      twice |= s.ops[i - 1].code == SGP_OP_TABLE_APPEND && s.ops[i].code == SGP_OP_TABLE_APPEND;
    return twice && !illegal_use(s, facts_);
  };
  unsigned shrunk = 0;
  for (const auto& start : table_scenarios(facts_, 5, 200)) {
    if (!extends_twice(start)) continue;
    const auto small = shrink(start, facts_, extends_twice);
    ASSERT_TRUE(small.local_minimum);
    ++shrunk;
    EXPECT_EQ(small.smallest.nops, 2U);
    EXPECT_EQ(small.smallest.ops[0].raw, 1U);
    EXPECT_EQ(small.smallest.ops[0].dir, 1U);
    EXPECT_EQ(small.smallest.ops[1].raw, 1U);
    EXPECT_EQ(small.smallest.world.alloc_fails_at, 0U);
  }
  EXPECT_GT(shrunk, 0U);
}

}  // namespace
}  // namespace sgproof::properties
