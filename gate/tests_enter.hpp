// Which functions the native tests go through: a native program does not say, the executor does.
#pragma once

#include "gate/stale_contracts.hpp"
#include "gate/subject.hpp"
#include "kernel-extract/process.hpp"

namespace sgproof::gate {

/// Draws scenarios as the native tests do and runs them natively: lists, tables, bounce buffers,
/// lists behind an IOMMU. A statement goes through what the executor enters in any of the kinds in
/// which it applies.
EnteredByTests entered_by_tests(Subject& subject, std::uint64_t seed,
                                const extract::CancelToken& cancel);

}  // namespace sgproof::gate
