// Which of the things that must hold a test asserts.
#pragma once

#include <vector>

#include "gate/export/reference.hpp"

namespace sgproof::gate {

/// Assertions that show the violated claim, with the others of the same kind (what the entries were
/// given, what mapping wrote, list marks, result of the call) and step; all when the trace names no
/// claim. Throws SGP-E0621 when what is violated is nothing that a test in the kernel can see.
[[nodiscard]] std::vector<Assertion> around_claim(const Reference& reference, const About& about);

/// All assertions; throws as around_claim().
[[nodiscard]] std::vector<Assertion> all_with_claim(const Reference& reference, const About& about);

/// Whether the assertion is (also) about the claim that the trace shows violated.
[[nodiscard]] bool shows_claim(const Assertion& assertion, const About& about);

}  // namespace sgproof::gate
