// Which lines count as exercised, from the coverage of two families.
#include "score/exercised.hpp"

#include <gtest/gtest.h>

namespace sgproof::score {
namespace {

class ExercisedTest : public ::testing::Test {
 protected:
  static constexpr const char* kFile = "kernel/dma/direct.c";

  ExercisedTest() {
    extract::Function f;
    f.name = f.source_name = "f";
    f.lines[kFile] = {10, 11, 12, 13, 20};
    module.functions.push_back(f);
    for (const unsigned line : {10U, 11U, 13U}) reached(first, line);
    reached(second, 12);
    side(first, 11, 0, true);
    side(first, 11, 1, false);
    side(first, 13, 0, true);
    side(first, 13, 1, false);
    side(second, 13, 1, true);
  }

  static exec::Location at(unsigned line) {
    exec::Location where;
    where.function = "f";
    where.file = kFile;
    where.line = line;
    return where;
  }
  static void reached(gate::FamilyOutcome& family, unsigned line) {
    family.result.coverage.lines.insert(at(line));
  }
  static void side(gate::FamilyOutcome& family, unsigned line, unsigned number, bool taken) {
    family.result.coverage.branches.push_back({at(line), number, taken, !taken});
  }
  std::string why_not(int from, int to) const {
    return Exercised(module, {first, second}).why_not(kFile, from, to);
  }

  extract::Module module;
  gate::FamilyOutcome first, second;
};

TEST_F(ExercisedTest, LinesThatSomeFamilyReaches) {
  EXPECT_EQ(why_not(10, 10), "");
  EXPECT_EQ(why_not(12, 12), "");
  EXPECT_EQ(why_not(20, 20), "no scenario leads here");
  EXPECT_EQ(why_not(12, 20), "") << "one of them is reached";
}

TEST_F(ExercisedTest, ConditionsMustGoBothWaysInSomeFamily) {
  EXPECT_EQ(why_not(11, 11), "no scenario takes the other side of a condition here");
  EXPECT_EQ(why_not(13, 13), "");
}

TEST_F(ExercisedTest, WhatHasNoCodeIsNotMissed) {
  EXPECT_EQ(why_not(1, 5), "");
  EXPECT_EQ(Exercised().why_not(kFile, 10, 10), "");
}

}  // namespace
}  // namespace sgproof::score
