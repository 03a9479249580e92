// Code for peer memory, in a configuration that has none: the kernel compiles what it does for bus
// addresses there, and nothing leads to it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "gate/coverage.hpp"

namespace sgproof::gate {

/// Names of functions that no run entered, although all that call them directly are functions of
/// the kernel which proofs went through on every path, or such functions themselves. Where an
/// address is taken of one, or a scenario calls it, it is not among them. Only of use where there
/// is no peer memory: elsewhere a scenario would be missing. Empty where a path is unfinished.
std::set<std::string> never_called(const std::vector<extract::Function>& functions,
                                   const Reached& reached);

}  // namespace sgproof::gate
