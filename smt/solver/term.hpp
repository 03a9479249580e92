// Value types of the solver room: constants inline, everything else a node of one Terms store.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>

namespace sgproof::smt {

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

class Terms;
struct Node;

/// All bits of a width set.
[[nodiscard]] inline constexpr u128 mask(unsigned width) {
  return width >= 128 ? ~u128{0} : ((u128{1} << width) - 1);
}

/// A bit-vector of 1..128 bits; width 1 doubles as the booleans (1 is true). Cheap to copy.
/// Non-constant terms live as long as the Terms store that made them; a term is identified by its
/// node (hash-consed), so `same()` is structural equality after simplification.
class Term {
 public:
  Term() = default;  ///< false
  static Term constant(unsigned width, u128 value) {
    assert(width >= 1 && width <= 128);
    value &= mask(width);
    Term t;
    t.lo_ = static_cast<std::uint64_t>(value);
    t.hi_ = static_cast<std::uint64_t>(value >> 64);
    t.width_ = static_cast<std::uint8_t>(width);
    return t;
  }
  static Term boolean(bool value) { return constant(1, value ? 1 : 0); }
  static Term from_node(const Node* node, unsigned width) {
    Term t;
    t.node_ = node;
    t.width_ = static_cast<std::uint8_t>(width);
    return t;
  }

  [[nodiscard]] unsigned width() const { return width_; }
  [[nodiscard]] bool is_const() const { return node_ == nullptr; }
  /// The value of a constant.
  [[nodiscard]] u128 value() const {
    assert(is_const());
    return (u128{hi_} << 64) | lo_;
  }
  [[nodiscard]] bool is_true() const { return node_ == nullptr && width_ == 1 && lo_ == 1; }
  [[nodiscard]] bool is_false() const { return node_ == nullptr && width_ == 1 && lo_ == 0; }
  [[nodiscard]] bool is_zero() const { return node_ == nullptr && lo_ == 0 && hi_ == 0; }
  [[nodiscard]] bool is_const_value(u128 v) const { return is_const() && value() == v; }
  [[nodiscard]] bool is_ones() const { return is_const() && value() == mask(width_); }
  [[nodiscard]] const Node* node() const { return node_; }
  /// Structural identity (also says yes for equal constants).
  [[nodiscard]] bool same(const Term& o) const {
    return node_ == o.node_ && lo_ == o.lo_ && hi_ == o.hi_ && width_ == o.width_;
  }
  [[nodiscard]] std::uint64_t hash() const {
    std::uint64_t h = reinterpret_cast<std::uintptr_t>(node_) ^ (lo_ * 0x9e3779b97f4a7c15ULL) ^
                      (hi_ * 0xc2b2ae3d27d4eb4fULL) ^ width_;
    return h * 0xff51afd7ed558ccdULL;
  }

 private:
  const Node* node_ = nullptr;
  std::uint64_t lo_ = 0;
  std::uint64_t hi_ = 0;
  std::uint8_t width_ = 1;
};

/// Operations of nodes. ult and slt are strict; ule/sle/ugt/... are made of them. Zero extension is
/// Concat with a zero; shifts by constants are Concat/Extract.
enum class Op : std::uint8_t {
  Var,
  Add,
  Sub,
  Mul,
  UDiv,
  SDiv,
  URem,
  SRem,
  Shl,
  LShr,
  AShr,
  And,
  Or,
  Xor,
  Not,
  Concat,
  Extract,
  SExt,
  Eq,
  ULt,
  SLt,
  Ite
};

/// One hash-consed operation. Children have smaller ids. `min` and `max` bound the unsigned value.
struct Node {
  Op op = Op::Var;
  std::uint8_t width = 1;
  std::uint8_t arity = 0;
  std::uint8_t hi = 0;  ///< Extract: highest bit
  std::uint8_t lo = 0;  ///< Extract: lowest bit
  std::uint32_t id = 0;
  std::uint32_t var = 0;  ///< Var: index into Terms::variable()
  Terms* owner = nullptr;
  Term arg[3];
  u128 min = 0;
  u128 max = 0;
};

}  // namespace sgproof::smt
