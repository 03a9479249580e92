// Whatever the executor does not understand, or cannot finish, ends a path as inconclusive.
#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

Inconclusive reason_of(const std::string& text, Options options = {},
                       const std::vector<smt::Term>& args = {}) {
  Symbolic s(text, std::move(options));
  const auto r = s.run(args);
  EXPECT_EQ(r.returned(), 0U);
  const auto* e = only(r.ends, EndKind::Inconclusive);
  EXPECT_NE(e, nullptr);
  return e ? e->reason : Inconclusive::None;
}

TEST(FailClosed, UnknownOpcodes) {
  EXPECT_EQ(reason_of("define double @f() { %x = fadd double 1.0, 2.0\n ret double %x }"),
            Inconclusive::UnknownOpcode);
  EXPECT_EQ(reason_of("define i32 @f(ptr %a) { %x = va_arg ptr %a, i32\n ret i32 %x }", {},
                      {smt::Term::constant(64, 0)}),
            Inconclusive::UnknownOpcode);
  EXPECT_EQ(
      reason_of("define void @f() { %a = alloca ptr\n indirectbr ptr %a, [label %b]\nb:\n ret "
                "void }"),
      Inconclusive::UnknownOpcode);
}

TEST(FailClosed, VectorsAndWideIntegers) {
  EXPECT_EQ(reason_of("define <2 x i32> @f() { %x = add <2 x i32> zeroinitializer, "
                      "zeroinitializer\n ret <2 x i32> %x }"),
            Inconclusive::UnsupportedType);
  EXPECT_EQ(reason_of("define i256 @f() { %x = add i256 1, 2\n ret i256 %x }"),
            Inconclusive::UnsupportedType);
}

TEST(FailClosed, UnknownAsm) {
  EXPECT_EQ(
      reason_of("define void @f() { call void asm sideeffect \"wbinvd\", \"\"()\n ret void }"),
      Inconclusive::UnknownAsm);
  EXPECT_EQ(reason_of("define i64 @f() { %x = call i64 asm \"rdtsc\", \"=A\"()\n ret i64 %x }"),
            Inconclusive::UnknownAsm);
}

TEST(FailClosed, TrapsThatAreNoBug) {
  const auto trap = [](const char* text, const char* operands, const char* arguments) {
    return reason_of(std::string("define void @f() { call void asm sideeffect \"") + text +
                     "\", \"" + operands + ",~{$1}\"(" + arguments + ")\n ret void }");
  };
  EXPECT_EQ(trap("break $0", "i", "i32 7"), Inconclusive::UnknownAsm);
  EXPECT_EQ(trap("tne $$0, $0, $1", "r,i", "i32 0, i32 7"), Inconclusive::UnknownAsm);
  EXPECT_EQ(trap("teq $$0, $0, $1", "r,i", "i32 0, i32 12"), Inconclusive::UnknownAsm);
}

TEST(FailClosed, UnknownIntrinsic) {
  EXPECT_EQ(reason_of("declare i64 @llvm.readcyclecounter()\n"
                      "define i64 @f() { %x = call i64 @llvm.readcyclecounter()\n ret i64 %x }"),
            Inconclusive::UnknownIntrinsic);
}

TEST(FailClosed, UnknownEnvironmentFunction) {
  EXPECT_EQ(reason_of("declare void @sgp_other()\n"
                      "define void @f() { call void @sgp_other()\n ret void }"),
            Inconclusive::MissingFunction);
}

TEST(FailClosed, MissingFunctionByPolicy) {
  const std::string text =
      "declare i32 @ext(ptr)\n"
      "define i32 @f() { %p = alloca i32\n store i32 1, ptr %p\n"
      " %x = call i32 @ext(ptr %p)\n %y = load i32, ptr %p\n ret i32 %y }";
  Options refuse;
  refuse.policy = [](const llvm::Function&) { return CallPolicy::Refuse; };
  EXPECT_EQ(reason_of(text, refuse), Inconclusive::MissingFunction);
  Symbolic havoc(text);
  const auto h = havoc.run();
  ASSERT_EQ(h.returned(), 1U);
  ASSERT_EQ(h.ends[0].arbitrary.size(), 1U);
  EXPECT_EQ(h.ends[0].arbitrary[0]->function, "ext");
  EXPECT_TRUE(havoc.possible(h.ends[0], smt::ne(h.ends[0].returned.bits, havoc.k(32, 1))));
  Options quiet;
  quiet.policy = [](const llvm::Function&) { return CallPolicy::NoEffect; };
  Symbolic none(text, quiet);
  const auto n = none.run();
  ASSERT_EQ(n.returned(), 1U);
  EXPECT_TRUE(n.ends[0].returned.bits.is_const_value(1));
}

TEST(FailClosed, HavocReachesThroughPointers) {
  Symbolic s(
      "@g = global i32 7\n@p = global ptr @g\n@k = constant i32 3\ndeclare void @ext(ptr)\n"
      "define i32 @f() { call void @ext(ptr @p)\n %x = load i32, ptr @g\n"
      " %y = load i32, ptr @k\n %z = mul i32 %x, %y\n ret i32 %z }");
  const auto r = s.run();
  ASSERT_EQ(r.returned(), 1U);
  EXPECT_TRUE(s.possible(r.ends[0], smt::eq(r.ends[0].returned.bits, s.k(32, 300))));
}

const char* const kLoop = R"(
define i32 @f(i32 %n) {
entry:
  br label %loop
loop:
  %i = phi i32 [0, %entry], [%j, %loop]
  %j = add i32 %i, 1
  %c = icmp ult i32 %j, %n
  br i1 %c, label %loop, label %out
out:
  ret i32 %j
})";

TEST(FailClosed, LoopBound) {
  Options o;
  o.loop_bound = 5;
  Symbolic s(kLoop, o);
  const auto r = s.run({s.var("n", 32)});
  const auto* e = only(r.ends, EndKind::Inconclusive);
  ASSERT_NE(e, nullptr);
  EXPECT_EQ(e->reason, Inconclusive::LoopNotUnrolled);
  EXPECT_TRUE(s.proves(*e, smt::ugt(s.var("n", 32), s.k(32, 6))));
  const auto* done = only(r.ends, EndKind::Returned);
  ASSERT_NE(done, nullptr);
  EXPECT_TRUE(s.proves(*done, smt::ule(s.var("n", 32), s.k(32, 6))));
}

TEST(FailClosed, StepLimitDeadlineRecursion) {
  Options steps;
  steps.loop_bound = 1000000;
  steps.step_limit = 500;
  EXPECT_EQ(reason_of(kLoop, steps, {smt::Term::constant(32, 100000)}), Inconclusive::StepLimit);
  Options late;
  late.loop_bound = 1000000;
  late.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(reason_of(kLoop, late, {smt::Term::constant(32, 100000)}), Inconclusive::Deadline);
  EXPECT_EQ(reason_of("define void @f() { call void @f()\n ret void }"),
            Inconclusive::RecursionLimit);
}

TEST(FailClosed, ContradictoryAssumptionsReturnNothing) {
  Symbolic s("define void @f() { ret void }");
  s.ex.assume(smt::ult(s.var("x", 8), s.k(8, 3)));
  s.ex.assume(smt::ugt(s.var("x", 8), s.k(8, 3)));
  EXPECT_EQ(s.run().ends.size(), 0U);
}

TEST(FailClosed, UnknownSolverAnswerIsInconclusive) {
  Symbolic s("define i64 @f(i64 %a, i64 %b) { %c = udiv i64 %a, %b\n ret i64 %c }");
  s.solver.set_deadline(std::chrono::steady_clock::now() - std::chrono::seconds(1));
  const auto r = s.run({s.var("a", 64), s.var("b", 64)});
  EXPECT_GE(r.count(EndKind::Inconclusive), 1U);
  EXPECT_EQ(r.count(EndKind::Finding), 0U);
}

TEST(FailClosed, WrongSetUpThrows) {
  Symbolic s("define void @f(i32 %x) { ret void }");
  EXPECT_ANY_THROW(s.run());
  EXPECT_ANY_THROW(s.run({s.k(64, 1)}));
  EXPECT_ANY_THROW(s.ex.run("nothing", {}));
  EXPECT_ANY_THROW(s.ex.write(8, s.k(64, 1)));
}

}  // namespace
}  // namespace sgproof::exec
