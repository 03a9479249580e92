// IOM for iommu_map() and iommu_unmap() alone, which hand a range to the driver piece by piece
// (drivers/iommu/iommu.c): what the harness has added up of the driver's calls
// (kernel-extract/harness/env_iommu_pieces.c).
#pragma once

#include "model/judge.hpp"
#include "model/trace.hpp"

namespace sgproof::model {

/// IOM-2, IOM-7, IOM-8, IOM-9 and MAP-11 of a range.
template <class D>
void iommu_pieces(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  for (const Event<D>& e : t.events) {
    if (e.kind != SGP_EV_IOMMU_PIECES) continue;
    const unsigned s = e.step;
    const Step<D>& op = t.steps[s];
    const auto seen = e.guard & op.done;
    const auto& mapped = e.a;
    const auto& unmapped = e.b;
    const auto says = [&](std::string_view invariant, std::string_view clause, const char* field,
                          const auto& applies, const auto& holds) {
      j.check(invariant, clause, {s, {}, field}, seen & applies, Truth<D>::of(op.done, holds));
    };
    says("IOM-7", "pieces", "calls of the driver", d.boolean(true), e.c == zero);
    if (op.code == SGP_OP_IOMMU_MAP) {
      const auto ok = op.ret == zero, failed = e.d != zero;
      const auto whole = (mapped == e.ret) & (unmapped == zero);
      says("IOM-2", "whole-range", "bytes that the driver maps", ok, whole);
      says("IOM-8", "range-gone", "bytes that stay mapped", !ok, mapped == unmapped);
      says("IOM-9", "driver-error", "return value", failed,
           op.ret == d.word(0 - t.facts->at("ENOMEM")));
      says("MAP-11", "succeeds", "return value", !failed, ok);
    } else {
      says("IOM-8", "range-gone", "bytes that stay mapped", d.boolean(true), mapped == unmapped);
      says("IOM-9", "size-returned", "return value", d.boolean(true), op.ret == e.ret);
    }
  }
}

}  // namespace sgproof::model
