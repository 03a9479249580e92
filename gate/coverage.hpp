// What is known about every line of code that a series changes.
#pragma once

#include <set>
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
  bool complete = false;                        ///< every path of every family ended conclusively
};
Reached reached_by(const std::vector<const smt::FamilyResult*>& families);

/// Classifies the changed lines that have code in this configuration, and says of each changed file
/// without any that it is outside. A line that no run reached is excused only with a reason.
std::vector<CoverageLine> changed_lines(const std::string& config,
                                        const std::vector<extract::ChangedFile>& files,
                                        const extract::Module& here, const extract::Module& base,
                                        const Reached& reached);

}  // namespace sgproof::gate
