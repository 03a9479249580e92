#include "smt/solver/case_split.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace sgproof::smt {
namespace {

bool is_logic(const Term& t) {
  if (t.is_const() || t.width() != 1) return false;
  const Op op = t.node()->op;
  return op == Op::And || op == Op::Or || op == Op::Not;
}

/// Visits each node that the terms are made of once, arguments after what uses them.
template <typename Visit>
void each_node(const std::vector<Term>& roots, Visit visit) {
  std::unordered_set<const Node*> seen;
  std::vector<const Node*> waiting;
  const auto reach = [&](const Term& t) {
    if (!t.is_const() && seen.insert(t.node()).second) waiting.push_back(t.node());
  };
  for (const Term& t : roots) reach(t);
  while (!waiting.empty()) {
    const Node* n = waiting.back();
    waiting.pop_back();
    visit(*n);
    for (unsigned i = 0; i < n->arity; ++i) reach(n->arg[i]);
  }
}

Term made_again(const Node& n, const Term& a, const Term& b, const Term& c) {
  switch (n.op) {
    case Op::Add:
      return add(a, b);
    case Op::Sub:
      return sub(a, b);
    case Op::Mul:
      return mul(a, b);
    case Op::UDiv:
      return udiv(a, b);
    case Op::SDiv:
      return sdiv(a, b);
    case Op::URem:
      return urem(a, b);
    case Op::SRem:
      return srem(a, b);
    case Op::Shl:
      return shl(a, b);
    case Op::LShr:
      return lshr(a, b);
    case Op::AShr:
      return ashr(a, b);
    case Op::And:
      return bv_and(a, b);
    case Op::Or:
      return bv_or(a, b);
    case Op::Xor:
      return bv_xor(a, b);
    case Op::Not:
      return bv_not(a);
    case Op::Concat:
      return concat(a, b);
    case Op::Extract:
      return extract(a, n.hi, n.lo);
    case Op::SExt:
      return sext(a, n.width);
    case Op::Eq:
      return eq(a, b);
    case Op::ULt:
      return ult(a, b);
    case Op::SLt:
      return slt(a, b);
    case Op::Ite:
      return ite(a, b, c);
    case Op::Var:
      break;
  }
  return Term::from_node(&n, n.width);
}

/// What is known of terms, and terms in which that is used.
class Facts {
 public:
  /// False if it contradicts what is known.
  bool learn(const Term& t, bool holds) {
    if (t.is_const()) return t.is_true() == holds;
    const Node& n = *t.node();
    if (!put(n, Term::boolean(holds))) return false;
    if (n.op == Op::Not) return learn(n.arg[0], !holds);
    if (n.width == 1 && n.op == (holds ? Op::And : Op::Or))
      return learn(n.arg[0], holds) && learn(n.arg[1], holds);
    if (n.op == Op::Eq && holds)
      for (const unsigned i : {0U, 1U})
        if (n.arg[i].is_const() && !n.arg[1 - i].is_const())
          return put(*n.arg[1 - i].node(), n.arg[i]);
    return true;
  }

  Term use(const Term& root) {
    std::vector<const Node*> stack;
    const auto wait = [&](const Term& t) {
      if (!t.is_const() && made_.count(t.node()) == 0) stack.push_back(t.node());
    };
    for (wait(root); !stack.empty();) {
      const Node* n = stack.back();
      if (made_.count(n) != 0) {
        stack.pop_back();
        continue;
      }
      if (const auto known = values_.find(n); known != values_.end()) {
        made_.emplace(n, known->second);
        stack.pop_back();
        continue;
      }
      const std::size_t before = stack.size();
      for (unsigned i = 0; i < n->arity; ++i) wait(n->arg[i]);
      if (stack.size() != before) continue;
      Term arg[3];
      bool same = true;
      for (unsigned i = 0; i < n->arity; ++i) {
        arg[i] = now(n->arg[i]);
        same = same && arg[i].same(n->arg[i]);
      }
      made_.emplace(n,
                    same ? Term::from_node(n, n->width) : made_again(*n, arg[0], arg[1], arg[2]));
      stack.pop_back();
    }
    return now(root);
  }

  void forget_terms() { made_.clear(); }
  [[nodiscard]] std::size_t count() const { return values_.size(); }
  /// The facts as conditions. Each is said with what is known of its arguments, which are smaller
  /// terms: nothing vanishes by way of itself.
  std::vector<Term> conditions() {
    std::vector<Term> all;
    for (const auto& [n, value] : values_) {
      Term arg[3];
      for (unsigned i = 0; i < n->arity; ++i) arg[i] = use(n->arg[i]);
      all.push_back(eq(made_again(*n, arg[0], arg[1], arg[2]), value));
    }
    return all;
  }

 private:
  [[nodiscard]] Term now(const Term& t) const { return t.is_const() ? t : made_.at(t.node()); }

  bool put(const Node& n, const Term& value) {
    const auto [it, is_new] = values_.emplace(&n, value);
    return is_new || it->second.same(value);
  }

  std::unordered_map<const Node*, Term> values_, made_;
};

const std::vector<Term> kContradiction{Term::boolean(false)};

}  // namespace

std::optional<Term> most_used_choice(const std::vector<Term>& conditions) {
  std::unordered_map<const Node*, std::size_t> uses;
  each_node(conditions, [&](const Node& n) {
    if (n.op != Op::Ite || n.arg[0].is_const()) return;
    std::vector<Term> parts{n.arg[0]};
    std::unordered_set<const Node*> seen;
    while (!parts.empty()) {
      const Term t = parts.back();
      parts.pop_back();
      if (t.is_const() || !seen.insert(t.node()).second) continue;
      if (!is_logic(t))
        ++uses[t.node()];
      else
        for (unsigned i = 0; i < t.node()->arity; ++i) parts.push_back(t.node()->arg[i]);
    }
  });
  const Node* best = nullptr;
  for (const auto& [n, count] : uses)
    if (best == nullptr || count > uses[best] || (count == uses[best] && n->id < best->id))
      best = n;
  if (best == nullptr) return {};
  return Term::from_node(best, best->width);
}

std::vector<Term> assuming(const std::vector<Term>& conditions, const Term& known) {
  Facts facts;
  if (!facts.learn(known, true)) return kContradiction;
  std::vector<Term> now = conditions;
  // what becomes known on the way is used as well
  for (std::size_t before = 0; before != facts.count();) {
    before = facts.count();
    for (Term& t : now) {
      const Term next = facts.use(t);
      if (next.is_false()) return kContradiction;
      t = next;
    }
    for (const Term& t : now)
      if (!facts.learn(t, true)) return kContradiction;
    facts.forget_terms();
  }
  const auto said = facts.conditions();
  std::vector<Term> all;
  for (const auto* list : {&std::as_const(now), &said})
    for (const Term& t : *list) {
      if (t.is_false()) return kContradiction;
      if (!t.is_true()) all.push_back(t);
    }
  return all;
}

}  // namespace sgproof::smt
