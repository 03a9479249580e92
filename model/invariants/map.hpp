// MAP: dma_map_sg through the direct mapping. MAP-1 to MAP-5, MAP-10 and MAP-11 of INVARIANTS.md.
#pragma once

#include "model/invariants/mapping.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

/// MAP-1 and MAP-2: the output of a map call that succeeded, on a list that was not mapped before;
/// the same statements about a list that is reused belong to MAP-10.
template <class D>
void map1_map2(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (!is_map(op.code)) continue;
    const auto segs = segments(t, s);
    if (segs.empty()) continue;
    const bool again = reused(t, s);
    const auto ok = map_succeeded(t, s);
    const auto limit = reach_limit(t, op.device);
    for (unsigned i = 0; i < t.nents; ++i) {
      const EntryObs<D>& e = op.entries[i];
      const Segment<D>& seg = segs[i];
      const auto bus = ok & seg.bus, other = ok & !seg.bus;
      const Subject address{s, i, "dma_address"};
      const auto is = [&](std::string_view invariant, std::string_view clause,
                          std::string_view reuse_clause, const Subject& subject,
                          const typename D::Bool& applies, const typename D::Bool& value,
                          std::optional<typename D::Word> expected,
                          const typename D::Word& observed) {
        j.check(again ? "MAP-10" : invariant, again ? reuse_clause : clause, subject, applies,
                Truth<D>::of(op.done, value), std::move(expected), observed);
      };
      const auto equal = [&](std::string_view invariant, std::string_view clause,
                             std::string_view reuse_clause, const Subject& subject,
                             const typename D::Bool& applies, const typename D::Word& expected,
                             const typename D::Word& observed) {
        is(invariant, clause, reuse_clause, subject, applies, observed == expected, expected,
           observed);
      };
      const Subject length{s, i, "dma_length"}, mark{s, i, "bus-address mark"};
      equal("MAP-1", "address", "bus-address", address, bus, seg.bus_address, e.dma_address);
      equal("MAP-1", "length", "length", length, bus, seg.length, e.dma_length);
      equal("MAP-1", "marked", "bus-mark", mark, bus, d.word(1), e.is_bus);
      // a bounced segment may lie at any place of the pool
      is("MAP-2", "address", "address", address, other,
         (seg.direct & (d.wide(e.dma_address) == seg.phys)) |
             (seg.bounce & is_slot_of(t, s, seg, e.dma_address)),
         {}, e.dma_address);
      equal("MAP-2", "length", "length", length, other, seg.length, e.dma_length);
      is("MAP-2", "within-mask", "address", address, other,
         (e.dma_address <= last_byte(d, e.dma_address, e.dma_length)) &
             (last_byte(d, e.dma_address, e.dma_length) <= limit),
         {}, e.dma_address);
      equal("MAP-2", "unmarked", "bus-mark", mark, other, d.word(0), e.is_bus);
    }
  }
}

/// MAP-3: a slot is marked exactly while it holds a bus address; a sync changes neither.
template <class D>
void map3(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    for (unsigned i = 0; i < t.nents && !op.entries.empty(); ++i) {
      const Subject mark{s, i, "bus-address mark"};
      if (op.code == SGP_OP_UNMAP)
        j.equal("MAP-3", "unmarked-after-unmap", mark, mapped_before(t, s), zero,
                op.entries[i].is_bus);
      if (is_map(op.code))
        j.equal("MAP-3", "unmarked-after-failure", mark, op.done & !map_succeeded(t, s), zero,
                op.entries[i].is_bus);
      if (!is_sync(op.code) || s == 0) continue;
      const EntryObs<D>&before = t.steps[s - 1].entries[i], &after = op.entries[i];
      const auto mapped = mapped_before(t, s);
      j.equal("MAP-3", "kept-by-sync", mark, mapped, before.is_bus, after.is_bus);
      j.equal("MAP-3", "kept-by-sync", {s, i, "dma_address"}, mapped, before.dma_address,
              after.dma_address);
      j.equal("MAP-3", "kept-by-sync", {s, i, "dma_length"}, mapped, before.dma_length,
              after.dma_length);
    }
  }
}

/// How often the bounce slot `slot` of `size` bytes was given back in step `s`.
template <class D>
typename D::Wide times_unmapped(const Trace<D>& t, unsigned s, const typename D::Word& slot,
                                const typename D::Word& size) {
  const D& d = *t.domain;
  auto count = d.wide(d.word(0));
  for (const Event<D>& e : t.events)
    if (e.step == s && e.kind == SGP_EV_SWIOTLB_UNMAP)
      count = add_if(d, count, e.guard & (e.a == slot) & (e.b == size));
  return count;
}

/// MAP-4: a failing call returns a documented error, gives back what it took and leaves the list.
template <class D>
void map4(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  for (unsigned s = 1; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (!is_map(op.code)) continue;
    const auto failed = op.done & !map_succeeded(t, s);
    if (op.code == SGP_OP_MAP_SGTABLE) {
      auto documented = d.boolean(false);
      for (const char* name : {"EINVAL", "ENOMEM", "EIO", "EREMOTEIO"})
        documented = documented | (op.ret == d.word(0 - t.facts->at(name)));
      j.check("MAP-4", "errno", {s, {}, "return value"}, failed, Truth<D>::of(op.done, documented),
              {}, op.ret);
    } else {
      j.equal("MAP-4", "errno", {s, {}, "return value"}, failed, d.word(0), op.ret);
    }
    for (const Event<D>& e : t.events)
      if (e.step == s && e.kind == SGP_EV_SWIOTLB_MAP)
        j.check("MAP-4", "given-back", {s, {}, "calls of swiotlb_tbl_unmap_single"},
                failed & e.guard & (e.ret != d.word(t.facts->at("DMA_MAPPING_ERROR"))),
                Truth<D>::of(op.done, times_unmapped(t, s, e.ret, e.b) == d.wide(d.word(1))),
                d.word(1), d.low(times_unmapped(t, s, e.ret, e.b)));
    // a slot that no device has written to holds nothing that the caller's buffer should get;
    // behind an IOMMU slots that hold the buffer's own bytes may be copied back: "bytes-kept" sees
    // to it
    const auto skip = d.word(t.facts->at("DMA_ATTR_SKIP_CPU_SYNC"));
    const auto to_device = d.word(t.facts->at("DMA_TO_DEVICE"));
    for (const Event<D>& e : t.events) {
      if (e.step != s || t.translated ||
          (e.kind != SGP_EV_SWIOTLB_UNMAP && e.kind != SGP_EV_SWIOTLB_SYNC_CPU))
        continue;
      auto kept = e.c == to_device;
      if (e.kind == SGP_EV_SWIOTLB_UNMAP) kept = kept | ((e.d & skip) != d.word(0));
      j.check("MAP-4", "buffer-kept", {s, {}, "attributes of swiotlb_tbl_unmap_single"},
              failed & e.guard, Truth<D>{op.done & kept, !kept}, {}, e.d);
    }
    for (unsigned i = 0; i < t.nents; ++i) {
      const EntryObs<D>&before = t.steps[s - 1].entries[i], &after = op.entries[i];
      j.equal("MAP-4", "page-kept", {s, i, "page"}, failed, before.page, after.page);
      j.equal("MAP-4", "offset-kept", {s, i, "offset"}, failed, before.offset, after.offset);
      j.equal("MAP-4", "length-kept", {s, i, "length"}, failed, before.length, after.length);
    }
  }
}

/// MAP-5: unmap gives every bounce slot back once, with its address and length, after its data was
/// synchronised for the CPU; and nothing else reaches unmap or sync.
template <class D>
void map5(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  const auto one = d.wide(d.word(1));
  const auto zero = d.word(0);
  const auto skip = d.word(t.facts->at("DMA_ATTR_SKIP_CPU_SYNC"));
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code != SGP_OP_UNMAP) continue;
    const auto map = map_before(t, s);
    if (!map) continue;
    const bool again = reused(t, *map);
    const auto invariant = again ? "MAP-10" : "MAP-5";
    const auto performed = mapped_before(t, s);
    for (const Event<D>& m : t.events) {
      if (m.step != *map || m.kind != SGP_EV_SWIOTLB_MAP) continue;
      const auto live = performed & m.guard & (m.ret != d.word(t.facts->at("DMA_MAPPING_ERROR")));
      j.check(invariant, "unmapped-once", {s, {}, "calls of swiotlb_tbl_unmap_single"}, live,
              Truth<D>::of(op.done, times_unmapped(t, s, m.ret, m.b) == one), d.word(1),
              d.low(times_unmapped(t, s, m.ret, m.b)));
      // the data reaches the CPU: by a sync, or by an unmap that is not told to skip it
      auto copies = d.wide(zero);
      for (const Event<D>& e : t.events) {
        if (e.step != s || (e.kind != SGP_EV_SWIOTLB_SYNC_CPU && e.kind != SGP_EV_SWIOTLB_UNMAP))
          continue;
        const auto mine = e.guard & (e.a == m.ret) & (e.b == m.b) & (e.c == op.dir);
        copies = add_if(d, copies,
                        e.kind == SGP_EV_SWIOTLB_UNMAP ? mine & ((e.d & skip) == zero) : mine);
      }
      const auto wanted = (op.attrs & skip) == zero;
      j.check(invariant, "synced", {s, {}, "calls of swiotlb_sync_single_for_cpu"}, live & wanted,
              Truth<D>::of(op.done, one <= copies), d.word(1), d.low(copies));
      j.check(invariant, "sync-skipped", {s, {}, "calls of swiotlb_sync_single_for_cpu"},
              live & !wanted, Truth<D>::of(op.done, copies == d.wide(zero)), zero, d.low(copies));
    }
    for (const Event<D>& e : t.events) {
      if (e.step != s || e.kind < SGP_EV_SWIOTLB_UNMAP || e.kind > SGP_EV_SWIOTLB_SYNC_DEV)
        continue;
      auto known_slot = d.boolean(false);
      for (const Event<D>& m : t.events)
        if (m.step == *map && m.kind == SGP_EV_SWIOTLB_MAP)
          known_slot = known_slot | (m.guard & (m.ret == e.a) & (m.b == e.b));
      j.check(invariant, "nothing-else", {s, {}, "address given to swiotlb"}, e.guard & performed,
              Truth<D>{op.done & known_slot, !known_slot}, {}, e.a);
    }
  }
}

/// MAP-10: after every operation the marks of the list are those of a list that was never mapped
/// (the state from which all other claims are proved), so any legal sequence may follow.
template <class D>
void map10(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  for (unsigned s = 1; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    const bool map = is_map(op.code);
    if (!map && op.code != SGP_OP_UNMAP && !is_sync(op.code)) continue;
    for (unsigned i = 0; i < t.nents; ++i) {
      const EntryObs<D>&before = t.steps[s - 1].entries[i], &after = op.entries[i];
      const auto always = d.boolean(true);
      j.equal("MAP-10", "end-mark-kept", {s, i, "END mark"}, always, before.is_last, after.is_last);
      j.equal("MAP-10", "chain-mark-kept", {s, i, "CHAIN mark"}, always, before.is_chain,
              after.is_chain);
      const auto undone = map_before(t, s);
      if (op.code == SGP_OP_UNMAP && undone && reused(t, *undone))
        j.equal("MAP-10", "unmarked-after-unmap", {s, i, "bus-address mark"}, mapped_before(t, s),
                d.word(0), after.is_bus);
    }
  }
}

/// MAP-11: the call succeeds when it can; also where an earlier one failed (MAP-10).
template <class D>
void map11(const Trace<D>& t, Judge<D>& j) {
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (!is_map(op.code)) continue;
    const auto segs = segments(t, s);
    if (segs.empty()) continue;
    auto can = !bounce_failed(t, s);
    for (const auto& seg : segs) can = can & (seg.bus | seg.direct | seg.bounce);
    for (const auto& seg : other_segments(t, s)) can = can & (seg.bus | seg.direct | seg.bounce);
    const auto ok = Truth<D>::of(op.done, map_succeeded(t, s));
    const Subject value{s, {}, "return value"};
    j.check("MAP-11", "succeeds", value, can, ok, {}, op.ret);
    if (reused(t, s))
      j.check("MAP-10", "tried-again", value, can & failed_before(t, s), ok, {}, op.ret);
  }
}

}  // namespace sgproof::model
