// Which condition tells two paths apart.
#include "smt/solver/told_apart.hpp"

#include <gtest/gtest.h>

namespace sgproof::smt {
namespace {

class ToldApart : public testing::Test {
 protected:
  Terms terms_;
  Term a_ = terms_.var("a", 1), b_ = terms_.var("b", 1), c_ = terms_.var("c", 1),
       d_ = terms_.var("d", 1);
};

TEST_F(ToldApart, ByAConditionThatTheOtherHasTheOppositeOf) {
  const auto found = told_apart({a_, b_, bv_and(c_, d_)}, {a_, d_, bv_not(c_)}, 1);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->same(c_));
}

TEST_F(ToldApart, WithinNegatedDisjunctionsToo) {
  const auto found = told_apart({bv_not(bv_or(a_, b_))}, {bv_and(b_, c_)}, 0);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->same(bv_not(b_)));
}

TEST_F(ToldApart, NotByWhatIsBeforeNorByADisjunction) {
  EXPECT_FALSE(told_apart({a_, b_}, {bv_not(a_), c_}, 1));
  EXPECT_FALSE(told_apart({bv_or(a_, b_)}, {bv_not(a_)}, 0));
  EXPECT_FALSE(told_apart({a_, b_}, {c_, d_}, 0));
}

}  // namespace
}  // namespace sgproof::smt
