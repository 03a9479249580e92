// The symbolic domain: terms and a solver.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "smt/exec/domain.hpp"
#include "smt/solver/solver.hpp"

namespace sgproof::exec {

class SymbolicDomain {
 public:
  using Bv = smt::Term;
  static constexpr bool kSymbolic = true;

  /// What the solver asserts must stay the same while this is in use: answers are kept.
  explicit SymbolicDomain(smt::Solver& solver) : solver_(solver) {}
  [[nodiscard]] smt::Solver& solver() { return solver_; }

  Bv fresh(const std::string& name, unsigned width) { return solver_.terms().var(name, width); }
  [[nodiscard]] Feasible feasible(const std::vector<Bv>& pc, const Bv& extra, bool briefly);
  [[nodiscard]] std::optional<smt::u128> pick(const std::vector<Bv>& pc, const Bv& guard,
                                              const Bv& t);
  [[nodiscard]] std::vector<std::pair<Bv, Bv>> leaves(const Bv& t, bool deep,
                                                      std::size_t limit) const;
  [[nodiscard]] Bv under(const std::vector<Bv>& pc, const Bv& t) const;
  [[nodiscard]] bool is_symbol(const Bv& t) const;
  [[nodiscard]] std::optional<std::pair<Bv, std::uint64_t>> scaled(const Bv& t,
                                                                   std::uint64_t by) const;
  [[nodiscard]] bool expired() const { return solver_.expired(); }

 private:
  smt::Solver& solver_;
  // By question: a run that is repeated must take the same sides and see the same values.
  std::map<std::vector<std::uint32_t>, Feasible> answers_;
  std::map<std::vector<std::uint32_t>, smt::u128> picks_;
};

}  // namespace sgproof::exec
