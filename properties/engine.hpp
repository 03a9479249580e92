// The property engine: tests one module, natively run, against all invariants of the model.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"
#include "model/trace.hpp"
#include "properties/native_runner.hpp"
#include "properties/tally.hpp"

namespace sgproof::properties {

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t cases = 50000;        ///< sequences from byte buffers (RapidCheck's max_success)
  std::uint64_t family_cases = 2000;  ///< random members of each family of model/families.hpp
  std::uint64_t translated_cases = 2000;  ///< of random families, for devices behind an IOMMU
  std::uint64_t table_cases = 2000;       ///< random lives of tables
  unsigned max_nents = 3;                 ///< bound of the map families
  int max_size = 100;                     ///< RapidCheck's max_size
  /// Violations of one statement that are shrunk, in each of the two parts. With 0 there are no
  /// findings, and `checks` says what was violated.
  unsigned shrinks = 6;
  std::uint64_t max_hangs = 0;  ///< stop after so many scenarios that hang; 0: do not
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::function<bool()> cancelled;  ///< asked between runs; empty: never
  /// The name of the known defect that explains a violation, or an empty string; empty: none does.
  std::function<std::string(const model::Trace<model::ConcreteDomain>&, const Violation&)> known;
};

/// A violation, told apart from others by its statement and the inputs that cannot be neutral.
struct Finding {
  Violation violation;          ///< of the smallest scenario
  std::set<std::string> roles;  ///< inputs that are not neutral in it
  sgp_scenario scenario;        ///< a local minimum, unless time ran out
  sgp_report report;
  std::string event;              ///< what happened to the process, where it died or hung
  std::string source;             ///< "sequences", "tables", or the name of the family
  std::uint64_t case_number = 0;  ///< how many cases that part had run when it was first seen
  bool local_minimum = false;
};

/// A violation that a known defect explains: the first that was seen of each.
struct KnownViolation {
  Violation violation;
  sgp_scenario scenario;
};

/// How the test as a whole ended. The default is not a pass.
enum class Outcome : std::uint8_t {
  Error,        ///< RapidCheck gave up or failed by itself: `reason`
  NoLegalRuns,  ///< nothing was tested: an error, never a pass
  Stopped,  ///< deadline or cancellation: what is there is valid, but not all that was asked for
  Tested,   ///< all cases ran; what holds is said by `checks` and `findings`
};

struct Result {
  Outcome outcome = Outcome::Error;
  std::string reason;
  std::uint64_t runs = 0;          ///< scenarios drawn for testing (those of shrinking not counted)
  std::uint64_t legal = 0;         ///< of these, judged
  std::uint64_t illegal = 0;       ///< outside the assumptions: discarded
  std::uint64_t inconclusive = 0;  ///< nothing is claimed about them
  std::map<std::string, std::uint64_t> reasons;  ///< why not judged, and how often
  std::uint64_t shrink_runs = 0;
  std::vector<CheckCount> checks;
  std::vector<Finding> findings;  ///< sorted by statement, then roles
  /// By the name of the defect and the statement; not among findings, nor counted in `checks`.
  std::map<std::pair<std::string, CheckId>, KnownViolation> known;
  std::set<std::string> unmodelled;  ///< functions without a body that were reached
  double seconds = 0;
};

/// Tests a module. Deterministic for a seed, unless it is stopped. Throws
/// sgproof::Error(Environment, SGP-E0401) where the runner cannot be started.
Result test_module(NativeRunner& runner, const model::Facts& facts, const Options& options);

}  // namespace sgproof::properties
