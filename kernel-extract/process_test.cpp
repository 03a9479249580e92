#include "kernel-extract/process.hpp"

#include <csignal>
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

TEST(Process, DeadlineKillsTheWholeGroup) {
  auto sleeper = command({"sh", "-c", "sleep 60 & echo $!; wait"});
  sleeper.deadline = 300ms;
  const auto result = run_process(sleeper);
  EXPECT_TRUE(result.timed_out);
  EXPECT_LT(result.seconds, 10);
  const pid_t grandchild = std::stoi(result.out);
  for (int i = 0; i < 100 && ::kill(grandchild, 0) == 0; ++i) {
    const auto state = try_read_file("/proc/" + std::to_string(grandchild) + "/stat").value_or("Z");
    if (state.find(" Z ") != std::string::npos) break;  // nobody reaps it here
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_NE(try_read_file("/proc/" + std::to_string(grandchild) + "/stat").value_or(" Z ").find(" Z "), std::string::npos);
}

TEST(Process, CancellationEndsAWaitingChild) {
  const CancelToken cancel;
  std::jthread later([&] {
    std::this_thread::sleep_for(200ms);
    cancel.cancel();
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto error = error_of([&] { (void)run_process(command({"sleep", "60"}), cancel); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0143");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST(Process, DoesNotWaitForADaemonThatKeepsThePipe) {
  const auto result = run_process(command({"sh", "-c", "setsid sleep 5 & exit 0"}));
  EXPECT_LT(result.seconds, 4);
}

TEST(Process, FileSizeLimitHolds) {
  auto writer = command({"sh", "-c", "head -c 100000 /dev/zero > /tmp/sgproof-limit-$$; r=$?; rm -f /tmp/sgproof-limit-$$; exit $r"});
  writer.limits.file_bytes = 4096;
  EXPECT_FALSE(run_process(writer).ok());
}

}  // namespace
}  // namespace sgproof::extract
