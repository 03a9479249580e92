#include "score/gate_run.hpp"

#include <gtest/gtest.h>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::score {
namespace {

class GateRunTest : public extract::testing::Scratch {};

TEST_F(GateRunTest, APatchMakesTheMutantOfTheSource) {
  const std::string source = "int f(int a)\n{\n\treturn a + 1;\n}\n";
  Mutant m;
  m.file = "lib/f.c";
  m.op = "operator";
  m.line = 3;
  m.span = {source.find('+'), source.find('+') + 1};
  m.text = "-";
  const auto patch = put("m.patch", as_patch(m, source, context));
  put("tree/lib/f.c", source);
  extract::Command command;
  command.argv = {"patch", "-p1", "--fuzz=0", "-i", patch.string()};
  command.directory = dir / "tree";
  const auto applied = extract::run_process(command);
  EXPECT_TRUE(applied.ok()) << applied.out << applied.err;
  EXPECT_EQ(extract::read_file(dir / "tree/lib/f.c"), mutated(m, source));
}

TEST(GateRun, AgreesOnlyIfTheBootedKernelWasAsked) {
  EXPECT_TRUE(agrees({1, {{"confirmed", 2}}}));
  EXPECT_TRUE(agrees({1, {{"not-replayable", 1}}}));
  EXPECT_FALSE(agrees({1, {}}));
  EXPECT_FALSE(agrees({0, {{"confirmed", 2}}}));
  EXPECT_FALSE(agrees({1, {{"confirmed", 2}, {"refuted", 1}}}));
  EXPECT_FALSE(agrees({1, {{"confirmed", 2}, {"not-run", 1}}}));
}

TEST(GateRun, IsSaidInWords) {
  EXPECT_EQ(to_string(GateRun{1, {{"confirmed", 2}, {"not-replayable", 1}}}),
            "exit code 1, 2 confirmed, 1 not-replayable");
}

}  // namespace
}  // namespace sgproof::score
