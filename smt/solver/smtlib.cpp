// Standard SMT-LIB 2 output.
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "smt/solver/solver.hpp"

namespace sgproof::smt {
namespace {

std::string constant(const Term& t) {
  if (t.width() == 1) return t.is_true() ? "true" : "false";
  std::string s = "#b";
  for (unsigned i = t.width(); i-- > 0;) s += ((t.value() >> i) & 1) ? '1' : '0';
  return s;
}

std::string quoted(const std::string& name) {
  std::string s = "|";
  for (char c : name) s += (c == '|' || c == '\\') ? '_' : c;
  return s + "|";
}

std::string name(const Term& t) {
  if (t.is_const()) return constant(t);
  const Node& n = *t.node();
  return n.op == Op::Var ? quoted(n.owner->variable(n.var).name) : "t" + std::to_string(n.id);
}

std::string bits(const Term& t) {
  return t.width() == 1 ? "(ite " + name(t) + " #b1 #b0)" : name(t);
}

const char* symbol(Op op, bool boolean) {
  switch (op) {
    case Op::Add:
      return "bvadd";
    case Op::Sub:
      return "bvsub";
    case Op::Mul:
      return "bvmul";
    case Op::UDiv:
      return "bvudiv";
    case Op::SDiv:
      return "bvsdiv";
    case Op::URem:
      return "bvurem";
    case Op::SRem:
      return "bvsrem";
    case Op::Shl:
      return "bvshl";
    case Op::LShr:
      return "bvlshr";
    case Op::AShr:
      return "bvashr";
    case Op::And:
      return boolean ? "and" : "bvand";
    case Op::Or:
      return boolean ? "or" : "bvor";
    case Op::Xor:
      return boolean ? "xor" : "bvxor";
    case Op::Not:
      return boolean ? "not" : "bvnot";
    case Op::Eq:
      return "=";
    case Op::ULt:
      return "bvult";
    case Op::SLt:
      return "bvslt";
    case Op::Ite:
      return "ite";
    default:
      return "?";
  }
}

std::string body(const Node& n) {
  if (n.op == Op::Concat) return "(concat " + bits(n.arg[0]) + " " + bits(n.arg[1]) + ")";
  if (n.op == Op::Extract) {
    std::string s = "((_ extract " + std::to_string(n.hi) + " " + std::to_string(n.lo) + ") " +
                    name(n.arg[0]) + ")";
    return n.width == 1 ? "(= " + s + " #b1)" : s;
  }
  if (n.op == Op::SExt)
    return "((_ sign_extend " + std::to_string(n.width - n.arg[0].width()) + ") " + bits(n.arg[0]) +
           ")";
  std::string s = std::string("(") + symbol(n.op, n.width == 1);
  for (unsigned i = 0; i < n.arity; ++i) s += " " + name(n.arg[i]);
  return s + ")";
}

std::string sort(unsigned width) {
  return width == 1 ? "Bool" : "(_ BitVec " + std::to_string(width) + ")";
}

}  // namespace

std::string to_smt2(const std::vector<Term>& conditions, const std::string& comment) {
  std::map<std::uint32_t, const Node*> reached;  // ascending ids: parts before wholes
  std::vector<const Node*> stack;
  for (const Term& t : conditions)
    if (!t.is_const()) stack.push_back(t.node());
  while (!stack.empty()) {
    const Node* n = stack.back();
    stack.pop_back();
    if (!reached.emplace(n->id, n).second) continue;
    for (unsigned i = 0; i < n->arity; ++i)
      if (!n->arg[i].is_const()) stack.push_back(n->arg[i].node());
  }
  std::string out;
  std::size_t from = 0;
  while (from < comment.size()) {
    const std::size_t to = std::min(comment.find('\n', from), comment.size());
    out += "; " + comment.substr(from, to - from) + "\n";
    from = to + 1;
  }
  out += "(set-logic QF_BV)\n";
  for (const auto& [id, n] : reached)
    if (n->op == Op::Var)
      out += "(declare-const " + quoted(n->owner->variable(n->var).name) + " " + sort(n->width) +
             ")\n";
  for (const auto& [id, n] : reached)
    if (n->op != Op::Var)
      out +=
          "(define-fun t" + std::to_string(id) + " () " + sort(n->width) + " " + body(*n) + ")\n";
  for (const Term& t : conditions) out += "(assert " + name(t) + ")\n";
  return out + "(check-sat)\n";
}

}  // namespace sgproof::smt
