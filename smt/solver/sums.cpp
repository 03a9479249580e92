#include "smt/solver/sums.hpp"

#include <algorithm>
#include <vector>

namespace sgproof::smt::detail {
namespace {

constexpr unsigned kMost = 16;  ///< sums that are looked into, of one term

/// `value` where the condition is `where`, else 0.
struct Guarded {
  Term condition;
  bool where;
  Term value;
};

std::optional<Guarded> guarded(const Term& t) {
  if (t.is_const()) return {};
  const Node& n = *t.node();
  if (n.op == Op::Ite && n.arg[2].is_zero()) return Guarded{n.arg[0], true, n.arg[1]};
  if (n.op == Op::Ite && n.arg[1].is_zero()) return Guarded{n.arg[0], false, n.arg[2]};
  if (n.op != Op::Concat) return {};
  for (const unsigned i : {0U, 1U}) {
    if (!n.arg[1 - i].is_zero()) continue;
    auto part = guarded(n.arg[i]);
    if (!part) continue;
    part->value = i == 0 ? concat(part->value, n.arg[1]) : concat(n.arg[0], part->value);
    return part;
  }
  return {};
}

LinearSum sum_of(const Term& t, u128 factor = 1) {
  LinearSum sum;
  unsigned budget = kMost;
  sum.add_term(t, factor, budget);
  return sum;
}

/// Replaces v - (c ? v : 0) by c ? 0 : v, where v may be a sum.
void take_choices_off(LinearSum& sum, unsigned width) {
  const u128 m = mask(width);
  const auto atoms = sum.atoms;
  for (const auto& [id, entry] : atoms) {
    const auto now = sum.atoms.find(id);
    if (now == sum.atoms.end()) continue;
    const u128 factor = now->second.second;
    const auto choice = guarded(entry.first);
    if (!choice || (factor != 1 && factor != m)) continue;
    const LinearSum value = sum_of(choice->value, factor);
    const bool there =
        value.constant == 0 &&
        std::all_of(value.atoms.begin(), value.atoms.end(), [&](const auto& part) {
          const auto it = sum.atoms.find(part.first);
          return it != sum.atoms.end() && ((it->second.second + part.second.second) & m) == 0;
        });
    if (!there) continue;
    for (const auto& [part, unused] : value.atoms) sum.atoms.erase(part);
    sum.atoms.erase(id);
    const Term zero = Term::constant(width, 0);
    const Term other = choice->where ? ite(choice->condition, zero, choice->value)
                                     : ite(choice->condition, choice->value, zero);
    unsigned budget = kMost;
    sum.add_term(other, (0 - factor) & m, budget);
  }
}

/// The sum of the atoms, if none of them has another factor.
std::optional<Term> plain(const LinearSum& sum, unsigned width, u128 factor = 1) {
  Term result = Term::constant(width, factor == 1 ? sum.constant : 0 - sum.constant);
  for (const auto& [id, entry] : sum.atoms) {
    if (entry.second != factor) return {};
    result = add(result, entry.first);
  }
  return result;
}

}  // namespace

std::optional<Term> joined_choices(const Term& a, const Term& b) {
  LinearSum left = sum_of(a), right = sum_of(b);
  for (const auto& [i, first] : left.atoms) {
    if (first.second != 1) continue;
    const auto p = guarded(first.first);
    if (!p) continue;
    for (const auto& [j, second] : right.atoms) {
      if (second.second != 1) continue;
      const auto q = guarded(second.first);
      if (!q || !q->condition.same(p->condition) || q->where == p->where) continue;
      const Term joined =
          p->where ? ite(p->condition, p->value, q->value) : ite(p->condition, q->value, p->value);
      left.atoms.erase(i);
      right.atoms.erase(j);
      const unsigned w = a.width();
      const auto x = plain(left, w), y = plain(right, w);
      if (!x || !y) return {};
      return add(add(*x, *y), joined);
    }
  }
  return {};
}

std::optional<Term> shared_sum(const Term& c, const Term& a, const Term& b) {
  if (a.is_const() || b.is_const() || (!is_sum(a) && !is_sum(b))) return {};
  const unsigned w = a.width();
  LinearSum more = sum_of(a);
  unsigned budget = kMost;
  more.add_term(b, mask(w), budget);
  take_choices_off(more, w);
  if (more.atoms.empty() || more.constant != 0) return {};
  const Term zero = Term::constant(w, 0);
  if (is_op(a, Op::Add))
    if (const auto rest = plain(more, w)) return add(b, ite(c, *rest, zero));
  if (is_op(b, Op::Add))
    if (const auto rest = plain(more, w, mask(w))) return add(a, ite(c, zero, *rest));
  return {};
}

}  // namespace sgproof::smt::detail
