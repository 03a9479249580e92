#include "smt/solver/widen.hpp"

#include "smt/solver/simplify.hpp"

namespace sgproof::smt {

using detail::is_op;

namespace {

Term widen(const Term& t, unsigned w, unsigned depth, bool& sums) {
  if (t.is_const() || depth == 0) return zext(t, w);
  const Node& n = *t.node();
  const auto in = [&](const Term& x) { return widen(x, w, depth - 1, sums); };
  const auto negative = [](const Term& x) {
    return x.is_const() && ((x.value() >> (x.width() - 1)) & 1) != 0;
  };
  switch (n.op) {
    case Op::Add:
      sums = true;
      if (negative(n.arg[1])) return sub(in(n.arg[0]), zext(neg(n.arg[1]), w));
      return add(in(n.arg[0]), in(n.arg[1]));
    case Op::Sub:
      sums = true;
      return sub(in(n.arg[0]), in(n.arg[1]));
    case Op::Ite:
      return ite(n.arg[0], in(n.arg[1]), in(n.arg[2]));
    case Op::Concat: {
      const unsigned low = n.arg[1].width();
      if (n.arg[0].is_zero()) return in(n.arg[1]);
      if (!n.arg[1].is_zero()) break;
      // the upper bits of a sum are those of the wider one
      const Term& high = n.arg[0];
      if (is_op(high, Op::Extract) && high.node()->lo == low &&
          high.node()->hi + 1U == high.node()->arg[0].width())
        return concat(extract(in(high.node()->arg[0]), w - 1, low), n.arg[1]);
      return concat(widen(high, w - low, depth - 1, sums), n.arg[1]);
    }
    default:
      break;
  }
  return zext(t, w);
}

}  // namespace

std::optional<Term> widened(const Term& t, unsigned width) {
  constexpr unsigned kDepth = 12;
  bool sums = false;
  const Term wide = widen(t, width, kDepth, sums);
  if (!sums || wide.same(zext(t, width))) return {};
  return wide;
}

}  // namespace sgproof::smt
