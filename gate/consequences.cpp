#include "gate/consequences.hpp"

#include <algorithm>
#include <utility>

namespace sgproof::gate {
namespace {

bool confirmed(const FindingCase& c) {
  return c.finding.status == FindingStatus::New && c.finding.replay == ReplayStatus::Confirmed;
}

bool follows(const FindingCase& c, const std::vector<FindingCase>& all) {
  const Finding& f = c.finding;
  if (f.status != FindingStatus::New || f.replay != ReplayStatus::NotReplayable) return false;
  return std::ranges::any_of(all, [&](const FindingCase& other) {
    if (!confirmed(other) || other.finding.config != f.config) return false;
    if (f.reexecution == Reexecution::Holds)
      return other.finding.reexecution == Reexecution::Violates &&
             other.finding.invariant.starts_with("ENC-");
    return c.after && other.finding.invariant == c.after->first &&
           other.finding.clause == c.after->second;
  });
}

}  // namespace

std::vector<FindingCase> take_consequences(std::vector<FindingCase>& findings) {
  std::vector<FindingCase> taken, kept;
  for (const FindingCase& c : findings) (follows(c, findings) ? taken : kept).push_back(c);
  findings = std::move(kept);
  return taken;
}

}  // namespace sgproof::gate
