// Numbers in more bits: with their sums where these cannot wrap, and right where they can.
#include <random>

#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

constexpr const char* kSum = R"(
define i64 @f(i32 %a, i32 %b) {
  %both = or i32 %a, %b
  %small = icmp sgt i32 %both, -1
  br i1 %small, label %yes, label %no
yes:
  %s = add i32 %a, %b
  %w = zext i32 %s to i64
  ret i64 %w
no:
  %t = add i32 %a, %b
  %v = zext i32 %t to i64
  ret i64 %v
})";

TEST(WithoutWrap, ASumThatCannotWrapIsMadeInMoreBits) {
  Symbolic s(kSum);
  const auto a = s.var("a", 32), b = s.var("b", 32);
  const auto r = s.run({a, b});
  unsigned wide = 0;
  for (const auto& end : r.ends)
    wide += end.returned.bits.same(smt::add(smt::zext(a, 64), smt::zext(b, 64))) ? 1 : 0;
  EXPECT_EQ(r.ends.size(), 2U);
  EXPECT_EQ(wide, 1U) << "the other sum can wrap";
}

TEST(WithoutWrap, TheValueIsRightEverywhere) {
  Symbolic s(kSum);
  const auto a = s.var("a", 32), b = s.var("b", 32);
  const auto r = s.run({a, b});
  std::mt19937 random(3);
  for (unsigned round = 0; round < 200; ++round) {
    const std::uint32_t x = random() >> random() % 32, y = random() >> random() % 32;
    smt::Model m(s.terms);
    m.set(a.node()->var, x);
    m.set(b.node()->var, y);
    unsigned applying = 0;
    for (const auto& end : r.ends) {
      if (!std::all_of(end.path.begin(), end.path.end(),
                       [&](const smt::Term& c) { return m.holds(c); }))
        continue;
      ++applying;
      EXPECT_EQ(static_cast<std::uint64_t>(m.eval(end.returned.bits)), std::uint32_t{x + y});
    }
    EXPECT_EQ(applying, 1U);
  }
}

/// What was found of a sum on one path says nothing of it on another.
TEST(WithoutWrap, IsAskedOnEachPath) {
  Options apart;
  apart.merge = false;
  Symbolic s(R"(
define i64 @f(i32 %a, i32 %b, i32 %c) {
  %s = add i32 %a, %b
  %small = icmp ult i32 %a, 9
  br i1 %small, label %one, label %all
one:
  %few = icmp ult i32 %b, 9
  br i1 %few, label %two, label %all
two:
  %w = zext i32 %s to i64
  br label %out
all:
  %v = zext i32 %s to i64
  br label %out
out:
  %r = phi i64 [%w, %two], [%v, %all]
  ret i64 %r
})",
             apart);
  const auto a = s.var("a", 32), b = s.var("b", 32);
  const auto r = s.run({a, b, s.var("c", 32)});
  EXPECT_EQ(r.ends.size(), 3U);
  for (const auto& end : r.ends)
    EXPECT_TRUE(s.proves(end, smt::eq(end.returned.bits, smt::zext(smt::add(a, b), 64))));
}

}  // namespace
}  // namespace sgproof::exec
