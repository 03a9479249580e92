// A run and the model's judgement of it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/facts.hpp"
#include "model/judge.hpp"
#include "properties/native_runner.hpp"

namespace sgproof::properties {

/// What a statement is about: the first three parts of a finding's identity.
struct CheckId {
  std::string invariant, clause, function;
  auto operator<=>(const CheckId&) const = default;
};

/// A statement of the model that a run makes false.
struct Violation {
  CheckId id;
  unsigned step = 0;
  std::optional<unsigned> entry;  ///< absent: the call as a whole
  std::string field;
  std::optional<std::uint64_t> expected, observed;
};

/// What a run can be used for.
enum class Standing : std::uint8_t {
  Inconclusive,  ///< nothing is claimed: broken runner, code without a body, lost events
  Illegal,       ///< outside the assumptions: discarded
  Judged,        ///< `checks` and `violations` say what the model thinks of it
};

struct Judgement {
  Standing standing = Standing::Inconclusive;
  std::string reason;  ///< where not Judged
  std::vector<model::Check<model::ConcreteDomain>> checks;
  std::vector<Violation> violations;  ///< checks that apply and fail
};

/// Judges a run of the scenario.
Judgement judge(const sgp_scenario& scenario, const NativeRun& run, const model::Facts& facts);

/// Runs and judges. Scenarios that illegal_use() refuses are not run.
Judgement judge_run(NativeRunner& runner, const sgp_scenario& scenario, const model::Facts& facts);

}  // namespace sgproof::properties
