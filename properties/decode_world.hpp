// The first half of the decoder: devices, bounce pool, providers and pages.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"
#include "properties/bytes.hpp"

namespace sgproof::properties {

/// What the operations must respect so that the scenario is legal.
struct Limits {
  std::array<std::uint64_t, SGP_MAX_PAGES> room{};  ///< bytes from a page to the end of its range
  std::uint64_t length = 0;                         ///< longest segment (a bounce slot's size)
};

/// Fills the world and the counts of `scenario`, which must be a blank one.
Limits decode_world(Bytes& bytes, const model::Facts& facts, sgp_scenario& scenario);

}  // namespace sgproof::properties
