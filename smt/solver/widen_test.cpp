// Numbers in more bits, with their sums.
#include "smt/solver/widen.hpp"

#include <gtest/gtest.h>

namespace sgproof::smt {
namespace {

class Widen : public testing::Test {
 protected:
  Term in(const Term& t) { return zext(t, 64); }
  static Term k(unsigned width, u128 value) { return Term::constant(width, value); }

  Terms terms_;
  Term x_ = terms_.var("x", 32), y_ = terms_.var("y", 32), p_ = terms_.var("p", 1);
};

/// iova_align() in size_t, kept in an unsigned int: s->length of iommu_dma_map_sg().
TEST_F(Widen, ALengthThatWasAlignedAndStoredIsWhatItWas) {
  const Term mask = k(64, ~u128{0xfff});
  const Term offset = bv_and(in(y_), k(64, 0xfff));
  const Term aligned = bv_and(add(add(in(x_), offset), k(64, 0xfff)), mask);
  const auto wide = widened(trunc(aligned, 32), 64);
  ASSERT_TRUE(wide);
  EXPECT_TRUE(eq(*wide, aligned).is_true());
}

TEST_F(Widen, SumsInChoicesAndLessThanSomething) {
  const auto wide = widened(ite(p_, add(x_, y_), add(x_, k(32, 0xffffffff))), 64);
  ASSERT_TRUE(wide);
  EXPECT_TRUE(wide->same(ite(p_, add(in(x_), in(y_)), sub(in(x_), k(64, 1)))));
}

TEST_F(Widen, NothingWithoutASum) {
  EXPECT_FALSE(widened(x_, 64));
  EXPECT_FALSE(widened(bv_and(x_, k(32, 0xff00)), 64));
  EXPECT_FALSE(widened(k(32, 7), 64));
}

}  // namespace
}  // namespace sgproof::smt
