// How outcomes of obligations compare.
#pragma once

#include "gate/report/result.hpp"

namespace sgproof::gate {

/// Something was shown: proved, tested or audited.
constexpr bool is_shown(Outcome outcome) {
  return outcome == Outcome::Proved || outcome == Outcome::Tested || outcome == Outcome::Audited;
}

/// Whether `outcome` is at least what was asked for: a proof answers for a test.
constexpr bool answers(Outcome outcome, Outcome asked) {
  return outcome == asked || (outcome == Outcome::Proved && asked == Outcome::Tested);
}

}  // namespace sgproof::gate
