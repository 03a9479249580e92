#include "smt/solver/told_apart.hpp"

#include <unordered_set>

#include "smt/solver/conjuncts.hpp"

namespace sgproof::smt {

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
