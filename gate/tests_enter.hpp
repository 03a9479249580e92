// Which functions the native tests go through: a native program does not say, the executor does.
#pragma once

#include "gate/stale_contracts.hpp"
#include "gate/subject.hpp"
#include "kernel-extract/process.hpp"

namespace sgproof::gate {

/// Draws scenarios as the native tests do, lists, tables, bounce buffers and lists behind an IOMMU,
/// runs each natively, and has the executor say of those in which a statement applies what they
/// enter.
EnteredByTests entered_by_tests(Subject& subject, std::uint64_t seed,
                                const extract::CancelToken& cancel);

}  // namespace sgproof::gate
