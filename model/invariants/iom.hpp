// IOM: dma_map_sg through dma-iommu and the IOMMU core (drivers/iommu/dma-iommu.c, iommu.c). What
// is looked at: the addresses that were taken and given back, what the driver was told to map, and
// what translates after each operation. Clauses of IOM-1 to IOM-5 and IOM-7 to IOM-9 of
// INVARIANTS.md, and of MAP-11 and REF-1 where the devices are behind an IOMMU.
#pragma once

#include "model/judge.hpp"
#include "model/trace.hpp"

namespace sgproof::model {

/// Judges an execution: only numbers, no symbols, since translating every byte walks intervals.
void iom(const Trace<ConcreteDomain>& trace, Judge<ConcreteDomain>& judge);

}  // namespace sgproof::model
