#include "properties/legality.hpp"

#include <gtest/gtest.h>

#include "model/families.hpp"
#include "model/scenario.hpp"
#include "properties/test_support.hpp"

namespace sgproof::properties {
namespace {

using model::add_op;

class Legality : public testing::Test {
 protected:
  void map(unsigned device = 0) {
    sgp_op& op = add_op(s_, SGP_OP_MAP_SGTABLE);
    op.dir = 1;
    op.device = device;
  }
  void unmap(unsigned device = 0) {
    sgp_op& op = add_op(s_, SGP_OP_UNMAP);
    op.dir = 1;
    op.device = device;
  }
  void init_and_assign() {
    add_op(s_, SGP_OP_INIT);
    add_op(s_, SGP_OP_SET_PAGE, 0, 0);
    add_op(s_, SGP_OP_SET_PAGE, 1, 1);
  }
  [[nodiscard]] bool legal() const { return !illegal_use(s_, facts_); }

  model::Facts facts_ = test_facts();
  sgp_scenario s_ = model::blank_scenario(facts_, 2, 1, 2);
};

TEST_F(Legality, MapUnmapAssignMapIsLegal) {
  init_and_assign();
  map(), unmap();
  add_op(s_, SGP_OP_SET_PAGE, 1, 0);
  map(1), unmap(1);
  EXPECT_TRUE(legal());
}

TEST_F(Legality, NothingBeforeInit) {
  add_op(s_, SGP_OP_SET_PAGE);
  EXPECT_FALSE(legal());
}

TEST_F(Legality, EveryEntryIsAssignedBeforeMap) {
  add_op(s_, SGP_OP_INIT);
  add_op(s_, SGP_OP_SET_PAGE, 0, 0);
  map();
  EXPECT_FALSE(legal());
}

TEST_F(Legality, AMappedListIsNotChangedOrMappedAgain) {
  init_and_assign();
  map();
  const sgp_scenario mapped = s_;
  EXPECT_TRUE(legal());
  for (const auto code : {SGP_OP_SET_PAGE, SGP_OP_INIT, SGP_OP_MAP_SG, SGP_OP_MARK_END}) {
    s_ = mapped;
    add_op(s_, code);
    EXPECT_FALSE(legal()) << model::opcode_name(code);
  }
}

TEST_F(Legality, UnmapIsOnceAndWithTheArgumentsOfMap) {
  init_and_assign();
  map(0), unmap(1);
  EXPECT_FALSE(legal());
  s_.ops[4].device = 0;
  EXPECT_TRUE(legal());
  unmap();
  EXPECT_FALSE(legal());
}

TEST_F(Legality, AListIsSynchronisedWhileItIsMappedWithTheArgumentsOfMap) {
  init_and_assign();
  const auto sync = [&](sgp_opcode code) -> sgp_op& {
    sgp_op& op = add_op(s_, code, 1);
    op.dir = 1;
    op.length = 0x1000;
    return op;
  };
  for (const auto code :
       {SGP_OP_SYNC_CPU, SGP_OP_SYNC_DEVICE, SGP_OP_SYNC_PART_CPU, SGP_OP_SYNC_PART_DEVICE}) {
    const sgp_scenario unmapped = s_;
    sync(code);
    EXPECT_FALSE(legal()) << model::opcode_name(code);
    s_ = unmapped;
    map();
    sgp_op& op = sync(code);
    EXPECT_TRUE(legal()) << model::opcode_name(code);
    op.device = 1;
    EXPECT_FALSE(legal()) << model::opcode_name(code);
    op.device = 0;
    op.dir = 2;
    EXPECT_FALSE(legal()) << model::opcode_name(code);
    s_ = unmapped;
  }
}

TEST_F(Legality, APartLiesWithinItsEntry) {
  init_and_assign();
  s_.ops[2].length = 0x300;
  map();
  sgp_op& part = add_op(s_, SGP_OP_SYNC_PART_CPU, 1);
  part.dir = 1;
  const auto is_legal = [&](std::uint64_t offset, std::uint64_t length) {
    part.offset = offset;
    part.length = length;
    return legal();
  };
  EXPECT_TRUE(is_legal(0, 0x300));
  EXPECT_TRUE(is_legal(0x2ff, 1));
  EXPECT_FALSE(is_legal(0, 0));
  EXPECT_FALSE(is_legal(0, 0x301));
  EXPECT_FALSE(is_legal(0x300, 1));
  EXPECT_FALSE(is_legal(1, ~std::uint64_t{0}));
}

TEST_F(Legality, NoBusRangeOverlapsThePoolWhereAListIsSynchronised) {
  init_and_assign();
  s_.world.providers[0].bus_start = s_.world.swiotlb_end - 0x1000;
  map();
  EXPECT_TRUE(legal());
  add_op(s_, SGP_OP_SYNC_CPU).dir = 1;
  EXPECT_FALSE(legal());
  s_.world.providers[0].bus_start = s_.world.swiotlb_end;
  EXPECT_TRUE(legal());
}

TEST_F(Legality, AListMarkedByHandIsNotMapped) {
  init_and_assign();
  add_op(s_, SGP_OP_MARK_BUS);
  map();
  EXPECT_FALSE(legal());
}

TEST_F(Legality, AChainEntryIsNotAssigned) {
  add_op(s_, SGP_OP_INIT);
  add_op(s_, SGP_OP_CHAIN).raw = 0x1000;
  EXPECT_TRUE(legal());
  add_op(s_, SGP_OP_SET_PAGE);
  EXPECT_FALSE(legal());
  s_.ops[2] = {};
  s_.ops[2].code = SGP_OP_MARK_END;
  add_op(s_, SGP_OP_SET_PAGE);
  EXPECT_TRUE(legal());
}

TEST_F(Legality, APageLiesInTheRangeOfItsKind) {
  add_op(s_, SGP_OP_INIT);
  EXPECT_TRUE(legal());
  s_.world.pages[0].kind = 1;
  EXPECT_FALSE(legal());
  s_.world.pages[0].pfn = s_.world.providers[0].cpu_start >> 12;
  EXPECT_TRUE(legal());
  s_.world.pages[0].kind = 0;
  EXPECT_FALSE(legal());
}

TEST_F(Legality, IndicesAreInRange) {
  init_and_assign();
  EXPECT_TRUE(legal());
  s_.ops[1].page = 2;
  EXPECT_FALSE(legal());
  s_.ops[1].page = 0;
  s_.split = 2;
  EXPECT_FALSE(legal());
}

TEST_F(Legality, EveryFamilyIsLegalAtNeutralValues) {
  for (const auto& family : model::families(facts_, 3))
    EXPECT_EQ(illegal_use(family.shape, facts_), std::nullopt) << family.name;
}

}  // namespace
}  // namespace sgproof::properties
