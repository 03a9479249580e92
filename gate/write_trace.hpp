// Traces that a run leaves in its output directory.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kernel-extract/harness/sgp_abi.h"

namespace sgproof::gate {

/// Writes the scenario as `out / relative` (docs/trace-format.md), whole or not at all; `about` is
/// for people. Nothing where `out` is empty. Throws Error(Environment, SGP-E0601).
void write_trace(const std::filesystem::path& out, const std::filesystem::path& relative,
                 const sgp_scenario& scenario, const nlohmann::json& about);

}  // namespace sgproof::gate
