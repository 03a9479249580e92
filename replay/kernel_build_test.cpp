#include "replay/kernel_build.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "kernel-extract/config.hpp"
#include "replay/kernel_image.hpp"
#include "replay/verdict_text.hpp"

namespace sgproof::replay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ChangedSymbols, AreThoseWithAnotherValueOnEitherSide) {
  const std::string wanted = "CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_N=12\n";
  EXPECT_THAT(
      changed_symbols(wanted, "CONFIG_B=m\nCONFIG_C=y\nCONFIG_N=12\n# CONFIG_E is not set\n"),
      ElementsAre("A", "B", "C"));
  EXPECT_THAT(changed_symbols(wanted, "# a comment\nCONFIG_N=12\nCONFIG_B=y\nCONFIG_A=y\n"),
              IsEmpty());
}

TEST(Configurations, HaveWhatTheRunnerNeeds) {
  for (const auto arch : {Arch::X86_64, Arch::I386}) {
    const auto checks = extract::load_config(make_arch(arch)).checks;
    for (const auto* symbol :
         {"KPROBES", "DEBUG_BUGVERBOSE", "KALLSYMS_ALL", "EARLY_PRINTK", "PVH"})
      EXPECT_THAT(checks, Contains(symbol));
  }
  const auto checks = extract::load_config(make_arch(Arch::Um)).checks;
  for (const auto* symbol : {"!KPROBES", "DEBUG_BUGVERBOSE", "KALLSYMS_ALL", "CRC32", "PROC_FS"})
    EXPECT_THAT(checks, Contains(symbol));
}

TEST(FirstError, HasFileAndLine) {
  const auto place = first_error(
      "make[1]: x\n/src/kernel/dma/direct.c:12:3: warning: a\n"
      "/src/kernel/dma/direct.c:34:5: error: use of undeclared identifier 'x'\nmake: error: no\n");
  EXPECT_EQ(place.file, "kernel/dma/direct.c");
  EXPECT_EQ(place.line, 34);
  EXPECT_EQ(place.message, "error: use of undeclared identifier 'x'");
  EXPECT_EQ(first_error("ld.lld: error: undefined symbol: f\n").message,
            "ld.lld: error: undefined symbol: f");
  EXPECT_EQ(first_error("all is well\n").message, "");
}

TEST(TellingLine, PrefersThePanic) {
  EXPECT_EQ(
      telling_line("a\n[ 1.0] kernel BUG at x.c:1!\n[ 1.1] Kernel panic - not syncing: y\r\nz\n"),
      "[ 1.1] Kernel panic - not syncing: y");
  EXPECT_EQ(telling_line("first\nlast words\r\n\n"), "last words");
  EXPECT_EQ(telling_line("Kernel panic"), "Kernel panic");
  EXPECT_EQ(telling_line(""), "");
}

TEST(TellingLine, OfUserModeLinuxSaysWhichBug) {
  EXPECT_EQ(telling_line("a\nBUG: failure at x.h:7/f()!\nKernel panic - not syncing: BUG!\nz\n"),
            "BUG: failure at x.h:7/f()!");
}

TEST(UmArgv, StaysInTheSandboxAndKnowsItsDescriptors) {
  MachineSpec spec;
  spec.arch = Arch::Um;
  spec.kernel = "/k/linux";
  spec.initramfs = "/k/initramfs.cpio";
  spec.mailbox_fd = 17;
  spec.bell_fd = 18;
  spec.cmdline = {"extra"};
  const auto argv = machine_argv(spec);
  EXPECT_EQ(argv.front(), "bwrap");
  for (const auto* argument :
       {"--unshare-all", "--die-with-parent", "/k/linux", "/k/initramfs.cpio",
        "iomem=sgproof,/proc/self/fd/17", "sgproof.bell=18", "extra"})
    EXPECT_THAT(argv, Contains(argument));
}

TEST(Farewell, IsWhatTheMachinesExitCodeSays) {
  EXPECT_EQ(farewell(Arch::X86_64, SGP_EXIT_DONE << 1 | 1), Farewell::Done);
  EXPECT_EQ(farewell(Arch::X86_64, SGP_EXIT_NO_RUNNER << 1 | 1), Farewell::NoRunner);
  EXPECT_EQ(farewell(Arch::I386, 0), Farewell::Down);
  EXPECT_EQ(farewell(Arch::X86_64, 1), Farewell::Other);
  EXPECT_EQ(farewell(Arch::Um, 0), Farewell::Done);
  EXPECT_EQ(farewell(Arch::Um, 128 + SIGABRT), Farewell::Down) << "a panic";
  EXPECT_EQ(farewell(Arch::Um, 128 + SIGSEGV), Farewell::Down) << "a fault that nobody catches";
  EXPECT_EQ(farewell(Arch::Um, 128 + SIGKILL), Farewell::Other) << "from outside";
  EXPECT_EQ(farewell(Arch::Um, 1), Farewell::Other);
}

TEST(QemuArgv, FitsTheArchitecture) {
  MachineSpec spec;
  spec.kernel = "/k/vmlinux";
  spec.cpu = CpuKind::Forwarding;
  spec.cmdline = {"oops=panic"};
  EXPECT_THAT(qemu_argv(spec), Contains("EPYC"));
  EXPECT_THAT(qemu_argv(spec), Contains(::testing::EndsWith(" oops=panic")));
  spec.arch = Arch::I386;
  EXPECT_THAT(qemu_argv(spec), Contains("qemu-system-i386"));
  EXPECT_THAT(qemu_argv(spec), ::testing::Not(Contains(::testing::HasSubstr("pcie-root-port"))));
}

}  // namespace
}  // namespace sgproof::replay
