// Scenarios that a machine did not survive, asked once more.
#pragma once

#include "replay/boot.hpp"

namespace sgproof::replay {

/// Whether a machine went down or hung in the scenario.
[[nodiscard]] bool is_stuck(const ScenarioResult& result);

/// Executes each scenario of `result` in which a machine went down or hung once more, on a machine
/// of its own (a few only: each may take until the deadline). Where the same comes of it, the
/// result is that of a run that stopped: an event in the step that did not return, a fault or that
/// it goes on and on, which judges like any other. Where it does not, the second result counts: a
/// busy host makes a machine look hung. `result` is of run_on_fitting_machines(request).
void ask_again(const BootRequest& request, BootResult& result,
               const extract::CancelToken& cancel = {});

}  // namespace sgproof::replay
