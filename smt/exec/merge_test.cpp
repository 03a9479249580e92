// Merging states changes how many there are, not what they say.
#include <random>

#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

/// Values at sampled inputs: exactly one end must apply to each input.
std::string outcome_at(Symbolic& s, const Symbolic::Ends& r, const smt::Model& m) {
  std::string found;
  for (const auto& e : r.ends) {
    bool here = true;
    for (const auto& c : e.path) here = here && m.holds(c);
    if (!here) continue;
    if (!found.empty()) return "two ends apply";
    found = std::to_string(static_cast<int>(e.kind)) + to_string(e.finding) + to_string(e.reason);
    if (e.returned.set) found += "=" + std::to_string(static_cast<long>(m.eval(e.returned.bits)));
    for (const auto& ev : e.events)
      if (m.holds(ev->guard))
        found += ";" + std::to_string(static_cast<long>(m.eval(ev->a))) + "/" +
                 std::to_string(static_cast<long>(m.eval(ev->step)));
    if (e.kind == EndKind::Returned)
      for (const char* g : {"g", "h"})
        if (const auto at = s.ex.address_of(g)) {
          const auto v = s.ex.read(e, at, 4);
          if (v) found += std::string(",") + g + std::to_string(static_cast<long>(m.eval(v->bits)));
        }
  }
  return found.empty() ? "no end applies" : found;
}

void same_with_and_without_merging(const std::string& text, unsigned args, std::size_t most_ends) {
  Options apart;
  apart.merge = false;
  Symbolic merged(text), separate(text, apart);
  std::vector<smt::Term> a, b;
  for (unsigned i = 0; i < args; ++i) {
    const std::string name = "x" + std::to_string(i);
    a.push_back(merged.var(name.c_str(), 32));
    b.push_back(separate.var(name.c_str(), 32));
  }
  const auto r = merged.run(a), q = separate.run(b);
  EXPECT_LE(r.ends.size(), most_ends);
  EXPECT_GE(q.ends.size(), r.ends.size());
  EXPECT_EQ(q.stats.merges, 0U);
  std::mt19937 rng(1);
  for (int round = 0; round < 300; ++round) {
    smt::Model m(merged.terms), n(separate.terms);
    for (unsigned i = 0; i < args; ++i) {
      const std::uint32_t v = rng() % 4 == 0 ? rng() : rng() % 12;
      m.set(a[i].node()->var, v);
      n.set(b[i].node()->var, v);
    }
    EXPECT_EQ(outcome_at(merged, r, m), outcome_at(separate, q, n)) << round;
  }
}

TEST(Merge, BranchesLoopsSwitchesEventsMemory) {
  same_with_and_without_merging(R"(
@g = global i32 0
@h = global i32 5
declare void @sgp_event(i64, i64, i64, i64, i64, i64)
declare void @sgp_step(i64)
define void @put(ptr %p, i32 %v) {
  %c = icmp ugt i32 %v, 5
  br i1 %c, label %big, label %small
big:
  store i32 %v, ptr %p
  %w = zext i32 %v to i64
  call void @sgp_event(i64 1, i64 %w, i64 0, i64 0, i64 0, i64 0)
  br label %out
small:
  %o = load i32, ptr %p
  %s = add i32 %o, %v
  store i32 %s, ptr %p
  br label %out
out:
  ret void
}
define i32 @f(i32 %a, i32 %b, i32 %c) {
entry:
  %t = alloca i32
  store i32 0, ptr %t
  br label %loop
loop:
  %i = phi i32 [0, %entry], [%i2, %next]
  %wide = zext i32 %i to i64
  call void @sgp_step(i64 %wide)
  switch i32 %b, label %other [
    i32 1, label %one
    i32 2, label %two
    i32 3, label %two
  ]
one:
  call void @put(ptr @g, i32 %a)
  br label %next
two:
  call void @put(ptr %t, i32 %c)
  br label %next
other:
  %ten = icmp eq i32 %b, 10
  %p = select i1 %ten, ptr @g, ptr @h
  call void @put(ptr %p, i32 %i)
  br label %next
next:
  %i2 = add i32 %i, 1
  %m = and i32 %a, 3
  %again = icmp ult i32 %i2, %m
  br i1 %again, label %loop, label %out
out:
  %r = load i32, ptr %t
  %q = add i32 %r, %i2
  ret i32 %q
})",
                                3, 1);
}

TEST(Merge, WhatOnlyOneSideImpliesIsForgotten) {
  same_with_and_without_merging(R"(
@g = global i32 0
define i32 @f(i32 %a, i32 %b) {
  %more = icmp ugt i32 %a, 5
  %choice = select i1 %more, i32 7, i32 9
  %few = icmp ult i32 %a, 11
  %other = select i1 %few, i32 3, i32 4
  %much = icmp ugt i32 %a, 8
  br i1 %much, label %above, label %below
above:
  br i1 %more, label %implied, label %never
implied:
  store i32 %choice, ptr @g
  br label %out
never:
  store i32 1, ptr @g
  br label %out
below:
  br i1 %few, label %out, label %never
out:
  %r = mul i32 %choice, %b
  %q = add i32 %r, %other
  ret i32 %q
})",
                                2, 1);
}

TEST(Merge, FindingsStaySeparate) {
  same_with_and_without_merging(R"(
@g = global [4 x i32] [i32 1, i32 2, i32 3, i32 4]
define i32 @f(i32 %a, i32 %b) {
  %c = icmp ult i32 %a, 6
  br i1 %c, label %low, label %high
low:
  %i = zext i32 %a to i64
  %p = getelementptr [4 x i32], ptr @g, i64 0, i64 %i
  %x = load i32, ptr %p
  br label %out
high:
  %y = udiv i32 %a, %b
  br label %out
out:
  %r = phi i32 [%x, %low], [%y, %high]
  ret i32 %r
})",
                                2, 3);
}

TEST(Merge, NestedLoopsWithEarlyExit) {
  same_with_and_without_merging(R"(
define i32 @f(i32 %a, i32 %b) {
entry:
  %na = and i32 %a, 3
  %nb = and i32 %b, 3
  br label %outer
outer:
  %i = phi i32 [0, %entry], [%i2, %outer.next]
  %s = phi i32 [0, %entry], [%s3, %outer.next]
  br label %inner
inner:
  %j = phi i32 [0, %outer], [%j2, %inner.next]
  %s1 = phi i32 [%s, %outer], [%s2, %inner.next]
  %hit = icmp eq i32 %s1, 5
  br i1 %hit, label %early, label %inner.next
inner.next:
  %ij = mul i32 %i, %j
  %s1a = add i32 %s1, %ij
  %s2 = add i32 %s1a, 1
  %j2 = add i32 %j, 1
  %jc = icmp ule i32 %j2, %nb
  br i1 %jc, label %inner, label %outer.next
outer.next:
  %s3 = phi i32 [%s2, %inner.next]
  %i2 = add i32 %i, 1
  %ic = icmp ule i32 %i2, %na
  br i1 %ic, label %outer, label %done
early:
  ret i32 1000
done:
  ret i32 %s3
})",
                                2, 2);
}

TEST(Merge, IrreducibleControlFlowIsNotMerged) {
  same_with_and_without_merging(R"(
define i32 @f(i32 %a) {
entry:
  %n = alloca i32
  store i32 0, ptr %n
  %c = icmp ugt i32 %a, 4
  br i1 %c, label %x, label %y
x:
  %v = load i32, ptr %n
  %v2 = add i32 %v, 1
  store i32 %v2, ptr %n
  %e = icmp ugt i32 %v2, 2
  br i1 %e, label %out, label %y
y:
  %w = load i32, ptr %n
  %w2 = add i32 %w, 10
  store i32 %w2, ptr %n
  %f = icmp ugt i32 %w2, 25
  br i1 %f, label %out, label %x
out:
  %r = load i32, ptr %n
  ret i32 %r
})",
                                1, 8);
}

/// A value of 8 bytes at bytes 60 to 67 of an object: stored on both sides of a branch, or on one
/// side where the other stores its second half, which is the first of the next chunk.
TEST(Merge, AValueThatReachesIntoTheNextChunkStaysWhole) {
  static_assert(kChunk == 64);
  const std::string text = R"(
@g = global [128 x i8] zeroinitializer
define i64 @f(i64 %a, i64 %b) {
  %half = getelementptr i8, ptr @g, i64 64
  store i32 7, ptr %half
  %p = getelementptr i8, ptr @g, i64 60
  %c = icmp ugt i64 %a, %b
  br i1 %c, label %more, label %less
more:
  store i64 %a, ptr %p, align 4
  br label %out
less:
  store i64 %b, ptr %p, align 4
  br label %out
out:
  %r = load i64, ptr %p, align 4
  ret i64 %r
})";
  for (const char* layout : {kLp64, kBig32}) {
    Symbolic s(text, {}, layout);
    const auto a = s.var("a", 64), b = s.var("b", 64);
    const auto r = s.run({a, b});
    ASSERT_EQ(r.ends.size(), 1U);
    EXPECT_TRUE(r.ends[0].returned.bits.same(smt::ite(smt::ult(b, a), a, b)));
  }
  same_with_and_without_merging(R"(
@g = global i32 0
@m = global [128 x i8] zeroinitializer
define i32 @f(i32 %a, i32 %b) {
  %p = getelementptr i8, ptr @m, i64 60
  %q = getelementptr i8, ptr @m, i64 64
  %w = zext i32 %a to i64
  %w2 = mul i64 %w, 4294967297
  store i64 %w2, ptr %p, align 4
  %c = icmp ugt i32 %a, 5
  br i1 %c, label %half, label %whole
half:
  store i32 %b, ptr %q
  br label %out
whole:
  store i64 %w, ptr %p, align 4
  br label %out
out:
  %x = load i32, ptr %p
  store i32 %x, ptr @g
  %y = load i32, ptr %q
  ret i32 %y
})",
                                2, 1);
}

TEST(Merge, NumberOfStatesStaysLinear) {
  // Twelve independent branches: 4096 paths, one end.
  std::string text =
      "define i32 @f(i32 %a) {\n %s0 = alloca i32\n store i32 0, ptr %s0\n"
      " br label %b0\n";
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i), next = std::to_string(i + 1);
    text += "b" + n + ":\n %m" + n + " = and i32 %a, " + std::to_string(1 << i) + "\n %c" + n +
            " = icmp ne i32 %m" + n + ", 0\n br i1 %c" + n + ", label %t" + n + ", label %b" +
            next + "\nt" + n + ":\n %v" + n + " = load i32, ptr %s0\n %w" + n + " = add i32 %v" +
            n + ", 1\n store i32 %w" + n + ", ptr %s0\n br label %b" + next + "\n";
  }
  text += "b12:\n %r = load i32, ptr %s0\n ret i32 %r }";
  Symbolic s(text);
  const auto r = s.run({s.var("a", 32)});
  ASSERT_EQ(r.ends.size(), 1U);
  EXPECT_LE(r.stats.max_states, 3U);
  EXPECT_TRUE(r.ends[0].path.empty());
  EXPECT_TRUE(s.proves(r.ends[0], smt::ule(r.ends[0].returned.bits, s.k(32, 12))));
  EXPECT_TRUE(s.possible(r.ends[0], smt::eq(r.ends[0].returned.bits, s.k(32, 12))));
}

}  // namespace
}  // namespace sgproof::exec
