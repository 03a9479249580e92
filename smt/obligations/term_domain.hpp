// The model's value domain over solver terms: invariants evaluated on a symbolic run.
#pragma once

#include "model/domain.hpp"
#include "smt/solver/terms.hpp"

namespace sgproof::smt {

/// Values of a symbolic run. Wide numbers have 72 bits: sums of a few 64-bit words do not wrap.
struct TermDomain {
  static constexpr unsigned kWideBits = 72;

  struct Bool {
    Term term;
    friend Bool operator!(const Bool& a) { return {bv_not(a.term)}; }
    friend Bool operator&(const Bool& a, const Bool& b) { return {bv_and(a.term, b.term)}; }
    friend Bool operator|(const Bool& a, const Bool& b) { return {bv_or(a.term, b.term)}; }
    friend Bool operator==(const Bool& a, const Bool& b) { return {eq(a.term, b.term)}; }
  };

  struct Word {
    Term term;
    friend Bool operator==(const Word& a, const Word& b) { return {eq(a.term, b.term)}; }
    friend Bool operator!=(const Word& a, const Word& b) { return {ne(a.term, b.term)}; }
    friend Bool operator<(const Word& a, const Word& b) { return {ult(a.term, b.term)}; }
    friend Bool operator<=(const Word& a, const Word& b) { return {ule(a.term, b.term)}; }
    friend Word operator&(const Word& a, const Word& b) { return {bv_and(a.term, b.term)}; }
  };

  struct Wide {
    Term term;
    friend Bool operator==(const Wide& a, const Wide& b) { return {eq(a.term, b.term)}; }
    friend Bool operator<(const Wide& a, const Wide& b) { return {ult(a.term, b.term)}; }
    friend Bool operator<=(const Wide& a, const Wide& b) { return {ule(a.term, b.term)}; }
    friend Wide operator+(const Wide& a, const Wide& b) { return {add(a.term, b.term)}; }
    friend Wide operator-(const Wide& a, const Wide& b) { return {sub(a.term, b.term)}; }
  };

  [[nodiscard]] Bool boolean(bool value) const { return {Term::boolean(value)}; }
  [[nodiscard]] Word word(std::uint64_t value) const { return {Term::constant(64, value)}; }
  [[nodiscard]] Wide wide(const Word& value) const { return {zext(value.term, kWideBits)}; }
  [[nodiscard]] Word ite(const Bool& c, const Word& a, const Word& b) const {
    return {sgproof::smt::ite(c.term, a.term, b.term)};
  }
};
static_assert(model::Domain<TermDomain>);

}  // namespace sgproof::smt
