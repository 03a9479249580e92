#include "smt/solver/told_apart.hpp"

#include <unordered_set>

#include "smt/solver/simplify.hpp"

namespace sgproof::smt {

namespace {

/// Adds the conditions that a conjunction, or a negated disjunction, consists of.
void add_conjuncts(const Term& c, std::vector<Term>& out) {
  const bool negated = detail::is_op(c, Op::Not);
  const Term& in = negated ? c.node()->arg[0] : c;
  if (!detail::is_op(in, negated ? Op::Or : Op::And)) {
    out.push_back(c);
    return;
  }
  for (const unsigned i : {0U, 1U}) {
    const Term& part = in.node()->arg[i];
    add_conjuncts(negated ? bv_not(part) : part, out);
  }
}

std::vector<Term> conjuncts(const std::vector<Term>& path, std::size_t from) {
  std::vector<Term> all;
  for (std::size_t i = from; i < path.size(); ++i) add_conjuncts(path[i], all);
  return all;
}

}  // namespace

std::optional<Term> told_apart(const std::vector<Term>& path, const std::vector<Term>& other,
                               std::size_t from) {
  std::unordered_set<std::uint32_t> others;
  for (const Term& c : conjuncts(other, from))
    if (!c.is_const()) others.insert(c.node()->id);
  for (const Term& c : conjuncts(path, from)) {
    const Term opposite = bv_not(c);
    if (!opposite.is_const() && others.contains(opposite.node()->id)) return c;
  }
  return {};
}

}  // namespace sgproof::smt
