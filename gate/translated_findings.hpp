// From what booted kernels showed behind an IOMMU to findings and obligations of a result.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gate/findings.hpp"
#include "gate/translated.hpp"
#include "kernel-extract/progress.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::gate {

/// Statements that were looked at become obligations: `tested`, or `refuted` where violated.
std::vector<Obligation> obligations_of(const Translated& translated, const std::string& config);

/// A finding for each violation, with its trace in out/counterexamples, confirmed: a booted kernel
/// is where it was seen. `tree` is the one that was booted.
std::vector<FindingCase> findings_of(const Translated& translated, const std::string& config,
                                     const extract::Tree& tree, const std::filesystem::path& out);

/// Marks the findings that the booted base shows on the same scenario as pre-existing. Builds and
/// boots the base in this configuration, if there is a finding. Throws the errors of the kernel
/// build.
void compare_with_base(std::vector<FindingCase>& findings, const extract::Tree& base,
                       const std::string& config, const model::Facts& facts,
                       const extract::Context& context);

}  // namespace sgproof::gate
