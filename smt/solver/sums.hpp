// Sums in normal form: what is left where equal terms cancel.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "smt/solver/simplify.hpp"

namespace sgproof::smt::detail {

inline bool is_sum(const Term& t) { return is_op(t, Op::Add) || is_op(t, Op::Sub); }

/// A sum modulo 2^width: coefficients of terms that are no sums, and a constant.
struct LinearSum {
  std::map<std::uint32_t, std::pair<Term, u128>> atoms;
  u128 constant = 0;

  void add_term(const Term& t, u128 factor, unsigned& budget) {
    const u128 m = mask(t.width());
    if (t.is_const()) {
      constant = (constant + t.value() * factor) & m;
      return;
    }
    const Node& n = *t.node();
    if (is_sum(t) && budget > 0) {
      --budget;
      add_term(n.arg[0], factor, budget);
      add_term(n.arg[1], n.op == Op::Add ? factor : (m - factor + 1) & m, budget);
      return;
    }
    const auto [it, is_new] = atoms.try_emplace(n.id, t, 0);
    it->second.second = (it->second.second + factor) & m;
    if (it->second.second == 0) atoms.erase(it);
  }
};

/// a + b where a choice of one and a choice of the other exclude each other, or nothing:
/// (x + (c ? p : 0)) + (y + (c ? 0 : q)) is x + y + (c ? p : q).
std::optional<Term> joined_choices(const Term& a, const Term& b);

/// c ? a : b where one is the other and something more, or nothing: c ? x + y : x is
/// x + (c ? y : 0).
std::optional<Term> shared_sum(const Term& c, const Term& a, const Term& b);

}  // namespace sgproof::smt::detail
