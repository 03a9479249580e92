// Synchronising a mapped list, whole or in part: the clauses of SWT-5, MAP-5 and MAP-10 about it.
// Sources: Documentation/core-api/dma-api.rst (part III, partial syncs), kernel/dma/direct.c.
#pragma once

#include "model/invariants/mapping.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

inline sgp_event_kind event_of_sync(sgp_opcode code) {
  return code == SGP_OP_SYNC_CPU || code == SGP_OP_SYNC_PART_CPU ? SGP_EV_SWIOTLB_SYNC_CPU
                                                                 : SGP_EV_SWIOTLB_SYNC_DEV;
}

/// What a sync step may and must ask the bounce buffers for: `where` it applies, exactly one call
/// with this address and length.
template <class D>
struct Asked {
  typename D::Bool where;
  typename D::Word address, length;
};

/// Of a sync of the list: every slot that the map call got, as it was mapped. Of a partial sync:
/// the part, counted from the entry's address.
template <class D>
std::vector<Asked<D>> asked_of_sync(const Trace<D>& t, unsigned map, unsigned s) {
  const D& d = *t.domain;
  const Step<D>& op = t.steps[s];
  const auto mapped = mapped_before(t, s);
  std::vector<Asked<D>> all;
  if (is_part_sync(op.code)) {
    const auto segs = segments(t, map);
    if (segs.empty() || t.steps[map].entries.empty()) return {};
    const auto& seg = segs[op.entry];
    const auto address = t.steps[map].entries[op.entry].dma_address;
    all.push_back({mapped & seg.bounce & is_slot_of(t, map, seg, address),
                   d.low(d.wide(address) + d.wide(op.offset)), op.length});
    return all;
  }
  const auto none = d.word(t.facts->at("DMA_MAPPING_ERROR"));
  for (const Event<D>& e : t.events)
    if (e.step == map && e.kind == SGP_EV_SWIOTLB_MAP)
      all.push_back({mapped & e.guard & (e.ret != none), e.ret, e.b});
  return all;
}

/// Whether the part of step `s` is not within the bounced entry: robustness, not a legal use.
template <class D>
typename D::Bool part_ends_outside(const Trace<D>& t, unsigned s) {
  const D& d = *t.domain;
  const Step<D>& op = t.steps[s];
  const auto map = map_before(t, s);
  if (!map) return d.boolean(false);
  const auto segs = segments(t, *map);
  if (segs.empty()) return d.boolean(false);
  const auto& seg = segs[op.entry];
  return mapped_before(t, s) & seg.bounce &
         !(d.wide(op.offset) + d.wide(op.length) <= d.wide(seg.length));
}

/// SWT-5 and MAP-5: a sync reaches each bounced segment's slot once, in the direction that was
/// asked for, and nothing else: no other address, no segment that was not bounced, no unmap. Of a
/// list that is reused the same is MAP-10.
template <class D>
void sync(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto one = d.wide(d.word(1));
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    const auto map = map_before(t, s);
    if (!is_sync(op.code) || !map) continue;
    const bool again = reused(t, *map);
    const auto asked = asked_of_sync(t, *map, s);
    const auto kind = event_of_sync(op.code);
    const Subject calls{s,
                        {},
                        kind == SGP_EV_SWIOTLB_SYNC_CPU
                            ? "calls of swiotlb_sync_single_for_cpu"
                            : "calls of swiotlb_sync_single_for_device"};
    for (const Asked<D>& a : asked) {
      auto count = d.wide(d.word(0));
      for (const Event<D>& e : t.events)
        if (e.step == s && e.kind == kind)
          count =
              add_if(d, count, e.guard & (e.a == a.address) & (e.b == a.length) & (e.c == op.dir));
      j.check(again ? "MAP-10" : "SWT-5", is_part_sync(op.code) ? "part-synced" : "slot-synced",
              calls, a.where, Truth<D>::of(op.done, count == one), d.word(1), d.low(count));
    }
    for (const Event<D>& e : t.events) {
      if (e.step != s || e.kind < SGP_EV_SWIOTLB_MAP || e.kind > SGP_EV_SWIOTLB_SYNC_DEV) continue;
      auto known = d.boolean(false);
      if (e.kind == kind)
        for (const Asked<D>& a : asked)
          known = known | (a.where & (e.a == a.address) & (e.b == a.length));
      j.check(again ? "MAP-10" : "MAP-5", "nothing-else", {s, {}, "address given to swiotlb"},
              e.guard, Truth<D>{op.done & known, !known}, {}, e.a);
    }
  }
}

}  // namespace sgproof::model
