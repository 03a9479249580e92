// Coverage of a series in one configuration, from the proofs and, where they leave lines open, from
// tests.
#pragma once

#include <cstdint>
#include <vector>

#include "gate/coverage.hpp"
#include "gate/session.hpp"
#include "gate/subject.hpp"

namespace sgproof::gate {

/// What is known of each line that the series changes. Tests are executed until they say no more:
/// each costs half a second.
Coverage coverage_of(const Subject& subject, const Extracted& extracted,
                     const std::vector<extract::ChangedFile>& files, std::uint64_t seed,
                     const extract::CancelToken& cancel);

}  // namespace sgproof::gate
