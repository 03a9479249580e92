// What a clause expects, in words: for claims about calls and places rather than one value.
#pragma once

#include <string>

namespace sgproof::gate {

struct ClaimWords {
  std::string expected;
  std::string observed;  ///< when the clause is violated
};

/// Empty for a clause that compares two values, which are shown instead.
[[nodiscard]] ClaimWords claim_words(const std::string& invariant, const std::string& clause);

}  // namespace sgproof::gate
