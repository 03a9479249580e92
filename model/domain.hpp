// Value domains: what an invariant computes with.
//
// An invariant is a template over a domain D and is written once. D provides three types:
//   D::Bool   a truth value; has !, &, | and ==, and does not convert to bool, because in a
//             symbolic run there is nothing to branch on;
//   D::Word   what was observed: an unsigned 64-bit number; has ==, !=, <, <=, &;
//   D::Wide   specification arithmetic: 128 bits, so that sums of legal addresses do not wrap;
//             has +, -, ==, <, <= (unsigned; differences of smaller from larger only).
// and the functions  boolean(bool), word(uint64_t), wide(Word), ite(Bool, Word, Word),
// low(Wide), the lowest 64 bits, for addresses that are known to fit, and at_most(Word), a number
// that the word does not exceed whatever the inputs are.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace sgproof::model {

template <class D>
concept Domain =
    requires(const D& d, const typename D::Bool& b, const typename D::Word& w,
             const typename D::Wide& x) {
      { d.boolean(true) } -> std::same_as<typename D::Bool>;
      { d.word(std::uint64_t{}) } -> std::same_as<typename D::Word>;
      { d.wide(w) } -> std::same_as<typename D::Wide>;
      { d.low(x) } -> std::same_as<typename D::Word>;
      { d.ite(b, w, w) } -> std::same_as<typename D::Word>;
      { d.at_most(w) } -> std::same_as<std::uint64_t>;
      { !b } -> std::same_as<typename D::Bool>;
      { b& b } -> std::same_as<typename D::Bool>;
      { b | b } -> std::same_as<typename D::Bool>;
      { w == w } -> std::same_as<typename D::Bool>;
      { w != w } -> std::same_as<typename D::Bool>;
      { w < w } -> std::same_as<typename D::Bool>;
      { w <= w } -> std::same_as<typename D::Bool>;
      { w& w } -> std::same_as<typename D::Word>;
      { x + x } -> std::same_as<typename D::Wide>;
      { x - x } -> std::same_as<typename D::Wide>;
      { x == x } -> std::same_as<typename D::Bool>;
      { x <= x } -> std::same_as<typename D::Bool>;
    } &&
    !std::is_convertible_v<typename D::Bool, bool> &&
    !std::is_constructible_v<bool, typename D::Bool>;

/// A truth value of the concrete domain. Only an engine may look inside, with decide().
class ConcreteBool {
 public:
  constexpr explicit ConcreteBool(bool value) : value_(value) {}
  friend constexpr ConcreteBool operator!(ConcreteBool a) { return ConcreteBool(!a.value_); }
  friend constexpr ConcreteBool operator&(ConcreteBool a, ConcreteBool b) {
    return ConcreteBool(a.value_ && b.value_);
  }
  friend constexpr ConcreteBool operator|(ConcreteBool a, ConcreteBool b) {
    return ConcreteBool(a.value_ || b.value_);
  }
  friend constexpr ConcreteBool operator==(ConcreteBool a, ConcreteBool b) {
    return ConcreteBool(a.value_ == b.value_);
  }
  friend constexpr bool decide(ConcreteBool a) { return a.value_; }

 private:
  bool value_;
};

/// A number of the concrete domain; T is the machine type that holds it.
template <class T>
class ConcreteNumber {
 public:
  constexpr explicit ConcreteNumber(T value) : value_(value) {}
  friend constexpr ConcreteBool operator==(ConcreteNumber a, ConcreteNumber b) {
    return ConcreteBool(a.value_ == b.value_);
  }
  friend constexpr ConcreteBool operator!=(ConcreteNumber a, ConcreteNumber b) {
    return ConcreteBool(a.value_ != b.value_);
  }
  friend constexpr ConcreteBool operator<(ConcreteNumber a, ConcreteNumber b) {
    return ConcreteBool(a.value_ < b.value_);
  }
  friend constexpr ConcreteBool operator<=(ConcreteNumber a, ConcreteNumber b) {
    return ConcreteBool(a.value_ <= b.value_);
  }
  friend constexpr ConcreteNumber operator&(ConcreteNumber a, ConcreteNumber b) {
    return ConcreteNumber(a.value_ & b.value_);
  }
  friend constexpr ConcreteNumber operator+(ConcreteNumber a, ConcreteNumber b) {
    return ConcreteNumber(a.value_ + b.value_);
  }
  friend constexpr ConcreteNumber operator-(ConcreteNumber a, ConcreteNumber b) {
    return ConcreteNumber(a.value_ - b.value_);
  }
  [[nodiscard]] constexpr T value() const { return value_; }

 private:
  T value_;
};

/// Values of a native or a booted run.
struct ConcreteDomain {
  __extension__ using Wide128 = unsigned __int128;
  using Bool = ConcreteBool;
  using Word = ConcreteNumber<std::uint64_t>;
  using Wide = ConcreteNumber<Wide128>;

  [[nodiscard]] Bool boolean(bool value) const { return Bool(value); }
  [[nodiscard]] Word word(std::uint64_t value) const { return Word(value); }
  [[nodiscard]] Wide wide(Word value) const { return Wide(value.value()); }
  [[nodiscard]] Word low(Wide value) const {
    return Word(static_cast<std::uint64_t>(value.value()));
  }
  [[nodiscard]] Word ite(Bool c, Word a, Word b) const { return decide(c) ? a : b; }
  [[nodiscard]] std::uint64_t at_most(Word value) const { return value.value(); }
};
static_assert(Domain<ConcreteDomain>);

}  // namespace sgproof::model
