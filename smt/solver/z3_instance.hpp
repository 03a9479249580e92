// One Z3 instance that answers many queries about terms of one store.
#pragma once

#include <z3++.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "smt/solver/model.hpp"
#include "smt/solver/solver.hpp"
#include "smt/solver/translator.hpp"
#include "smt/solver/watchdog.hpp"

namespace sgproof::smt {

/// What Z3 is told about: bit-vectors, or the integers that they denote.
enum class Theory : std::uint8_t {
  BitVectors,
  BitVectorsOnce,  ///< for a single question without literals: all conditions are facts
  Integers
};

struct Z3Answer {
  CheckResult result = CheckResult::Error;
  std::shared_ptr<Model> model;     ///< of Sat; satisfies every condition by Model::eval
  std::vector<std::uint32_t> core;  ///< of Unsat: node ids of conditions that suffice
  std::string reason;               ///< of everything else
  bool usable = true;               ///< false: told to give up, the instance takes no more queries
};

class Z3Instance {
 public:
  /// How long a question about integers takes depends on luck: with another seed it is another.
  Z3Instance(const Terms& terms, Theory theory, unsigned seed = 0);

  /// Does the instance still fit a query with these conditions? One that holds a fact which the
  /// query does not contain does not.
  [[nodiscard]] bool fits(const std::vector<Term>& conditions) const;
  /// Conditions that more than `patience` queries in a row had become facts, with which Z3
  /// simplifies; there is no way back.
  void learn(const std::vector<Term>& conditions, unsigned patience);
  /// Conditions of every query to come; each may use what the others say.
  void add_facts(const std::vector<Term>& conditions);
  [[nodiscard]] std::size_t definitions() const { return literals_.size(); }

  /// Conditions that are no facts are passed as assumptions. The watchdog ends the query at its
  /// limit. Throws z3::exception.
  Z3Answer check(const std::vector<Term>& conditions, Watchdog& watchdog,
                 std::chrono::milliseconds processor_time, Watchdog::Clock::time_point at);

 private:
  /// A Boolean that implies the condition; the implication is asserted once.
  z3::expr literal(const Term& t);
  Z3Answer accept_model(const std::vector<Term>& conditions);

  const Terms& terms_;
  Theory theory_;
  z3::context ctx_;
  z3::solver solver_;
  std::unique_ptr<Translator> translate_;
  std::unordered_map<std::uint32_t, z3::expr> literals_;  // by node id
  std::unordered_set<std::uint32_t> facts_;               // node ids
  std::unordered_map<std::uint32_t, unsigned> streak_;    // node id -> queries in a row
};

}  // namespace sgproof::smt
