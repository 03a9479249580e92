// Assignments and evaluation of terms under them, independent of the solver that found them.
#pragma once

#include <vector>

#include "smt/solver/terms.hpp"

namespace sgproof::smt {

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
