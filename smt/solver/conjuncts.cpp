#include "smt/solver/conjuncts.hpp"

#include "smt/solver/simplify.hpp"

namespace sgproof::smt {
namespace {

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

}  // namespace

std::vector<Term> conjuncts(const std::vector<Term>& conditions, std::size_t from) {
  std::vector<Term> all;
  for (std::size_t i = from; i < conditions.size(); ++i) add_conjuncts(conditions[i], all);
  return all;
}

}  // namespace sgproof::smt
