#include "score/explained.hpp"

#include <gtest/gtest.h>

#include "kernel-extract/testing.hpp"
#include "model/error.hpp"

namespace sgproof::score {
namespace {

class ExplainedFile : public extract::testing::Scratch {};

Mutant mutant(const std::string& before, const std::string& after) {
  Mutant m;
  m.file = "kernel/dma/direct.h";
  m.before = before;
  m.after = after;
  return m;
}

TEST_F(ExplainedFile, IsFoundByItsLinesOnly) {
  const auto known = read_explained(
      put("e.json", R"({"survivors": [{"file": "kernel/dma/direct.h", "before": "warn(1);",
                        "after": "warn(0);", "why": "a message"}]})"));
  EXPECT_EQ(explanation_of(mutant("\t\twarn(1);", "\t\twarn(0);\n"), known), "a message");
  EXPECT_EQ(explanation_of(mutant("warn(1);", "warn(2);"), known), "");
  EXPECT_EQ(explanation_of(mutant("fail(1);", "warn(0);"), known), "");
  Mutant elsewhere = mutant("warn(1);", "warn(0);");
  elsewhere.file = "kernel/dma/direct.c";
  EXPECT_EQ(explanation_of(elsewhere, known), "");
}

TEST_F(ExplainedFile, MustBeWhole) {
  const auto error = extract::testing::error_of(
      [&] { (void)read_explained(put("e.json", R"({"survivors": [{"file": "x"}]})")); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0706");
}

/// The file that is shipped says for each change why it may survive.
TEST(Explained, ShippedOnesAreWhole) {
  for (const Explained& e : read_explained(SGPROOF_EXPLAINED)) {
    EXPECT_NE(e.before, e.after);
    EXPECT_GT(e.why.size(), 20U) << e.before;
  }
}

}  // namespace
}  // namespace sgproof::score
