#include "kernel-extract/process.hpp"

#include <thread>

#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using namespace std::chrono_literals;
using testing::error_of;

Command command(std::vector<std::string> argv) {
  Command out;
  out.argv = std::move(argv);
  return out;
}

TEST(Process, CapturesBothStreamsAndTheExitCode) {
  const auto result = run_process(command({"sh", "-c", "echo out; echo err >&2; exit 3"}));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_FALSE(result.ok());
}

TEST(Process, PassesArgumentsWithoutAShell) {
  EXPECT_EQ(run_process(command({"printf", "%s", "$HOME `id` *; x"})).out, "$HOME `id` *; x");
}

TEST(Process, FeedsStandardInputLargerThanAPipe) {
  auto cat = command({"cat"});
  cat.input = std::string(1 << 20, 'y');
  EXPECT_EQ(run_process(cat).out, cat.input);
}

TEST(Process, SurvivesAChildThatDoesNotReadItsInput) {
  auto child = command({"true"});
  child.input = std::string(1 << 20, 'y');
  EXPECT_TRUE(run_process(child).ok());
}

TEST(Process, MissingProgramIsAnEnvironmentError) {
  const auto error = error_of([] { (void)run_process(command({"no-such-program-of-sgproof"})); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0141");
  EXPECT_EQ(error->kind(), ErrorKind::Environment);
}

using ProcessTest = testing::Scratch;

TEST_F(ProcessTest, DeadlineKillsTheWholeGroup) {
  const testing::Fifo alive(dir / "alive");
  auto sleeper = command({"sh", "-c", "exec 3>$0; sleep 600 & echo x >&3; wait", dir / "alive"});
  sleeper.deadline = 3s;
  EXPECT_TRUE(run_process(sleeper).timed_out);
  EXPECT_TRUE(alive.written());
  EXPECT_TRUE(alive.closed());
}

TEST_F(ProcessTest, CancellationEndsAWaitingChild) {
  const CancelToken cancel;
  const testing::Fifo alive(dir / "alive");
  std::jthread later([&] {
    EXPECT_TRUE(alive.written());
    cancel.cancel();
  });
  auto sleeper = command({"sh", "-c", "exec 3>$0; echo x >&3; exec sleep 600", dir / "alive"});
  const auto error = error_of([&] { (void)run_process(sleeper, cancel); });
  later.join();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0143");
  EXPECT_TRUE(alive.closed());
}

TEST(CancelToken, APartEndsWithTheWholeAndByItself) {
  const CancelToken whole;
  const CancelToken part = whole.part(), other = whole.part();
  part.cancel();
  EXPECT_TRUE(part.cancelled());
  EXPECT_FALSE(whole.cancelled() || other.cancelled());
  whole.cancel();
  EXPECT_TRUE(other.cancelled());
}

TEST(Process, DoesNotWaitForADaemonThatKeepsThePipe) {
  const auto result = run_process(command({"sh", "-c", "setsid sleep 5 & exit 0"}));
  EXPECT_LT(result.seconds, 4);
}

TEST(Process, FileSizeLimitHolds) {
  auto writer = command({"sh", "-c",
                         "head -c 100000 /dev/zero > /tmp/sgproof-limit-$$; r=$?; rm -f "
                         "/tmp/sgproof-limit-$$; exit $r"});
  writer.limits.file_bytes = 4096;
  EXPECT_FALSE(run_process(writer).ok());
}

}  // namespace
}  // namespace sgproof::extract
