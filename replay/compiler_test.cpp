// The two-step compiler gives what clang gives, and keeps an object only where nothing it is made
// of has changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/process.hpp"
#include "kernel-extract/testing.hpp"
#include "replay/kernel_build.hpp"

namespace sgproof::replay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kHeader = "static inline int used(int x) { return x + 1; }\n";
constexpr const char* kSource = "#include \"a.h\"\nint f(int x) { return used(x); }\n";

class Compiler : public extract::testing::Scratch {
 protected:
  Compiler() {
    put("a.h", kHeader);
    put("a.c", kSource);
  }

  std::string read(const std::string& name) { return extract::read_file(dir / name); }

  extract::ProcessResult run(const std::string& compiler, const std::vector<std::string>& args) {
    extract::Command command;
    command.argv = {compiler};
    command.argv.insert(command.argv.end(), args.begin(), args.end());
    command.directory = dir;
    command.deadline = std::chrono::minutes(2);
    return extract::run_process(command);
  }

  /// Compiles a.c into a.o as the kernel's make does.
  extract::ProcessResult compile(std::vector<std::string> more = {}) {
    std::vector<std::string> args{"-Wp,-MMD,.a.o.d", "-O2", "-I", ".", "-c", "-o", "a.o", "a.c"};
    args.insert(args.begin(), more.begin(), more.end());
    return run(compiler_dir() / "clang-19", args);
  }

  /// What clang by itself makes of a.c.
  std::string straight(std::vector<std::string> more = {}) {
    std::vector<std::string> args{"-O2", "-I", ".", "-c", "-o", "straight.o", "a.c"};
    args.insert(args.begin(), more.begin(), more.end());
    EXPECT_TRUE(run("clang-19", args).ok());
    return read("straight.o");
  }

  /// Marks the kept object, so that it shows whether it was used.
  void mark_kept() { put(".a.o.raw", "kept"); }
};

TEST_F(Compiler, MakesTheObjectThatClangMakes) {
  for (const auto& flags : {std::vector<std::string>{},
                            {"-O0"},
                            {"-m32", "-fno-pic"},
                            {"-mcmodel=kernel", "-fno-PIE"},
                            {"-g"},
                            {"-mllvm", "-inline-threshold=0"}}) {
    const auto result = compile(flags);
    ASSERT_TRUE(result.ok()) << result.err;
    EXPECT_EQ(read("a.o"), straight(flags));
    EXPECT_THAT(read(".a.o.d"), StartsWith("a.o:"));
    EXPECT_THAT(read(".a.o.d"), HasSubstr("a.h"));
  }
}

TEST_F(Compiler, KeepsTheObjectWhenNothingUsedHasChanged) {
  ASSERT_TRUE(compile().ok());
  mark_kept();
  put("a.h", std::string("struct more { int field; };\nstatic inline int unused(void)"
                         " { return 7; }\n#define UNUSED 3\n") +
                 kHeader);
  ASSERT_TRUE(compile().ok());
  EXPECT_EQ(read("a.o"), "kept");
}

TEST_F(Compiler, DoesNotMindWhereAssemblyStandsButWhatItIs) {
  const std::string body = "static inline void used_asm(void) { asm(\"nop\\n nop\"); }\n";
  put("a.c", std::string(kSource) + "void g(void) { used_asm(); }\n");
  put("a.h", body + kHeader);
  ASSERT_TRUE(compile().ok());
  const auto object = read("a.o");
  mark_kept();
  put("a.h", "/* moves it */\n" + body + kHeader);
  ASSERT_TRUE(compile().ok());
  EXPECT_EQ(read("a.o"), "kept");
  put("a.h",
      "static inline void used_asm(void) { asm(\"nop\\n pause\"); }\n" + std::string(kHeader));
  ASSERT_TRUE(compile().ok());
  EXPECT_EQ(read("a.o"), straight());
  EXPECT_NE(read("a.o"), object);
}

TEST_F(Compiler, CompilesAgainWhatUsesTheChange) {
  ASSERT_TRUE(compile().ok());
  mark_kept();
  put("a.h", "static inline int used(int x) { return x + 2; }\n");
  ASSERT_TRUE(compile().ok());
  EXPECT_EQ(read("a.o"), straight());
}

TEST_F(Compiler, CompilesAgainWithOtherFlags) {
  ASSERT_TRUE(compile().ok());
  mark_kept();
  const std::vector<std::string> flags{"-mllvm", "-align-all-functions=6"};  // not in the IR
  ASSERT_TRUE(compile(flags).ok());
  EXPECT_EQ(read("a.o"), straight(flags));
}

TEST_F(Compiler, DoesNotKeepWhatWasDoneToTheObjectLater) {
  ASSERT_TRUE(compile().ok());
  const auto object = read("a.o");
  put("a.o", "what objtool made of it");
  ASSERT_TRUE(compile().ok());
  EXPECT_EQ(read("a.o"), object);
}

TEST_F(Compiler, SaysWhereAnErrorIsInBothSteps) {
  for (const auto* source :
       {"int f(void) { return x; }\n", "void f(void) { asm(\"no such\"); }\n"}) {
    put("a.c", source);
    const auto result = compile();
    EXPECT_FALSE(result.ok());
    EXPECT_THAT(result.err, HasSubstr("a.c:1:"));
    put("a.c", kSource);
    ASSERT_TRUE(compile().ok());
    EXPECT_EQ(read("a.o"), straight());
  }
}

TEST_F(Compiler, LeavesEverythingElseToClang) {
  put("a.S", "nop\n");
  EXPECT_TRUE(run(compiler_dir() / "clang-19", {"-c", "-o", "s.o", "a.S"}).ok());
  EXPECT_TRUE(run(compiler_dir() / "clang-19", {"-S", "-o", "a.s", "-I", ".", "a.c"}).ok());
  EXPECT_THAT(read("a.s"), HasSubstr("f:"));
  EXPECT_THAT(run(compiler_dir() / "clang-19", {"--version"}).out, HasSubstr("clang version 19"));
  EXPECT_TRUE(compile({"-fsanitize=address"}).ok());
  EXPECT_FALSE(std::filesystem::exists(dir / ".a.o.raw"));
}

}  // namespace
}  // namespace sgproof::replay
