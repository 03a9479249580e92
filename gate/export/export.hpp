// A trace in other forms: a list of steps, a kernel module, a KUnit test.
#pragma once

#include <string>

#include "gate/export/trace_file.hpp"

namespace sgproof::gate {

/// The tree's functions for the bus address mark of an entry.
struct Accessors {
  std::string is_bus, mark_bus, unmark_bus;
};

/// Steps in words and in C, what must hold after each, and where the violation is in the kernel.
[[nodiscard]] std::string export_steps(const TraceFile& trace, const Accessors& accessors);

/// A self-contained module that executes the scenario when it is loaded, and prints PASS or FAIL
/// for everything that must hold after each step. Throws SGP-E0620, SGP-E0621 or SGP-E0622 for what
/// a module cannot execute or see.
[[nodiscard]] std::string export_module(const TraceFile& trace, const Accessors& accessors);

/// A KUnit suite of one case with what must hold where the trace shows a violation; of everything,
/// where it shows none. Throws as export_module().
[[nodiscard]] std::string export_kunit(const TraceFile& trace, const Accessors& accessors);

}  // namespace sgproof::gate
