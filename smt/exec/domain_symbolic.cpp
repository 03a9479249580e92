#include "smt/exec/domain_symbolic.hpp"

namespace sgproof::exec {

using smt::Node;
using smt::Op;
using smt::Term;
using smt::u128;

namespace {

/// Different for different conditions and terms; constants of more than one bit have none.
std::uint32_t id_of(const Term& t) { return t.is_const() ? t.is_true() : 2U + t.node()->id; }

std::vector<std::uint32_t> asked(const std::vector<Term>& pc, const Term& extra) {
  std::vector<std::uint32_t> out{id_of(extra)};
  for (const Term& t : pc) out.push_back(id_of(t));
  return out;
}

}  // namespace

Feasible SymbolicDomain::feasible(const std::vector<Term>& pc, const Term& extra, bool briefly) {
  auto question = asked(pc, extra);
  question.push_back(briefly ? 1 : 0);
  const auto known = answers_.find(question);
  if (known != answers_.end()) return known->second;
  const auto answer = [&] {
    switch (briefly ? solver_.check_briefly(pc, extra) : solver_.check(pc, extra)) {
      case smt::CheckResult::Sat:
        return Feasible::Yes;
      case smt::CheckResult::Unsat:
        return Feasible::No;
      default:
        return Feasible::Unknown;
    }
  }();
  if (!solver_.expired()) answers_.emplace(std::move(question), answer);
  return answer;
}

std::optional<u128> SymbolicDomain::pick(const std::vector<Term>& pc, const Term& guard,
                                         const Term& t) {
  auto question = asked(pc, guard);
  if (t.is_const())
    return solver_.check(pc, guard) == smt::CheckResult::Sat ? std::optional<u128>(t.value())
                                                             : std::nullopt;
  question.push_back(id_of(t));
  const auto known = picks_.find(question);
  if (known != picks_.end()) return known->second;
  if (solver_.check(pc, guard) != smt::CheckResult::Sat) return std::nullopt;
  const u128 value = solver_.model().eval(t);
  picks_.emplace(std::move(question), value);
  return value;
}

namespace {

/// Whether some condition is visibly `c` or its negation, or implies one of them.
std::optional<bool> decided(const std::vector<Term>& pc, const Term& c) {
  for (const Term& p : pc) {
    if (p.is_const()) continue;
    const Term both = bv_and(p, c);
    if (both.same(p)) return true;
    if (both.is_false()) return false;
  }
  return {};
}

Term left_of(const std::vector<Term>& pc, const Term& t, unsigned depth) {
  if (t.is_const() || depth == 0) return t;
  const Node& n = *t.node();
  if (n.op == Op::Ite) {
    if (const auto side = decided(pc, n.arg[0])) return left_of(pc, n.arg[*side ? 1 : 2], depth);
    const Term yes = left_of(pc, n.arg[1], depth - 1), no = left_of(pc, n.arg[2], depth - 1);
    return yes.same(n.arg[1]) && no.same(n.arg[2]) ? t : ite(n.arg[0], yes, no);
  }
  if (n.op == Op::Concat) {
    const Term hi = left_of(pc, n.arg[0], depth - 1), lo = left_of(pc, n.arg[1], depth - 1);
    return hi.same(n.arg[0]) && lo.same(n.arg[1]) ? t : concat(hi, lo);
  }
  return t;
}

}  // namespace

Term SymbolicDomain::under(const std::vector<Term>& pc, const Term& t) const {
  return left_of(pc, t, 4);
}

bool SymbolicDomain::is_symbol(const Term& t) const {
  if (t.is_const()) return false;
  const Node& n = *t.node();
  if (n.op == Op::Var) return true;
  if (n.op == Op::Extract) return is_symbol(n.arg[0]);
  if (n.op == Op::Concat) return is_symbol(n.arg[0]) && is_symbol(n.arg[1]);
  return false;
}

namespace {

using Leaves = std::vector<std::pair<Term, Term>>;

Term rebuild(const Node& n, const Term& a, const Term& b) {
  switch (n.op) {
    case Op::Add:
      return smt::add(a, b);
    case Op::Sub:
      return smt::sub(a, b);
    case Op::Mul:
      return smt::mul(a, b);
    case Op::And:
      return smt::bv_and(a, b);
    case Op::Or:
      return smt::bv_or(a, b);
    case Op::Xor:
      return smt::bv_xor(a, b);
    case Op::Concat:
      return smt::concat(a, b);
    case Op::Not:
      return smt::bv_not(a);
    case Op::Extract:
      return smt::extract(a, n.hi, n.lo);
    case Op::SExt:
      return smt::sext(a, n.width);
    default:
      return Term::from_node(&n, n.width);
  }
}

bool structural(Op op) {
  switch (op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::And:
    case Op::Or:
    case Op::Xor:
    case Op::Concat:
    case Op::Not:
    case Op::Extract:
    case Op::SExt:
      return true;
    default:
      return false;
  }
}

/// Joins cases with equal leaves.
void put(Leaves& out, const Term& guard, const Term& leaf) {
  if (guard.is_false()) return;
  for (auto& [g, l] : out)
    if (l.same(leaf)) {
      g = smt::bv_or(g, guard);
      return;
    }
  out.emplace_back(guard, leaf);
}

/// False if there are too many.
bool collect(const Term& t, bool deep, std::size_t limit, Leaves& out, unsigned depth,
             unsigned& budget) {
  if (budget-- == 0) return false;
  const Term yes = Term::boolean(true);
  if (t.is_const() || depth > 200) {
    out.emplace_back(yes, t);
    return true;
  }
  const Node& n = *t.node();
  if (n.op == Op::Ite) {
    Leaves a, b;
    if (!collect(n.arg[1], deep, limit, a, depth + 1, budget)) return false;
    if (!collect(n.arg[2], deep, limit, b, depth + 1, budget)) return false;
    for (const auto& [g, l] : a) put(out, smt::bv_and(n.arg[0], g), l);
    for (const auto& [g, l] : b) put(out, smt::bv_and(smt::bv_not(n.arg[0]), g), l);
    return out.size() <= limit;
  }
  const bool one_sided =
      n.arity == 1 || (n.arity == 2 && (n.arg[0].is_const() || n.arg[1].is_const()));
  if (structural(n.op) && (deep || one_sided)) {
    Leaves a, b{{yes, Term()}};
    if (!collect(n.arg[0], deep, limit, a, depth + 1, budget)) return false;
    if (n.arity == 2) {
      b.clear();
      if (!collect(n.arg[1], deep, limit, b, depth + 1, budget)) return false;
    }
    if (a.size() * b.size() > limit) return false;
    if (a.size() == 1 && b.size() == 1) {
      out.emplace_back(yes, t);
      return true;
    }
    for (const auto& [ga, la] : a)
      for (const auto& [gb, lb] : b)
        put(out, smt::bv_and(ga, gb), rebuild(n, la, n.arity == 2 ? lb : Term()));
    return true;
  }
  out.emplace_back(yes, t);
  return true;
}

}  // namespace

Leaves SymbolicDomain::leaves(const Term& t, bool deep, std::size_t limit) const {
  Leaves out;
  unsigned budget = 20'000;  // shared parts are visited more than once
  if (!collect(t, deep, limit, out, 0, budget)) return {};
  return out;
}

std::optional<std::pair<Term, std::uint64_t>> SymbolicDomain::scaled(const Term& t,
                                                                     std::uint64_t by) const {
  const unsigned w = t.width();
  if ((by & (by - 1)) == 0) {
    unsigned s = 0;
    while ((std::uint64_t{1} << s) < by) ++s;
    if (s == 0) return std::pair{t, std::uint64_t{0}};
    const Term low = smt::extract(t, s - 1, 0);
    if (!low.is_const()) return std::nullopt;
    return std::pair{smt::zext(smt::extract(t, w - 1, s), w),
                     static_cast<std::uint64_t>(low.value())};
  }
  if (t.is_const())
    return std::pair{Term::constant(w, t.value() / by), static_cast<std::uint64_t>(t.value() % by)};
  const Node* n = t.node();
  u128 k = 0;
  if (n->op == Op::Add && n->arg[1].is_const() && !n->arg[0].is_const()) {
    k = n->arg[1].value();
    n = n->arg[0].node();
  }
  if (n->op != Op::Mul || !n->arg[1].is_const_value(by)) return std::nullopt;
  // A multiple in the constant belongs to the index; correct as long as nothing wraps, which the
  // caller shows by index < count.
  return std::pair{smt::add(n->arg[0], Term::constant(w, k / by)),
                   static_cast<std::uint64_t>(k % by)};
}

}  // namespace sgproof::exec
