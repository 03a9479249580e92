// Executes scenarios on a booted kernel, over as many boots as it takes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/abi.hpp"
#include "replay/kernel_image.hpp"
#include "replay/machine.hpp"
#include "replay/qemu_process.hpp"
#include "replay/record.hpp"

namespace sgproof::replay {

/// What to boot and what to execute there.
struct BootRequest {
  KernelImage image;
  CpuKind cpu = CpuKind::NotForwarding;  ///< see replay/fitting.hpp
  IommuKind iommu = IommuKind::None;     ///< likewise
  Accelerator accelerator = Accelerator::Tcg;
  std::vector<std::string> cmdline_extras;  ///< kernel parameters
  std::vector<sgp_scenario> scenarios;
  Deadlines deadlines;
  int max_boots = 64;         ///< no more after panics and hangs than this
  int max_failed_boots = 2;   ///< in a row, that did not get to a scenario
  std::string qemu;           ///< program; empty: found in PATH
  unsigned side_by_side = 2;  ///< machines at a time, where there is more than one
};

/// How the execution as a whole ended; the first that is not Ok is kept.
enum class Outcome : std::uint8_t {
  BootFailed,   ///< the kernel did not get as far as loading the runner
  Ok,           ///< every scenario has a sound record
  Panic,        ///< the kernel went down in a scenario
  Hang,         ///< a scenario did not end in time
  Killed,       ///< QEMU was killed from outside
  Garbage,      ///< what the kernel left in the mailbox is not sound
  QemuMissing,  ///< no QEMU for this architecture
  TimeLimit,    ///< the total time was over
  Cancelled,    ///< the user stopped it
};

/// What is known about one scenario.
struct ScenarioResult {
  enum class State : std::uint8_t {
    NotRun,    ///< nothing is known: `why`
    Reported,  ///< the report is sound (also when it says "not replayable")
    Stopped,   ///< sound up to a BUG or oops that killed the task
    Panicked,  ///< the machine went down; sealed steps are in the report
    Hung,      ///< no end in time; sealed steps are in the report
    Damaged,   ///< the record is not sound: `why`; the report is empty
  };
  State state = State::NotRun;
  std::string why;
  sgp_report report{};
  std::vector<Diagnostic> diagnostics;
  bool tainted = false;  ///< an earlier scenario of the same boot was stopped by a BUG or oops
  std::uint64_t cycles = 0;
};

/// One boot, for the report.
struct BootTrace {
  std::size_t first = 0;  ///< index of the first scenario it was given
  std::size_t count = 0;
  QemuRun run;
};

struct BootResult {
  Outcome outcome = Outcome::BootFailed;
  std::string
      explanation;  ///< one sentence for the user, with the kernel's own words where there are any
  std::vector<ScenarioResult> scenarios;  ///< in the order of the request
  std::vector<BootTrace> boots;
  MachineFacts facts;
  double seconds = 0;
};

/// Boots the image and executes the scenarios in order. After a panic, a hang or garbage a new boot
/// goes on with the next scenario; results obtained before are kept. Throws Error(Environment) only
/// when no process or memory can be had.
[[nodiscard]] BootResult run(const BootRequest& request, const extract::CancelToken& cancel = {});

/// run() whose results go elsewhere, as there may be a gigabyte of them: into[i] is that of the
/// request's scenario i and as it was made, and the result has no scenarios.
[[nodiscard]] BootResult run_into(const BootRequest& request, std::span<ScenarioResult* const> into,
                                  const extract::CancelToken& cancel = {});

/// KVM if the request's kernel boots with it and executes an empty scenario within seconds, else
/// TCG.
[[nodiscard]] Accelerator probe_accelerator(BootRequest request,
                                            const extract::CancelToken& cancel = {});

/// The accelerator to boot the image with on this machine: probe_accelerator(), asked once for each
/// architecture. Without a /dev/kvm that can be opened nothing is booted to know.
[[nodiscard]] Accelerator accelerator_for(const KernelImage& image,
                                          const extract::CancelToken& cancel = {});

[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::string_view name_of(ScenarioResult::State state);
/// Why a world cannot be realised (enum sgp_unreplayable), in words.
[[nodiscard]] std::string_view reason_text(std::uint64_t unreplayable);

}  // namespace sgproof::replay
