#include "smt/solver/terms.hpp"

#include <algorithm>

#include "model/error.hpp"

namespace sgproof::smt {
namespace {

u128 smear(u128 v) {
  for (unsigned s = 1; s < 128; s <<= 1) v |= v >> s;
  return v;
}

void bound(Node& n) {
  const u128 full = mask(n.width);
  n.min = 0;
  n.max = full;
  const u128 al = n.arity > 0 ? umin_bound(n.arg[0]) : 0,
             ah = n.arity > 0 ? umax_bound(n.arg[0]) : 0;
  const u128 bl = n.arity > 1 ? umin_bound(n.arg[1]) : 0,
             bh = n.arity > 1 ? umax_bound(n.arg[1]) : 0;
  switch (n.op) {
    case Op::Add:
      if (ah <= full - bh) {
        n.min = al + bl;
        n.max = ah + bh;
      }
      break;
    case Op::Sub:
      if (al >= bh) {
        n.min = al - bh;
        n.max = ah - bl;
      }
      break;
    case Op::Mul:
      if (ah == 0 || bh <= full / ah) {
        n.min = al * bl;
        n.max = ah * bh;
      }
      break;
    case Op::UDiv:
      if (bl > 0) {
        n.min = al / bh;
        n.max = ah / bl;
      }
      break;
    case Op::URem:
      n.max = ah;
      if (bl > 0) n.max = std::min(n.max, bh - 1);
      break;
    case Op::LShr:
      n.max = ah;
      break;
    case Op::And:
      n.max = std::min(ah, bh);
      break;
    case Op::Or:
      n.min = std::max(al, bl);
      n.max = smear(ah | bh);
      break;
    case Op::Xor:
      n.max = smear(ah | bh);
      break;
    case Op::Not:
      n.min = full - ah;
      n.max = full - al;
      break;
    case Op::Concat: {
      const unsigned low = n.arg[1].width();
      n.min = (al << low) | bl;
      n.max = (ah << low) | bh;
      break;
    }
    case Op::Extract:
      if (n.lo > 0 || n.hi + 1U < n.arg[0].width()) {
        // High part of a bounded value, if nothing above is cut off.
        if (n.hi + 1U == n.arg[0].width() || (ah >> (n.hi + 1U)) == 0) {
          n.min = al >> n.lo;
          n.max = ah >> n.lo;
        }
      }
      break;
    case Op::SExt:
      if ((ah >> (n.arg[0].width() - 1)) == 0) {
        n.min = al;
        n.max = ah;
      }
      break;
    case Op::Ite: {
      const u128 cl = umin_bound(n.arg[2]), ch = umax_bound(n.arg[2]);
      n.min = std::min(bl, cl);
      n.max = std::max(bh, ch);
      break;
    }
    default:
      break;
  }
}

std::uint64_t key_hash(Op op, unsigned width, const Term& a, const Term& b, const Term& c,
                       unsigned hi, unsigned lo) {
  std::uint64_t h = (static_cast<std::uint64_t>(op) << 32) ^ (width << 16) ^ (hi << 8) ^ lo;
  for (const Term* t : {&a, &b, &c}) {
    h ^= t->hash() + 0x9e3779b97f4a7c15ULL + (h << 6) + (h >> 2);
    h *= 0xff51afd7ed558ccdULL;
  }
  return h ^ (h >> 32);
}

unsigned arity_of(Op op) {
  switch (op) {
    case Op::Var:
      return 0;
    case Op::Not:
    case Op::Extract:
    case Op::SExt:
      return 1;
    case Op::Ite:
      return 3;
    default:
      return 2;
  }
}

}  // namespace

u128 umin_bound(const Term& t) { return t.is_const() ? t.value() : t.node()->min; }
u128 umax_bound(const Term& t) { return t.is_const() ? t.value() : t.node()->max; }

Terms::Terms() : table_(1024, 0) {}

const Terms::Variable* Terms::find(std::string_view name) const {
  auto it = by_name_.find(std::string(name));
  return it == by_name_.end() ? nullptr : &variables_[it->second];
}

Term Terms::var(std::string_view name, unsigned width) {
  auto [it, fresh] = by_name_.try_emplace(std::string(name), variables_.size());
  if (!fresh) {
    if (variables_[it->second].width != width)
      throw Error(ErrorKind::Unsupported, "SGP-E0320", "make symbol",
                  "symbol " + std::string(name) + " used with two widths");
    return variables_[it->second].term;
  }
  Node n;
  n.op = Op::Var;
  n.width = static_cast<std::uint8_t>(width);
  n.id = static_cast<std::uint32_t>(nodes_.size());
  n.var = it->second;
  n.owner = this;
  n.max = mask(width);
  nodes_.push_back(n);
  Term t = Term::from_node(&nodes_.back(), width);
  variables_.push_back({std::string(name), width, t});
  return t;
}

void Terms::grow() {
  std::vector<std::uint32_t> bigger(table_.size() * 2, 0);
  const std::size_t m = bigger.size() - 1;
  for (std::uint32_t slot : table_) {
    if (slot == 0) continue;
    const Node& n = nodes_[slot - 1];
    std::size_t i = key_hash(n.op, n.width, n.arg[0], n.arg[1], n.arg[2], n.hi, n.lo) & m;
    while (bigger[i] != 0) i = (i + 1) & m;
    bigger[i] = slot;
  }
  table_ = std::move(bigger);
}

Term Terms::intern(Op op, unsigned width, const Term& a, const Term& b, const Term& c, unsigned hi,
                   unsigned lo) {
  if (nodes_.size() * 2 > table_.size()) grow();
  const std::size_t m = table_.size() - 1;
  std::size_t i = key_hash(op, width, a, b, c, hi, lo) & m;
  for (; table_[i] != 0; i = (i + 1) & m) {
    const Node& n = nodes_[table_[i] - 1];
    if (n.op == op && n.width == width && n.hi == hi && n.lo == lo && n.arg[0].same(a) &&
        n.arg[1].same(b) && n.arg[2].same(c))
      return n.min == n.max ? Term::constant(width, n.min) : Term::from_node(&n, width);
  }
  Node n;
  n.op = op;
  n.width = static_cast<std::uint8_t>(width);
  n.arity = static_cast<std::uint8_t>(arity_of(op));
  n.hi = static_cast<std::uint8_t>(hi);
  n.lo = static_cast<std::uint8_t>(lo);
  n.id = static_cast<std::uint32_t>(nodes_.size());
  n.owner = this;
  n.arg[0] = a;
  n.arg[1] = b;
  n.arg[2] = c;
  bound(n);
  nodes_.push_back(n);
  table_[i] = n.id + 1;
  if (n.min == n.max) return Term::constant(width, n.min);
  return Term::from_node(&nodes_.back(), width);
}

u128 fold(Op op, unsigned width, unsigned arg_width, u128 a, u128 b) {
  const u128 m = mask(width);
  auto sx = [](u128 v, unsigned w) -> i128 {
    if (w < 128 && ((v >> (w - 1)) & 1)) v |= ~mask(w);
    return static_cast<i128>(v);
  };
  switch (op) {
    case Op::Add:
      return (a + b) & m;
    case Op::Sub:
      return (a - b) & m;
    case Op::Mul:
      return (a * b) & m;
    case Op::UDiv:
      return b == 0 ? m : a / b;
    case Op::URem:
      return b == 0 ? a : a % b;
    case Op::SDiv:
    case Op::SRem: {
      const bool na = sx(a, width) < 0, nb = sx(b, width) < 0;
      const u128 ua = na ? (~a + 1) & m : a, ub = nb ? (~b + 1) & m : b;
      if (op == Op::SDiv) {
        const u128 q = ub == 0 ? m : ua / ub;
        return (na != nb ? ~q + 1 : q) & m;
      }
      const u128 r = ub == 0 ? ua : ua % ub;
      return (na ? ~r + 1 : r) & m;
    }
    case Op::Shl:
      return b >= width ? 0 : (a << static_cast<unsigned>(b)) & m;
    case Op::LShr:
      return b >= width ? 0 : a >> static_cast<unsigned>(b);
    case Op::AShr: {
      const i128 s = sx(a, width);
      const unsigned n = b >= width ? width - 1 : static_cast<unsigned>(b);
      return static_cast<u128>(s >> n) & m;
    }
    case Op::And:
      return a & b;
    case Op::Or:
      return a | b;
    case Op::Xor:
      return a ^ b;
    case Op::Not:
      return ~a & m;
    case Op::SExt:
      return static_cast<u128>(sx(a, arg_width)) & m;
    case Op::Eq:
      return a == b;
    case Op::ULt:
      return a < b;
    case Op::SLt:
      return sx(a, arg_width) < sx(b, arg_width);
    default:
      break;
  }
  throw Error(ErrorKind::Unsupported, "SGP-E0321", "fold", "operation cannot be folded");
}

}  // namespace sgproof::smt
