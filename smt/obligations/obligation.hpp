// What is claimed, and what came of it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"

namespace sgproof::smt {

/// The claim: a clause of an invariant on a kernel function (of one configuration).
struct ClaimId {
  std::string invariant, clause, function;
  auto operator<=>(const ClaimId&) const = default;
};

/// What came of a claim. The default is that nothing was shown.
enum class Outcome : std::uint8_t {
  Inconclusive = 0,
  Vacuous,  ///< no input reaches the claim: says nothing
  Proved,
  Refuted,
};
[[nodiscard]] const char* to_string(Outcome outcome);

/// An input on which a claim fails, from the solver; not yet re-executed.
struct Counterexample {
  sgp_scenario scenario;
  std::set<std::string> roles;   ///< roles that are not neutral: the smallest such set
  std::set<std::string> inputs;  ///< the inputs that are not neutral, by name
  std::string family;
  unsigned step = 0;  ///< operation whose observation is wrong
  int entry = -1;     ///< entry, -1 for the call as a whole
  std::string field;
};

/// The result of one claim, over one family or, merged, over all.
struct ClaimResult {
  Outcome outcome = Outcome::Inconclusive;
  std::string reason;            ///< why inconclusive or vacuous
  unsigned max_nents = 0;        ///< largest list for which it was shown
  std::set<std::string> scopes;  ///< families in words
  std::uint64_t queries = 0;
  std::uint64_t paths = 0;
  double seconds = 0;
  std::vector<Counterexample> counterexamples;
  std::vector<std::string> smt2;  ///< files with the queries, where they were kept
};

using ClaimResults = std::map<ClaimId, ClaimResult>;

/// Adds the result of one family: a claim is proved only if every family in which it is reached
/// proves it and at least one reaches it.
void merge_into(ClaimResults& all, const ClaimResults& family);

}  // namespace sgproof::smt
