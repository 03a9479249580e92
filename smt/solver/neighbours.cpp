#include "smt/solver/neighbours.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace sgproof::smt {

namespace {

constexpr std::size_t kMostNodes = 256, kMostSymbols = 12;
constexpr unsigned kSmall = 4;        ///< bits of a symbol of which every value is tried
constexpr unsigned kBases = 4;        ///< known models that are changed
constexpr unsigned kFullChecks = 24;  ///< changed models that all conditions are evaluated for

/// A condition that is evaluated often.
class Formula {
 public:
  explicit Formula(const Term& t) { usable_ = collect(t); }
  [[nodiscard]] bool usable() const { return usable_; }
  [[nodiscard]] const std::vector<const Node*>& symbols() const { return symbols_; }
  [[nodiscard]] const std::set<u128>& constants() const { return constants_; }

  void prepare() {
    // parts have smaller ids than what they are parts of
    std::sort(nodes_.begin(), nodes_.end(),
              [](const Node* a, const Node* b) { return a->id < b->id; });
    for (std::size_t i = 0; i < nodes_.size(); ++i) place_[nodes_[i]->id] = i;
    values_.resize(nodes_.size());
  }
  template <class ValueOf>
  bool holds(ValueOf value_of_symbol) {
    const auto get = [&](const Term& t) {
      return t.is_const() ? t.value() : values_[place_.at(t.node()->id)];
    };
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      values_[i] = nodes_[i]->op == Op::Var
                       ? value_of_symbol(nodes_[i]->var) & mask(nodes_[i]->width)
                       : value_of(*nodes_[i], get);
    return values_.back() == 1;
  }

 private:
  bool collect(const Term& t) {
    if (t.is_const()) {
      constants_.insert(t.value());
      return true;
    }
    if (std::find(nodes_.begin(), nodes_.end(), t.node()) != nodes_.end()) return true;
    if (nodes_.size() == kMostNodes) return false;
    nodes_.push_back(t.node());
    if (t.node()->op == Op::Var) symbols_.push_back(t.node());
    if (symbols_.size() > kMostSymbols) return false;
    for (unsigned i = 0; i < t.node()->arity; ++i)
      if (!collect(t.node()->arg[i])) return false;
    return true;
  }

  std::vector<const Node*> nodes_;
  std::vector<const Node*> symbols_;
  std::set<u128> constants_;
  std::unordered_map<std::uint32_t, std::size_t> place_;
  std::vector<u128> values_;
  bool usable_ = false;
};

/// Values to try for a symbol: all of a small one, else those that stand in the condition, those
/// of its other symbols, and what is next to them.
std::set<u128> candidates(const Node& symbol, const Formula& formula, const Model& base) {
  std::set<u128> all;
  if (symbol.width <= kSmall) {
    for (u128 v = 0; v <= mask(symbol.width); ++v) all.insert(v);
    return all;
  }
  const auto around = [&](u128 v) {
    for (const u128 x : {v - 1, v, v + 1}) all.insert(x & mask(symbol.width));
  };
  around(0);
  for (const u128 c : formula.constants()) around(c);
  for (const Node* other : formula.symbols()) around(base.value(other->var));
  return all;
}

class Search {
 public:
  Search(const std::vector<Term>& conditions, Formula& formula)
      : conditions_(conditions), formula_(formula) {}

  std::shared_ptr<Model> near(const Model& base) {
    const auto& symbols = formula_.symbols();
    for (const Node* one : symbols)
      for (const u128 v : candidates(*one, formula_, base))
        if (auto model = with(base, {{one->var, v}})) return model;
    for (const Node* one : symbols)
      for (const Node* two : symbols) {
        if (one->var >= two->var || one->width > kSmall || two->width > kSmall) continue;
        for (u128 v = 0; v <= mask(one->width); ++v)
          for (u128 u = 0; u <= mask(two->width); ++u)
            if (auto model = with(base, {{one->var, v}, {two->var, u}})) return model;
      }
    return {};
  }

 private:
  using Changes = std::vector<std::pair<std::uint32_t, u128>>;

  std::shared_ptr<Model> with(const Model& base, const Changes& changes) {
    if (full_checks_ == kFullChecks) return {};
    const auto value = [&](std::uint32_t variable) {
      for (const auto& [changed, v] : changes)
        if (changed == variable) return v;
      return base.value(variable);
    };
    if (!formula_.holds(value)) return {};
    ++full_checks_;
    auto model = std::make_shared<Model>(base);
    for (const auto& [variable, v] : changes) model->set(variable, v);
    const bool holds = std::all_of(conditions_.rbegin(), conditions_.rend(),
                                   [&](const Term& t) { return model->holds(t); });
    return holds ? model : nullptr;
  }

  const std::vector<Term>& conditions_;
  Formula& formula_;
  unsigned full_checks_ = 0;
};

}  // namespace

std::shared_ptr<Model> neighbour(const std::deque<std::shared_ptr<Model>>& models,
                                 const std::vector<Term>& conditions) {
  Formula formula(conditions.back());
  if (!formula.usable()) return {};
  formula.prepare();
  Search search(conditions, formula);
  unsigned bases = 0;
  for (const auto& model : models) {
    if (!std::all_of(conditions.rbegin() + 1, conditions.rend(),
                     [&](const Term& t) { return model->holds(t); }))
      continue;
    if (auto found = search.near(*model)) return found;
    if (++bases == kBases) break;
  }
  return {};
}

}  // namespace sgproof::smt
