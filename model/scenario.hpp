// Scenarios: making, reading, writing and describing them. The binary form is struct sgp_scenario.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"
#include "model/trace.hpp"

namespace sgproof::model {

/// An empty scenario with the given list: magic set, a device that reaches everything, providers
/// whose bus addresses equal their CPU addresses, one page of RAM each. Word size from the facts.
sgp_scenario blank_scenario(const Facts& facts, unsigned nents, unsigned nproviders,
                            unsigned npages);

/// Appends an operation; throws sgproof::Error(Unsupported, SGP-E0203) when the list is full.
sgp_op& add_op(sgp_scenario& scenario, sgp_opcode code, unsigned entry = 0, unsigned page = 0);

/// Name of an operation, as in JSON ("set_page", …) and back; throws SGP-E0204 for unknown names.
std::string_view opcode_name(std::uint64_t code);
sgp_opcode opcode_of(std::string_view name);

/// JSON of a trace, schema "sgproof-trace/1" (docs/trace-format.md): the scenario and, where it was
/// run, the report. Addresses are hexadecimal strings.
nlohmann::json to_json(const sgp_scenario& scenario);
nlohmann::json to_json(const sgp_report& report);
/// The reverse; throws sgproof::Error(Input, SGP-E0205) naming the JSON pointer for unknown keys,
/// missing keys and values out of range.
sgp_scenario scenario_from_json(const nlohmann::json& json);

/// The input in words, a line each: the pages, what stands in each entry, the device, the calls.
std::vector<std::string> describe(const sgp_scenario& scenario);

}  // namespace sgproof::model
