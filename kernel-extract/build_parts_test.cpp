// The parts of building that need no kernel: configurations, commands, diagnostics, symbol index.
#include <algorithm>

#include "kernel-extract/compile_command.hpp"
#include "kernel-extract/config.hpp"
#include "kernel-extract/diagnostics.hpp"
#include "kernel-extract/harness.hpp"
#include "kernel-extract/kbuild.hpp"
#include "kernel-extract/native_target.hpp"
#include "kernel-extract/symbol_index.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using testing::error_of;

TEST(Config, OursAreReadable) {
  for (const auto& name : config_names()) EXPECT_EQ(load_config(name).name, name);
  EXPECT_EQ(error_of([] { (void)load_config("vax"); })->id(), "SGP-E0120");
  EXPECT_EQ(error_of([] { (void)load_config("../x86_64"); })->id(), "SGP-E0120");
}

TEST(Config, OneThatIsLikeAnotherHasItsUnitsAndNothingElseOfIt) {
  const auto own = load_config("ppc32"), other = load_config("riscv64");
  EXPECT_EQ(own.stands_by(), "riscv64");
  EXPECT_EQ(own.arch, "powerpc");
  EXPECT_EQ(load_harness("ppc32").units, load_harness("riscv64").units);
  EXPECT_EQ(std::ranges::count(own.fragment, "CONFIG_ARCH_RV64I=y"), 0);
  EXPECT_EQ(std::ranges::count(other.fragment, "CONFIG_ARCH_RV64I=y"), 1);
  EXPECT_EQ(load_config("i386-pae").stands_by(), "i386") << "what it extends";
  EXPECT_EQ(load_config("arm").stands_by(), "");
}

TEST(Config, LostSymbolIsNamed) {
  Config config;
  config.name = "t";
  config.checks = {"A", "!B", "C|D", "E=12"};
  EXPECT_NO_THROW(check_kconfig(
      config, parse_kconfig("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_D=y\nCONFIG_E=12\n")));
  const auto error = error_of([&] {
    check_kconfig(config, parse_kconfig("CONFIG_B=y\nCONFIG_D=y\nCONFIG_E=12\nCONFIG_A=y\n"));
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0121");
  EXPECT_EQ(error->stage(), "configure");
  EXPECT_EQ(error->file(), "CONFIG_B");
}

TEST(CompileCommand, IsReadFromTheCmdFile) {
  const auto words = parse_cmd_file(
      "savedcmd_kernel/dma/direct.ll := clang-19 -Wp,-MMD,x.d -nostdinc -O2 "
      "-DKBUILD_MODNAME='\"direct\"' -DX=\"a b\" "
      "-DH='$(pound)' -o kernel/dma/direct.ll /src/kernel/dma/direct.c\n\nsource_x := y\n");
  EXPECT_EQ(words[0], "clang-19");
  EXPECT_NE(std::find(words.begin(), words.end(), "-DKBUILD_MODNAME=\"direct\""), words.end());
  EXPECT_NE(std::find(words.begin(), words.end(), "-DX=a b"), words.end());
  EXPECT_NE(std::find(words.begin(), words.end(), "-DH=#"), words.end());
  const auto unit = unit_command(words, "/sgp/tu_x.c", "/out/u.bc", "/out/u.d");
  EXPECT_EQ(std::count(unit.begin(), unit.end(), "-O2"), 0);
  EXPECT_EQ(std::count(unit.begin(), unit.end(), "/src/kernel/dma/direct.c"), 0);
  EXPECT_EQ(std::count(unit.begin(), unit.end(), "-DKBUILD_MODNAME=\"tu_x\""), 1);
  EXPECT_EQ(std::count(unit.begin(), unit.end(), "-o"), 1);
}

TEST(CompileCommand, AFilesNameIsATokenAsTheKernelMakesOneOfIt) {
  const std::vector<std::string> kernel{"clang-19", "-D__KBUILD_MODNAME=kmod_direct"};
  const auto unit = unit_command(kernel, "/src/arch/powerpc/kernel/pci-common.c", "u.bc", "u.d");
  EXPECT_EQ(std::count(unit.begin(), unit.end(), "-D__KBUILD_MODNAME=kmod_pci_common"), 1);
  EXPECT_EQ(std::count(unit.begin(), unit.end(), "-DKBUILD_BASENAME=\"pci_common\""), 1);
}

TEST(CompileCommand, OtherProgramsAndPluginsAreRefused) {
  for (const char* command :
       {"gcc -c x.c", "clang-19 x.c; rm y", "clang-19 -fplugin=/build/x.so x.c", "clang-19 `id`",
        "clang-19 $(X)"})
    EXPECT_TRUE(error_of([&] {
      (void)parse_cmd_file(std::string("cmd_x.ll := ") + command + "\n");
    })) << command;
}

TEST(CompileCommand, DependencyFilesAreRead) {
  EXPECT_EQ(parse_dependencies("a.o: b.c \\\n  c.h c.h \\\n d\\ e.h\n"),
            (std::vector<std::string>{"b.c", "c.h", "d e.h"}));
}

TEST(Diagnostics, CompilerErrorsNameFileAndLineOfTheTree) {
  const auto error =
      compile_error("x",
                    "In file included from /sgp/tu.c:3:\n/src/kernel/dma/direct.c:12:5: error: use "
                    "of undeclared identifier 'x'\n  12 | x\n");
  EXPECT_EQ(error.id(), "SGP-E0130");
  EXPECT_EQ(error.kind(), ErrorKind::Input);
  EXPECT_EQ(error.stage(), "compile");
  EXPECT_EQ(error.file(), "kernel/dma/direct.c");
  EXPECT_EQ(error.line(), 12);
}

TEST(Diagnostics, ErrorsOfTheHarnessAreNotTheUsersFault) {
  EXPECT_EQ(compile_error("x", "/sgp/tu.c:3:1: error: no member named 'p'\n").kind(),
            ErrorKind::Unsupported);
}

TEST(Diagnostics, KconfigErrorsAreNamed) {
  ProcessResult result;
  result.exit_code = 2;
  result.err = "kernel/dma/Kconfig:7: syntax error\nmake[2]: *** [x] Error 1\n";
  const auto error = make_error("SGP-E0122", "configure", result);
  EXPECT_EQ(error.file(), "kernel/dma/Kconfig");
  EXPECT_EQ(error.line(), 7);
}

TEST(Rebuild, OnlyWhatMattersIsRedone) {
  Build build;
  build.prepare_deps = {"include/linux/mm.h", "kernel/bounds.c"};
  const auto need = [&](std::vector<std::string> changed, bool names = false) {
    Tree tree;
    tree.changed = std::move(changed);
    tree.names_changed = names;
    return rebuild_needed(tree, build);
  };
  EXPECT_EQ(need({"kernel/dma/direct.c", "include/linux/scatterlist.h", "Documentation/x.rst"}),
            Rebuild::Nothing);
  EXPECT_EQ(need({"include/linux/mm.h"}), Rebuild::Prepare);
  EXPECT_EQ(need({"kernel/some.unknown"}), Rebuild::Prepare);
  EXPECT_EQ(need({"arch/x86/include/asm/new.h"}, true), Rebuild::Prepare);
  for (const char* file : {"kernel/dma/Kconfig", "Makefile", "drivers/pci/Makefile",
                           "scripts/Makefile.build", "scripts/x.sh", "lib/Kconfig.debug"})
    EXPECT_EQ(need({file}), Rebuild::Configure) << file;
}

TEST(SymbolIndex, FindsDefinitionsAndNothingElse) {
  const auto names = defined_functions(
      "int plain(int a)\n{\n}\nstatic int hidden(void)\n{\n}\nint declared(int);\n"
      "void __sched spread(struct x *a,\n\t\tint b)\n{\n\tcall(1);\n}\nstruct page "
      "*\nown_line(void)\n{\n}\nEXPORT_SYMBOL(plain);\n"
      "static const struct s v = {\n};\nint __init late(void) __must_hold(x)\n{\n}\n");
  EXPECT_EQ(names, (std::vector<std::string>{"own_line", "plain", "spread"}));
}

TEST(SymbolIndex, MakefilesTellWhatIsBuilt) {
  const std::string makefile =
      "obj-y := a.o \\\n  b.o\nobj-$(CONFIG_C) += c.o\nobj-$(CONFIG_D) += d.o\nd-y := "
      "e.o\nCFLAGS_z.o = -O1\n";
  const Kconfig kconfig{{"C", "y"}};
  EXPECT_EQ(is_built(makefile, "lib/b.c", kconfig), Built::Yes);
  EXPECT_EQ(is_built(makefile, "lib/c.c", kconfig), Built::Yes);
  EXPECT_EQ(is_built(makefile, "lib/d.c", kconfig), Built::No);
  EXPECT_EQ(is_built(makefile, "lib/z.c", kconfig), Built::Unknown);
}

TEST(NativeTargets, SayWhatIsNotThereAndWhoHasIt) {
  NativeTarget target{
      "z", "z", "", {}, "/usr/bin/env", {"/usr"}, {"some-package"}, std::endian::big};
  EXPECT_EQ(lacking(target), "");
  target.libraries.emplace_back("/nonexistent/libc.a");
  EXPECT_EQ(lacking(target), "/nonexistent/libc.a not there (packages some-package)");
  target.emulator = "/nonexistent/qemu";
  EXPECT_EQ(lacking(target),
            "/nonexistent/qemu, /nonexistent/libc.a not there (packages some-package)");
}

TEST(NativeTargets, ThisMachinesOwnNeedNoEmulator) {
  EXPECT_TRUE(native_target("x86_64").emulator.empty());
  EXPECT_TRUE(ia32_target(true).emulator.empty());
  EXPECT_FALSE(native_target("mips").emulator.empty());
  EXPECT_EQ(native_target("mips").order, std::endian::big);
  EXPECT_EQ(testing::error_of([] { (void)native_target("sparc"); })->id(), "SGP-E0134");
}

TEST(NativeTargets, WhereNo32BitProgramStartsAnEmulatorRunsThem) {
  const auto target = ia32_target(false);
  EXPECT_FALSE(target.emulator.empty());
  EXPECT_EQ(target.order, std::endian::little);
  EXPECT_EQ(target.flags.front(), ia32_target(true).flags.front());
  EXPECT_TRUE(std::ranges::count(target.flags, "-static") == 1) << "it sees no library";
}

TEST(NativeTargets, AnArchitectureOfSeveralMachinesIsToldApartByItsKernel) {
  EXPECT_EQ(native_target("powerpc", {{"PPC32", "y"}}).order, std::endian::big);
  EXPECT_EQ(native_target("powerpc", {{"PPC64", "y"}, {"CPU_LITTLE_ENDIAN", "y"}}).order,
            std::endian::little);
  EXPECT_EQ(native_target("riscv", {{"64BIT", "y"}}).name, "riscv");
  EXPECT_EQ(native_target("riscv", {{"32BIT", "y"}}).name, "riscv32");
  const auto big = [] {
    (void)native_target("powerpc", {{"PPC64", "y"}, {"CPU_BIG_ENDIAN", "y"}});
  };
  EXPECT_EQ(testing::error_of(big)->id(), "SGP-E0134");
}

}  // namespace
}  // namespace sgproof::extract
