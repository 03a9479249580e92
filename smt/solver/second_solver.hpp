// A second solver that re-checks what the first one answered, so that no proof rests on one
// implementation.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "smt/solver/check_result.hpp"

namespace sgproof::smt {

struct SecondSolverAnswer {
  CheckResult result = CheckResult::Error;
  double seconds = 0;
  std::string output;  ///< what the solver printed, for error messages
};

/// How hard the second solver tries.
enum class Trouble : std::uint8_t {
  Little,  ///< a few seconds: the caller can do without the answer
  Great,   ///< in every way that is known, each up to `SecondSolver::kPatience`
};

/// Runs the `cvc5` program on SMT-LIB 2. No shell; the child is killed by its process descriptor
/// when the limit passes, and ends by itself if nobody is left to do that.
class SecondSolver {
 public:
  static constexpr unsigned kPatience = 10'000;  ///< milliseconds of processor time for each way

  static constexpr const char* kProgram = "/usr/bin/cvc5";

  explicit SecondSolver(std::string program = kProgram) : program_(std::move(program)) {}
  /// Asks once, about a file. The limit is in milliseconds of the child's processor time, 0: none.
  [[nodiscard]] SecondSolverAnswer check_file(const std::string& path, unsigned limit_ms) const;
  /// Asks in one way after the other: as the integers that bit-vectors denote, as bits, and as
  /// bits all at once. The first that says Sat or Unsat is the answer. Gives up once `stopped` says
  /// so.
  [[nodiscard]] SecondSolverAnswer check(const std::string& smt2, Trouble trouble,
                                         const std::function<bool()>& stopped = {}) const;

 private:
  SecondSolverAnswer run(int input, const char* way, unsigned limit_ms,
                         const std::function<bool()>& stopped) const;
  std::string program_;
};

}  // namespace sgproof::smt
