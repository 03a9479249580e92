// Words for claims that compare no two values.
#include "gate/claim_words.hpp"

#include <gtest/gtest.h>

#include "gate/manifest.hpp"

namespace sgproof::gate {
namespace {

TEST(ClaimWords, AreThereForEveryClauseAboutCallsOrPlaces) {
  unsigned with_words = 0;
  for (const ManifestLine& line : read_manifest(SGPROOF_MANIFEST_FILE)) {
    const ClaimWords words = claim_words(line.invariant, line.clause);
    EXPECT_EQ(words.expected.empty(), words.observed.empty()) << line.invariant << line.clause;
    if (!words.expected.empty()) ++with_words;
    if (line.invariant.starts_with("SAF-")) {
      EXPECT_FALSE(words.expected.empty()) << line.clause;
    }
  }
  EXPECT_GT(with_words, 20U);
}

TEST(ClaimWords, AreNotThereWhereTwoValuesAreCompared) {
  EXPECT_TRUE(claim_words("MAP-1", "address").expected.empty());
  EXPECT_TRUE(claim_words("no such", "claim").expected.empty());
}

}  // namespace
}  // namespace sgproof::gate
