// The concrete and the symbolic domain give the same results; and replay follows a counterexample.
#include <random>

#include "smt/exec/replay.hpp"
#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

smt::u128 draw(std::mt19937_64& rng, unsigned w) {
  switch (rng() % 5) {
    case 0:
      return rng() % 4;
    case 1:
      return smt::mask(w) - rng() % 4;
    case 2:
      return smt::u128{1} << (rng() % w);
    case 3:
      return rng() % (w + 2);
    default:
      return (smt::u128{rng()} << 64) | rng();
  }
}

/// Runs `op` on both domains: constants through the concrete one, symbols evaluated under a model
/// through the symbolic one.
void agree(const std::string& op, unsigned w, unsigned rw, const std::string& decls = "") {
  const std::string t = "i" + std::to_string(w);
  std::string body = op;
  for (auto at = body.find('T'); at != std::string::npos; at = body.find('T'))
    body.replace(at, 1, t);
  const std::string text = decls + "define i" + std::to_string(rw) + " @f(" + t + " %a, " + t +
                           " %b) {\n " +
                           (body.find("%r =") == std::string::npos ? "%r = " : "%q = ") + body +
                           "\n ret i" + std::to_string(rw) + " %r }";
  Concrete c(text);
  Symbolic s(text);
  const auto a = s.var("a", w), b = s.var("b", w);
  const auto sym = s.run({a, b});
  std::mt19937_64 rng(w * 131UL + op.size());
  for (int round = 0; round < 60; ++round) {
    const smt::u128 x = draw(rng, w) & smt::mask(w), y = draw(rng, w) & smt::mask(w);
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

TEST(Agreement, BinaryOperators) {
  for (unsigned w : {1U, 7U, 8U, 16U, 32U, 64U, 128U})
    for (const char* op : {"add T %a, %b", "add nsw T %a, %b", "add nuw T %a, %b", "sub T %a, %b",
                           "sub nsw T %a, %b", "sub nuw T %a, %b", "and T %a, %b", "or T %a, %b",
                           "or disjoint T %a, %b", "xor T %a, %b", "shl T %a, %b",
                           "shl nuw T %a, %b", "shl nsw T %a, %b", "lshr T %a, %b",
                           "lshr exact T %a, %b", "ashr T %a, %b", "ashr exact T %a, %b"})
      agree(op, w, w);
}

TEST(Agreement, MultiplicationAndDivision) {
  for (unsigned w : {1U, 7U, 8U, 16U})
    for (const char* op : {"mul T %a, %b", "mul nsw T %a, %b", "mul nuw T %a, %b", "udiv T %a, %b",
                           "udiv exact T %a, %b", "sdiv T %a, %b", "sdiv exact T %a, %b",
                           "urem T %a, %b", "srem T %a, %b"})
      agree(op, w, w);
  for (unsigned w : {32U, 64U, 128U})
    for (const char* op : {"mul T %a, %b", "udiv T %a, 7", "sdiv T %a, -8", "srem T %a, 8",
                           "sdiv T %a, 64", "urem T %a, 56", "srem T %a, -5"})
      agree(op, w, w);
}

TEST(Agreement, ComparisonsAndSelect) {
  for (unsigned w : {1U, 8U, 33U, 64U})
    for (const char* p : {"eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge"})
      agree(std::string("icmp ") + p + " T %a, %b", w, 1);
}

TEST(Agreement, Casts) {
  agree("zext i8 %a to i32", 8, 32);
  agree("sext i8 %a to i128", 8, 128);
  agree("trunc i64 %a to i16", 64, 16);
  agree("trunc nuw i64 %a to i16", 64, 16);
  agree("trunc nsw i64 %a to i16", 64, 16);
  agree("zext nneg i8 %a to i32", 8, 32);
  agree("sext i1 %a to i8", 1, 8);
}

TEST(Agreement, Intrinsics) {
  for (unsigned w : {8U, 16U, 32U, 64U}) {
    const std::string t = "i" + std::to_string(w);
    for (const char* name : {"umin", "umax", "smin", "smax"}) {
      const std::string fn = std::string("@llvm.") + name + "." + t;
      agree("call T " + fn + "(T %a, T %b)", w, w,
            "declare " + t + " " + fn + "(" + t + ", " + t + ")\n");
    }
    for (const char* name : {"bswap", "bitreverse", "ctpop"}) {
      if (w == 8 && std::string(name) == "bswap") continue;
      const std::string fn = std::string("@llvm.") + name + "." + t;
      agree("call T " + fn + "(T %a)", w, w, "declare " + t + " " + fn + "(" + t + ")\n");
    }
    for (const char* name : {"ctlz", "cttz", "abs"})
      for (const char* flag : {"true", "false"}) {
        const std::string fn = std::string("@llvm.") + name + "." + t;
        agree("call T " + fn + "(T %a, i1 " + flag + ")", w, w,
              "declare " + t + " " + fn + "(" + t + ", i1)\n");
      }
    for (const char* name : {"fshl", "fshr"}) {
      const std::string fn = std::string("@llvm.") + name + "." + t;
      agree("call T " + fn + "(T %a, T %b, T %b)", w, w,
            "declare " + t + " " + fn + "(" + t + ", " + t + ", " + t + ")\n");
    }
  }
}

TEST(Agreement, OverflowIntrinsics) {
  for (unsigned w : {8U, 16U})
    for (const char* name : {"uadd", "sadd", "usub", "ssub", "umul", "smul"}) {
      const std::string t = "i" + std::to_string(w), pair = "{" + t + ", i1}";
      const std::string fn = std::string("@llvm.") + name + ".with.overflow." + t;
      const std::string decl = "declare " + pair + " " + fn + "(" + t + ", " + t + ")\n";
      agree("call " + pair + " " + fn + "(T %a, T %b)\n %x = extractvalue " + pair +
                " %q, 0\n %y = extractvalue " + pair +
                " %q, 1\n %z = zext i1 %y to T\n %s = shl T %z, 3\n %r = xor T %x, %s",
            w, w, decl);
    }
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
