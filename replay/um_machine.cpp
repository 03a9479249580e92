#include "replay/um_machine.hpp"

#include <fmt/format.h>

#include <csignal>

#include "kernel-extract/sandbox.hpp"
#include "replay/abi.hpp"

namespace sgproof::replay {
namespace {

constexpr const char* kKernel = "/machine/linux";
constexpr const char* kInitramfs = "/machine/initramfs.cpio";

}  // namespace

std::vector<std::string> um_argv(const MachineSpec& spec) {
  extract::require_sandbox();
  extract::SandboxSpec sandbox;
  sandbox.mounts = {{.host = spec.kernel, .inside = kKernel, .writable = false},
                    {.host = spec.initramfs, .inside = kInitramfs, .writable = false}};
  // The C library's restartable sequences write to memory that the kernel takes out of its
  // children.
  sandbox.environment = {{"GLIBC_TUNABLES", "glibc.pthread.rseq=0"}};
  // Without randomisation the heap follows the program, where the kernel's memory begins. con0: no
  // input, output to ours. loglevel 5: warnings are read off the console.
  std::vector<std::string> argv{
      "/usr/bin/setarch",
      "-R",
      kKernel,
      "mem=128M",
      fmt::format("initrd={}", kInitramfs),
      fmt::format("iomem={},/proc/self/fd/{}", SGP_UM_MAILBOX, spec.mailbox_fd),
      fmt::format("{}{}", SGP_UM_BELL, spec.bell_fd),
      "con=null",
      "con0=null,fd:1",
      "ssl=null",
      "panic=-1",
      "loglevel=5"};
  argv.insert(argv.end(), spec.cmdline.begin(), spec.cmdline.end());
  return extract::sandbox_argv(sandbox, argv);
}

Farewell um_farewell(int exit_code) {
  constexpr int kSignalled = 128;
  switch (exit_code) {
    case 0:
      return Farewell::Done;
    case kSignalled + SIGABRT:  // panic(): arch/um/os-Linux/util.c, os_dump_core()
    case kSignalled + SIGSEGV:  // the kernel's faults are this process's own
    case kSignalled + SIGBUS:
    case kSignalled + SIGILL:
    case kSignalled + SIGFPE:
    case kSignalled + SIGTRAP:
      return Farewell::Down;
    default:
      return Farewell::Other;
  }
}

}  // namespace sgproof::replay
