// Native integers with the interface of smt::Term: the value type of the concrete domain.
// Written independently of smt::fold, so that comparing the two domains tests both.
#pragma once

#include <cassert>

#include "smt/solver/term.hpp"

namespace sgproof::exec {

using smt::i128;
using smt::mask;
using smt::u128;

/// A constant of 1..128 bits; width 1 doubles as the booleans.
class ConcreteBv {
 public:
  ConcreteBv() = default;
  static ConcreteBv constant(unsigned width, u128 value) {
    assert(width >= 1 && width <= 128);
    ConcreteBv v;
    v.value_ = value & mask(width);
    v.width_ = width;
    return v;
  }
  static ConcreteBv boolean(bool b) { return constant(1, b ? 1 : 0); }
  [[nodiscard]] unsigned width() const { return width_; }
  [[nodiscard]] bool is_const() const { return true; }
  [[nodiscard]] u128 value() const { return value_; }
  [[nodiscard]] i128 sval() const {
    if (width_ == 128) return static_cast<i128>(value_);
    const u128 sign = u128{1} << (width_ - 1);
    return static_cast<i128>(value_ ^ sign) - static_cast<i128>(sign);
  }
  [[nodiscard]] bool is_true() const { return width_ == 1 && value_ == 1; }
  [[nodiscard]] bool is_false() const { return width_ == 1 && value_ == 0; }
  [[nodiscard]] bool is_zero() const { return value_ == 0; }
  [[nodiscard]] bool is_ones() const { return value_ == mask(width_); }
  [[nodiscard]] bool is_const_value(u128 v) const { return value_ == v; }
  [[nodiscard]] bool same(const ConcreteBv& o) const {
    return width_ == o.width_ && value_ == o.value_;
  }

 private:
  u128 value_ = 0;
  unsigned width_ = 1;
};

inline ConcreteBv bv(unsigned w, u128 v) { return ConcreteBv::constant(w, v); }
inline ConcreteBv add(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), a.value() + b.value());
}
inline ConcreteBv sub(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), a.value() - b.value());
}
inline ConcreteBv mul(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), a.value() * b.value());
}
inline ConcreteBv neg(const ConcreteBv& a) { return bv(a.width(), ~a.value() + 1); }
inline ConcreteBv udiv(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), b.is_zero() ? ~u128{0} : a.value() / b.value());
}
inline ConcreteBv urem(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), b.is_zero() ? a.value() : a.value() % b.value());
}
inline ConcreteBv sdiv(const ConcreteBv& a, const ConcreteBv& b) {
  if (b.is_zero()) return bv(a.width(), a.sval() < 0 ? 1 : ~u128{0});
  if (b.is_ones()) return neg(a);  // also the overflowing case
  return bv(a.width(), static_cast<u128>(a.sval() / b.sval()));
}
inline ConcreteBv srem(const ConcreteBv& a, const ConcreteBv& b) {
  if (b.is_zero()) return a;
  if (b.is_ones()) return bv(a.width(), 0);
  return bv(a.width(), static_cast<u128>(a.sval() % b.sval()));
}
inline ConcreteBv shl(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), b.value() >= a.width() ? 0 : a.value() << static_cast<unsigned>(b.value()));
}
inline ConcreteBv lshr(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), b.value() >= a.width() ? 0 : a.value() >> static_cast<unsigned>(b.value()));
}
inline ConcreteBv ashr(const ConcreteBv& a, const ConcreteBv& b) {
  const unsigned n = b.value() >= a.width() ? a.width() - 1 : static_cast<unsigned>(b.value());
  return bv(a.width(), static_cast<u128>(a.sval() >> n));
}
inline ConcreteBv bv_and(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), a.value() & b.value());
}
inline ConcreteBv bv_or(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), a.value() | b.value());
}
inline ConcreteBv bv_xor(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width(), a.value() ^ b.value());
}
inline ConcreteBv bv_not(const ConcreteBv& a) { return bv(a.width(), ~a.value()); }
inline ConcreteBv zext(const ConcreteBv& a, unsigned w) { return bv(w, a.value()); }
inline ConcreteBv sext(const ConcreteBv& a, unsigned w) {
  return bv(w, static_cast<u128>(a.sval()));
}
inline ConcreteBv trunc(const ConcreteBv& a, unsigned w) { return bv(w, a.value()); }
inline ConcreteBv extract(const ConcreteBv& a, unsigned hi, unsigned lo) {
  return bv(hi - lo + 1, a.value() >> lo);
}
inline ConcreteBv concat(const ConcreteBv& a, const ConcreteBv& b) {
  return bv(a.width() + b.width(), (a.value() << b.width()) | b.value());
}
inline ConcreteBv boolean(bool b) { return ConcreteBv::boolean(b); }
inline ConcreteBv eq(const ConcreteBv& a, const ConcreteBv& b) {
  return boolean(a.value() == b.value());
}
inline ConcreteBv ne(const ConcreteBv& a, const ConcreteBv& b) {
  return boolean(a.value() != b.value());
}
inline ConcreteBv ult(const ConcreteBv& a, const ConcreteBv& b) {
  return boolean(a.value() < b.value());
}
inline ConcreteBv ule(const ConcreteBv& a, const ConcreteBv& b) {
  return boolean(a.value() <= b.value());
}
inline ConcreteBv ugt(const ConcreteBv& a, const ConcreteBv& b) { return ult(b, a); }
inline ConcreteBv uge(const ConcreteBv& a, const ConcreteBv& b) { return ule(b, a); }
inline ConcreteBv slt(const ConcreteBv& a, const ConcreteBv& b) {
  return boolean(a.sval() < b.sval());
}
inline ConcreteBv sle(const ConcreteBv& a, const ConcreteBv& b) {
  return boolean(a.sval() <= b.sval());
}
inline ConcreteBv sgt(const ConcreteBv& a, const ConcreteBv& b) { return slt(b, a); }
inline ConcreteBv sge(const ConcreteBv& a, const ConcreteBv& b) { return sle(b, a); }
inline ConcreteBv ite(const ConcreteBv& c, const ConcreteBv& a, const ConcreteBv& b) {
  return c.is_true() ? a : b;
}
inline ConcreteBv implies(const ConcreteBv& a, const ConcreteBv& b) { return bv_or(bv_not(a), b); }
inline u128 umin_bound(const ConcreteBv& a) { return a.value(); }
inline u128 umax_bound(const ConcreteBv& a) { return a.value(); }

}  // namespace sgproof::exec
