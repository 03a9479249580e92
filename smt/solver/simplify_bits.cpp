// Bitwise and structural operators. Masks and shifts by constants become Concat/Extract, so that
// flag bits in low pointer bits separate from the pointer by structure alone.
#include <optional>

#include "smt/solver/simplify.hpp"

namespace sgproof::smt {

using detail::choice;
using detail::complement;
using detail::is_op;
using detail::make;
using detail::sliceable;

Term bv_not(const Term& a) {
  if (a.is_const()) return Term::constant(a.width(), ~a.value());
  if (is_op(a, Op::Not)) return a.node()->arg[0];
  if (is_op(a, Op::Concat)) return concat(bv_not(a.node()->arg[0]), bv_not(a.node()->arg[1]));
  if (is_op(a, Op::Ite) && (a.node()->arg[1].is_const() || a.node()->arg[2].is_const()))
    return ite(a.node()->arg[0], bv_not(a.node()->arg[1]), bv_not(a.node()->arg[2]));
  return make(Op::Not, a.width(), a);
}

namespace {

/// Number of maximal runs of equal bits in a constant.
unsigned runs(u128 v, unsigned w) {
  unsigned n = 1;
  for (unsigned i = 1; i < w; ++i) n += ((v >> i) & 1) != ((v >> (i - 1)) & 1);
  return n;
}

Term bitwise(Op op, const Term& a, const Term& b) {
  return op == Op::And ? bv_and(a, b) : op == Op::Or ? bv_or(a, b) : bv_xor(a, b);
}

/// Splits both operands below bit `at` and works on the pieces.
Term split(Op op, const Term& a, const Term& b, unsigned at) {
  const unsigned w = a.width();
  return concat(bitwise(op, extract(a, w - 1, at), extract(b, w - 1, at)),
                bitwise(op, extract(a, at - 1, 0), extract(b, at - 1, 0)));
}

/// Rules shared by and, or, xor once trivial cases are gone.
Term bitwise_common(Op op, const Term& x, const Term& y) {
  const unsigned w = x.width();
  const Term &a = x.is_const() ? y : x, &b = x.is_const() ? x : y;
  if (b.is_const()) {
    if (w > 1 && runs(b.value(), w) <= 6) {
      unsigned at = 1;
      while (at < w && ((b.value() >> at) & 1) == (b.value() & 1)) ++at;
      if (at < w) return split(op, a, b, at);
    }
    if (is_op(a, Op::Concat)) return split(op, a, b, a.node()->arg[1].width());
    if (choice(a))
      return ite(a.node()->arg[0], bitwise(op, a.node()->arg[1], b),
                 bitwise(op, a.node()->arg[2], b));
    return make(op, w, a, b);
  }
  for (const Term* t : {&a, &b}) {
    if (!is_op(*t, Op::Concat)) continue;
    const Node& n = *t->node();
    const Term& other = t == &a ? b : a;
    const unsigned at = n.arg[1].width();
    if (n.arg[0].is_const() || n.arg[1].is_const() ||
        (is_op(other, Op::Concat) && other.node()->arg[1].width() == at))
      return split(op, a, b, at);
  }
  if (a.node()->id > b.node()->id) return make(op, w, b, a);
  return make(op, w, a, b);
}

/// t appears as a direct operand of the `op` node n.
bool has_arg(const Term& n, Op op, const Term& t) {
  return is_op(n, op) && (n.node()->arg[0].same(t) || n.node()->arg[1].same(t));
}
bool has_complement(const Term& n, Op op, const Term& t) {
  return is_op(n, op) && (complement(n.node()->arg[0], t) || complement(n.node()->arg[1], t));
}
/// The other operand of a binary node, given one that is the complement of t.
const Term& without_complement(const Term& n, const Term& t) {
  return complement(n.node()->arg[0], t) ? n.node()->arg[1] : n.node()->arg[0];
}

/// "These bits of `base` are all zero", or not.
struct ZeroBits {
  Term base;
  unsigned hi = 0, lo = 0;
  bool all_zero = true;
  [[nodiscard]] bool includes(const ZeroBits& o) const { return hi >= o.hi && lo <= o.lo; }
};

std::optional<ZeroBits> zero_bits(const Term& t) {
  if (is_op(t, Op::Not)) {
    auto in = zero_bits(t.node()->arg[0]);
    if (in) in->all_zero = !in->all_zero;
    return in;
  }
  if (is_op(t, Op::Extract) && t.width() == 1)
    return ZeroBits{t.node()->arg[0], t.node()->hi, t.node()->lo, false};
  if (!is_op(t, Op::Eq) || !t.node()->arg[1].is_zero()) return {};
  const Term& of = t.node()->arg[0];
  if (is_op(of, Op::Extract))
    return ZeroBits{of.node()->arg[0], of.node()->hi, of.node()->lo, true};
  return ZeroBits{of, of.width() - 1, 0, true};
}

/// Where one of two such statements about the same term implies the other: the one that the
/// conjunction (or disjunction) amounts to.
const Term* implied(const Term& a, const Term& b, bool conjunction) {
  const auto p = zero_bits(a);
  if (!p) return nullptr;
  const auto q = zero_bits(b);
  if (!q || p->all_zero != q->all_zero || !p->base.same(q->base)) return nullptr;
  // more bits all zero is the stronger statement; a set bit among more is the weaker one
  const bool more = p->all_zero == conjunction;
  if (p->includes(*q)) return more ? &a : &b;
  if (q->includes(*p)) return more ? &b : &a;
  return nullptr;
}

/// The same, also where one of them stands beside something else.
std::optional<Term> absorbed(Op op, const Term& a, const Term& b) {
  const bool conjunction = op == Op::And;
  if (const Term* one = implied(a, b, conjunction)) return *one;
  for (const auto& [p, q] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    if (!is_op(*p, op)) continue;
    const Node& n = *p->node();
    for (unsigned i = 0; i < 2; ++i) {
      const Term* one = implied(n.arg[i], *q, conjunction);
      if (one == &n.arg[i]) return *p;
      if (one != nullptr) return bitwise(op, n.arg[1 - i], *q);
    }
  }
  return {};
}

}  // namespace

Term bv_and(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const()) return Term::constant(w, a.value() & b.value());
  if (a.is_zero() || b.is_ones() || a.same(b)) return a;
  if (b.is_zero() || a.is_ones()) return b;
  if (complement(a, b)) return Term::constant(w, 0);
  if (w == 1)
    if (const auto both = absorbed(Op::And, a, b)) return *both;
  for (const auto& [p, q] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    if (has_arg(*p, Op::Or, *q)) return *q;   // (q | r) & q
    if (has_arg(*p, Op::And, *q)) return *p;  // (q & r) & q
    if (has_complement(*p, Op::And, *q)) return Term::constant(w, 0);
    if (has_complement(*p, Op::Or, *q)) return bv_and(without_complement(*p, *q), *q);
    // !(q & r) & q is !r & q; !(q | r) & q is 0
    if (is_op(*p, Op::Not)) {
      const Term& in = p->node()->arg[0];
      if (has_arg(in, Op::And, *q))
        return bv_and(bv_not(in.node()->arg[0].same(*q) ? in.node()->arg[1] : in.node()->arg[0]),
                      *q);
      if (has_arg(in, Op::Or, *q)) return Term::constant(w, 0);
    }
  }
  return bitwise_common(Op::And, a, b);
}

Term bv_or(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const()) return Term::constant(w, a.value() | b.value());
  if (b.is_zero() || a.is_ones() || a.same(b)) return a;
  if (a.is_zero() || b.is_ones()) return b;
  if (complement(a, b)) return Term::constant(w, mask(w));
  if (w == 1)
    if (const auto either = absorbed(Op::Or, a, b)) return *either;
  for (const auto& [p, q] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    if (has_arg(*p, Op::And, *q)) return *q;
    if (has_arg(*p, Op::Or, *q)) return *p;
    if (has_complement(*p, Op::Or, *q)) return Term::constant(w, mask(w));
    if (has_complement(*p, Op::And, *q)) return bv_or(without_complement(*p, *q), *q);
    if (is_op(*p, Op::Not)) {
      const Term& in = p->node()->arg[0];
      if (has_arg(in, Op::And, *q)) return Term::constant(w, mask(w));
      if (has_arg(in, Op::Or, *q))
        return bv_or(bv_not(in.node()->arg[0].same(*q) ? in.node()->arg[1] : in.node()->arg[0]),
                     *q);
    }
  }
  if (is_op(a, Op::And) && is_op(b, Op::And)) {
    // (c & x) | (!c & x) is x; (c & x) | (c & y) is c & (x | y)
    const Node &p = *a.node(), &q = *b.node();
    for (unsigned i = 0; i < 2; ++i)
      for (unsigned j = 0; j < 2; ++j) {
        if (p.arg[1 - i].same(q.arg[1 - j]) && complement(p.arg[i], q.arg[j])) return p.arg[1 - i];
        if (w == 1 && p.arg[i].same(q.arg[j]))
          return bv_and(p.arg[i], bv_or(p.arg[1 - i], q.arg[1 - j]));
      }
  }
  return bitwise_common(Op::Or, a, b);
}

Term bv_xor(const Term& a, const Term& b) {
  const unsigned w = a.width();
  if (a.is_const() && b.is_const()) return Term::constant(w, a.value() ^ b.value());
  if (a.same(b)) return Term::constant(w, 0);
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  if (a.is_ones()) return bv_not(b);
  if (b.is_ones()) return bv_not(a);
  if (complement(a, b)) return Term::constant(w, mask(w));
  return bitwise_common(Op::Xor, a, b);
}

Term concat(const Term& hi, const Term& lo) {
  const unsigned w = hi.width() + lo.width();
  if (hi.is_const() && lo.is_const())
    return Term::constant(w, (hi.value() << lo.width()) | lo.value());
  if (is_op(hi, Op::Concat)) return concat(hi.node()->arg[0], concat(hi.node()->arg[1], lo));
  // Adjacent pieces of one term, or adjacent constants, join.
  auto join = [](const Term& p, const Term& q, Term& out) {
    if (p.is_const() && q.is_const()) {
      out = concat(p, q);
      return true;
    }
    if (is_op(p, Op::Extract) && is_op(q, Op::Extract) && p.node()->arg[0].same(q.node()->arg[0]) &&
        p.node()->lo == q.node()->hi + 1) {
      out = extract(p.node()->arg[0], p.node()->hi, q.node()->lo);
      return true;
    }
    return false;
  };
  Term out;
  if (join(hi, lo, out)) return out;
  if (is_op(lo, Op::Concat) && join(hi, lo.node()->arg[0], out))
    return concat(out, lo.node()->arg[1]);
  return make(Op::Concat, w, hi, lo);
}

Term zext(const Term& a, unsigned width) {
  if (width == a.width()) return a;
  return concat(Term::constant(width - a.width(), 0), a);
}

Term trunc(const Term& a, unsigned width) { return extract(a, width - 1, 0); }

Term sext(const Term& a, unsigned width) {
  const unsigned w = a.width();
  if (width == w) return a;
  if (a.is_const()) return Term::constant(width, fold(Op::SExt, width, w, a.value(), 0));
  if ((umax_bound(a) >> (w - 1)) == 0) return zext(a, width);
  if (w == 1) return ite(a, Term::constant(width, mask(width)), Term::constant(width, 0));
  const Node& n = *a.node();
  if (n.op == Op::SExt) return sext(n.arg[0], width);
  if (n.op == Op::Ite && (n.arg[1].is_const() || n.arg[2].is_const()))
    return ite(n.arg[0], sext(n.arg[1], width), sext(n.arg[2], width));
  return make(Op::SExt, width, a);
}

namespace {

Term extract_uncached(const Term& a, unsigned hi, unsigned lo) {
  const unsigned w = hi - lo + 1;
  const Node& n = *a.node();
  if (n.max < (u128{1} << lo)) return Term::constant(w, 0);  // lo < 128 here
  switch (n.op) {
    case Op::Extract:
      return extract(n.arg[0], hi + n.lo, lo + n.lo);
    case Op::Concat: {
      const unsigned low = n.arg[1].width();
      if (lo >= low) return extract(n.arg[0], hi - low, lo - low);
      if (hi < low) return extract(n.arg[1], hi, lo);
      return concat(extract(n.arg[0], hi - low, 0), extract(n.arg[1], low - 1, lo));
    }
    case Op::SExt: {
      const unsigned in = n.arg[0].width();
      if (hi < in) return extract(n.arg[0], hi, lo);
      if (lo < in) return sext(extract(n.arg[0], in - 1, lo), w);
      return sext(extract(n.arg[0], in - 1, in - 1), w);
    }
    case Op::Not:
      return bv_not(extract(n.arg[0], hi, lo));
    case Op::And:
      return bv_and(extract(n.arg[0], hi, lo), extract(n.arg[1], hi, lo));
    case Op::Or:
      return bv_or(extract(n.arg[0], hi, lo), extract(n.arg[1], hi, lo));
    case Op::Xor:
      return bv_xor(extract(n.arg[0], hi, lo), extract(n.arg[1], hi, lo));
    case Op::Ite: {
      const auto pieces = [&](const Term& t) {
        return sliceable(t) || is_op(t, Op::Ite) || is_op(t, Op::Extract);
      };
      if (pieces(n.arg[1]) || pieces(n.arg[2]))
        return ite(n.arg[0], extract(n.arg[1], hi, lo), extract(n.arg[2], hi, lo));
      break;
    }
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
      if (hi + 1 < a.width() && (lo == 0 || n.op != Op::Mul)) {
        // Higher bits do not matter to lower ones.
        const Term p = extract(n.arg[0], hi, 0), q = extract(n.arg[1], hi, 0);
        const Term low = n.op == Op::Add ? add(p, q) : n.op == Op::Sub ? sub(p, q) : mul(p, q);
        return extract(low, hi, lo);
      }
      break;
    default:
      break;
  }
  return make(Op::Extract, w, a, {}, {}, hi, lo);
}

}  // namespace

Term extract(const Term& a, unsigned hi, unsigned lo) {
  const unsigned w = hi - lo + 1;
  if (w == a.width()) return a;
  if (a.is_const()) return Term::constant(w, a.value() >> lo);
  const std::uint64_t key = (std::uint64_t{a.node()->id} << 16) | (hi << 8) | lo;
  Terms& owner = *a.node()->owner;
  if (auto it = owner.extract_memo.find(key); it != owner.extract_memo.end()) return it->second;
  const Term result = extract_uncached(a, hi, lo);
  owner.extract_memo.emplace(key, result);
  return result;
}

}  // namespace sgproof::smt
