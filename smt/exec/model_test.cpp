// Memory, page arrays, pointers, environment functions and records.
#include "kernel-extract/harness/sgp_abi.h"
#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

const char* const kBytes =
    "define i32 @f(ptr %p) { %q = getelementptr i8, ptr %p, i32 1\n"
    " store i16 4660, ptr %q, align 1\n %x = load i32, ptr %p, align 1\n"
    " ret i32 %x }";

TEST(ExecMemory, ByteOrderFollowsTheDataLayout) {
  Symbolic little(kBytes);
  auto a = little.ex.add_object("o", 8, Initial::Zero);
  auto r = little.run({little.k(64, a)});
  ASSERT_EQ(r.returned(), 1U);
  EXPECT_TRUE(r.ends[0].returned.bits.is_const_value(0x00123400));
  Symbolic big(kBytes, {}, kBig32);
  a = big.ex.add_object("o", 8, Initial::Zero);
  r = big.run({big.k(32, a)});
  ASSERT_EQ(r.returned(), 1U);
  EXPECT_TRUE(r.ends[0].returned.bits.is_const_value(0x00123400));
  const auto low = big.ex.read(r.ends[0], a + 1, 1);
  EXPECT_TRUE(low->bits.is_const_value(0x12));
  EXPECT_TRUE(little.k(8, 0x34).same(little.k(8, 0x34)));
}

TEST(ExecMemory, ReloadGivesTheSameTerm) {
  Symbolic s(
      "define i64 @f(ptr %p, i64 %v) { store i64 %v, ptr %p\n %x = load i64, ptr %p\n ret i64 "
      "%x }");
  const auto o = s.ex.add_object("o", 16, Initial::Uninit);
  const auto r = s.run({s.k(64, o), s.var("v", 64)});
  ASSERT_EQ(r.returned(), 1U);
  EXPECT_TRUE(r.ends[0].returned.bits.same(s.var("v", 64)));
  EXPECT_TRUE(s.ex.read(r.ends[0], o + 8, 8)->taint != nullptr);  // still uninitialised
  EXPECT_FALSE(s.ex.read(r.ends[0], o + 12, 8).has_value());
}

TEST(ExecMemory, GlobalsStartFromTheirInitialisers) {
  Symbolic s(
      "%t = type { i8, i32, ptr }\n@a = global [2 x i16] [i16 1, i16 2]\n"
      "@s = global %t { i8 3, i32 4, ptr getelementptr (i16, ptr @a, i64 1) }\n"
      "@e = external global i64\n@v = global i32 9, section \"sgp_arbitrary\"\n"
      "define i16 @f() { %q = getelementptr %t, ptr @s, i32 0, i32 2\n"
      " %p = load ptr, ptr %q\n %x = load i16, ptr %p\n ret i16 %x }");
  const auto r = s.run();
  ASSERT_EQ(r.returned(), 1U);
  const auto& e = r.ends[0];
  EXPECT_TRUE(e.returned.bits.is_const_value(2));
  EXPECT_TRUE(s.ex.read(e, s.ex.address_of("s") + 4, 4)->bits.is_const_value(4));
  EXPECT_FALSE(s.ex.read(e, s.ex.address_of("e"), 8)->bits.is_const());
  EXPECT_FALSE(s.ex.read(e, s.ex.address_of("v"), 4)->bits.is_const());
}

TEST(ExecMemory, SymbolicPointersAreResolvedToAllTargets) {
  Symbolic s(
      "@a = global i32 1\n@b = global i32 2\n"
      "define i32 @f(i1 %c, i32 %v) { %p = select i1 %c, ptr @a, ptr @b\n"
      " store i32 %v, ptr %p\n %x = load i32, ptr @a\n %y = load i32, ptr @b\n"
      " %z = sub i32 %x, %y\n ret i32 %z }");
  const auto c = s.var("c", 1), v = s.var("v", 32);
  const auto r = s.run({c, v});
  ASSERT_EQ(r.ends.size(), 1U);
  EXPECT_TRUE(
      s.proves(r.ends[0], smt::eq(r.ends[0].returned.bits,
                                  smt::ite(c, smt::sub(v, s.k(32, 2)), smt::sub(s.k(32, 1), v)))));
}

TEST(SymbolicDomain, AnswersARepeatedQuestionAsBefore) {
  Symbolic s("define i32 @f() { ret i32 0 }");
  const auto x = s.var("x", 32);
  const auto small = smt::ult(x, s.k(32, 1000));
  const auto first = s.domain.pick({}, small, x);
  ASSERT_TRUE(first);
  // other models have been seen since then
  for (unsigned i = 0; i < 20; ++i) (void)s.domain.pick({small}, smt::eq(x, s.k(32, 7 * i + 1)), x);
  EXPECT_EQ(s.domain.pick({}, small, x), first);
  EXPECT_EQ(s.domain.pick({}, small, s.k(32, 5)), smt::u128{5});
  EXPECT_EQ(s.domain.pick({small}, smt::bv_not(small), x), std::nullopt);
  const auto checks = s.solver.stats().checks;
  EXPECT_EQ(s.domain.feasible({small}, smt::eq(x, s.k(32, 3)), true), Feasible::Yes);
  EXPECT_EQ(s.domain.feasible({small}, smt::eq(x, s.k(32, 3)), true), Feasible::Yes);
  EXPECT_EQ(s.solver.stats().checks, checks + 1);
  EXPECT_EQ(s.domain.feasible({small}, smt::eq(x, s.k(32, 3000)), true), Feasible::No);
}

TEST(ExecMemory, SymbolicFunctionPointers) {
  Symbolic s(
      "define i32 @g(i32 %x) { ret i32 %x }\ndefine i32 @h(i32 %x) { %y = add i32 %x, 1\n ret "
      "i32 %y }\n"
      "define i32 @f(i1 %c) { %p = select i1 %c, ptr @g, ptr @h\n %r = call i32 %p(i32 4)\n"
      " ret i32 %r }");
  const auto r = s.run({s.var("c", 1)});
  ASSERT_EQ(r.ends.size(), 1U);  // merged behind the call
  EXPECT_TRUE(s.proves(r.ends[0], smt::eq(r.ends[0].returned.bits,
                                          smt::ite(s.var("c", 1), s.k(32, 4), s.k(32, 5)))));
}

constexpr std::uint64_t kMap = 0xffffea0000000000;

const char* const kPages = R"(
define i64 @f(ptr %p, ptr %q, i64 %v) {
  %pf = getelementptr i8, ptr %p, i64 8
  %qf = getelementptr i8, ptr %q, i64 8
  %before = load i64, ptr %qf
  store i64 %v, ptr %pf
  %after = load i64, ptr %qf
  %other = load i64, ptr %q
  %d = sub i64 %after, %before
  ret i64 %d
})";

void page_aliasing(std::uint64_t element) {
  Symbolic s(kPages);
  s.ex.add_page_array("pages", kMap, element, 1 << 20);
  const auto i = s.var("i", 64), j = s.var("j", 64), v = s.var("v", 64);
  s.ex.assume(smt::ult(i, s.k(64, 1 << 20)));
  s.ex.assume(smt::ult(j, s.k(64, 1 << 20)));
  const auto at = [&](const smt::Term& n) {
    return smt::add(s.k(64, kMap), smt::mul(n, s.k(64, element)));
  };
  const auto r = s.run({at(i), at(j), v});
  ASSERT_EQ(r.ends.size(), 1U) << r.ends.front().text;
  ASSERT_EQ(r.returned(), 1U) << r.ends.front().text;
  const auto& e = r.ends[0];
  const auto first = s.ex.read_page(e, kMap, i, 8, 8)->bits;
  EXPECT_TRUE(s.proves(e, smt::eq(first, v)));
  const auto d = e.returned.bits;
  EXPECT_TRUE(s.proves(e, smt::implies(smt::ne(i, j), smt::eq(d, s.k(64, 0)))));
  const auto old = s.ex.page_symbols().front().symbol;
  EXPECT_TRUE(s.proves(e, smt::implies(smt::eq(i, j), smt::eq(d, smt::sub(v, old)))));
  EXPECT_TRUE(s.possible(e, smt::eq(i, j)));
}

TEST(ExecPages, EqualIndicesAliasOthersDoNot) { page_aliasing(64); }
TEST(ExecPages, ElementSizesThatAreNoPowerOfTwo) { page_aliasing(56); }

TEST(ExecPages, InitialContentsAreAFunctionOfTheIndex) {
  Symbolic s(
      "define i64 @f(ptr %p, ptr %q) { %x = load i64, ptr %p\n %y = load i64, ptr %q\n"
      " %d = sub i64 %x, %y\n ret i64 %d }");
  s.ex.add_page_array("pages", kMap, 64, 1024);
  const auto i = s.var("i", 64), j = s.var("j", 64);
  s.ex.assume(smt::ult(i, s.k(64, 1024)));
  s.ex.assume(smt::ult(j, s.k(64, 1024)));
  const auto at = [&](const smt::Term& n) {
    return smt::add(s.k(64, kMap), smt::shl(n, s.k(64, 6)));
  };
  const auto r = s.run({at(i), at(j)});
  ASSERT_EQ(r.ends.size(), 1U);
  const auto d = r.ends[0].returned.bits;
  EXPECT_TRUE(s.proves(r.ends[0], smt::implies(smt::eq(i, j), smt::eq(d, s.k(64, 0)))));
  EXPECT_TRUE(s.possible(r.ends[0], smt::ne(d, s.k(64, 0))));
}

/// Three pages are built, which may be the same, and the first one is read.
struct BuiltPages {
  Symbolic s{R"(
declare void @sgp_pages_built()
define i64 @f(ptr %p, ptr %q, ptr %r, i64 %v, i64 %w, i64 %x) {
  store i64 %v, ptr %p
  store i64 %w, ptr %q
  store i64 %x, ptr %r
  call void @sgp_pages_built()
  %read = load i64, ptr %p
  ret i64 %read
})"};
  smt::Term i = s.var("i", 64), j = s.var("j", 64), k = s.var("k", 64);
  smt::Term v = s.var("v", 64), w = s.var("w", 64), x = s.var("x", 64);
  End<smt::Term> end;

  /// Whether pages that are the same are stored the same: the second and the third one.
  void run(bool second, bool third) {
    s.ex.add_page_array("pages", kMap, 64, 1024);
    for (const auto& n : {i, j, k}) s.ex.assume(smt::ult(n, s.k(64, 1024)));
    if (second) s.ex.assume(smt::implies(smt::eq(i, j), smt::eq(v, w)));
    if (third) s.ex.assume(smt::implies(smt::eq(i, k), smt::eq(v, x)));
    const auto at = [&](const smt::Term& n) {
      return smt::add(s.k(64, kMap), smt::shl(n, s.k(64, 6)));
    };
    const auto r = s.run({at(i), at(j), at(k), v, w, x});
    ASSERT_EQ(r.ends.size(), 1U);
    ASSERT_EQ(r.returned(), 1U) << r.ends.front().text;
    end = r.ends.front();
  }
  /// What memory is: the last store to the page counts.
  void expect_last_store() {
    const auto& read = end.returned.bits;
    EXPECT_TRUE(s.proves(end, smt::implies(smt::eq(i, k), smt::eq(read, x))));
    const auto second = smt::bv_and(smt::eq(i, j), smt::ne(i, k));
    EXPECT_TRUE(s.proves(end, smt::implies(second, smt::eq(read, w))));
    const auto neither = smt::bv_and(smt::ne(i, j), smt::ne(i, k));
    EXPECT_TRUE(s.proves(end, smt::implies(neither, smt::eq(read, v))));
  }
};

TEST(ExecPages, WhereTheSamePageIsBuiltTheSameOneNameIsEnough) {
  BuiltPages pages;
  pages.run(true, true);
  pages.expect_last_store();
  EXPECT_TRUE(pages.end.returned.bits.same(pages.v));
  EXPECT_TRUE(pages.s.possible(pages.end, smt::eq(pages.i, pages.k)));
}

TEST(ExecPages, WhatIsNotShownToBeTheSameIsLookedAt) {
  for (const auto& [second, third] : {std::pair{false, false}, {false, true}, {true, false}}) {
    BuiltPages pages;
    pages.run(second, third);
    pages.expect_last_store();
    EXPECT_FALSE(pages.end.returned.bits.same(pages.v));
  }
}

TEST(ExecPages, BeyondTheEndIsAFinding) {
  Symbolic s("define i64 @f(ptr %p) { %x = load i64, ptr %p\n ret i64 %x }");
  s.ex.add_page_array("pages", kMap, 64, 1024);
  const auto i = s.var("i", 64);
  s.ex.assume(smt::ule(i, s.k(64, 1024)));
  const auto r = s.run({smt::add(s.k(64, kMap), smt::shl(i, s.k(64, 6)))});
  const auto* e = only(r.ends, EndKind::Finding);
  ASSERT_NE(e, nullptr);
  EXPECT_TRUE(s.proves(*e, smt::eq(i, s.k(64, 1024))));
  EXPECT_EQ(r.returned(), 1U);
}

TEST(ExecEnvironment, AssumeFreshHavocEventStep) {
  Symbolic s(R"(
declare void @sgp_assume(i64)
declare i64 @sgp_fresh(i64)
declare void @sgp_havoc(ptr, i64)
declare void @sgp_event(i64, i64, i64, i64, i64, i64)
declare void @sgp_step(i64)
@g = global i64 1
define i64 @f() {
  %x = call i64 @sgp_fresh(i64 3)
  %y = call i64 @sgp_fresh(i64 3)
  %c = icmp ult i64 %x, 10
  %w = zext i1 %c to i64
  call void @sgp_assume(i64 %w)
  call void @sgp_step(i64 2)
  call void @sgp_event(i64 5, i64 %x, i64 %y, i64 0, i64 0, i64 7)
  call void @sgp_havoc(ptr @g, i64 8)
  %z = load i64, ptr @g
  ret i64 %x
})");
  const auto r = s.run();
  ASSERT_EQ(r.ends.size(), 1U);
  const auto& e = r.ends[0];
  EXPECT_TRUE(s.proves(e, smt::ult(e.returned.bits, s.k(64, 10))));
  ASSERT_EQ(e.events.size(), 1U);
  EXPECT_TRUE(e.events[0]->kind.is_const_value(5));
  EXPECT_TRUE(e.events[0]->step.is_const_value(2));
  EXPECT_FALSE(e.events[0]->a.same(e.events[0]->b));
  EXPECT_TRUE(e.events[0]->ret.is_const_value(7));
  EXPECT_FALSE(s.ex.read(e, s.ex.address_of("g"), 8)->bits.is_const());
  EXPECT_EQ(s.ex.symbols().size(), 3U);
}

TEST(ExecEnvironment, InfeasibleAssumptionRemovesThePath) {
  Symbolic s(
      "declare void @sgp_assume(i64)\ndefine void @f() { call void @sgp_assume(i64 0)\n ret "
      "void }");
  EXPECT_EQ(s.run().ends.size(), 0U);
}

const char* const kBug = R"(
@file = private constant [9 x i8] c"lib/sg.c\00"
define i32 @f(i1 %c) {
  br i1 %c, label %w, label %j
w:
  call void asm sideeffect "1:\09.byte 0x0f, 0x0b\0A.pushsection __bug_table,\22aw\22\0A.popsection\0A", "i,i,i,i,~{dirflag},~{fpsr},~{flags}"(ptr @file, i32 77, i32 FLAGS, i64 12)
  br label %j
j:
  ret i32 0
})";

TEST(ExecEnvironment, BugTableEntriesAreBugOrWarn) {
  std::string text = kBug;
  text.replace(text.find("FLAGS"), 5, "2305");  // BUGFLAG_WARNING | taint
  Symbolic warn(text);
  auto r = warn.run({warn.var("c", 1)});
  ASSERT_EQ(r.ends.size(), 1U);
  EXPECT_EQ(r.returned(), 1U);
  ASSERT_EQ(r.ends[0].events.size(), 1U);
  EXPECT_TRUE(r.ends[0].events[0]->kind.is_const_value(SGP_EV_WARN));
  EXPECT_TRUE(r.ends[0].events[0]->a.is_const_value(77));
  EXPECT_EQ(r.ends[0].events[0]->text, "lib/sg.c:77");
  EXPECT_TRUE(r.ends[0].events[0]->guard.same(warn.var("c", 1)));
  text = kBug;
  text.replace(text.find("FLAGS"), 5, "0");
  Symbolic bug(text);
  r = bug.run({bug.var("c", 1)});
  const auto* e = only(r.ends, EndKind::Bug);
  ASSERT_NE(e, nullptr);
  EXPECT_TRUE(bug.proves(*e, bug.var("c", 1)));
  EXPECT_TRUE(e->events.back()->kind.is_const_value(SGP_EV_BUG));
  EXPECT_EQ(r.returned(), 1U);
}

/// What a function ends in whose first instruction is this assembly.
EndKind ends_in(const std::string& assembly) {
  Symbolic s(
      "@file = private constant [9 x i8] c\"lib/sg.c\\00\"\ndefine void @f() {\n call void " +
      assembly + "\n ret void }");
  const auto r = s.run();
  EXPECT_EQ(r.ends.size(), 1U);
  return r.ends.empty() ? EndKind::Returned : r.ends[0].kind;
}

TEST(ExecEnvironment, TrapsOfOtherArchitecturesAreBugOrWarn) {
  const auto riscv = [](const std::string& flags) {
    return ends_in(
        R"(asm sideeffect "1:\0A\09ebreak\0A.pushsection __bug_table,\22aw\22\0A.popsection", )"
        R"("i,i,i,i"(ptr @file, i32 77, i32 )" +
        flags + ", i64 12)");
  };
  EXPECT_EQ(riscv("0"), EndKind::Bug);
  EXPECT_EQ(riscv("2305"), EndKind::Returned) << "it warns and goes on";
  const auto arm = [](const std::string& code) {
    return ends_in("asm sideeffect \"1:\\09.long ((" + code +
                   ") & 0xFFFFFFFF)\\0A.pushsection __bug_table\\0A.popsection\", \"\"()");
  };
  EXPECT_EQ(arm("0xe7f001f2"), EndKind::Bug);
  EXPECT_NE(arm("0xe7f001f0"), EndKind::Bug) << "another undefined instruction";
  EXPECT_NE(arm("0xe7f001f0"), EndKind::Returned);
  const auto arm64 = [](const std::string& flags) {
    return ends_in(R"(asm sideeffect ".pushsection __bug_table,\22aw\22; .align 2; 14470: )"
                   R"(.long 14471f - .; .short 109; .short )" +
                   flags + "; .align 2; .popsection; 14471: brk 0x800\", \"\"()");
  };
  EXPECT_EQ(arm64("0"), EndKind::Bug);
  EXPECT_EQ(arm64("(1 << 0)|((1 << 3) | ((9) << 8))"), EndKind::Returned);
  EXPECT_NE(arm64("(1 << 1)"), EndKind::Returned) << "flags that nobody knows";
  EXPECT_NE(arm64("(1 << 1)"), EndKind::Bug);
  const auto power = [](const std::string& trap, const std::string& flags) {
    return ends_in("asm sideeffect \"1:\\09" + trap +
                   R"(\0A.section __bug_table,\22aw\22\0A2:\09.4byte 1b - .\0A", )"
                   R"("i,i,i,i"(ptr @file, i32 77, i32 )" +
                   flags + ", i64 12)");
  };
  EXPECT_EQ(power("twi 31, 0, 0", "0"), EndKind::Bug);
  EXPECT_EQ(power("twi 31, 0, 0", "2305"), EndKind::Returned);
  EXPECT_NE(power("twi 4, 3, 0", "0"), EndKind::Bug) << "it traps under a condition";
  const auto s390 = [](const std::string& flags) {
    return ends_in(R"(asm sideeffect "0:\09mc\090,0\0A.section __bug_table,\22aw\22\0A", )"
                   R"("i,i,i"(i32 77, i32 )" +
                   flags + ", i64 12)");
  };
  EXPECT_EQ(s390("0"), EndKind::Bug);
  EXPECT_EQ(s390("2305"), EndKind::Returned);
}

TEST(ExecEnvironment, BarriersAndHiddenVariables) {
  Symbolic s(
      "define i64 @f(i64 %a) { call void asm sideeffect \"\", \"~{memory},~{dirflag}\"()\n"
      " %x = call i64 asm \"\", \"=r,0,~{dirflag},~{fpsr},~{flags}\"(i64 %a)\n ret i64 %x }");
  const auto r = s.run({s.var("a", 64)});
  ASSERT_EQ(r.returned(), 1U);
  EXPECT_TRUE(r.ends[0].returned.bits.same(s.var("a", 64)));
}

TEST(ExecCoverage, RefutedSidesAreReported) {
  Symbolic s(
      "define i32 @f(i32 %a) { %m = and i32 %a, 3\n %c = icmp ugt i32 %m, 3\n"
      " %d = icmp ugt i32 %a, 3\n br i1 %c, label %t, label %e\nt:\n ret i32 1\ne:\n"
      " br i1 %d, label %t, label %x\nx:\n ret i32 2 }");
  const auto r = s.run({s.var("a", 32)});
  ASSERT_EQ(r.coverage.infeasible().size(), 1U);
  EXPECT_EQ(r.coverage.infeasible()[0].side, 0U);
}

/// BUG_ON() of MIPS: a function of asm/bug.h with one conditional trap.
const char* const kBugOn = R"(
define internal void @__BUG_ON(i32 %c) !dbg !4 {
  call void asm sideeffect "tne $$0, $0, $1", "r,i,~{$1}"(i32 %c, i32 12), !dbg !10
  ret void, !dbg !10
}
define i32 @f(i32 %c) !dbg !5 {
  call void @__BUG_ON(i32 %c), !dbg !11
  ret i32 %c, !dbg !12
}
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_C99, file: !1, emissionKind: LineTablesOnly)
!1 = !DIFile(filename: "lib/scatterlist.c", directory: "")
!2 = !DIFile(filename: "arch/mips/include/asm/bug.h", directory: "")
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = distinct !DISubprogram(name: "__BUG_ON", file: !2, line: 20, unit: !0, spFlags: DISPFlagDefinition)
!5 = distinct !DISubprogram(name: "f", file: !1, line: 30, unit: !0, spFlags: DISPFlagDefinition)
!10 = !DILocation(line: 21, scope: !4)
!11 = !DILocation(line: 31, scope: !5)
!12 = !DILocation(line: 32, scope: !5)
)";

TEST(ExecEnvironment, AConditionalTrapStopsWhereItsOperandIsNotZeroAndBlamesTheCaller) {
  Symbolic s(kBugOn, {}, kBig32);
  const auto c = s.var("c", 32);
  const auto r = s.run({c});
  ASSERT_EQ(r.ends.size(), 2U);
  const auto* bug = only(r.ends, EndKind::Bug);
  const auto* returned = only(r.ends, EndKind::Returned);
  ASSERT_TRUE(bug != nullptr && returned != nullptr);
  EXPECT_TRUE(s.proves(*bug, smt::ne(c, s.k(32, 0))));
  EXPECT_TRUE(s.possible(*bug, smt::eq(c, s.k(32, 1))));
  EXPECT_TRUE(s.proves(*returned, smt::eq(c, s.k(32, 0))));
  ASSERT_EQ(bug->events.size(), 1U);
  EXPECT_TRUE(bug->events[0]->kind.is_const_value(SGP_EV_BUG));
  EXPECT_TRUE(bug->events[0]->a.is_const_value(31));
  EXPECT_EQ(bug->where.function, "f");
  EXPECT_EQ(bug->where.file, "lib/scatterlist.c");
  EXPECT_TRUE(returned->events.empty());
}

TEST(ExecEnvironment, AConditionalTrapOnConcreteValues) {
  for (const unsigned value : {0U, 1U, 0x80000000U}) {
    Concrete s(kBugOn, {}, kBig32);
    const auto r = s.ex.run("f", {ConcreteBv::constant(32, value)});
    ASSERT_EQ(r.ends.size(), 1U);
    EXPECT_EQ(r.ends[0].kind, value == 0 ? EndKind::Returned : EndKind::Bug);
  }
}

}  // namespace
}  // namespace sgproof::exec
