#include "gate/consequences.hpp"

#include <algorithm>
#include <iterator>

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
      return other.finding.reexecution == Reexecution::Violates;
    return c.after && other.finding.invariant == c.after->first &&
           other.finding.clause == c.after->second;
  });
}

}  // namespace

std::vector<FindingCase> take_consequences(std::vector<FindingCase>& findings) {
  std::vector<FindingCase> taken;
  for (const FindingCase& c : findings)
    if (follows(c, findings)) taken.push_back(c);
  std::erase_if(findings, [&](const FindingCase& c) {
    return std::ranges::any_of(taken,
                               [&](const FindingCase& t) { return t.finding.id == c.finding.id; });
  });
  return taken;
}

}  // namespace sgproof::gate
