// A second solver that re-checks query files, so that no proof rests on one implementation.
#pragma once

#include <string>

#include "smt/solver/solver.hpp"

namespace sgproof::smt {

struct SecondSolverAnswer {
  CheckResult result = CheckResult::Error;
  double seconds = 0;
  std::string output;  ///< what the solver printed, for error messages
};

/// Runs the `cvc5` program on an SMT-LIB 2 file. No shell; the child is killed by its process
/// descriptor when the limit passes.
class SecondSolver {
 public:
  explicit SecondSolver(std::string program = "/usr/bin/cvc5") : program_(std::move(program)) {}
  [[nodiscard]] SecondSolverAnswer check_file(const std::string& path, unsigned limit_ms) const;

 private:
  std::string program_;
};

}  // namespace sgproof::smt
