// Values of LLVM registers and the cells of memory.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "smt/solver/term.hpp"

namespace llvm {
class Instruction;
}

namespace sgproof::exec {

/// Why a value may not be looked at: it is poison where `poison` holds, and the bits of `undef`
/// come from uninitialised memory or LLVM's undef. Values without taint are fully defined.
template <class Bv>
struct Taint {
  Bv poison;  ///< width 1
  Bv undef;   ///< width of the value
};

/// An integer, a pointer (as its address) or an aggregate.
template <class Bv>
struct Value {
  Bv bits;
  const Taint<Bv>* taint = nullptr;
  const std::vector<Value>* parts = nullptr;  ///< aggregates: one per field or element
  bool set = false;                           ///< the register has been assigned

  Value() = default;
  explicit Value(const Bv& b, const Taint<Bv>* t = nullptr) : bits(b), taint(t), set(true) {}
  [[nodiscard]] bool same(const Value& o) const {
    return set == o.set && bits.same(o.bits) && taint == o.taint && parts == o.parts;
  }
};

/// One store (or initial word) of n bytes; cells refer to its bytes.
template <class Bv>
struct Stored {
  Bv bits;
  const Taint<Bv>* taint = nullptr;
  const llvm::Instruction* writer = nullptr;  ///< null: initial contents
};

/// One byte of memory: byte `index` of a stored value, counted from the least significant.
template <class Bv>
struct Cell {
  const Stored<Bv>* stored = nullptr;
  std::uint8_t index = 0;
  [[nodiscard]] bool same(const Cell& o) const { return stored == o.stored && index == o.index; }
};

/// Owner of everything that values and cells refer to, for the duration of an executor.
template <class Bv>
class Pool {
 public:
  const Taint<Bv>* taint(const Bv& poison, const Bv& undef) {
    if (poison.is_false() && undef.is_zero()) return nullptr;
    return &taints_.emplace_back(Taint<Bv>{poison, undef});
  }
  const Stored<Bv>* stored(const Bv& bits, const Taint<Bv>* taint,
                           const llvm::Instruction* writer) {
    return &stored_.emplace_back(Stored<Bv>{bits, taint, writer});
  }
  const std::vector<Value<Bv>>* parts(std::vector<Value<Bv>> p) {
    return &parts_.emplace_back(std::move(p));
  }
  Value<Bv> aggregate(std::vector<Value<Bv>> p) {
    Value<Bv> v;
    v.parts = parts(std::move(p));
    v.set = true;
    return v;
  }
  Value<Bv> undef(unsigned width) {
    return Value<Bv>(
        Bv::constant(width, 0),
        taint(Bv::boolean(false), Bv::constant(width, ~__extension__((unsigned __int128)0))));
  }
  Value<Bv> poison(unsigned width) {
    return Value<Bv>(Bv::constant(width, 0), taint(Bv::boolean(true), Bv::constant(width, 0)));
  }

 private:
  std::deque<Taint<Bv>> taints_;
  std::deque<Stored<Bv>> stored_;
  std::deque<std::vector<Value<Bv>>> parts_;
};

template <class Bv>
Bv poison_of(const Value<Bv>& v) {
  return v.taint ? v.taint->poison : Bv::boolean(false);
}
template <class Bv>
Bv undef_of(const Value<Bv>& v) {
  return v.taint ? v.taint->undef : Bv::constant(v.bits.width(), 0);
}
/// All bits of `width` where c holds, else none.
template <class Bv>
Bv spread(const Bv& c, unsigned width) {
  return ite(c, Bv::constant(width, smt::mask(width)), Bv::constant(width, 0));
}
/// Some bit of the mask is set.
template <class Bv>
Bv any_bit(const Bv& m) {
  return ne(m, Bv::constant(m.width(), 0));
}

/// The value v where c holds, else w; poison and undef are kept as conditions.
template <class Bv>
Value<Bv> select_value(Pool<Bv>& pool, const Bv& c, const Value<Bv>& v, const Value<Bv>& w) {
  if (c.is_true() || v.same(w)) return v;
  if (c.is_false()) return w;
  if (v.parts && w.parts && v.parts->size() == w.parts->size()) {
    std::vector<Value<Bv>> out;
    for (std::size_t i = 0; i < v.parts->size(); ++i)
      out.push_back(select_value(pool, c, (*v.parts)[i], (*w.parts)[i]));
    return pool.aggregate(std::move(out));
  }
  const auto unusable = [](const Value<Bv>& x) {
    return x.taint && (x.taint->poison.is_true() || x.taint->undef.is_ones());
  };
  // Where a side may have any value, take the other one.
  const Bv bits = unusable(v) ? w.bits : unusable(w) ? v.bits : ite(c, v.bits, w.bits);
  if (v.taint == w.taint) return Value<Bv>(bits, v.taint);
  return Value<Bv>(
      bits, pool.taint(ite(c, poison_of(v), poison_of(w)), ite(c, undef_of(v), undef_of(w))));
}

}  // namespace sgproof::exec
