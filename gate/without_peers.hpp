// Code for peer memory, in a configuration that has none: the kernel compiles what it does for bus
// addresses there, and nothing leads to it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "gate/coverage.hpp"

namespace sgproof::gate {

/// Functions that no run of a configuration without peer memory entered, although all that call
/// them directly are functions of the kernel which proofs went through on every path, or such
/// functions themselves. Where an address is taken of one, or a scenario calls it, it is not among
/// them. Names of the bitcode.
struct NeverCalled {
  std::set<std::string> all;
  /// Of these, the ones whose every call is made only where the kernel has asked whether a page is
  /// peer memory, or an entry has the mark of bus addresses, or within such a function.
  std::set<std::string> for_peers;
};

/// Empty where a path is unfinished.
NeverCalled never_called(const std::vector<extract::Function>& functions, const Reached& reached);

/// Functions of the source all of whose copies in the bitcode that can be reached are among
/// `names`.
std::set<std::string> named_in_source(const std::set<std::string>& names,
                                      const std::vector<extract::Function>& functions);

/// Says of lines in functions that are never called, and that are not reached, that they are
/// outside the scope where a configuration with peer memory enters a function of that name: there
/// it is judged. What no such configuration of the run enters stays open.
void excuse_what_peers_enter(std::vector<Coverage>& configs);

}  // namespace sgproof::gate
