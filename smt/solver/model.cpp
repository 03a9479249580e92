#include "smt/solver/model.hpp"

namespace sgproof::smt {

void Model::set(std::uint32_t variable, u128 value) {
  if (values_.size() <= variable) values_.resize(variable + 1, 0);
  values_[variable] = value;
  memo_.clear();
  known_.clear();
}

u128 Model::value(std::uint32_t variable) const {
  return variable < values_.size() ? values_[variable] : 0;
}

u128 Model::eval(const Term& t) const {
  if (t.is_const()) return t.value();
  const std::uint32_t root = t.node()->id;
  if (known_.size() <= root) {
    known_.resize(terms_->node_count(), false);
    memo_.resize(terms_->node_count());
  }
  if (known_[root]) return memo_[root];
  const auto get = [&](const Term& a) { return a.is_const() ? a.value() : memo_[a.node()->id]; };
  std::vector<const Node*> stack{t.node()};
  while (!stack.empty()) {
    const Node& n = *stack.back();
    if (known_[n.id]) {
      stack.pop_back();
      continue;
    }
    bool ready = true;
    const auto need = [&](const Term& a) {
      if (a.is_const() || known_[a.node()->id]) return;
      stack.push_back(a.node());
      ready = false;
    };
    if (n.op == Op::Ite) {
      need(n.arg[0]);
      if (ready) need(get(n.arg[0]) ? n.arg[1] : n.arg[2]);
    } else {
      for (unsigned i = 0; i < n.arity; ++i) need(n.arg[i]);
    }
    if (!ready) continue;
    const u128 v = n.op == Op::Var ? value(n.var) & mask(n.width) : value_of(n, get);
    memo_[n.id] = v;
    known_[n.id] = true;
    stack.pop_back();
  }
  return memo_[root];
}

}  // namespace sgproof::smt
