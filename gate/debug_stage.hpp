// What a kernel with its own checks says (DMA API, sleeping in atomic context, KASAN): it executes
// the scenarios that the plain one executes, and what it warns of is a violation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gate/replay_stage.hpp"

namespace sgproof::gate {

/// The configuration of the debug kernel that belongs to one, if there is one.
[[nodiscard]] std::optional<std::string> debug_config_of(const std::string& config);

/// Builds the debug kernel in the background, then boots it.
class DebugStage {
 public:
  /// Starts the build of the tree in this configuration; the context must outlive this.
  DebugStage(extract::Tree tree, const std::string& debug_config, const extract::Context& context);

  /// Waits for the kernel; what it says to the scenarios of the request, findings' ones included.
  /// Throws the errors of the kernel build, and SGP-E0612 if the kernel could not be asked.
  Translated run(const ReplayRequest& what, Subject& subject, const extract::CancelToken& cancel);

 private:
  extract::KernelVersion version_;
  std::future<replay::KernelImage> image_;
};

}  // namespace sgproof::gate
