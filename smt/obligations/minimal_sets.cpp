#include "smt/obligations/minimal_sets.hpp"

#include <cstddef>

namespace sgproof::smt {
namespace {

unsigned bits_of(std::uint64_t max) {
  unsigned bits = 1;
  while (bits < 64 && (max >> bits) != 0) ++bits;
  return bits;
}

/// Neutrality of the inputs of a family as conditions.
class Neutral {
 public:
  Neutral(const model::Family& family, const SymbolicInputs& inputs) {
    for (const model::Input& input : family.inputs) {
      if (input.tied_to >= 0 || input.derived) continue;
      Term value = Term::constant(64, input.neutral);
      if (input.neutral_of >= 0)
        value = add(inputs.words[static_cast<std::size_t>(input.neutral_of)], value);
      const Term is_neutral = eq(inputs.words[input.word], value);
      by_input.emplace(input.name, is_neutral);
      const auto [it, is_new] = by_role.try_emplace(input.role, is_neutral);
      if (!is_new) it->second = bv_and(it->second, is_neutral);
    }
  }
  std::map<std::string, Term> by_role, by_input;
};

/// Makes as many of the named conditions true as possible; returns those that cannot be.
std::set<std::string> reduce(Solver& solver, const std::map<std::string, Term>& conditions,
                             std::vector<Term>& kept, Model& model, CheckResult& last) {
  std::set<std::string> needed;
  for (const auto& [name, neutral] : conditions) {
    if (!model.holds(neutral)) {
      const CheckResult r = solver.check(kept, neutral);
      if (r != CheckResult::Sat) {
        needed.insert(name);
        if (r != CheckResult::Unsat) last = r;
        continue;
      }
      model = solver.model();
    }
    kept.push_back(neutral);
  }
  return needed;
}

/// Values that read well, the best first: those nearest to the neutral value; a mask stays a mask.
std::vector<std::uint64_t> readable(const model::Input& input, std::uint64_t neutral) {
  std::vector<std::uint64_t> values;
  for (unsigned k = 0; k < 64; ++k)
    values.push_back(neutral == ~0ULL ? ~0ULL >> (k + 1 < 64 ? k + 1 : 63) : neutral + (1ULL << k));
  std::erase_if(values, [&](std::uint64_t v) { return v > input.max; });
  return values;
}

/// Gives the inputs that could not be neutral values that a person can read, where the violation
/// stays. Keeps each choice, and updates the model.
class Readable {
 public:
  Readable(Solver& solver, const model::Family& family, const SymbolicInputs& inputs,
           std::vector<Term>& kept, Model& model)
      : solver_(solver), family_(family), inputs_(inputs), kept_(kept), model_(model) {}

  void choose() {
    for (const model::Input& input : family_.inputs)
      if (input.tied_to < 0 && !input.derived) near_neutral(input);
    for (const model::Input& input : family_.inputs)
      if (input.tied_to < 0 && input.derived) round(input);
  }

 private:
  [[nodiscard]] const Term& word(const model::Input& input) const {
    return inputs_.words[input.word];
  }

  bool possible(const Term& condition) {
    if (model_.holds(condition)) {
      kept_.push_back(condition);
      return true;
    }
    if (solver_.check_briefly(kept_, condition) != CheckResult::Sat) return false;
    model_ = solver_.model();
    kept_.push_back(condition);
    return true;
  }

  void near_neutral(const model::Input& input) {
    std::uint64_t neutral = input.neutral;
    if (input.neutral_of >= 0)
      neutral += static_cast<std::uint64_t>(
          model_.eval(inputs_.words[static_cast<std::size_t>(input.neutral_of)]));
    if (model_.eval(word(input)) == neutral) return;
    for (const std::uint64_t v : readable(input, neutral))
      if (possible(eq(word(input), Term::constant(64, v)))) return;
  }

  /// As many zeros at the end as there can be.
  void round(const model::Input& input) {
    unsigned zeros = 0, too_many = 64;
    while (too_many - zeros > 1) {
      const unsigned k = (zeros + too_many) / 2;
      const Term low = extract(word(input), k - 1, 0);
      (possible(eq(low, Term::constant(k, 0))) ? zeros : too_many) = k;
    }
  }

  Solver& solver_;
  const model::Family& family_;
  const SymbolicInputs& inputs_;
  std::vector<Term>& kept_;
  Model& model_;
};

}  // namespace

SymbolicInputs symbolic_inputs(Terms& terms, const model::Family& family) {
  SymbolicInputs result{{}, {}, terms.var("any position", 64)};
  const auto* raw = reinterpret_cast<const std::uint64_t*>(&family.shape);
  for (std::size_t i = 0; i < sizeof(sgp_scenario) / 8; ++i)
    result.words.push_back(Term::constant(64, raw[i]));
  // executions have page tables; here the calls of the driver say what translates
  constexpr std::size_t kIommu = offsetof(sgp_scenario, world.iommu) / 8;
  if (family.shape.world.iommu != SGP_IOMMU_NONE)
    result.words[kIommu] = Term::constant(64, SGP_IOMMU_CALLS);
  for (const model::Input& input : family.inputs) {
    if (input.tied_to >= 0) {
      result.words[input.word] = result.words[static_cast<std::size_t>(input.tied_to)];
      continue;
    }
    const unsigned bits = bits_of(input.max);
    const Term symbol = terms.var(input.name, bits);
    result.words[input.word] = zext(symbol, 64);
    if (bits < 64 && input.max != (std::uint64_t{1} << bits) - 1)
      result.ranges.push_back(ule(symbol, Term::constant(bits, input.max)));
  }
  return result;
}

sgp_scenario scenario_of(const model::Family& family, const SymbolicInputs& inputs,
                         const Model& model) {
  sgp_scenario scenario = family.shape;
  auto* raw = reinterpret_cast<std::uint64_t*>(&scenario);
  for (const model::Input& input : family.inputs)
    raw[input.word] = static_cast<std::uint64_t>(model.eval(inputs.words[input.word]));
  return scenario;
}

MinimalSets minimal_sets(Solver& solver, const model::Family& family, const SymbolicInputs& inputs,
                         const Term& violation, const std::vector<std::set<std::string>>& known,
                         std::size_t limit) {
  const Neutral neutral(family, inputs);
  MinimalSets result;
  std::vector<Term> base{violation};
  const auto block = [&](const std::set<std::string>& roles) {
    Term some = Term::boolean(false);
    for (const std::string& role : roles) {
      const auto it = neutral.by_role.find(role);
      if (it == neutral.by_role.end()) return;  // this family cannot leave that neutral value
      some = bv_or(some, it->second);
    }
    base.push_back(some);
  };
  for (const auto& roles : known) block(roles);
  while (result.sets.size() < limit) {
    result.last = solver.check(base);
    if (result.last != CheckResult::Sat) return result;
    Model model = solver.model();
    std::vector<Term> kept = base;
    auto roles = reduce(solver, neutral.by_role, kept, model, result.last);
    auto names = reduce(solver, neutral.by_input, kept, model, result.last);
    Readable(solver, family, inputs, kept, model).choose();
    block(roles);
    result.sets.push_back({std::move(roles), std::move(names), std::move(model)});
  }
  return result;
}

}  // namespace sgproof::smt
