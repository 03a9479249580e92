// Terms as integers: a bit-vector is the number that it denotes without sign.
//
// The code under check compares sums of addresses, lengths and offsets. As bits each sum is a chain
// of carries that a solver has to rediscover; as integers a comparison of sums is linear arithmetic
// and is decided about a hundred times faster. Wrapping is part of the translation: where bounds do
// not exclude it, a sum is a choice between the plain and the wrapped value.
//
// The translation is exact except for operations that are not linear (bitwise operations of two
// unknowns, their products, divisions and shifts): the result of one of those is any number of its
// width. So an unsatisfiable translation means an unsatisfiable term, and a model has to be
// evaluated on the terms before it is believed.
#pragma once

#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "smt/solver/terms.hpp"
#include "smt/solver/translator.hpp"

namespace sgproof::smt {

class IntegerTranslator : public Translator {
 public:
  /// `define` is given constraints on the constants that the translation introduces. They can be
  /// met by all symbols that meet what was taken for granted, so they may be asserted for good
  /// where that is.
  IntegerTranslator(z3::context& ctx, std::function<void(const z3::expr&)> define)
      : ctx_(ctx), define_(std::move(define)) {}
  z3::expr operator()(const Term& t) override;
  /// Bounds and alignment that the condition gives make many sums plain.
  void take_for_granted(const Term& condition) override;
  /// Operations so far whose result was left open.
  [[nodiscard]] std::size_t left_open() const { return left_open_; }

 private:
  /// An integer, bounds of it, and what it is made of: `e` is `units` times 2^zeros. Or (width 1) a
  /// Boolean.
  struct Number {
    z3::expr e;
    u128 lo = 0, hi = 0;
    unsigned zeros = 0;
    z3::expr units = e;
  };
  /// What is known of a term.
  struct Known {
    u128 lo, hi;
    unsigned zeros;
  };
  z3::expr numeral(u128 v);
  Number scaled(const z3::expr& units, unsigned zeros, u128 lo, u128 hi);
  Number value(u128 v);
  /// The number by 2^zeros, which divides it.
  z3::expr in_units(const Number& a, unsigned zeros);
  /// The bits of the number, moved up.
  Number moved_up(const Number& a, unsigned by);
  /// A sum that does not wrap.
  Number plain_sum(const Number& a, const Number& b);
  Number as_known(const Node& n, const Number& a);
  /// A constant of its own, between lo and hi.
  Number fresh(u128 lo, u128 hi);
  /// Any number of that width.
  Number open(unsigned width);
  Number constant(const Term& t);
  Number ready(const Term& t);
  Number number(const Term& t);  // width 1 as 0 or 1
  // Sums, differences and products modulo 2^width.
  Number add(const Number& a, const Number& b, unsigned width);
  Number add_constant(const Number& a, u128 c, unsigned width);
  Number sub(const Number& a, const Number& b, unsigned width);
  Number multiply(const Number& a, u128 c, unsigned width);
  /// Quotient and remainder by a constant that is not 0.
  std::pair<Number, Number> divide(const Term& a, u128 by);
  Number bits(const Term& a, unsigned hi, unsigned lo);
  /// The bits of `a` that are set in the constant.
  Number masked(const Term& a, u128 mask);
  Number bitwise(const Node& n);
  z3::expr signed_value(const Term& t);
  Number extend_sign(const Node& n);
  z3::expr compare(const Node& n);
  Number build(const Node& n);

  z3::context& ctx_;
  std::function<void(const z3::expr&)> define_;
  std::unordered_map<std::uint32_t, Number> done_;
  std::map<std::pair<std::uint32_t, u128>, std::pair<Number, Number>> quotients_;
  std::unordered_map<std::uint32_t, Known> known_;
  std::size_t left_open_ = 0;
};

}  // namespace sgproof::smt
