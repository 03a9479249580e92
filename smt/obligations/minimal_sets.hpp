// Isolation of counterexamples: all smallest sets of input roles that must leave their neutral
// values for a violation to happen. Two defects behind one claim give two sets.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/families.hpp"
#include "smt/solver/solver.hpp"

namespace sgproof::smt {

/// The inputs of a family as terms: the 64-bit words of the scenario.
struct SymbolicInputs {
  std::vector<Term> words;   ///< one per word of struct sgp_scenario
  std::vector<Term> ranges;  ///< what the inputs' ranges demand
  Term any;                  ///< of no input: stands for every number (Trace::any)
};
SymbolicInputs symbolic_inputs(Terms& terms, const model::Family& family);

/// The scenario that a model describes.
sgp_scenario scenario_of(const model::Family& family, const SymbolicInputs& inputs,
                         const Model& model);

struct MinimalSet {
  std::set<std::string> roles;
  std::set<std::string> inputs;
  Model model;
};

struct MinimalSets {
  std::vector<MinimalSet> sets;
  CheckResult last = CheckResult::Error;  ///< Unsat: the sets are all there are
};

/// Finds the minimal sets for `violation`, none a superset of one in `known`, at most `limit`.
MinimalSets minimal_sets(Solver& solver, const model::Family& family, const SymbolicInputs& inputs,
                         const Term& violation, const std::vector<std::set<std::string>>& known,
                         std::size_t limit);

}  // namespace sgproof::smt
