// Terms as Z3 expressions: what every translation offers.
#pragma once

#include <z3++.h>

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "smt/solver/term.hpp"

namespace sgproof::smt {

/// Value of a Z3 numeral (not negative) or Boolean constant.
u128 z3_value(const z3::expr& e);

/// Translates terms for one context, each node once. Width 1 is Bool in Z3.
class Translator {
 public:
  virtual ~Translator() = default;
  virtual z3::expr operator()(const Term& t) = 0;
  /// What is translated from now on may be taken to meet the condition, which is asserted as well.
  virtual void take_for_granted(const Term& /*condition*/) {}
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

  /// Builds what `done` lacks of a term, parts before wholes and without recursion.
  /// operands(node): the terms that build(node) reads from `done`.
  template <class Value, class Operands, class Build>
  static void build_parts(const Term& t, std::unordered_map<std::uint32_t, Value>& done,
                          Operands operands, Build build) {
    std::vector<const Node*> stack{t.node()};
    while (!stack.empty()) {
      const Node& n = *stack.back();
      if (done.count(n.id)) {
        stack.pop_back();
        continue;
      }
      bool is_ready = true;
      for (const Term& a : operands(n))
        if (!a.is_const() && !done.count(a.node()->id)) {
          stack.push_back(a.node());
          is_ready = false;
        }
      if (!is_ready) continue;
      done.emplace(n.id, build(n));
      stack.pop_back();
    }
  }

 private:
  std::unordered_map<unsigned, std::uint32_t> variables_;  // func_decl ast id -> symbol
};

}  // namespace sgproof::smt
