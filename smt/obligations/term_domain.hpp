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

  /// A number of 72 bits. Where both operands are known to fit 64 bits, so is the work: the solver
  /// then sees the same terms as in the code under check.
  struct Wide {
    Term term;
    friend Bool operator==(const Wide& a, const Wide& b) {
      return both_small(a, b) ? Bool{eq(small(a), small(b))} : Bool{eq(a.term, b.term)};
    }
    friend Bool operator<(const Wide& a, const Wide& b) {
      return both_small(a, b) ? Bool{ult(small(a), small(b))} : Bool{ult(a.term, b.term)};
    }
    friend Bool operator<=(const Wide& a, const Wide& b) {
      return both_small(a, b) ? Bool{ule(small(a), small(b))} : Bool{ule(a.term, b.term)};
    }
    friend Wide operator+(const Wide& a, const Wide& b) {
      if (umax_bound(a.term) + umax_bound(b.term) <= mask(64))
        return {zext(add(small(a), small(b)), kWideBits)};
      return {add(a.term, b.term)};
    }
    friend Wide operator-(const Wide& a, const Wide& b) { return {sub(a.term, b.term)}; }

   private:
    static Term small(const Wide& a) { return trunc(a.term, 64); }
    static bool both_small(const Wide& a, const Wide& b) {
      return umax_bound(a.term) <= mask(64) && umax_bound(b.term) <= mask(64);
    }
  };

  [[nodiscard]] Bool boolean(bool value) const { return {Term::boolean(value)}; }
  [[nodiscard]] Word word(std::uint64_t value) const { return {Term::constant(64, value)}; }
  [[nodiscard]] Wide wide(const Word& value) const { return {zext(value.term, kWideBits)}; }
  [[nodiscard]] Word low(const Wide& value) const { return {trunc(value.term, 64)}; }
  [[nodiscard]] Word ite(const Bool& c, const Word& a, const Word& b) const {
    return {sgproof::smt::ite(c.term, a.term, b.term)};
  }
  [[nodiscard]] std::uint64_t at_most(const Word& value) const {
    return static_cast<std::uint64_t>(umax_bound(value.term));
  }
};
static_assert(model::Domain<TermDomain>);

}  // namespace sgproof::smt
