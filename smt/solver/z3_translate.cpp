#include "smt/solver/z3_translate.hpp"

#include <span>

#include "model/error.hpp"

namespace sgproof::smt {

z3::expr BitVectorTranslator::constant(const Term& t) {
  if (t.width() == 1) return ctx_.bool_val(t.is_true());
  if (t.width() <= 64) return ctx_.bv_val(static_cast<std::uint64_t>(t.value()), t.width());
  return z3::concat(ctx_.bv_val(static_cast<std::uint64_t>(t.value() >> 64), t.width() - 64),
                    ctx_.bv_val(static_cast<std::uint64_t>(t.value()), 64));
}

z3::expr BitVectorTranslator::ready(const Term& t) {
  return t.is_const() ? constant(t) : done_.at(t.node()->id);
}

z3::expr BitVectorTranslator::as_bits(const Term& t) {
  z3::expr e = ready(t);
  return t.width() == 1 ? z3::ite(e, ctx_.bv_val(1, 1), ctx_.bv_val(0, 1)) : e;
}

z3::expr BitVectorTranslator::build(const Node& n) {
  const auto a = [&] { return ready(n.arg[0]); };
  const auto b = [&] { return ready(n.arg[1]); };
  const bool boolean = n.width == 1;
  switch (n.op) {
    case Op::Var: {
      const std::string& name = n.owner->variable(n.var).name;
      return symbol(boolean ? ctx_.bool_const(name.c_str()) : ctx_.bv_const(name.c_str(), n.width),
                    n.var);
    }
    case Op::Add:
      return a() + b();
    case Op::Sub:
      return a() - b();
    case Op::Mul:
      return a() * b();
    case Op::UDiv:
      return z3::udiv(a(), b());
    case Op::SDiv:
      return a() / b();
    case Op::URem:
      return z3::urem(a(), b());
    case Op::SRem:
      return z3::srem(a(), b());
    case Op::Shl:
      return z3::shl(a(), b());
    case Op::LShr:
      return z3::lshr(a(), b());
    case Op::AShr:
      return z3::ashr(a(), b());
    case Op::And:
      return boolean ? a() && b() : a() & b();
    case Op::Or:
      return boolean ? a() || b() : a() | b();
    case Op::Xor:
      return boolean ? a() != b() : a() ^ b();
    case Op::Not:
      return boolean ? !a() : ~a();
    case Op::Concat:
      return z3::concat(as_bits(n.arg[0]), as_bits(n.arg[1]));
    case Op::Extract: {
      z3::expr e = a().extract(n.hi, n.lo);
      return boolean ? e == ctx_.bv_val(1, 1) : e;
    }
    case Op::SExt:
      return z3::sext(as_bits(n.arg[0]), n.width - n.arg[0].width());
    case Op::Eq:
      return a() == b();
    case Op::ULt:
      return z3::ult(a(), b());
    case Op::SLt:
      return z3::slt(a(), b());
    case Op::Ite:
      return z3::ite(a(), b(), ready(n.arg[2]));
  }
  throw Error(ErrorKind::Unsupported, "SGP-E0326", "translate term", "unknown operation");
}

z3::expr BitVectorTranslator::operator()(const Term& t) {
  if (t.is_const()) return constant(t);
  build_parts(
      t, done_, [](const Node& n) { return std::span(n.arg, n.arity); },
      [this](const Node& n) { return build(n); });
  return done_.at(t.node()->id);
}

}  // namespace sgproof::smt
