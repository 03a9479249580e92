#include "gate/without_peers.hpp"

#include <algorithm>
#include <map>

namespace sgproof::gate {
namespace {

bool is_harness(const extract::Function& f) { return f.file.starts_with("/sgp/"); }

}  // namespace

std::set<std::string> never_called(const std::vector<extract::Function>& functions,
                                   const Reached& reached) {
  if (!reached.complete) return {};
  std::map<std::string, std::vector<const extract::Function*>> callers;
  std::set<std::string> taken;
  for (const auto& f : functions) {
    for (const auto& callee : f.calls) callers[callee].push_back(&f);
    taken.insert(f.takes.begin(), f.takes.end());
  }
  const auto followed = [&](const extract::Function& f) {
    return !is_harness(f) && reached.functions.contains(f.source_name) &&
           !reached.tested.contains(f.source_name);
  };
  std::set<std::string> never;
  for (bool more = true; more;) {
    more = false;
    for (const auto& f : functions) {
      if (!f.reachable || reached.functions.contains(f.source_name) || taken.contains(f.name) ||
          !callers.contains(f.name))
        continue;
      if (std::ranges::all_of(callers[f.name], [&](const extract::Function* by) {
            return followed(*by) || never.contains(by->name);
          }))
        more |= never.insert(f.name).second;
    }
  }
  return never;
}

}  // namespace sgproof::gate
