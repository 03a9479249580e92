// Terms as Z3 expressions. Width 1 is Bool in Z3.
#pragma once

#include <z3++.h>

#include <optional>
#include <unordered_map>
#include <vector>

#include "smt/solver/terms.hpp"

namespace sgproof::smt {

/// Value of a Z3 numeral or Boolean constant.
u128 z3_value(const z3::expr& e);

/// Translates terms, each node once.
class Z3Translator {
 public:
  explicit Z3Translator(z3::context& ctx) : ctx_(ctx) {}
  z3::expr operator()(const Term& t);
  /// The symbol behind a Z3 constant, if it is one of ours.
  [[nodiscard]] std::optional<std::uint32_t> variable_of(const z3::func_decl& d) const;

 private:
  z3::expr constant(const Term& t);
  z3::expr ready(const Term& t);
  z3::expr as_bits(const Term& t);  // width 1 as a bit-vector
  z3::expr build(const Node& n);
  z3::context& ctx_;
  std::unordered_map<std::uint32_t, z3::expr> done_;
  std::unordered_map<unsigned, std::uint32_t> variables_;  // func_decl ast id -> symbol
};

}  // namespace sgproof::smt
