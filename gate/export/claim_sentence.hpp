// What a clause demands, as a sentence for the comment above a test.
#pragma once

#include <string>

namespace sgproof::gate {

/// Ends with a full stop. Names invariant and clause where there are no better words.
[[nodiscard]] std::string claim_sentence(const std::string& invariant, const std::string& clause);

}  // namespace sgproof::gate
