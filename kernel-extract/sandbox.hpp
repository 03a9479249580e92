// Runs the tree's own makefiles, compilers and git where they can do no harm.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kernel-extract/process.hpp"

namespace sgproof::extract {

/// One directory or file of the host inside the sandbox.
struct Mount {
  std::filesystem::path host;
  std::string inside;  ///< absolute
  bool writable = false;
};

/// What a sandboxed command sees. Always: new user, process, network (none), IPC and host name
/// spaces; the system's programs and libraries read-only; /proc, a minimal /dev, a private /tmp;
/// no other file of the host but the mounts; a clean environment with KBUILD_BUILD_* fixed, so that
/// builds do not depend on who runs them; everything dies with this process.
struct SandboxSpec {
  std::vector<Mount> mounts{};  ///< in order: a later one may lie inside an earlier one
  std::string directory = "/tmp";
  std::map<std::string, std::string> environment{};
  std::filesystem::path output_file{};  ///< host file for standard output; empty: captured
  std::string input{};
  std::chrono::milliseconds deadline = std::chrono::minutes(10);
  Limits limits{.cpu_seconds = 900,
                .file_bytes = std::uint64_t{4} << 30,
                .memory_bytes = std::uint64_t{16} << 30};
};

/// Runs the argument vector in the sandbox. Throws Error(Environment): SGP-E0140 when the sandbox
/// cannot be set up, SGP-E0142 when the deadline passed, SGP-E0143 when cancelled. The command's
/// own failure is the caller's to judge.
[[nodiscard]] ProcessResult run_sandboxed(const SandboxSpec& spec,
                                          const std::vector<std::string>& argv,
                                          const CancelToken& cancel = {});

/// The argument vector that run_sandboxed() runs, for callers that talk to a program while it runs
/// (the native runner); the limits and the deadline are then theirs to set.
[[nodiscard]] std::vector<std::string> sandbox_argv(const SandboxSpec& spec,
                                                    const std::vector<std::string>& argv);

/// Throws SGP-E0140 with the reason when bubblewrap cannot work on this machine. There is no
/// unsandboxed way: kernel makefiles are programs of the person who sent the patch.
void require_sandbox();

}  // namespace sgproof::extract
