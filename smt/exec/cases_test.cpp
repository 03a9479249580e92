// Values that are followed one by one, and memory that ends where it ends.
#include <set>

#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

constexpr const char* kDeclared = R"(
declare i64 @sgp_symbolic()
declare i64 @sgp_case(i64)
declare i64 @sgp_either(i64, i64, i64)
declare ptr @sgp_object(i64)
declare void @sgp_object_gone(ptr)
)";

TEST(Cases, EachValueHasAnEndOfItsOwn) {
  Symbolic s(std::string(kDeclared) + R"(
define i64 @f(i64 %x) {
  %small = icmp ult i64 %x, 3
  br i1 %small, label %case, label %out
case:
  %v = call i64 @sgp_case(i64 %x)
  %twice = add i64 %v, %v
  br label %out
out:
  %r = phi i64 [ 99, %0 ], [ %twice, %case ]
  ret i64 %r
})");
  const auto x = s.var("x", 64);
  const auto r = s.run({x});
  std::set<std::uint64_t> found;
  for (const auto& e : r.ends) {
    ASSERT_EQ(e.kind, EndKind::Returned);
    ASSERT_TRUE(e.returned.bits.is_const());
    found.insert(static_cast<std::uint64_t>(e.returned.bits.value()));
    if (!e.returned.bits.is_const_value(99)) {
      EXPECT_TRUE(s.proves(e, smt::eq(smt::add(x, x), e.returned.bits)));
    }
  }
  EXPECT_EQ(r.ends.size(), 4U);
  EXPECT_EQ(found, (std::set<std::uint64_t>{0, 2, 4, 99}));
}

/// Three choices: of two values, of a constant, and of two values again.
constexpr const char* kChoices = R"(
define i64 @f(i64 %x, i64 %y) {
  %xs = icmp ult i64 %x, 3
  br i1 %xs, label %first, label %out
first:
  %a = call i64 @sgp_case(i64 %x)
  %ys = icmp ult i64 %y, 2
  br i1 %ys, label %second, label %out
second:
  %one = call i64 @sgp_case(i64 1)
  %b = call i64 @sgp_case(i64 %y)
  %s = add i64 %a, %b
  br label %out
out:
  %r = phi i64 [ 98, %0 ], [ 99, %first ], [ %s, %second ]
  ret i64 %r
})";

/// How many ends of the parts an input leads to, and of which parts.
std::vector<unsigned> followed_in(unsigned choices, std::uint64_t x, std::uint64_t y) {
  std::vector<unsigned> parts;
  for (unsigned number = 0; number < 1U << choices; ++number) {
    Options options;
    options.part = {choices, number};
    Symbolic s(std::string(kDeclared) + kChoices, options);
    const auto vx = s.var("x", 64), vy = s.var("y", 64);
    for (const auto& e : s.run({vx, vy}).ends) {
      auto here = e.path;
      here.push_back(smt::eq(vx, s.k(64, x)));
      here.push_back(smt::eq(vy, s.k(64, y)));
      if (s.solver.check(here) == smt::CheckResult::Sat) parts.push_back(number);
    }
  }
  return parts;
}

TEST(Cases, EveryInputIsFollowedInItsPart) {
  using Parts = std::vector<unsigned>;
  for (std::uint64_t x = 0; x < 3; ++x)
    for (std::uint64_t y = 0; y < 2; ++y) {
      EXPECT_EQ(followed_in(0, x, y), Parts{0});
      EXPECT_EQ(followed_in(1, x, y), Parts{static_cast<unsigned>(x & 1)});
      // the second choice has one value only
      EXPECT_EQ(followed_in(2, x, y), Parts{static_cast<unsigned>((x & 1) | 2)});
      EXPECT_EQ(followed_in(3, x, y), Parts{static_cast<unsigned>((x & 1) | 2 | y << 2)});
    }
}

TEST(Cases, AnInputWithFewerChoicesIsFollowedInEveryPartThatItCanBelongTo) {
  using Parts = std::vector<unsigned>;
  EXPECT_EQ(followed_in(2, 7, 0), (Parts{0, 1, 2, 3}));
  EXPECT_EQ(followed_in(2, 1, 7), (Parts{1, 3}));
}

TEST(Cases, OneOfTwoValuesIsNoBranch) {
  Symbolic s(std::string(kDeclared) + R"(
define i64 @f(i64 %c, i64 %x) {
  %v = call i64 @sgp_either(i64 %c, i64 %x, i64 7)
  ret i64 %v
})");
  const auto c = s.var("c", 64), x = s.var("x", 64);
  const auto r = s.run({c, x});
  ASSERT_EQ(r.ends.size(), 1U);
  const auto& e = r.ends.front();
  ASSERT_EQ(e.kind, EndKind::Returned);
  const auto zero = smt::Term::constant(64, 0), seven = smt::Term::constant(64, 7);
  EXPECT_TRUE(s.proves(e, smt::eq(e.returned.bits, smt::ite(smt::eq(c, zero), seven, x))));
  EXPECT_FALSE(s.proves(e, smt::eq(e.returned.bits, x)));
  EXPECT_EQ(r.stats.forks, 0U);
}

TEST(Cases, MoreValuesThanCanBeFollowedShowNothing) {
  Symbolic s(std::string(kDeclared) + R"(
define i64 @f(i64 %x) {
  %v = call i64 @sgp_case(i64 %x)
  ret i64 %v
})");
  const auto r = s.run({s.var("x", 64)});
  EXPECT_GE(r.count(EndKind::Inconclusive), 1U);
}

TEST(Cases, OnlySymbolicEnginesSayThatTheyAre) {
  const std::string text = std::string(kDeclared) + R"(
define i64 @f(i64 %x) {
  %s = call i64 @sgp_symbolic()
  %v = call i64 @sgp_case(i64 %x)
  %r = add i64 %s, %v
  ret i64 %r
})";
  Symbolic s(text);
  Concrete c(text);
  EXPECT_TRUE(s.run({s.k(64, 4)}).ends.at(0).returned.bits.is_const_value(5));
  const auto r = c.ex.run("f", {ConcreteDomain::Bv::constant(64, 4)});
  EXPECT_TRUE(r.ends.at(0).returned.bits.is_const_value(4));
}

/// Memory of `size` bytes, and a store of one at `at`; given back before that if `gone`.
std::string store_to_memory(unsigned size, int at, bool gone) {
  return std::string(kDeclared) + "define i8 @f(i1 %other) {\n  %m = call ptr @sgp_object(i64 " +
         std::to_string(size) + ")\n" +
         (gone ? "  br i1 %other, label %give, label %use\ngive:\n"
                 "  call void @sgp_object_gone(ptr %m)\n  br label %use\nuse:\n"
               : "") +
         "  %p = getelementptr i8, ptr %m, i64 " + std::to_string(at) +
         "\n  store i8 7, ptr %p\n  %v = load i8, ptr %p\n  ret i8 %v\n}";
}

TEST(Cases, MemoryEndsWhereItEnds) {
  for (const int at : {-1, 0, 31, 32}) {
    Symbolic s(store_to_memory(32, at, false));
    const auto r = s.run({s.var("other", 1)});
    EXPECT_EQ(r.count(EndKind::Finding), at == 0 || at == 31 ? 0U : 1U) << at;
    EXPECT_EQ(r.returned(), at == 0 || at == 31 ? 1U : 0U) << at;
  }
}

TEST(Cases, MemoryThatIsGoneIsNotUsed) {
  Symbolic s(store_to_memory(32, 0, true));
  const auto other = s.var("other", 1);
  const auto r = s.run({other});
  const auto* finding = only(r.ends, EndKind::Finding);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->finding, FindingKind::DeadObject);
  EXPECT_TRUE(s.proves(*finding, other));
  const auto* returned = only(r.ends, EndKind::Returned);
  ASSERT_NE(returned, nullptr);
  EXPECT_TRUE(s.proves(*returned, smt::bv_not(other)));
}

TEST(Cases, ContentsOfMemoryAreArbitrary) {
  Symbolic s(std::string(kDeclared) + R"(
define i64 @f() {
  %m = call ptr @sgp_object(i64 8)
  %v = load i64, ptr %m
  ret i64 %v
})");
  const auto r = s.run();
  const auto* e = only(r.ends, EndKind::Returned);
  ASSERT_NE(e, nullptr);
  for (const smt::u128 v : {smt::u128{0}, smt::u128{0x1234}})
    EXPECT_TRUE(s.possible(*e, smt::eq(e->returned.bits, s.k(64, v))));
}

TEST(Cases, MemoryOfNoKnownSizeShowsNothing) {
  Symbolic s(std::string(kDeclared) + R"(
define i64 @f(i64 %n) {
  %m = call ptr @sgp_object(i64 %n)
  ret i64 0
})");
  EXPECT_EQ(s.run({s.var("n", 64)}).returned(), 0U);
}

}  // namespace
}  // namespace sgproof::exec
