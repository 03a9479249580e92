// What stands above and below the code of every exported test.
#pragma once

#include <set>
#include <string>

#include "gate/export/c_text.hpp"
#include "gate/export/trace_file.hpp"
#include "gate/export/world.hpp"

namespace sgproof::gate {

/// "map_1_address" of the claim that the trace shows violated, else of the file's name.
[[nodiscard]] std::string test_name(const TraceFile& trace);

/// Whether the test needs memory or devices.
[[nodiscard]] bool needs_building(const World& world);

/// License, what the test is about, what the machine needs, and the headers: those of lists and of
/// the world, and `more`.
void write_preamble(CText& out, const TraceFile& trace, const World& world,
                    std::set<std::string> more);

/// What modinfo shows.
void write_epilogue(CText& out, const TraceFile& trace);

}  // namespace sgproof::gate
