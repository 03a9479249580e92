// The solver: satisfiability of conjunctions of booleans, with models, limits and counters.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/error.hpp"
#include "smt/solver/check_result.hpp"
#include "smt/solver/model.hpp"
#include "smt/solver/terms.hpp"
#include "smt/solver/watchdog.hpp"

namespace sgproof::smt {

class SecondSolver;
struct SecondSolverAnswer;
class Z3Instance;
enum class Theory : std::uint8_t;  // z3_instance.hpp

struct SolverOptions {
  unsigned query_timeout_ms = 10'000;  ///< limit of one query in processor time, 0: none
  unsigned kept_ms = 100;              ///< after this long a query goes to a Z3 instance of its own
  unsigned incremental_ms = 250;       ///< for each of these at first, and for bits that are kept
  std::optional<std::chrono::steady_clock::time_point> deadline;  ///< after it: Timeout
  std::function<bool()> stopped;                                  ///< once it says so: Timeout
  unsigned case_ms = 1'000;      ///< after this long a case of a split question is split itself
  std::size_t model_cache = 24;  ///< models kept to answer Sat without a query
  double slow_seconds = 1.0;     ///< queries that take longer are reported to on_slow_query
  std::function<void(const std::vector<Term>&, CheckResult, double)> on_slow_query;
  /// Re-checks each Unsat before it is an answer: branches that are not followed as well as claims.
  /// What it does not decide is not Unsat, and where it says Sat SolversDisagree is thrown. Empty:
  /// none.
  std::shared_ptr<const SecondSolver> second;
  std::size_t max_definitions = 60'000;  ///< asserted definitions before Z3 is started afresh
};

struct SolverStats {
  std::uint64_t checks = 0;      ///< calls of check()
  std::uint64_t trivial = 0;     ///< answered by constants
  std::uint64_t model_hits = 0;  ///< answered Sat by a remembered model
  std::uint64_t neighbours = 0;  ///< answered Sat by a model near a remembered one
  std::uint64_t unsat_hits = 0;  ///< answered Unsat by an equal or weaker earlier query
  std::uint64_t queries = 0;     ///< went to Z3
  std::uint64_t sat = 0, unsat = 0, unknown = 0;
  std::uint64_t alone = 0;  ///< queries that needed an instance of their own
  std::uint64_t cases = 0;  ///< parts of questions that were split
  std::uint64_t restarts = 0;
  std::uint64_t confirmed = 0;    ///< Unsat of the second solver as well
  std::uint64_t unconfirmed = 0;  ///< left open by the second solver
  double seconds = 0;             ///< inside Z3
  double slowest = 0;
};

/// SGP-E0327: two solvers answer the same question differently, so neither is believed any more.
class SolversDisagree : public Error {
 public:
  explicit SolversDisagree(std::string question)
      : Error(ErrorKind::Environment, "SGP-E0327", "solve",
              "the second solver finds a model of what the first calls unsatisfiable"),
        question_(std::move(question)) {}
  /// In SMT-LIB 2.
  [[nodiscard]] const std::string& question() const { return question_; }

 private:
  std::string question_;
};

/// Incremental solver over terms of one store. Assertions are scoped by push/pop; check() takes
/// further assumptions for one query.
class Solver {
 public:
  explicit Solver(Terms& terms, SolverOptions options = {});
  ~Solver();
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  void push();
  void pop();
  void add(const Term& condition);
  /// Is the conjunction of all assertions and the assumptions satisfiable?
  CheckResult check(const std::vector<Term>& assumptions = {});
  CheckResult check(const std::vector<Term>& assumptions, const Term& extra);
  /// The same, but a question that takes longer than some `incremental_ms` is left Unknown or
  /// Timeout.
  CheckResult check_briefly(const std::vector<Term>& assumptions, const Term& extra);
  /// The same, but only the kept instance for integers is asked.
  CheckResult check_at_once(const Term& condition);
  /// A model of the last check that answered Sat; it was evaluated against every condition of that
  /// check by Model::eval, not only by Z3. Valid until the next check.
  [[nodiscard]] const Model& model() const;

  [[nodiscard]] Terms& terms() { return terms_; }
  [[nodiscard]] const SolverStats& stats() const { return stats_; }
  [[nodiscard]] const SolverOptions& options() const { return options_; }
  void set_deadline(std::chrono::steady_clock::time_point t) { options_.deadline = t; }
  void set_query_timeout(unsigned ms) { options_.query_timeout_ms = ms; }
  [[nodiscard]] bool expired() const;
  /// Why the last answer was Unknown, Timeout or Error.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// Current assertions.
  [[nodiscard]] const std::vector<Term>& assertions() const { return assertions_; }

 private:
  struct Kept;
  struct UnsatCore;
  [[nodiscard]] unsigned time_left(std::chrono::steady_clock::time_point now) const;
  Z3Instance& kept(Kept& kept, const std::vector<Term>& conditions);
  CheckResult question(Z3Instance& z3, const std::vector<Term>& conditions, unsigned limit_ms);
  CheckResult ask_kept(Kept& in, const std::vector<Term>& conditions, unsigned limit_ms);
  CheckResult ask_alone(Theory theory, const std::vector<Term>& conditions, unsigned limit_ms,
                        unsigned seed = 0);
  CheckResult ask_in_cases(const std::vector<Term>& conditions, double& seconds_left);
  SecondSolverAnswer second_opinion(const std::vector<Term>& conditions, unsigned splits);
  CheckResult confirmed(const std::vector<Term>& conditions);
  [[nodiscard]] bool settled(CheckResult result) const;
  CheckResult ask_those_kept(const std::vector<Term>& conditions, unsigned limit_ms);
  CheckResult ask_those_alone(const std::vector<Term>& conditions, unsigned most_ms);
  CheckResult ask(const std::vector<Term>& conditions);
  void remember(const std::shared_ptr<Model>& model);

  Terms& terms_;
  SolverOptions options_;
  SolverStats stats_;
  std::vector<Term> assertions_;
  std::vector<std::size_t> scopes_;
  std::deque<std::shared_ptr<Model>> models_;
  std::shared_ptr<Model> last_;
  std::unique_ptr<UnsatCore> cores_;
  std::unique_ptr<Kept> integers_, bits_;
  std::unique_ptr<Watchdog> watchdog_;
  enum class Effort : std::uint8_t { Full, Brief, Least } effort_ = Effort::Full;
  Theory hard_;  // that answered the last question which needed an instance of its own
  static constexpr unsigned kPatience = 8;
  static constexpr unsigned kSecondSplits = 2;
  unsigned in_vain_ = 0;             // questions in a row that no kept instance answered
  bool usable_ = true;               // whether the instance asked last takes more queries
  std::vector<std::uint32_t> core_;  // of the question asked last: node ids of what it rests on
  std::string reason_;
};

/// Standard SMT-LIB 2 (QF_BV) text: symbols, shared parts as define-fun, one assert per condition,
/// check-sat. Uses only operators of the standard.
[[nodiscard]] std::string to_smt2(const std::vector<Term>& conditions,
                                  const std::string& comment = {});

}  // namespace sgproof::smt
