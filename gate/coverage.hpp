// What is known about every line of code that a series changes.
#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gate/report/result.hpp"
#include "kernel-extract/module.hpp"
#include "kernel-extract/series.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

/// What the runs of one configuration went through.
struct Reached {
  std::set<std::pair<std::string, int>> lines;  ///< file of the tree, line
  std::set<std::string> functions;              ///< entered, by their name in the source
  std::set<std::string> tested;                 ///< of these, entered by tests only
  bool complete = false;                        ///< every path of every family ended conclusively
};
Reached reached_by(const std::vector<const smt::FamilyResult*>& families);

/// Adds what tests go through that no family has (tables): `scenarios`, executed by the executor,
/// which knows of lines what a native program does not. Returns the functions that they entered.
std::set<std::string> add_tested(Reached& reached, const std::filesystem::path& bitcode,
                                 const model::Facts& facts,
                                 std::span<const sgp_scenario> scenarios);

/// Whether more tests, which enter these functions, could still reach one of the lines.
bool could_reach_more(const std::vector<CoverageLine>& lines, const std::set<std::string>& entered);

/// What is known of the changed lines of one configuration.
struct Coverage {
  std::string config;
  bool has_peers = false;  ///< Facts::has_peers()
  std::vector<CoverageLine> lines;
  std::set<std::string> entered;       ///< functions that its runs went through
  std::set<std::string> never_called;  ///< functions that nothing leads to (without_peers.hpp)
};

/// Classifies the changed lines that have code in this configuration, and says of each changed file
/// without any that it is outside. A line that no run reached is excused only with a reason.
std::vector<CoverageLine> changed_lines(const std::string& config,
                                        const std::vector<extract::ChangedFile>& files,
                                        const extract::Module& here, const extract::Module& base,
                                        const Reached& reached);

}  // namespace sgproof::gate
