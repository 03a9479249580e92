// Executor: the index of a bit, and how many bits are set.
#pragma once

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
typename D::Bv Executor<D>::bit_scan(const Bv& v, bool reverse, const Bv& of_zero) {
  const auto values = domain_.leaves(v, false, 16);
  if (values.size() > 1) {
    Bv any = bit_scan(values.front().second, reverse, of_zero);
    for (const auto& [guard, value] : values)
      if (!value.same(values.front().second))
        any = ite(guard, bit_scan(value, reverse, of_zero), any);
    return any;
  }
  const unsigned w = v.width();
  Bv r = of_zero;
  // The bit that decides is tested last: is any set from it on to the end? Such questions include
  // each other, and so a mask or comparison of the index becomes a single one.
  for (unsigned k = 0; k < w; ++k) {
    const unsigned bit = reverse ? k : w - 1 - k;
    const Bv rest = reverse ? extract(v, w - 1, bit) : extract(v, bit, 0);
    const Bv none = eq(rest, Bv::constant(rest.width(), 0));
    r = ite(none, r, Bv::constant(of_zero.width(), bit));
  }
  return r;
}

template <class D>
Value<typename D::Bv> Executor<D>::count_bits(const V& v, llvm::Intrinsic::ID id,
                                              bool zero_is_poison) {
  const unsigned w = v.bits.width();
  const Bv zero = Bv::constant(w, 0);
  Bv r = zero;
  if (id == llvm::Intrinsic::ctpop) {
    for (unsigned i = 0; i < w; ++i) r = add(r, w == 1 ? v.bits : zext(extract(v.bits, i, i), w));
  } else if (id == llvm::Intrinsic::cttz) {
    r = bit_scan(v.bits, false, Bv::constant(w, w));
  } else {
    // of 0: w, which is w - 1 minus the index -1
    r = sub(Bv::constant(w, w - 1), bit_scan(v.bits, true, Bv::constant(w, mask(w))));
  }
  return derived(pool_, r, {v}, zero_is_poison ? eq(v.bits, zero) : Bv::boolean(false));
}

}  // namespace sgproof::exec
