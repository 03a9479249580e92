// Which series of a corpus are mutants.
#include "score/corpus.hpp"

#include <gtest/gtest.h>

#include "kernel-extract/testing.hpp"
#include "model/error.hpp"

namespace sgproof::score {
namespace {

class CorpusTest : public extract::testing::Scratch {
 protected:
  void series(const std::string& name, const std::string& verdict,
              const std::string& config = "x86_64") {
    put("series/" + name + "/expect.json",
        R"({"verdict": ")" + verdict + R"(", "kernel": ["debian:6.1"], "configs": [")" + config +
            R"("], "why": "because of )" + name + "\"}");
  }
};

TEST_F(CorpusTest, WhatFailsMustBeCaughtAndWhatPassesIsHarmless) {
  series("d01", "fail");
  series("harmless", "pass");
  series("broken-input", "error");
  series("other-architecture", "fail", "arm64");
  const auto mutants = corpus_mutants(dir, "debian:6.1", "x86_64");
  ASSERT_EQ(mutants.size(), 2U);
  EXPECT_EQ(mutants[0].before, "d01");
  EXPECT_EQ(mutants[0].after, "because of d01");
  EXPECT_FALSE(mutants[0].harmless);
  EXPECT_EQ(mutants[1].before, "harmless");
  EXPECT_TRUE(mutants[1].harmless);
  EXPECT_NE(mutants[0].id, mutants[1].id);
  EXPECT_TRUE(corpus_mutants(dir, "debian:6.12", "x86_64").empty());
}

TEST_F(CorpusTest, ADamagedExpectationIsAnError) {
  put("series/d01/expect.json", "{");
  EXPECT_THROW((void)corpus_mutants(dir, "debian:6.1", "x86_64"), Error);
}

}  // namespace
}  // namespace sgproof::score
