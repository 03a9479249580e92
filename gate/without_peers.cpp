#include "gate/without_peers.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "kernel-extract/harness.hpp"

namespace sgproof::gate {
namespace {

using extract::Function;

bool is_harness(const Function& f) { return f.file.starts_with("/sgp/"); }

/// Whether a function of that name in the bitcode asks for peer memory. Of two static functions the
/// linker calls one "name.unit".
bool asks_for_peers(const std::string& name) {
  static const auto kAsks = [] {
    auto names = extract::accessor_candidates("SGP_IS_BUS");
    names.emplace_back("is_pci_p2pdma_page");
    return names;
  }();
  return std::ranges::find(kAsks, name.substr(0, name.find('.'))) != kAsks.end();
}

/// Whether each call of `name` in `by` is made only behind such a question.
bool only_for_peers(const Function& by, const std::string& name) {
  const auto guards = by.guarded.find(name);
  return guards != by.guarded.end() && std::ranges::any_of(guards->second, asks_for_peers);
}

/// Who calls each function, and of which an address is taken.
struct Uses {
  std::map<std::string, std::vector<const Function*>> callers;
  std::set<std::string> taken;
};

Uses uses_of(const std::vector<Function>& functions) {
  Uses out;
  for (const auto& f : functions) {
    for (const auto& callee : f.calls) out.callers[callee].push_back(&f);
    out.taken.insert(f.takes.begin(), f.takes.end());
  }
  return out;
}

/// The largest set that can be built from nothing by adding functions whose callers all pass.
template <class Passes>
std::set<std::string> grow(const std::vector<const Function*>& candidates, const Uses& uses,
                           const Passes& passes) {
  std::set<std::string> out;
  for (bool more = true; more;) {
    more = false;
    for (const Function* f : candidates)
      if (std::ranges::all_of(uses.callers.at(f->name), [&](const Function* by) {
            return out.contains(by->name) || passes(*by, f->name);
          }))
        more |= out.insert(f->name).second;
  }
  return out;
}

}  // namespace

NeverCalled never_called(const std::vector<Function>& functions, const Reached& reached) {
  if (!reached.complete) return {};
  const auto uses = uses_of(functions);
  std::vector<const Function*> candidates;
  for (const auto& f : functions)
    if (f.reachable && !reached.functions.contains(f.source_name) && !uses.taken.contains(f.name) &&
        uses.callers.contains(f.name))
      candidates.push_back(&f);
  NeverCalled out;
  out.all = grow(candidates, uses, [&](const Function& by, const std::string&) {
    return !is_harness(by) && reached.functions.contains(by.source_name) &&
           !reached.tested.contains(by.source_name);
  });
  std::erase_if(candidates, [&](const Function* f) { return !out.all.contains(f->name); });
  out.for_peers = grow(candidates, uses, only_for_peers);
  return out;
}

std::set<std::string> named_in_source(const std::set<std::string>& names,
                                      const std::vector<Function>& functions) {
  std::set<std::string> in, out_of;
  for (const auto& f : functions)
    if (f.reachable) (names.contains(f.name) ? in : out_of).insert(f.source_name);
  std::erase_if(in, [&](const std::string& name) { return out_of.contains(name); });
  return in;
}

void excuse_what_peers_enter(std::vector<Coverage>& configs) {
  for (Coverage& here : configs)
    for (CoverageLine& line : here.lines) {
      if (line.state != CoverageState::NotReached || !here.never_called.contains(line.function))
        continue;
      const auto with = std::ranges::find_if(configs, [&](const Coverage& other) {
        return other.has_peers && other.entered.contains(line.function);
      });
      if (with == configs.end()) continue;
      line.state = CoverageState::OutsideScope;
      line.reason = line.function +
                    " is called on no path; this configuration has no peer memory, " +
                    with->config + " has and enters it";
    }
}

}  // namespace sgproof::gate
