// Proves or refutes every claim that one scenario family reaches.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/facts.hpp"
#include "model/families.hpp"
#include "smt/exec/outcome.hpp"
#include "smt/exec/part.hpp"
#include "smt/obligations/obligation.hpp"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace sgproof::smt {

/// Bitcode in memory. Not thread-safe: one per thread.
class Bitcode {
 public:
  /// Throws sgproof::Error(Environment, SGP-E0301) if the file is no bitcode.
  explicit Bitcode(const std::filesystem::path& file);
  ~Bitcode();
  [[nodiscard]] const llvm::Module& module() const { return *module_; }

 private:
  std::unique_ptr<llvm::LLVMContext> context_;
  std::unique_ptr<llvm::Module> module_;
};

struct ProveOptions {
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::function<bool()> stopped;        ///< once it says so, as after the deadline
  unsigned query_timeout_ms = 60'000;   ///< processor time
  std::size_t max_counterexamples = 6;  ///< per claim and family
  unsigned loop_bound = 40;             ///< iterations of one loop
  bool merge = true;                    ///< merge states at joins
  /// Inputs for which the claims are decided. Of a part only what is shown counts: nothing is
  /// refuted, and the first claim that is not shown is the last.
  exec::Part part;
  std::filesystem::path smt2_dir;  ///< keep queries there; empty: do not
  std::string second_solver;       ///< program that must agree with every Unsat; empty: none
};

/// A call to a function without a body, whose effect was taken to be arbitrary.
struct ArbitraryCall {
  std::string function;
  exec::Location where;
  auto operator<=>(const ArbitraryCall&) const = default;
};

struct FamilyResult {
  std::string family;
  ClaimResults claims;
  exec::Coverage coverage;
  bool complete = false;  ///< every path ended conclusively: what was not reached cannot be reached
  std::vector<std::string> problems;  ///< paths that ended inconclusively, for people
  std::vector<exec::Location> problem_places;
  std::set<ArbitraryCall> arbitrary;
  std::set<std::string> assumptions;  ///< what the executor itself took for granted, and where
  std::size_t paths = 0;              ///< ended states
  std::uint64_t instructions = 0, merges = 0, queries = 0;
  double seconds = 0, solver_seconds = 0;
};

/// How a problem begins where two solvers answer a question differently.
inline constexpr std::string_view kSolversDisagree = "the solvers disagree";

/// Smallest role sets that already violate (invariant, clause) in a smaller family: violations that
/// need a superset of one of them are not reported again.
using KnownSets = std::map<std::pair<std::string, std::string>, std::vector<std::set<std::string>>>;

/// Runs the family symbolically on the bitcode and decides its claims. Nothing is proved unless the
/// solver answered Unsat; what could not be decided is Inconclusive with the reason.
FamilyResult prove_family(const Bitcode& bitcode, const model::Facts& facts,
                          const model::Family& family, const KnownSets& known,
                          const ProveOptions& options);

/// An input on which the patched tree violates the claim and the base was not seen to, if there is
/// one. Throws sgproof::Error(Environment, SGP-E0303) if the solver did not decide that.
std::optional<Counterexample> only_here(const Bitcode& patched, const Bitcode& base,
                                        const model::Facts& facts, const model::Facts& base_facts,
                                        const model::Family& family, const ClaimId& claim,
                                        const ProveOptions& options);

}  // namespace sgproof::smt
