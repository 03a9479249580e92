// Integer operations on values with taint, as the LLVM language reference defines them.
#pragma once

#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Instruction.h>

#include "smt/exec/value.hpp"

namespace sgproof::exec {

/// Flags of an instruction that turn a violated promise into poison.
struct ArithFlags {
  bool nuw = false, nsw = false, exact = false, disjoint = false;
};

/// Some bit of either operand is undefined.
template <class Bv>
Bv any_undef(const Value<Bv>& a, const Value<Bv>& b) {
  return bv_or(a.taint ? any_bit(a.taint->undef) : Bv::boolean(false),
               b.taint ? any_bit(b.taint->undef) : Bv::boolean(false));
}

template <class Bv>
Bv msb(const Bv& v) {
  return extract(v, v.width() - 1, v.width() - 1);
}

/// a * b does not fit (unsigned or signed).
template <class Bv>
Bv mul_overflows(const Bv& a, const Bv& b, bool is_signed) {
  const unsigned w = a.width();
  if (w <= 64) {
    if (is_signed) {
      const Bv wide = mul(sext(a, 2 * w), sext(b, 2 * w));
      return ne(wide, sext(trunc(wide, w), 2 * w));
    }
    const Bv wide = mul(zext(a, 2 * w), zext(b, 2 * w));
    return ne(extract(wide, 2 * w - 1, w), Bv::constant(w, 0));
  }
  const Bv product = mul(a, b), zero = Bv::constant(w, 0);
  if (!is_signed) return bv_and(ne(b, zero), ne(udiv(product, b), a));
  const Bv minimum = Bv::constant(w, smt::u128{1} << (w - 1));
  const Bv minus_one = Bv::constant(w, smt::mask(w));
  return bv_or(bv_and(eq(b, minus_one), eq(a, minimum)),
               bv_and(bv_and(ne(b, zero), ne(b, minus_one)), ne(sdiv(product, b), a)));
}
template <class Bv>
Bv add_overflows(const Bv& a, const Bv& b, bool is_signed) {
  const Bv s = add(a, b);
  return is_signed ? bv_and(bv_not(bv_xor(msb(a), msb(b))), bv_xor(msb(a), msb(s))) : ult(s, a);
}
template <class Bv>
Bv sub_overflows(const Bv& a, const Bv& b, bool is_signed) {
  const Bv d = sub(a, b);
  return is_signed ? bv_and(bv_xor(msb(a), msb(b)), bv_xor(msb(a), msb(d))) : ult(a, b);
}

/// Where a division is undefined behaviour: zero divisor, or signed overflow.
template <class Bv>
Bv division_fault(unsigned opcode, const Bv& a, const Bv& b) {
  const unsigned w = a.width();
  Bv bad = eq(b, Bv::constant(w, 0));
  if (opcode == llvm::Instruction::SDiv || opcode == llvm::Instruction::SRem)
    bad = bv_or(bad, bv_and(eq(b, Bv::constant(w, smt::mask(w))),
                            eq(a, Bv::constant(w, smt::u128{1} << (w - 1)))));
  return bad;
}

/// Undefined bits of the result of a bitwise operation or shift; all bits for arithmetic.
template <class Bv>
Bv undef_result(unsigned opcode, const Value<Bv>& a, const Value<Bv>& b) {
  const unsigned w = a.bits.width();
  const Bv ua = undef_of(a), ub = undef_of(b);
  using I = llvm::Instruction;
  switch (opcode) {
    case I::And:
      return bv_or(bv_and(ua, ub), bv_or(bv_and(ua, b.bits), bv_and(ub, a.bits)));
    case I::Or:
      return bv_or(bv_and(ua, ub), bv_or(bv_and(ua, bv_not(b.bits)), bv_and(ub, bv_not(a.bits))));
    case I::Xor:
      return bv_or(ua, ub);
    case I::Shl:
      return bv_or(shl(ua, b.bits), spread(any_bit(ub), w));
    case I::LShr:
      return bv_or(lshr(ua, b.bits), spread(any_bit(ub), w));
    case I::AShr:
      return bv_or(ashr(ua, b.bits), spread(any_bit(ub), w));
    default:
      return spread(any_undef(a, b), w);
  }
}

/// A binary operation; division faults must have been excluded by the caller.
template <class Bv>
Value<Bv> binary(Pool<Bv>& pool, unsigned opcode, const ArithFlags& flags, const Value<Bv>& x,
                 const Value<Bv>& y) {
  using I = llvm::Instruction;
  const Bv &a = x.bits, &b = y.bits;
  const unsigned w = a.width();
  Bv r, poison = Bv::boolean(false);
  const auto or_poison = [&](const Bv& c) { poison = bv_or(poison, c); };
  switch (opcode) {
    case I::Add:
      r = add(a, b);
      if (flags.nuw) or_poison(add_overflows(a, b, false));
      if (flags.nsw) or_poison(add_overflows(a, b, true));
      break;
    case I::Sub:
      r = sub(a, b);
      if (flags.nuw) or_poison(sub_overflows(a, b, false));
      if (flags.nsw) or_poison(sub_overflows(a, b, true));
      break;
    case I::Mul:
      r = mul(a, b);
      if (flags.nuw) or_poison(mul_overflows(a, b, false));
      if (flags.nsw) or_poison(mul_overflows(a, b, true));
      break;
    case I::UDiv:
      r = udiv(a, b);
      if (flags.exact) or_poison(any_bit(urem(a, b)));
      break;
    case I::SDiv:
      r = sdiv(a, b);
      if (flags.exact) or_poison(any_bit(srem(a, b)));
      break;
    case I::URem:
      r = urem(a, b);
      break;
    case I::SRem:
      r = srem(a, b);
      break;
    case I::Shl:
      r = shl(a, b);
      if (flags.nuw) or_poison(ne(lshr(r, b), a));
      if (flags.nsw) or_poison(ne(ashr(r, b), a));
      or_poison(uge(b, Bv::constant(w, w)));
      break;
    case I::LShr:
    case I::AShr:
      r = opcode == I::LShr ? lshr(a, b) : ashr(a, b);
      if (flags.exact) or_poison(ne(shl(lshr(a, b), b), a));
      or_poison(uge(b, Bv::constant(w, w)));
      break;
    case I::And:
      r = bv_and(a, b);
      break;
    case I::Or:
      r = bv_or(a, b);
      if (flags.disjoint) or_poison(any_bit(bv_and(a, b)));
      break;
    case I::Xor:
      r = bv_xor(a, b);
      break;
    default:
      break;
  }
  if (x.taint == nullptr && y.taint == nullptr)
    return Value<Bv>(r, poison.is_false() ? nullptr : pool.taint(poison, Bv::constant(w, 0)));
  or_poison(poison_of(x));
  or_poison(poison_of(y));
  return Value<Bv>(r, pool.taint(poison, undef_result(opcode, x, y)));
}

/// Integer comparison.
template <class Bv>
Value<Bv> compare(Pool<Bv>& pool, llvm::CmpInst::Predicate p, const Value<Bv>& x,
                  const Value<Bv>& y) {
  using C = llvm::CmpInst;
  const Bv &a = x.bits, &b = y.bits;
  Bv r;
  switch (p) {
    case C::ICMP_EQ:
      r = eq(a, b);
      break;
    case C::ICMP_NE:
      r = ne(a, b);
      break;
    case C::ICMP_ULT:
      r = ult(a, b);
      break;
    case C::ICMP_ULE:
      r = ule(a, b);
      break;
    case C::ICMP_UGT:
      r = ugt(a, b);
      break;
    case C::ICMP_UGE:
      r = uge(a, b);
      break;
    case C::ICMP_SLT:
      r = slt(a, b);
      break;
    case C::ICMP_SLE:
      r = sle(a, b);
      break;
    case C::ICMP_SGT:
      r = sgt(a, b);
      break;
    default:
      r = sge(a, b);
      break;
  }
  if (!x.taint && !y.taint) return Value<Bv>(r);
  Bv undef = any_undef(x, y);
  if (p == C::ICMP_EQ || p == C::ICMP_NE) {
    // A defined bit that differs decides, whatever the undefined ones are.
    const Bv known = bv_not(bv_or(undef_of(x), undef_of(y)));
    undef = bv_and(undef, bv_not(any_bit(bv_and(bv_xor(a, b), known))));
  }
  return Value<Bv>(r, pool.taint(bv_or(poison_of(x), poison_of(y)), undef));
}

/// zext, sext or trunc to a width (also between pointers and integers).
template <class Bv>
Value<Bv> resize(Pool<Bv>& pool, const Value<Bv>& v, unsigned width, bool is_signed) {
  const unsigned w = v.bits.width();
  if (w == width) return v;
  const auto to = [&](const Bv& t) {
    return width < w ? trunc(t, width) : is_signed ? sext(t, width) : zext(t, width);
  };
  if (!v.taint) return Value<Bv>(to(v.bits));
  return Value<Bv>(to(v.bits), pool.taint(v.taint->poison, to(v.taint->undef)));
}

/// A value computed from others by a function without finer rules: any undefined bit of an operand
/// makes all bits undefined.
template <class Bv>
Value<Bv> derived(Pool<Bv>& pool, const Bv& bits, std::initializer_list<Value<Bv>> from,
                  const Bv& extra_poison = Bv::boolean(false)) {
  Bv poison = extra_poison, undef = Bv::boolean(false);
  for (const Value<Bv>& v : from)
    if (v.taint) {
      poison = bv_or(poison, v.taint->poison);
      undef = bv_or(undef, any_bit(v.taint->undef));
    }
  if (poison.is_false() && undef.is_false()) return Value<Bv>(bits);
  return Value<Bv>(bits, pool.taint(poison, spread(undef, bits.width())));
}

}  // namespace sgproof::exec
