// What the executor says of a scenario when it runs on concrete values.
#include "smt/obligations/concrete_run.hpp"

#include <gtest/gtest.h>

#include "model/families.hpp"
#include "smt/obligations/testing.hpp"

namespace sgproof::smt {
namespace {

ConcreteRun run_of(const std::string& body, const std::string& declarations = {}) {
  const auto facts = testing::facts();
  const auto scenario = model::families(facts, 1).front().shape;
  const auto bitcode = testing::bitcode_of(body, declarations);
  return concrete_run(*bitcode, facts, scenario, 0, -1, "");
}

TEST(ConcreteRun, SeesAnAccessJustBehindAnObject) {
  const std::string body =
      "  %buffer = alloca [4 x i8]\n  %at = getelementptr i8, ptr %buffer, i64 ";
  EXPECT_EQ(run_of(body + "4\n  store i8 0, ptr %at\n  ret void").violated, "SAF-1");
  EXPECT_EQ(run_of(body + "3\n  store i8 0, ptr %at\n  ret void").violated, "");
}

TEST(ConcreteRun, SeesAValueThatIsNotDefined) {
  EXPECT_EQ(run_of("  %x = alloca i32\n  %v = load i32, ptr %x\n  %c = icmp eq i32 %v, 0\n"
                   "  br i1 %c, label %a, label %a2\na:\n  ret void\na2:\n  ret void")
                .violated,
            "SAF-2");
}

TEST(ConcreteRun, BlamesNobodyForWhatFollowsFromAnArbitraryAnswer) {
  const auto run = run_of(
      "  %p = call ptr @elsewhere()\n  %buffer = alloca [4 x i8]\n"
      "  %at = getelementptr i8, ptr %buffer, i64 4\n  store i8 0, ptr %at\n  ret void",
      "declare ptr @elsewhere()\n");
  EXPECT_EQ(run.violated, "");
}

}  // namespace
}  // namespace sgproof::smt
