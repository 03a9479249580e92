// A mutant as a patch, judged by the whole gate: with replay on the booted kernel.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "kernel-extract/progress.hpp"
#include "score/mutants.hpp"

namespace sgproof::score {

/// The mutant as a patch that `patch -p1` applies; `source` is its file's content. Throws
/// Error(Environment) when git cannot be run.
[[nodiscard]] std::string as_patch(const Mutant& mutant, const std::string& source,
                                   const extract::Context& context);

/// What the gate says of a patch.
struct GateRun {
  int exit_code = -1;                      ///< its own, -1 when it did not end by itself
  std::map<std::string, unsigned> replay;  ///< new findings by what the booted kernel said
};

/// Runs `sgproof gate` on the kernel with the patch; its results are in `out`.
[[nodiscard]] GateRun run_gate_on(const std::string& kernel, const std::filesystem::path& patch,
                                  const std::string& config, const std::filesystem::path& out,
                                  const extract::CancelToken& cancel);

/// The gate rejects the patch and the booted kernel was asked about every finding: none is refuted
/// or was not run, and at least one is confirmed or cannot be replayed here.
[[nodiscard]] bool agrees(const GateRun& run);

/// In words: "exit code 1, 3 confirmed".
[[nodiscard]] std::string to_string(const GateRun& run);

}  // namespace sgproof::score
