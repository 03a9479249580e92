// What a run can end in; shared by both domains.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace sgproof::exec {

/// A place in the kernel's source, inlining respected.
struct Location {
  std::string function;
  std::string file;
  unsigned line = 0;
  auto operator<=>(const Location&) const = default;
};
[[nodiscard]] inline std::string to_string(const Location& l) {
  return l.function + " (" + l.file + ":" + std::to_string(l.line) + ")";
}

enum class EndKind : std::uint8_t { Inconclusive = 0, Returned, Bug, Finding };

/// Undefined behaviour that the path can reach.
enum class FindingKind : std::uint8_t {
  None = 0,
  OutOfBounds,     ///< SAF-1: address in no object, or access crosses its end
  DeadObject,      ///< SAF-1: object out of scope or its frame has returned
  NullAccess,      ///< SAF-1: address within the first page
  ReadOnlyWrite,   ///< SAF-1: store to a constant
  Misaligned,      ///< SAF-1: address violates the alignment the instruction promises
  DivisionByZero,  ///< SAF-1: or the quotient overflows
  BadCall,         ///< SAF-1: call through a pointer that is no function, or of another type
  Unreachable,     ///< SAF-1: `unreachable` reached
  UndefUse,        ///< SAF-2: uninitialised or undefined value observed
  PoisonUse,       ///< SAF-2: poison observed
  AssumeViolated,  ///< SAF-2: llvm.assume of a false condition
};
[[nodiscard]] const char* to_string(FindingKind k);
/// The invariant that a finding violates: "SAF-1" or "SAF-2".
[[nodiscard]] const char* invariant_of(FindingKind k);

/// Why nothing is claimed about a path.
enum class Inconclusive : std::uint8_t {
  None = 0,
  UnknownOpcode,
  UnknownIntrinsic,
  UnknownAsm,
  UnsupportedType,
  UnsupportedConstant,
  UnsupportedAttribute,
  MissingFunction,  ///< only if the policy says so, or its effect cannot be bounded
  LoopNotUnrolled,
  RecursionLimit,
  StepLimit,
  Deadline,
  StateLimit,
  SolverUnknown,      ///< a needed answer was unknown, timed out or failed
  PointerUnresolved,  ///< too many possible objects or offsets
  SizeUnresolved,     ///< symbolic length or size that cannot be bounded
  NotConstant,        ///< an argument that must be constant is not
  NotInductive,       ///< a loop over a list of any length has no invariant that was found
  Internal,
};
[[nodiscard]] const char* to_string(Inconclusive r);

/// A branch, switch or indirect call side seen by a run.
struct BranchSide {
  Location where;
  unsigned side = 0;  ///< successor index
  bool feasible = false;
  bool refuted = false;  ///< at least once proved infeasible
};

/// What feasible states went through.
struct Coverage {
  std::set<Location> lines;
  std::vector<BranchSide> branches;
  /// Sides that were refuted and never taken.
  [[nodiscard]] std::vector<BranchSide> infeasible() const {
    std::vector<BranchSide> out;
    for (const BranchSide& b : branches)
      if (b.refuted && !b.feasible) out.push_back(b);
    return out;
  }
};

struct RunStats {
  std::uint64_t instructions = 0;
  std::uint64_t forks = 0;
  std::uint64_t merges = 0;
  std::uint64_t merge_refused = 0;
  std::uint64_t feasibility_checks = 0;
  std::uint64_t unknown_feasibility = 0;  ///< branches followed although the solver did not know
  std::uint64_t max_states = 0;
  std::uint64_t loops_cut = 0;  ///< loops over lists of any length, by an invariant
  double seconds = 0;
};

/// A symbol that a run created, so that a counterexample can say what it stands for.
struct Symbol {
  std::string name;
  std::string kind;      ///< "memory", "havoc", "fresh", "call", "page"
  std::uint64_t id = 0;  ///< sgp_fresh: its argument
  unsigned width = 0;
  Location where;
};

}  // namespace sgproof::exec
