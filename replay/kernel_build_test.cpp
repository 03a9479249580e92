#include "replay/kernel_build.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/verdict_text.hpp"

namespace sgproof::replay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LostOptions, NamesWhatDidNotStick) {
  const std::string fragment =
      "# a comment\nCONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\n# CONFIG_D is not set\n";
  EXPECT_THAT(lost_options(fragment, "CONFIG_A=y\nCONFIG_B=m\nCONFIG_CX=y\nCONFIG_D=y\n"),
              ElementsAre("# CONFIG_D is not set", "CONFIG_B=y"));
  EXPECT_THAT(lost_options(fragment, "CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\n"), IsEmpty());
}

TEST(ConfigFragment, HasWhatReplayNeeds) {
  for (const auto arch : {Arch::X86_64, Arch::I386})
    for (const auto* line :
         {"CONFIG_KPROBES", "CONFIG_DEBUG_BUGVERBOSE", "CONFIG_KALLSYMS_ALL", "CONFIG_CRC32"})
      EXPECT_NE(config_fragment(arch, {6, 1, 0, ""}).find(std::string(line) + "=y"),
                std::string::npos)
          << line;
  EXPECT_NE(config_fragment(Arch::I386, {6, 1, 0, ""}).find("CONFIG_SLAB=y"), std::string::npos);
  EXPECT_EQ(config_fragment(Arch::I386, {6, 12, 0, ""}).find("CONFIG_SLAB=y"), std::string::npos);
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
