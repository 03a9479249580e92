// Undefined behaviour: each class is found when it is reachable, and not when it is not.
#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

FindingKind finding_of(const std::string& text,
                       const std::vector<std::pair<const char*, unsigned>>& vars = {}) {
  Symbolic s(text);
  std::vector<smt::Term> args;
  for (const auto& [name, w] : vars) args.push_back(s.var(name, w));
  const auto r = s.run(args);
  const auto* e = only(r.ends, EndKind::Finding);
  if (e == nullptr) {
    for (const auto& end : r.ends) ADD_FAILURE() << static_cast<int>(end.kind) << " " << end.text;
    return FindingKind::None;
  }
  return e->finding;
}
bool clean(const std::string& text,
           const std::vector<std::pair<const char*, unsigned>>& vars = {}) {
  Symbolic s(text);
  std::vector<smt::Term> args;
  for (const auto& [name, w] : vars) args.push_back(s.var(name, w));
  const auto r = s.run(args);
  for (const auto& end : r.ends)
    if (end.kind != EndKind::Returned) ADD_FAILURE() << end.text;
  return r.returned() == 1 && r.ends.size() == 1;
}

TEST(Undefined, OutOfBounds) {
  EXPECT_EQ(finding_of("define i32 @f(i64 %i) { %a = alloca [4 x i32]\n"
                       " call void @llvm.memset.p0.i64(ptr %a, i8 0, i64 16, i1 false)\n"
                       " %p = getelementptr i32, ptr %a, i64 %i\n %x = load i32, ptr %p\n"
                       " ret i32 %x }\ndeclare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
                       {{"i", 64}}),
            FindingKind::OutOfBounds);
  EXPECT_TRUE(
      clean("define i32 @f(i64 %j) { %i = and i64 %j, 3\n %a = alloca [4 x i32]\n"
            " call void @llvm.memset.p0.i64(ptr %a, i8 0, i64 16, i1 false)\n"
            " %p = getelementptr i32, ptr %a, i64 %i\n store i32 5, ptr %p\n"
            " %x = load i32, ptr %p\n"
            " ret i32 %x }\ndeclare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
            {{"j", 64}}));
  EXPECT_EQ(finding_of("@g = global i32 1\ndefine i64 @f() { %x = load i64, ptr @g, align 4\n"
                       " ret i64 %x }"),
            FindingKind::OutOfBounds);
}

TEST(Undefined, MemsetBeyondTheEnd) {
  const std::string decl =
      "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)\n@g = global [8 x i8] "
      "zeroinitializer\n";
  EXPECT_EQ(
      finding_of(decl + "define void @f() { call void @llvm.memset.p0.i64(ptr @g, i8 1, i64 9, "
                        "i1 false)\n ret void }"),
      FindingKind::OutOfBounds);
  Symbolic s(decl +
             "define i64 @f(i64 %n) { call void @llvm.memset.p0.i64(ptr @g, i8 1, i64 %n, i1 "
             "false)\n %x = load i64, ptr @g, align 1\n ret i64 %x }");
  s.ex.assume(smt::ule(s.var("n", 64), s.k(64, 8)));
  const auto r = s.run({s.var("n", 64)});
  ASSERT_EQ(r.ends.size(), 1U);
  ASSERT_EQ(r.returned(), 1U);
  EXPECT_TRUE(
      s.proves(r.ends[0], smt::implies(smt::eq(s.var("n", 64), s.k(64, 3)),
                                       smt::eq(r.ends[0].returned.bits, s.k(64, 0x010101)))));
  Symbolic over(decl +
                "define void @f(i64 %n) { call void @llvm.memset.p0.i64(ptr @g, i8 1, i64 %n, "
                "i1 false)\n ret void }");
  over.ex.assume(smt::ule(over.var("n", 64), over.k(64, 9)));
  const auto bad = over.run({over.var("n", 64)});
  const auto* e = only(bad.ends, EndKind::Finding);
  ASSERT_NE(e, nullptr);
  EXPECT_EQ(e->finding, FindingKind::OutOfBounds);
  EXPECT_TRUE(over.proves(*e, smt::eq(over.var("n", 64), over.k(64, 9))));
}

TEST(Undefined, DeadObjects) {
  EXPECT_EQ(
      finding_of("define ptr @g() { %a = alloca i32\n ret ptr %a }\n"
                 "define i32 @f() { %p = call ptr @g()\n %x = load i32, ptr %p\n ret i32 %x }"),
      FindingKind::DeadObject);
  EXPECT_EQ(finding_of("declare void @llvm.lifetime.start.p0(i64, ptr)\n"
                       "declare void @llvm.lifetime.end.p0(i64, ptr)\n"
                       "define i32 @f() { %a = alloca i32\n"
                       " call void @llvm.lifetime.start.p0(i64 4, ptr %a)\n store i32 1, ptr %a\n"
                       " call void @llvm.lifetime.end.p0(i64 4, ptr %a)\n"
                       " %x = load i32, ptr %a\n ret i32 %x }"),
            FindingKind::DeadObject);
}

TEST(Undefined, NullUnmappedReadOnlyMisaligned) {
  EXPECT_EQ(finding_of("define i32 @f() { %x = load i32, ptr null\n ret i32 %x }"),
            FindingKind::NullAccess);
  EXPECT_EQ(
      finding_of("define i32 @f() { %x = load i32, ptr inttoptr (i64 81985529216486895 to ptr), "
                 "align 1\n ret i32 %x }"),
      FindingKind::OutOfBounds);
  EXPECT_EQ(finding_of("@k = constant i32 1\ndefine void @f() { store i32 2, ptr @k\n ret void }"),
            FindingKind::ReadOnlyWrite);
  EXPECT_EQ(finding_of("@g = global i64 1\ndefine i32 @f() { %p = getelementptr i8, ptr @g, i64 2\n"
                       " %x = load i32, ptr %p, align 4\n ret i32 %x }"),
            FindingKind::Misaligned);
}

TEST(Undefined, Division) {
  EXPECT_EQ(finding_of("define i32 @f(i32 %a, i32 %b) { %x = udiv i32 %a, %b\n ret i32 %x }",
                       {{"a", 32}, {"b", 32}}),
            FindingKind::DivisionByZero);
  EXPECT_EQ(finding_of("define i32 @f(i32 %a) { %x = sdiv i32 %a, -1\n ret i32 %x }", {{"a", 32}}),
            FindingKind::DivisionByZero);
  EXPECT_TRUE(
      clean("define i32 @f(i32 %a, i32 %b) { %c = or i32 %b, 1\n %x = udiv i32 %a, %c\n"
            " ret i32 %x }",
            {{"a", 32}, {"b", 32}}));
}

TEST(Undefined, PoisonIsFoundWhereItIsObserved) {
  for (const char* bad :
       {"add nsw i8 %a, %b", "add nuw i8 %a, %b", "sub nsw i8 %a, %b", "sub nuw i8 %a, %b",
        "mul nsw i8 %a, %b", "mul nuw i8 %a, %b", "shl i8 %a, %b", "lshr i8 %a, %b",
        "ashr i8 %a, %b", "shl nuw i8 %a, 1", "shl nsw i8 %a, 1", "udiv exact i8 %a, 3",
        "sdiv exact i8 %a, 3", "lshr exact i8 %a, 1", "or disjoint i8 %a, %b"})
    EXPECT_EQ(finding_of(std::string("define i8 @f(i8 %a, i8 %b) { %x = ") + bad + "\n ret i8 %x }",
                         {{"a", 8}, {"b", 8}}),
              FindingKind::PoisonUse)
        << bad;
  EXPECT_EQ(
      finding_of("define i32 @f(i8 %a) { %x = zext nneg i8 %a to i32\n ret i32 %x }", {{"a", 8}}),
      FindingKind::PoisonUse);
  // Not observed: not a finding.
  EXPECT_TRUE(
      clean("define i8 @f(i8 %a, i8 %b) { %x = add nsw i8 %a, %b\n"
            " %c = icmp eq i8 %a, 0\n %y = select i1 %c, i8 %x, i8 7\n ret i8 %y }",
            {{"a", 8}, {"b", 8}}));
}

TEST(Undefined, UninitialisedIsFoundWhereItIsObserved) {
  const std::string read = "define i32 @f() { %a = alloca i32\n %x = load i32, ptr %a\n";
  EXPECT_EQ(finding_of(read + " ret i32 %x }"), FindingKind::UndefUse);
  EXPECT_EQ(finding_of(read + " %c = icmp eq i32 %x, 0\n br i1 %c, label %t, label %e\nt:\n"
                              " ret i32 1\ne:\n ret i32 2 }"),
            FindingKind::UndefUse);
  EXPECT_EQ(finding_of("@g = global i32 0\n" + read + " store i32 %x, ptr @g\n ret i32 0 }"),
            FindingKind::UndefUse);
  EXPECT_EQ(
      finding_of(read + " %p = inttoptr i32 %x to ptr\n %y = load i32, ptr %p\n ret i32 %y }"),
      FindingKind::UndefUse);
  EXPECT_EQ(finding_of("declare void @sgp_step(i64)\n" + read +
                       " %z = zext i32 %x to i64\n"
                       " call void @sgp_step(i64 %z)\n ret i32 0 }"),
            FindingKind::UndefUse);
  EXPECT_EQ(finding_of("define i32 @f() { ret i32 undef }"), FindingKind::UndefUse);
  EXPECT_EQ(finding_of("define i32 @f() { ret i32 poison }"), FindingKind::PoisonUse);
  // A local copy, a masked bit-field and a freeze do not observe.
  EXPECT_TRUE(clean(read + " %b = alloca i32\n store i32 %x, ptr %b\n ret i32 0 }"));
  EXPECT_TRUE(clean(read + " %m = and i32 %x, -256\n %y = or i32 %m, 18\n store i32 %y, ptr %a\n"
                           " %z = load i32, ptr %a\n %r = and i32 %z, 255\n ret i32 %r }"));
  EXPECT_TRUE(clean(read + " %y = freeze i32 %x\n ret i32 %y }"));
}

TEST(Undefined, PaddingMayBeCopiedUninitialised) {
  EXPECT_TRUE(
      clean("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n"
            "@g = global {i8, i32} zeroinitializer\n"
            "define i32 @f() { %a = alloca {i8, i32}\n store i8 1, ptr %a\n"
            " %p = getelementptr {i8, i32}, ptr %a, i32 0, i32 1\n store i32 9, ptr %p\n"
            " call void @llvm.memcpy.p0.p0.i64(ptr @g, ptr %a, i64 8, i1 false)\n"
            " %q = getelementptr {i8, i32}, ptr @g, i32 0, i32 1\n"
            " %x = load i32, ptr %q\n ret i32 %x }"));
}

TEST(Undefined, OneSideUninitialisedIsConditional) {
  Symbolic s(
      "define i32 @f(i1 %c) { %a = alloca i32\n br i1 %c, label %t, label %j\nt:\n"
      " store i32 4, ptr %a\n br label %j\nj:\n %x = load i32, ptr %a\n ret i32 %x }");
  const auto r = s.run({s.var("c", 1)});
  const auto* e = only(r.ends, EndKind::Finding);
  ASSERT_NE(e, nullptr);
  EXPECT_TRUE(s.proves(*e, smt::bv_not(s.var("c", 1))));
  const auto* ok = only(r.ends, EndKind::Returned);
  ASSERT_NE(ok, nullptr);
  EXPECT_TRUE(s.proves(*ok, smt::eq(ok->returned.bits, s.k(32, 4))));
}

TEST(Undefined, CallsUnreachableAssume) {
  EXPECT_EQ(finding_of("define void @f() { %x = call i32 null()\n ret void }"),
            FindingKind::BadCall);
  EXPECT_EQ(finding_of("define i32 @g(i32 %a) { ret i32 %a }\n"
                       "define void @f() { %x = call i32 @g(i64 1)\n ret void }"),
            FindingKind::BadCall);
  EXPECT_EQ(finding_of("define void @f() { unreachable }"), FindingKind::Unreachable);
  EXPECT_EQ(finding_of("declare void @llvm.assume(i1)\ndefine void @f(i8 %a) {\n"
                       " %c = icmp ult i8 %a, 4\n call void @llvm.assume(i1 %c)\n ret void }",
                       {{"a", 8}}),
            FindingKind::AssumeViolated);
  EXPECT_EQ(finding_of("define void @g(i32 noundef %a) { ret void }\n"
                       "define void @f() { call void @g(i32 noundef undef)\n ret void }"),
            FindingKind::UndefUse);
}

}  // namespace
}  // namespace sgproof::exec
