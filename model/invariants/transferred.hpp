// What a device's own transfers through a mapped list show (real_dma): the bytes themselves. Only
// booted kernels have such devices.
#pragma once

#include <string_view>

#include "model/judge.hpp"

namespace sgproof::model {

/// MAP-1, MAP-2, IOM-2 and SWT-2 "transferred": through the addresses of a list that a map call
/// handed out, the device reads the caller's bytes, and the CPU sees the device's once the list is
/// synchronised or unmapped. IOM-2 "no-fault": the IOMMU refuses none of it. SWT-2
/// "nothing-outside": memory beside the segments keeps what it has. SWT-2 "padding-cleared": an
/// untrusted device finds zeroes beside a bounced segment. MAP-4 "bytes-kept": a failed map call
/// leaves the caller's memory as it was.
void transferred(const Trace<ConcreteDomain>& trace, Judge<ConcreteDomain>& judge);

/// Whether a clause is one of these, which no execution of extracted code can show.
bool needs_transfers(std::string_view clause);

}  // namespace sgproof::model
