// The concrete and the symbolic domain give the same results; and replay follows a counterexample.
#include <fmt/format.h>

#include <random>

#include "smt/exec/opcodes.hpp"
#include "smt/exec/replay.hpp"
#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

/// Runs the operation on both domains: constants through the concrete one, symbols evaluated under
/// a model through the symbolic one.
void agree(const Opcode& op) {
  const unsigned w = op.width;
  const std::string text =
      fmt::format("{0}define i{1} @f(i{2} %a, i{2} %b) {{\n {3}\n ret i{1} %r }}", op.declarations,
                  op.result, w, op.body);
  Concrete c(text);
  Symbolic s(text);
  const auto a = s.var("a", w), b = s.var("b", w);
  const auto sym = s.run({a, b});
  std::mt19937_64 rng(w * 131UL + op.body.size());
  for (int round = 0; round < 60; ++round) {
    const smt::u128 x = draw_operand(rng, w) & smt::mask(w),
                    y = draw_operand(rng, w) & smt::mask(w);
    const auto con = c.ex.run("f", {ConcreteBv::constant(w, x), ConcreteBv::constant(w, y)});
    ASSERT_EQ(con.ends.size(), 1U) << text;
    smt::Model m(s.terms);
    m.set(a.node()->var, x);
    m.set(b.node()->var, y);
    const End<smt::Term>* hit = nullptr;
    for (const auto& e : sym.ends) {
      bool here = true;
      for (const auto& p : e.path) here = here && m.holds(p);
      if (here) {
        EXPECT_EQ(hit, nullptr) << "two ends: " << text;
        hit = &e;
      }
    }
    ASSERT_NE(hit, nullptr) << text << " a=" << static_cast<unsigned long>(x)
                            << " b=" << static_cast<unsigned long>(y);
    EXPECT_EQ(hit->kind, con.ends[0].kind) << text;
    EXPECT_EQ(hit->finding, con.ends[0].finding) << text;
    if (con.ends[0].kind == EndKind::Returned) {
      EXPECT_TRUE(m.eval(hit->returned.bits) == con.ends[0].returned.bits.value())
          << text << " a=" << static_cast<unsigned long>(x)
          << " b=" << static_cast<unsigned long>(y);
    }
  }
}

TEST(Agreement, EveryOperationGivesTheSameOnBothDomains) {
  for (const Opcode& op : opcodes())
    if (op.solvable) agree(op);
}

TEST(Agreement, ReplayFollowsACounterexample) {
  const std::string text = R"(
declare i64 @sgp_fresh(i64)
@g = global i64 0
define i64 @f(ptr %o) {
  %x = call i64 @sgp_fresh(i64 1)
  %y = load i64, ptr %o
  %s = add i64 %x, %y
  %c = icmp eq i64 %s, 123456789
  br i1 %c, label %hit, label %out
hit:
  store i64 %x, ptr @g
  br label %out
out:
  %r = load i64, ptr @g
  ret i64 %r
})";
  Symbolic s(text);
  const auto o = s.ex.add_object("world", 8, Initial::Arbitrary);
  const auto r = s.run({s.k(64, o)});
  ASSERT_EQ(r.returned(), 1U);
  const auto want = smt::eq(r.ends[0].returned.bits, s.k(64, 4242));
  ASSERT_EQ(s.solver.check(r.ends[0].path, want), smt::CheckResult::Sat);
  const smt::Model m = s.solver.model();
  Concrete c(text);
  for (const auto& [name, value] : replay_values(s.ex, s.terms, m)) c.domain.set(name, value);
  const auto p = c.ex.add_object("world", 8, Initial::Arbitrary);
  ASSERT_EQ(o, p);
  const auto q = c.ex.run("f", {ConcreteBv::constant(64, p)});
  ASSERT_EQ(q.returned(), 1U);
  EXPECT_TRUE(q.ends[0].returned.bits.value() == 4242);
  EXPECT_EQ(c.ex.writer(q.ends[0], c.ex.address_of("g")).function, "f");
  EXPECT_EQ(c.ex.writer(q.ends[0], p).function, "");
}

}  // namespace
}  // namespace sgproof::exec
