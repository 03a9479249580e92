// Assignments and evaluation of terms under them, independent of the solver that found them.
#pragma once

#include <vector>

#include "smt/solver/terms.hpp"

namespace sgproof::smt {

/// Value of a node that is no symbol from the values of its arguments: get(Term) gives them.
template <class Get>
u128 value_of(const Node& n, Get get) {
  switch (n.op) {
    case Op::Ite:
      return get(get(n.arg[0]) ? n.arg[1] : n.arg[2]);
    case Op::Concat:
      return (get(n.arg[0]) << n.arg[1].width()) | get(n.arg[1]);
    case Op::Extract:
      return (get(n.arg[0]) >> n.lo) & mask(n.width);
    default:
      return fold(n.op, n.width, n.arg[0].width(), get(n.arg[0]), n.arity > 1 ? get(n.arg[1]) : 0);
  }
}

/// An assignment of constants to symbols; symbols it does not mention are 0.
class Model {
 public:
  explicit Model(const Terms& terms) : terms_(&terms) {}
  void set(std::uint32_t variable, u128 value);
  /// Value of the symbol.
  [[nodiscard]] u128 value(std::uint32_t variable) const;
  /// Value of a term; remembers the values of all its parts.
  [[nodiscard]] u128 eval(const Term& t) const;
  [[nodiscard]] bool holds(const Term& t) const { return eval(t) == 1; }

 private:
  const Terms* terms_;
  std::vector<u128> values_;
  mutable std::vector<u128> memo_;
  mutable std::vector<bool> known_;
};

}  // namespace sgproof::smt
