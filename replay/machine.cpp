#include "replay/machine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "replay/abi.hpp"
#include "replay/um_machine.hpp"

namespace sgproof::replay {
namespace {

using Args = std::vector<std::string>;

void add(Args& args, std::string option, std::string value) {
  args.push_back(std::move(option));
  args.push_back(std::move(value));
}

void add_provider(Args& args, int island, const std::string& bus) {
  add(args, "-object", fmt::format("memory-backend-ram,id=bar{},size=512M", island));
  add(args, "-device", fmt::format("ivshmem-plain,memdev=bar{},bus={}", island, bus));
}

/// Reaches all addresses: what a scenario's mask forbids, the kernel must see.
void add_edu(Args& args, const std::string& where) {
  add(args, "-device", fmt::format("edu,dma_mask={:#x},{}", ~std::uint64_t{0}, where));
}

/// Root port, switch with three downstream ports, a provider and two clients. The first client is
/// a controller whose transfers go to and from the common disk, the second copies by itself.
void add_switch(Args& args, int island) {
  add(args, "-device", fmt::format("x3130-upstream,id=up{0},bus=root{0}", island));
  for (int port = 0; port < 3; ++port)
    add(args, "-device",
        fmt::format("xio3130-downstream,id=down{0}{1},bus=up{0},chassis={2},slot={1},addr={1}",
                    island, port, 10 * island + port + 2));
  add_provider(args, island, fmt::format("down{}0", island));
  add(args, "-device",
      fmt::format("nvme,serial=island{0},drive=disk,share-rw=on,bus=down{0}1", island));
  add_edu(args, fmt::format("bus=down{}2", island));
}
static_assert(SGP_MAX_DEVICES == 2);

/// A disk in memory: what a controller reads from a list is looked at by reading it back.
void add_disk(Args& args, int fd) {
  add(args, "-blockdev",
      fmt::format("driver=file,node-name=file,locking=off,filename=/proc/self/fd/{}", fd));
  add(args, "-blockdev", "driver=raw,node-name=disk,file=file");
}

void add_islands(Args& args) {
  for (int island = 0; island < SGP_ISLANDS; ++island) {
    add(args, "-device",
        fmt::format("pcie-root-port,id=root{},bus=pcie.0,addr={:#x},chassis={}", island,
                    SGP_ISLAND_SLOT0 + island, 10 * island + 1));
    if (island + 1 < SGP_ISLANDS)
      add_switch(args, island);
    else
      add_provider(args, island, fmt::format("root{}", island));
  }
}

std::string cpu_model(const MachineSpec& spec) {
  if (spec.arch == Arch::I386) return "pentium3";
  return spec.cpu == CpuKind::Forwarding ? "EPYC" : "qemu64";
}

constexpr int kExitDone = (SGP_EXIT_DONE << 1) | 1;
constexpr int kExitNoRunner = (SGP_EXIT_NO_RUNNER << 1) | 1;

}  // namespace

std::string default_qemu(Arch arch) {
  return arch == Arch::I386 ? "qemu-system-i386" : "qemu-system-x86_64";
}

std::vector<std::string> qemu_argv(const MachineSpec& spec) {
  Args args{spec.qemu.empty() ? default_qemu(spec.arch) : spec.qemu, "-nodefaults",
            "-no-user-config", "-no-reboot"};
  add(args, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  add(args, "-display", "none");
  add(args, "-accel", spec.accelerator == Accelerator::Kvm ? "kvm" : "tcg");
  add(args, "-cpu", cpu_model(spec));
  add(args, "-m", "512M");
  add(args, "-machine", "q35,max-ram-below-4g=256M");
  add(args, "-kernel", spec.kernel.string());
  add(args, "-initrd", spec.initramfs.string());
  // 8192 slots: 16 MiB of bounce pool. loglevel 4: errors only, the serial line is slow. The timer
  // check compares two clocks of the machine and fails when the host is busy.
  // The local APIC's timer takes a tenth of a second to calibrate, and the HPET ticks as well.
  // The kernel's own driver must leave the controllers to the runner.
  std::string cmdline =
      "earlyprintk=serial,ttyS0,115200,keep panic=-1 loglevel=4 no_timer_check noapictimer "
      "swiotlb=8192 initcall_blacklist=nvme_init";
  cmdline += spec.iommu == IommuKind::Intel ? " intel_iommu=on iommu.strict=1" : " intel_iommu=off";
  // X86_FEATURE_REP_GOOD: an emulated processor is slower with string instructions than with loops.
  if (spec.arch == Arch::X86_64) cmdline += " clearcpuid=112";
  for (const auto& extra : spec.cmdline) cmdline += " " + extra;
  add(args, "-append", cmdline);
  if (spec.iommu == IommuKind::Intel) add(args, "-device", "intel-iommu,intremap=off");
  add(args, "-serial", "stdio");
  add(args, "-chardev", fmt::format("file,id=bell,path=/proc/self/fd/{}", spec.bell_fd));
  add(args, "-device", fmt::format("isa-debugcon,iobase={:#x},chardev=bell", SGP_BELL_PORT));
  add(args, "-device", fmt::format("isa-debug-exit,iobase={:#x},iosize=1", SGP_EXIT_PORT));
  add(args, "-object",
      fmt::format("memory-backend-file,id=mailbox,share=on,mem-path=/proc/self/fd/{},size={}",
                  spec.mailbox_fd, spec.mailbox_bytes));
  add(args, "-device",
      fmt::format("ivshmem-plain,memdev=mailbox,bus=pcie.0,addr={:#x}", SGP_MBOX_SLOT));
  if (spec.arch == Arch::X86_64) {
    add_disk(args, spec.disk_fd);
    add_islands(args);
  } else {
    for (int client = 0; client < SGP_MAX_DEVICES; ++client)
      add_edu(args, fmt::format("bus=pcie.0,addr={:#x}", SGP_ISLAND_SLOT0 + client));
  }
  return args;
}

std::vector<std::string> machine_argv(const MachineSpec& spec) {
  return spec.arch == Arch::Um ? um_argv(spec) : qemu_argv(spec);
}

Farewell farewell(Arch arch, int exit_code) {
  if (arch == Arch::Um) return um_farewell(exit_code);
  if (exit_code == kExitDone) return Farewell::Done;
  if (exit_code == kExitNoRunner) return Farewell::NoRunner;
  return exit_code == 0 ? Farewell::Down
                        : Farewell::Other;  // panic=-1 resets, -no-reboot ends QEMU
}

}  // namespace sgproof::replay
