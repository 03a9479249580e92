// Sums of choices: the value stays, and what the kernel adds up in pieces is seen to be the whole.
#include "smt/solver/sums.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <vector>

#include "smt/solver/model.hpp"

namespace sgproof::smt {
namespace {

Term k(u128 value, unsigned width = 8) { return Term::constant(width, value); }

/// A term and how its value follows from those of the symbols, by plain arithmetic.
struct Sample {
  Term term;
  std::function<unsigned(const std::vector<unsigned>&)> value;
};

/// Sums, differences and choices over few symbols, so that parts are often the same.
class RandomSums {
 public:
  explicit RandomSums(Terms& terms) {
    for (const char* name : {"x", "y", "z"}) symbols.push_back(terms.var(name, 8));
    for (const char* name : {"p", "q"}) symbols.push_back(terms.var(name, 1));
  }

  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

  Sample number(unsigned depth) {
    const unsigned what = depth == 0 ? pick(4) : pick(8);
    if (what < 3) return symbol(what);
    if (what == 3) {
      const unsigned constant = pick(2) != 0 ? 0 : pick(6);
      return {k(constant), [constant](const auto&) { return constant; }};
    }
    const Sample a = number(depth - 1), b = number(depth - 1);
    if (what == 4)
      return {sub(a.term, b.term),
              [=](const auto& v) { return (a.value(v) - b.value(v)) & 0xffU; }};
    if (what == 5)
      return {add(a.term, b.term),
              [=](const auto& v) { return (a.value(v) + b.value(v)) & 0xffU; }};
    const Sample c = condition(depth - 1);
    return {ite(c.term, a.term, b.term),
            [=](const auto& v) { return c.value(v) != 0 ? a.value(v) : b.value(v); }};
  }

  Sample condition(unsigned depth) {
    const unsigned what = depth == 0 ? pick(2) : pick(7);
    if (what < 2) return symbol(3 + what);
    if (what == 2) {
      const Sample a = condition(depth - 1);
      return {bv_not(a.term), [=](const auto& v) { return 1U - a.value(v); }};
    }
    if (what < 5) {
      const Sample a = condition(depth - 1), b = condition(depth - 1);
      const bool both = what == 3;
      return {both ? bv_and(a.term, b.term) : bv_or(a.term, b.term), [=](const auto& v) {
                return both ? a.value(v) & b.value(v) : a.value(v) | b.value(v);
              }};
    }
    const Sample a = number(depth - 1), b = number(depth - 1);
    const bool less = what == 5 && pick(2) != 0;
    const Sample other = less || pick(2) != 0 ? b : Sample{k(0), [](const auto&) { return 0U; }};
    return {less ? ult(a.term, other.term) : eq(a.term, other.term), [=](const auto& v) {
              return less ? a.value(v) < other.value(v) : a.value(v) == other.value(v);
            }};
  }

  std::vector<Term> symbols;

 private:
  Sample symbol(unsigned i) {
    return {symbols[i], [i](const auto& v) { return v[i]; }};
  }
  std::mt19937 random_{5};
};

TEST(Sums, ValuesStayThroughSimplification) {
  Terms terms;
  RandomSums random(terms);
  for (unsigned round = 0; round < 20'000; ++round) {
    const Sample s = random.pick(2) != 0 ? random.number(4) : random.condition(4);
    for (unsigned i = 0; i < 6; ++i) {
      Model model(terms);
      std::vector<unsigned> values;
      for (const Term& symbol : random.symbols) {
        const unsigned few = random.pick(3), any = random.pick(256);
        values.push_back((random.pick(2) != 0 ? few : any) & (symbol.width() == 1 ? 1U : 0xffU));
        model.set(symbol.node()->var, values.back());
      }
      ASSERT_EQ(static_cast<unsigned>(model.eval(s.term)), s.value(values)) << round;
    }
  }
}

class SumsTest : public testing::Test {
 protected:
  Terms terms_;
  Term x_ = terms_.var("x", 8), y_ = terms_.var("y", 8), z_ = terms_.var("z", 8),
       p_ = terms_.var("p", 1), q_ = terms_.var("q", 1);
};

TEST_F(SumsTest, ChoicesThatExcludeEachOtherAreOne) {
  const Term sum = add(add(x_, ite(p_, y_, k(0))), add(z_, ite(p_, k(0), y_)));
  EXPECT_TRUE(eq(sum, add(add(x_, y_), z_)).is_true());
  EXPECT_FALSE(eq(add(ite(p_, y_, k(0)), ite(q_, k(0), y_)), y_).is_true());
  EXPECT_FALSE(eq(add(ite(p_, y_, k(0)), ite(p_, y_, k(0))), y_).is_true());
}

TEST_F(SumsTest, WhatBothSidesHaveIsOutsideOfAChoice) {
  EXPECT_TRUE(eq(ite(p_, add(x_, y_), x_), add(x_, ite(p_, y_, k(0)))).is_true());
  EXPECT_TRUE(eq(ite(p_, x_, add(y_, x_)), add(x_, ite(p_, k(0), y_))).is_true());
  EXPECT_FALSE(eq(ite(p_, add(x_, y_), x_), add(x_, y_)).is_const());
}

TEST_F(SumsTest, ANumberOrZeroWhereItIsZeroIsTheNumber) {
  const Term none = eq(x_, k(0));
  EXPECT_TRUE(ite(none, k(0), x_).same(x_));
  EXPECT_TRUE(ite(bv_not(none), x_, k(0)).same(x_));
  EXPECT_TRUE(ite(bv_or(none, p_), k(0), x_).same(ite(p_, k(0), x_)));
  EXPECT_TRUE(ite(bv_and(bv_not(none), p_), x_, k(0)).same(ite(p_, x_, k(0))));
  EXPECT_TRUE(ite(bv_and(bv_not(none), p_), k(0), x_).same(ite(p_, k(0), x_)));
  EXPECT_TRUE(ite(bv_or(none, p_), x_, k(0)).same(ite(p_, x_, k(0))));
  EXPECT_FALSE(ite(eq(y_, k(0)), k(0), x_).same(x_));
  EXPECT_FALSE(ite(none, k(1), x_).same(x_));
}

TEST_F(SumsTest, ASumIsNotLessThanItselfInAnotherOrder) {
  const Term one = add(add(x_, y_), z_), other = add(x_, add(z_, y_));
  EXPECT_TRUE(ult(one, other).is_false());
  EXPECT_FALSE(ult(one, add(x_, y_)).is_const());
}

/// What iommu_map_sg() has mapped when it ends, of three segments: pieces of memory that follow
/// each other are put together, and mapped once the next one does not follow.
TEST_F(SumsTest, PiecesThatAreMappedOneByOneAreTheWhole) {
  const std::vector<Term> lengths = {x_, y_, z_};
  const std::vector<Term> apart = {p_, q_};
  Term len = k(0), mapped = k(0);
  for (unsigned i = 0; i < 3; ++i) {
    if (i != 0) {
      const Term flush = bv_and(bv_not(eq(len, k(0))), apart[i - 1]);
      mapped = ite(flush, add(mapped, len), mapped);
      len = ite(flush, k(0), len);
    }
    len = ite(eq(len, k(0)), lengths[i], add(len, lengths[i]));
  }
  EXPECT_TRUE(eq(add(mapped, len), add(add(x_, y_), z_)).is_true());
}

}  // namespace
}  // namespace sgproof::smt
