// One machine's process (QEMU, or a User Mode Linux) from start to end: supervised by its bell and
// its console, never left behind.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "kernel-extract/process.hpp"
#include "replay/machine.hpp"
#include "replay/mailbox.hpp"

namespace sgproof::replay {

/// Time limits, by the steady clock. The bell rings once when the runner is loaded and then while
/// scenarios end, though no more than ten times a second, so `progress` bounds a single scenario.
struct Deadlines {
  std::chrono::milliseconds boot{60'000};      ///< from the start until the runner is loaded
  std::chrono::milliseconds progress{10'000};  ///< between two sounds of the bell
  std::chrono::milliseconds total{900'000};    ///< the whole process
};

/// How a QEMU process ended.
enum class QemuEnd : std::uint8_t {
  Unknown,      ///< never the result of run_qemu()
  Exited,       ///< by itself, see `exit_code`
  Signalled,    ///< by a signal that was not ours, see `signal`
  BootTimeout,  ///< killed: the runner was not loaded in time
  Stalled,      ///< killed: no sound of the bell for too long
  TimedOut,     ///< killed: the total time was over
  Cancelled,    ///< killed: the user stopped us
  NoProgram,    ///< there is no such program
};

struct QemuRun {
  QemuEnd end = QemuEnd::Unknown;
  int exit_code = -1;
  int signal = 0;
  bool ready = false;        ///< the runner was loaded
  std::uint64_t rings = 0;   ///< sounds of the bell that say that something ended
  std::uint64_t strays = 0;  ///< bytes on the bell that the runner never sends
  std::string console;       ///< last 64 KiB of the kernel's and QEMU's messages
  double boot_seconds = 0;   ///< until the runner was loaded; 0 if it never was
  double seconds = 0;
};

/// Runs the machine until it ends or a limit is reached; on return no process of ours is left.
/// `spec`'s file descriptors are filled in here. Throws Error(Environment, SGP-E0511) when the
/// machine has no process or pipe to spare.
[[nodiscard]] QemuRun run_qemu(MachineSpec spec, const Mailbox& mailbox, const Deadlines& deadlines,
                               const extract::CancelToken& cancel);

}  // namespace sgproof::replay
