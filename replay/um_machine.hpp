// The machine that is a process: a User Mode Linux in the sandbox.
#pragma once

#include <string>
#include <vector>

#include "replay/machine.hpp"

namespace sgproof::replay {

/// The argument vector of a User Mode Linux, in the sandbox: what it executes is a program of the
/// person who sent the patch. It has memory, the mailbox as a mapped file, and nothing
/// else. Throws what kernel-extract/sandbox.hpp does where there is no sandbox.
[[nodiscard]] std::vector<std::string> um_argv(const MachineSpec& spec);

/// farewell() of it. It powers off with 0 when the init program is done, whatever came of it, and
/// aborts in a panic; the sandbox turns signals into exit codes.
[[nodiscard]] Farewell um_farewell(int exit_code);

}  // namespace sgproof::replay
