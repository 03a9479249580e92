// Making terms: a store with hash-consing, and operators that simplify before a node is made.
// Semantics are those of SMT-LIB 2 QF_BV (division by zero gives all ones, remainder the dividend,
// shifts beyond the width 0 or the sign).
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "smt/solver/term.hpp"

namespace sgproof::smt {

/// Owner of all non-constant terms. Not thread-safe; one per solver.
class Terms {
 public:
  struct Variable {
    std::string name;
    unsigned width;
    Term term;
  };
  Terms();
  Terms(const Terms&) = delete;
  Terms& operator=(const Terms&) = delete;

  /// The symbol of that name; the same name must always have the same width.
  Term var(std::string_view name, unsigned width);
  [[nodiscard]] const Variable& variable(std::uint32_t index) const { return variables_[index]; }
  [[nodiscard]] std::size_t variable_count() const { return variables_.size(); }
  /// The symbol of that name, if there is one (else a null pointer).
  [[nodiscard]] const Variable* find(std::string_view name) const;
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
  [[nodiscard]] const Node& node(std::uint32_t id) const { return nodes_[id]; }

  /// Internal: the node with these parts, after all simplification.
  Term intern(Op op, unsigned width, const Term& a, const Term& b = {}, const Term& c = {},
              unsigned hi = 0, unsigned lo = 0);
  /// Internal: remembered results of pushing an extraction into a term.
  std::unordered_map<std::uint64_t, Term> extract_memo;

 private:
  void grow();
  std::deque<Node> nodes_;
  std::vector<std::uint32_t> table_;  // id + 1, open addressing
  std::vector<Variable> variables_;
  std::unordered_map<std::string, std::uint32_t> by_name_;
};

/// Constant folding of one operation; arguments masked to their width.
u128 fold(Op op, unsigned width, unsigned arg_width, u128 a, u128 b);

Term add(const Term& a, const Term& b);
Term sub(const Term& a, const Term& b);
Term mul(const Term& a, const Term& b);
Term udiv(const Term& a, const Term& b);
Term sdiv(const Term& a, const Term& b);
Term urem(const Term& a, const Term& b);
Term srem(const Term& a, const Term& b);
Term shl(const Term& a, const Term& b);
Term lshr(const Term& a, const Term& b);
Term ashr(const Term& a, const Term& b);
Term bv_and(const Term& a, const Term& b);  ///< also conjunction of booleans
Term bv_or(const Term& a, const Term& b);   ///< also disjunction of booleans
Term bv_xor(const Term& a, const Term& b);
Term bv_not(const Term& a);  ///< also negation of booleans
Term neg(const Term& a);
Term zext(const Term& a, unsigned width);
Term sext(const Term& a, unsigned width);
Term trunc(const Term& a, unsigned width);
Term extract(const Term& a, unsigned hi, unsigned lo);
Term concat(const Term& hi, const Term& lo);
Term eq(const Term& a, const Term& b);
Term ult(const Term& a, const Term& b);
Term slt(const Term& a, const Term& b);
Term ite(const Term& c, const Term& a, const Term& b);
inline Term ne(const Term& a, const Term& b) { return bv_not(eq(a, b)); }
inline Term ule(const Term& a, const Term& b) { return bv_not(ult(b, a)); }
inline Term ugt(const Term& a, const Term& b) { return ult(b, a); }
inline Term uge(const Term& a, const Term& b) { return bv_not(ult(a, b)); }
inline Term sle(const Term& a, const Term& b) { return bv_not(slt(b, a)); }
inline Term sgt(const Term& a, const Term& b) { return slt(b, a); }
inline Term sge(const Term& a, const Term& b) { return bv_not(slt(a, b)); }
inline Term implies(const Term& a, const Term& b) { return bv_or(bv_not(a), b); }

/// Bounds of the unsigned value that hold for every assignment.
[[nodiscard]] u128 umin_bound(const Term& t);
[[nodiscard]] u128 umax_bound(const Term& t);

}  // namespace sgproof::smt
