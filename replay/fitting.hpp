// Scenarios on the machines that they fit, several machines at a time.
#pragma once

#include "replay/boot.hpp"

namespace sgproof::replay {

/// The CPU on which the runner can give the scenario its map types; both do for most scenarios.
[[nodiscard]] CpuKind cpu_for(const sgp_scenario& scenario);

/// What the scenario's devices are behind.
[[nodiscard]] IommuKind iommu_for(const sgp_scenario& scenario);

/// run() with each scenario on a machine that it fits: a series of boots for each CpuKind and
/// IommuKind, and more where one machine would have much more to do than a boot takes. So many
/// machines at a time as the request says. What may end in a BUG that is right comes last on each.
/// The boots are those of all machines, and `seconds` is until the last of them is done.
[[nodiscard]] BootResult run_on_fitting_machines(BootRequest request,
                                                 const extract::CancelToken& cancel = {});

}  // namespace sgproof::replay
