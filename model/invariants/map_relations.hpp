// MAP-6 and MAP-9: what holds between segments, and between the result of a map call and its list,
// whatever each segment becomes. MAP-1 and MAP-2 (map.hpp) say what that is.
#pragma once

#include "model/invariants/mapping.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

/// MAP-6: segments of the same memory that are mapped for one device with the same arguments become
/// the same, whatever stands beside them: in one list, and in lists that are mapped one after the
/// other. An entry is compared with all that were mapped before it; which slot a bounced one gets
/// depends on the pool.
template <class D>
void map6(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (!is_map(op.code)) continue;
    const auto ok = map_succeeded(t, s);
    for (unsigned i = 0; i < t.nents; ++i) {
      const auto mine = assigned_before(t, s, i);
      if (!mine) continue;
      const EntryObs<D>& e = op.entries[i];
      const auto bounced = is_slot_of(t, s, segment(t, s, *mine), e.dma_address);
      auto twin = d.boolean(false), address = d.boolean(true), length = address, mark = address;
      auto expected = EntryObs<D>(e);
      bool any = false;
      for (unsigned before = 0; before <= s; ++before) {
        const Step<D>& earlier = t.steps[before];
        if (!is_map(earlier.code) || earlier.device != op.device) continue;
        for (unsigned k = 0; k < (before == s ? i : t.nents); ++k) {
          const auto other = assigned_before(t, before, k);
          if (!other) continue;
          const EntryObs<D>& o = earlier.entries[k];
          const auto slot = is_slot_of(t, before, segment(t, before, *other), o.dma_address);
          const auto same =
              map_succeeded(t, before) & (earlier.dir == op.dir) & (earlier.attrs == op.attrs) &
              (t.pages[other->page].phys == t.pages[mine->page].phys) &
              (other->offset == mine->offset) & (other->length == mine->length) & !(slot | bounced);
          any = true;
          twin = twin | same;
          address = address & ((!same) | (o.dma_address == e.dma_address));
          length = length & ((!same) | (o.dma_length == e.dma_length));
          mark = mark & ((!same) | (o.is_bus == e.is_bus));
          expected.dma_address = d.ite(same, o.dma_address, expected.dma_address);
          expected.dma_length = d.ite(same, o.dma_length, expected.dma_length);
          expected.is_bus = d.ite(same, o.is_bus, expected.is_bus);
        }
      }
      if (!any) continue;
      const auto says = [&](std::string_view clause, std::string_view field,
                            const typename D::Bool& holds, const typename D::Word& wanted,
                            const typename D::Word& seen) {
        j.check("MAP-6", clause, {s, i, field}, ok & twin, Truth<D>::of(op.done, holds), wanted,
                seen);
      };
      says("same-address", "dma_address", address, expected.dma_address, e.dma_address);
      says("same-length", "dma_length", length, expected.dma_length, e.dma_length);
      says("same-mark", "bus-address mark", mark, expected.is_bus, e.is_bus);
    }
  }
}

/// MAP-9: dma_map_sg_attrs() returns 0 or a count (Documentation/core-api/dma-api.rst);
/// dma_map_sgtable() returns 0 and has set the count, or one of four errors (kernel/dma/mapping.c),
/// of which -EREMOTEIO says that trying again is of no use.
template <class D>
void map9(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  const auto listed = [&](const typename D::Word& count) { return count <= d.word(t.nents); };
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (!is_map(op.code)) continue;
    const auto always = d.boolean(true);
    const Subject value{s, {}, "return value"};
    if (op.code == SGP_OP_MAP_SG) {
      j.check("MAP-9", "count", value, always, Truth<D>::of(op.done, listed(op.ret)), {}, op.ret);
      continue;
    }
    const auto ok = map_succeeded(t, s);
    j.check("MAP-9", "nents", {s, {}, "sgt->nents"}, ok,
            Truth<D>::of(op.done, (op.out_nents != zero) & listed(op.out_nents)), {}, op.out_nents);
    auto documented = op.ret == zero;
    for (const char* name : {"EINVAL", "ENOMEM", "EIO", "EREMOTEIO"})
      documented = documented | (op.ret == d.word(0 - t.facts->at(name)));
    j.check("MAP-9", "errno", value, always, Truth<D>::of(op.done, documented), {}, op.ret);
    const auto refusal = d.word(0 - t.facts->at("EREMOTEIO"));
    j.equal("MAP-9", "remote-io", value, op.done & !ok & fails_by_refusal(t, s), refusal, op.ret);
  }
}

}  // namespace sgproof::model
