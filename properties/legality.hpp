// What the harness does not check about a scenario: that the operations are a legal use of the API
// in their order, and that indices and page kinds are consistent.
#pragma once

#include <optional>
#include <string>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"

namespace sgproof::properties {

/// Why the scenario is no legal use of the API; nothing if it is one, as far as can be seen without
/// running it. The rules: counts and indices are in range; every page lies in the physical range
/// of its kind; initialised first; a list is mapped only with every entry assigned by sg_set_page()
/// and without marks made by hand; changed only while not mapped; unmapped once, with the arguments
/// of map; chain entries are not assigned or marked as bus addresses; an entry that got a
/// misaligned pointer is not assigned again before the next initialisation.
std::optional<std::string> illegal_use(const sgp_scenario& scenario, const model::Facts& facts);

}  // namespace sgproof::properties
