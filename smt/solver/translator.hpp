// Terms as Z3 expressions: what every translation offers.
#pragma once

#include <z3++.h>

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "smt/solver/term.hpp"

namespace sgproof::smt {

/// Value of a Z3 numeral (not negative) or Boolean constant.
u128 z3_value(const z3::expr& e);

/// Translates terms for one context, each node once. Width 1 is Bool in Z3.
class Translator {
 public:
  virtual ~Translator() = default;
  virtual z3::expr operator()(const Term& t) = 0;
  /// The symbol behind a Z3 constant, if it is one of ours.
  [[nodiscard]] std::optional<std::uint32_t> variable_of(const z3::func_decl& d) const {
    const auto it = variables_.find(Z3_get_ast_id(d.ctx(), d));
    if (it == variables_.end()) return std::nullopt;
    return it->second;
  }

 protected:
  /// Remembers which symbol the Z3 constant stands for.
  z3::expr symbol(const z3::expr& constant, std::uint32_t variable) {
    variables_.emplace(Z3_get_ast_id(constant.ctx(), constant.decl()), variable);
    return constant;
  }

 private:
  std::unordered_map<unsigned, std::uint32_t> variables_;  // func_decl ast id -> symbol
};

}  // namespace sgproof::smt
