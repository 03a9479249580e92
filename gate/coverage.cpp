#include "gate/coverage.hpp"

#include <algorithm>

#include "gate/beyond_contract.hpp"
#include "gate/session.hpp"
#include "gate/without_peers.hpp"
#include "smt/obligations/concrete_run.hpp"

namespace sgproof::gate {
namespace {

bool contains(const std::vector<extract::LineRange>& ranges, int line) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const extract::LineRange& r) {
    return line >= r.first && line < r.first + r.count;
  });
}

/// Functions that no scenario leads to where that is no gap of the run.
struct Excused {
  std::set<std::string> beyond;     ///< the contract leaves out what calls them
  std::set<std::string> for_peers;  ///< there is no peer memory, and they are called for it alone
};

void excuse(CoverageLine& line, const extract::Function& function, const Excused& excused) {
  if (line.state != CoverageState::NotReached) return;
  std::string why;
  if (excused.beyond.contains(function.name))
    why = " is for devices that the contract leaves out (kernel-extract/harness/env_iommu.c)";
  else if (excused.for_peers.contains(function.name))
    why = " is called for peer memory alone; this configuration has none";
  if (why.empty()) return;
  line.state = CoverageState::OutsideScope;
  line.reason = function.source_name + why;
}

/// The state of one changed line of a function.
CoverageLine classify(const std::string& config, const std::string& file, int line,
                      const extract::Function& function, const extract::Module& base,
                      const Reached& reached) {
  CoverageLine result{file, line, function.source_name, config, CoverageState::NotReached, {}};
  if (const auto* before = base.find(function.name); before && before->hash == function.hash) {
    result.state = CoverageState::BitcodeUnchanged;
  } else if (!function.reachable) {
    result.state = CoverageState::OutsideScope;
    result.reason = "no operation of the scenarios calls " + function.source_name;
  } else if (reached.lines.contains({file, line})) {
    result.state = CoverageState::Reached;
  } else if (reached.tested.contains(function.source_name)) {
    result.reason = "no test of " + function.source_name + " leads here";
  } else if (reached.functions.contains(function.source_name) && reached.complete) {
    result.state = CoverageState::Unreachable;
    result.reason = "every path of every scenario was followed, and no legal input leads here";
  } else {
    result.reason = reached.complete ? function.source_name + " is never entered"
                                     : "some paths ended inconclusively";
  }
  return result;
}

/// The state of a function that only lost lines, at its first line.
CoverageLine entered(const std::string& config, const std::string& file, int line,
                     const extract::Function& function, const Reached& reached) {
  CoverageLine result{file, line, function.source_name, config, CoverageState::Reached, {}};
  if (!function.reachable) {
    result.state = CoverageState::OutsideScope;
    result.reason = "no operation of the scenarios calls " + function.source_name;
  } else if (!reached.functions.contains(function.source_name)) {
    result.state = CoverageState::NotReached;
    result.reason = function.source_name + " changed and is never entered";
  }
  return result;
}

}  // namespace

Reached reached_by(const std::vector<const smt::FamilyResult*>& families) {
  Reached reached;
  reached.complete = !families.empty();
  for (const smt::FamilyResult* family : families) {
    reached.complete &= family->complete;
    for (const auto& l : family->coverage.lines) {
      reached.functions.insert(l.function);
      if (const auto file = smt::tree_path(l.file))
        reached.lines.emplace(*file, static_cast<int>(l.line));
    }
  }
  return reached;
}

std::set<std::string> add_tested(Reached& reached, const std::filesystem::path& bitcode,
                                 const model::Facts& facts,
                                 std::span<const sgp_scenario> scenarios) {
  const smt::Bitcode code(bitcode);
  std::set<std::string> entered;
  const auto entered_before = [&](const std::string& function) {
    return reached.functions.contains(function) && !reached.tested.contains(function);
  };
  for (const sgp_scenario& s : scenarios) {
    if (s.nops == 0) continue;
    const auto run = smt::concrete_run(code, facts, s, static_cast<unsigned>(s.nops - 1), -1, "");
    for (const auto& l : run.lines) {
      if (!entered_before(l.function)) reached.tested.insert(l.function);
      reached.lines.emplace(l.file, static_cast<int>(l.line));
      reached.functions.insert(l.function);
      entered.insert(l.function);
    }
  }
  return entered;
}

bool could_reach_more(const std::vector<CoverageLine>& lines,
                      const std::set<std::string>& entered) {
  return std::ranges::any_of(lines, [&](const CoverageLine& line) {
    return (line.state == CoverageState::NotReached || line.state == CoverageState::Unreachable) &&
           entered.contains(line.function);
  });
}

std::vector<CoverageLine> changed_lines(const std::string& config,
                                        const std::vector<extract::ChangedFile>& files,
                                        const extract::Module& here, const extract::Module& base,
                                        const Reached& reached) {
  std::vector<CoverageLine> all;
  const auto facts = facts_of(here);
  const Excused excused{beyond_contract(here.functions, base.functions, facts.has_noncoherent()),
                        facts.has_peers() ? std::set<std::string>{}
                                          : never_called(here.functions, reached).for_peers};
  for (const extract::ChangedFile& file : files) {
    std::map<int, CoverageLine> lines;
    for (const extract::Function& function : here.functions) {
      const auto code = function.lines.find(file.path);
      if (code == function.lines.end()) continue;
      for (const int line : code->second) {
        if (!contains(file.lines, line)) continue;
        CoverageLine now = classify(config, file.path, line, function, base, reached);
        excuse(now, function, excused);
        const auto [it, is_new] = lines.try_emplace(line, now);
        // a line may be inlined or included in several places: the worst counts
        if (!is_new && now.state == CoverageState::NotReached) it->second = now;
      }
    }
    // a function that only lost lines has none that changed, and still it is another function
    for (const extract::Function& function : here.functions) {
      const auto code = function.lines.find(file.path);
      if (code == function.lines.end() || code->second.empty()) continue;
      const auto* before = base.find(function.name);
      if (before == nullptr || before->hash == function.hash) continue;
      if (std::any_of(code->second.begin(), code->second.end(),
                      [&](int line) { return contains(file.lines, line); }))
        continue;
      const int line = *code->second.begin();
      CoverageLine now = entered(config, file.path, line, function, reached);
      excuse(now, function, excused);
      lines.try_emplace(line, std::move(now));
    }
    if (lines.empty()) {
      const bool compiled = std::binary_search(here.sources.begin(), here.sources.end(), file.path);
      all.push_back({file.path,
                     0,
                     {},
                     config,
                     CoverageState::OutsideScope,
                     compiled ? "the change adds no code in this configuration"
                              : "the file is not part of the code under check"});
    }
    for (auto& [line, state] : lines) all.push_back(std::move(state));
  }
  return all;
}

}  // namespace sgproof::gate
