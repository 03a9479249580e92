// The machine: which QEMU, which CPU, which devices where; or a process of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sgproof::replay {

enum class Arch : std::uint8_t {
  X86_64,  ///< P2PDMA, bounce buffers, 64-byte struct page
  I386,    ///< no P2PDMA, no bounce buffers; struct page of 36 bytes, 4-byte aligned
  Um,      ///< User Mode Linux: a process, no devices, nothing that is seen through kprobes
};

/// Whether peer traffic passes the host bridge: decided by the CPU's vendor and family
/// (drivers/pci/p2pdma.c, cpu_supports_p2pdma).
enum class CpuKind : std::uint8_t {
  NotForwarding,  ///< -cpu qemu64: a peer behind another root port gives -EREMOTEIO
  Forwarding,     ///< -cpu EPYC: ... gives THRU_HOST_BRIDGE
};

/// What is in front of the devices' DMA.
enum class IommuKind : std::uint8_t {
  None,
  Intel,  ///< translated domains, flushed at once (intel_iommu=on iommu.strict=1)
};

enum class Accelerator : std::uint8_t { Tcg, Kvm };

/// What a machine is made of. File descriptors are numbers in the machine's own process.
struct MachineSpec {
  std::filesystem::path kernel;     ///< ELF vmlinux with the PVH entry
  std::filesystem::path initramfs;  ///< cpio with the init program and the runner
  Arch arch = Arch::X86_64;
  CpuKind cpu = CpuKind::NotForwarding;
  IommuKind iommu = IommuKind::None;
  Accelerator accelerator = Accelerator::Tcg;
  std::vector<std::string> cmdline;  ///< appended to the kernel's command line
  std::string qemu;                  ///< program; empty: the one for the architecture, from PATH
  std::size_t mailbox_bytes = 0;
  int mailbox_fd = -1;
  int bell_fd = -1;  ///< writing end of a pipe
  int disk_fd = -1;  ///< anonymous file of SGP_DISK_BYTES
};

/// QEMU's argument vector. The topology of x86_64 (runner/mailbox.h has the slots):
///
///     pcie.0 ─ 04.0 root port ─ switch ─┬ provider (512 MiB BAR)     island 0
///            │                          ├ client 0 (nvme)
///            │                          └ client 1 (edu)
///            ├ 05.0 root port ─ switch ─  the same                   island 1
///            ├ 06.0 root port ─ provider                             island 2
///            └ 10.0 mailbox
///
/// Client and provider of one island: BUS_ADDR; of two islands: as the CpuKind says. Half of the
/// RAM is above 4 GiB. The controllers have one small disk in common. i386 has two clients (edu)
/// and the mailbox on the root bus.
[[nodiscard]] std::vector<std::string> qemu_argv(const MachineSpec& spec);

/// qemu_argv(), or um_argv() of um_machine.hpp, which throws where the sandbox that it
/// needs does not work.
[[nodiscard]] std::vector<std::string> machine_argv(const MachineSpec& spec);

/// What the exit code of a machine's process says.
enum class Farewell : std::uint8_t {
  Done,      ///< the init program executed every scenario, by its own account
  NoRunner,  ///< the init program could not load the runner
  Down,      ///< the kernel went down
  Other,     ///< none that a machine ends with by itself
};
[[nodiscard]] Farewell farewell(Arch arch, int exit_code);

/// The QEMU program for an architecture.
[[nodiscard]] std::string default_qemu(Arch arch);

}  // namespace sgproof::replay
