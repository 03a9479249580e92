#include "kernel-extract/sandbox.hpp"

#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using SandboxTest = testing::Scratch;

ProcessResult shell(const SandboxSpec& spec, const std::string& script) {
  return run_sandboxed(spec, {"/bin/sh", "-c", script});
}

TEST_F(SandboxTest, ReadOnlyMountsCannotBeWritten) {
  put("in/f", "x");
  const auto result =
      shell({.mounts = {{dir / "in", "/src", false}}}, "cat /src/f; echo y > /src/f");
  EXPECT_EQ(result.out, "x");
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(read_file(dir / "in/f"), "x");
}

TEST_F(SandboxTest, WritableMountReceivesFiles) {
  make_dirs(dir / "out");
  EXPECT_TRUE(shell({.mounts = {{dir / "out", "/build", true}}}, "echo y > /build/f").ok());
  EXPECT_EQ(read_file(dir / "out/f"), "y\n");
}

TEST_F(SandboxTest, HostFilesAndHomeAreNotThere) {
  put("secret", "x");
  EXPECT_FALSE(shell({}, "cat " + (dir / "secret").string()).ok());
  EXPECT_FALSE(shell({}, "ls /root || ls /home || ls /etc/passwd").ok());
  EXPECT_FALSE(shell({}, "echo x > /usr/sgproof-test").ok());
}

TEST_F(SandboxTest, ThereIsNoNetwork) {
  const auto result = shell({}, "cat /proc/net/dev | grep -v -e lo: -e Inter -e face | wc -l");
  EXPECT_EQ(result.out, "0\n");
}

TEST_F(SandboxTest, EnvironmentIsCleanAndFixed) {
  ::setenv("SGPROOF_LEAK", "1", 1);
  const auto result =
      shell({.environment = {{"A", "b"}}}, "echo $SGPROOF_LEAK-$KBUILD_BUILD_USER-$A-$(id -u)");
  EXPECT_EQ(result.out, "-sgproof-b-1000\n");
}

TEST_F(SandboxTest, ProcessesLeftBehindDie) {
  make_dirs(dir / "out");
  const testing::Fifo alive(dir / "out/alive");
  const auto result = shell({.mounts = {{dir / "out", "/build", true}}},
                            "exec 3>/build/alive; sleep 600 & echo x >&3; exit 0");
  EXPECT_TRUE(result.ok());
  EXPECT_TRUE(alive.written());
  EXPECT_TRUE(alive.closed());
}

TEST_F(SandboxTest, AFullDiskIsNotTheInputsFault) {
  make_dirs(dir / "out");
  const SandboxSpec spec{.mounts = {{dir / "out", "/build", true}}};
  const auto error = testing::error_of([&] {
    (void)shell(spec, "echo 'tar: x: Cannot write: No space left on device' >&2; exit 2");
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0144");
  EXPECT_FALSE(shell(spec, "echo 'something else' >&2; exit 2").ok());
}

TEST_F(SandboxTest, DeadlineIsAnEnvironmentError) {
  SandboxSpec spec;
  spec.deadline = std::chrono::milliseconds(300);
  const auto error = testing::error_of([&] { (void)shell(spec, "sleep 60"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0142");
}

}  // namespace
}  // namespace sgproof::extract
