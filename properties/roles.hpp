// The inputs of any scenario and their neutral values, in the vocabulary of model/families.hpp.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"

namespace sgproof::properties {

/// An input of one scenario.
struct Role {
  std::size_t word;       ///< index of the 64-bit word in struct sgp_scenario
  std::string_view name;  ///< as in model::Input::role
  std::uint64_t neutral;
};

/// The inputs that the scenario has, given its shape (counts and operations). Inputs that follow
/// from others (page frames, bounce slots) are not among them, nor what no operation refers to.
std::vector<Role> roles(const model::Facts& facts, const sgp_scenario& scenario);

/// Names of the inputs that are not neutral.
std::set<std::string> non_neutral(const model::Facts& facts, const sgp_scenario& scenario);

/// A word of a scenario.
std::uint64_t word_of(const sgp_scenario& scenario, std::size_t word);
std::uint64_t& word_of(sgp_scenario& scenario, std::size_t word);

/// The neutral pointer of an SGP_OP_CHAIN or SGP_OP_ASSIGN_RAW.
std::uint64_t neutral_raw(const model::Facts& facts, std::uint64_t code);

/// The page frame that page `j` has by default, given its kind.
std::uint64_t neutral_frame(const model::Facts& facts, const sgp_scenario& scenario, unsigned j);

}  // namespace sgproof::properties
