// Cache maintenance for devices that do not see the caches: SWT-5 and MAP-5 of INVARIANTS.md. What
// the device sees is written back after the CPU has written to it and before the device reads it,
// and dropped from the caches after the device wrote and before the CPU reads; nothing else is.
// Sources: Documentation/core-api/dma-api.rst (dma_sync_*, DMA_ATTR_SKIP_CPU_SYNC), kernel/dma/
// direct.h, drivers/iommu/dma-iommu.c, arch/arm64/mm/dma-mapping.c.
#pragma once

#include <vector>

#include "model/invariants/mapping.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

/// Memory that the device sees of a mapped list, where `there`.
template <class D>
struct Seen {
  typename D::Bool there;
  typename D::Wide start, length;
};

template <class D>
class CacheMaintenance {
 public:
  CacheMaintenance(const Trace<D>& t, Judge<D>& judge)
      : t_(t), d_(*t.domain), judge_(judge), no_(d_.boolean(false)), yes_(d_.boolean(true)) {}

  void go() {
    for (unsigned s = 0; s < t_.steps.size(); ++s) {
      const sgp_opcode code = t_.steps[s].code;
      const auto map = is_map(code) ? std::optional(s) : map_before(t_, s);
      if (!map || !(is_map(code) || is_sync(code) || code == SGP_OP_UNMAP)) continue;
      const auto segs = segments(t_, *map);
      if (segs.empty()) continue;
      looked_at_ = is_part_sync(code) ? by_entry(*map) : yes_;
      addressed(s, *map, segs);
      skipped(s);
      if (is_part_sync(code)) {
        happens(s, *map, part_of(s, *map, segs[t_.steps[s].entry]));
        continue;
      }
      for (const auto& memory : seen_of(*map, segs)) happens(s, *map, {memory});
    }
  }

 private:
  using Bool = typename D::Bool;
  using Word = typename D::Word;
  using Wide = typename D::Wide;
  using Segments = std::vector<Segment<D>>;

  [[nodiscard]] Wide wide(const Word& w) const { return d_.wide(w); }
  [[nodiscard]] Word fact(const char* name) const { return d_.word(t_.facts->at(name)); }
  [[nodiscard]] Bool is_zero(const Word& w) const { return w == d_.word(0); }

  [[nodiscard]] Bool noncoherent(unsigned s) const {
    return !is_zero(t_.devices[t_.steps[s].device].noncoherent);
  }

  [[nodiscard]] Bool skips(unsigned s) const {
    const sgp_opcode code = t_.steps[s].code;
    if (is_sync(code)) return no_;
    return !is_zero(t_.steps[s].attrs & fact("DMA_ATTR_SKIP_CPU_SYNC"));
  }

  /// Whether each entry has addresses of its own: a part of one is then a part of one segment.
  [[nodiscard]] Bool by_entry(unsigned map) const {
    const Device<D>& device = t_.devices[t_.steps[map].device];
    return d_.boolean(!t_.translated || t_.nents == 1) |
           ((device.untrusted != d_.word(0)) & (device.is_pci != d_.word(0)));
  }

  /// Whether the slot of `e` is one of the segment's.
  [[nodiscard]] Bool bounces(const Event<D>& e, const Segment<D>& seg) const {
    return e.guard & (wide(e.a) == seg.phys) & (e.b == seg.length) &
           (e.ret != fact("DMA_MAPPING_ERROR"));
  }

  template <class F>
  void each(unsigned s, sgp_event_kind kind, const F& f) const {
    for (const Event<D>& e : t_.events)
      if (e.step == s && e.kind == kind) f(e);
  }

  /// Slots where the list was bounced, the segments themselves where not.
  [[nodiscard]] std::vector<Seen<D>> seen_of(unsigned map, const Segments& segs) const {
    std::vector<Seen<D>> all;
    each(map, SGP_EV_SWIOTLB_MAP, [&](const Event<D>& e) {
      all.push_back({e.guard & (e.ret != fact("DMA_MAPPING_ERROR")), wide(e.ret), wide(e.b)});
    });
    for (const auto& seg : segs) {
      auto bounced = no_;
      each(map, SGP_EV_SWIOTLB_MAP,
           [&](const Event<D>& e) { bounced = bounced | bounces(e, seg); });
      all.push_back({!(seg.bus | seg.refused | bounced), seg.phys, wide(seg.length)});
    }
    return all;
  }

  /// The part of an entry that step `s` synchronises; of a segment that was bounced twice, in
  /// either slot, where addresses do not say which.
  [[nodiscard]] std::vector<Seen<D>> part_of(unsigned s, unsigned map,
                                             const Segment<D>& seg) const {
    const Step<D>& op = t_.steps[s];
    const auto mapped = !(seg.bus | seg.refused);
    const auto part = [&](const Bool& there, const Wide& start) {
      return Seen<D>{mapped & there, start + wide(op.offset), wide(op.length)};
    };
    if (!t_.translated) {
      if (t_.steps[map].entries.empty()) return {};
      return {part(yes_, wide(t_.steps[map].entries[op.entry].dma_address))};
    }
    std::vector<Seen<D>> all;
    auto bounced = no_;
    each(map, SGP_EV_SWIOTLB_MAP, [&](const Event<D>& e) {
      all.push_back(part(bounces(e, seg), wide(e.ret)));
      bounced = bounced | bounces(e, seg);
    });
    all.push_back(part(!bounced, seg.phys));
    return all;
  }

  [[nodiscard]] static Bool within(const Wide& start, const Wide& length, const Wide& of,
                                   const Wide& of_length) {
    return (of <= start) & (start + length <= of + of_length);
  }

  /// Every call is about memory that the device sees; not about bus addresses, whose memory is
  /// none of the CPU's.
  void addressed(unsigned s, unsigned map, const Segments& segs) {
    const auto seen = seen_of(map, segs);
    const auto used = is_map(t_.steps[s].code) ? map_succeeded(t_, s) : mapped_before(t_, s);
    each(s, SGP_EV_CACHE_SYNC, [&](const Event<D>& e) {
      auto visible = no_, of_bus = no_;
      for (const auto& m : seen)
        visible = visible | (m.there & within(wide(e.a), wide(e.b), m.start, m.length));
      for (const auto& seg : segs)
        of_bus = of_bus | (seg.bus &
                           (within(wide(e.a), wide(e.b), seg.phys, wide(seg.length)) |
                            within(wide(e.a), wide(e.b), wide(seg.bus_address), wide(seg.length))));
      const Subject subject{s, {}, "address of the cache maintenance"};
      // where a map call fails, what was written back for it does no harm
      const auto matters = e.guard & (used | is_zero(e.d));
      if (t_.nproviders != 0)
        says("MAP-5", "not-maintained", subject, matters, visible | !of_bus, e.a);
      says("SWT-5", "maintained-memory", subject, matters, visible | of_bus, e.a);
    });
  }

  /// With DMA_ATTR_SKIP_CPU_SYNC the caller has done it already.
  void skipped(unsigned s) {
    if (is_sync(t_.steps[s].code)) return;
    auto called = no_;
    each(s, SGP_EV_CACHE_SYNC, [&](const Event<D>& e) { called = called | e.guard; });
    judge_.check("SWT-5", "maintenance-skipped", {s, {}, "calls of arch_sync_dma_for_device"},
                 noncoherent(s) & skips(s), Truth<D>::of(t_.steps[s].done, !called));
  }

  [[nodiscard]] bool is_for_device(unsigned s) const {
    const sgp_opcode code = t_.steps[s].code;
    return is_map(code) || code == SGP_OP_SYNC_DEVICE || code == SGP_OP_SYNC_PART_DEVICE;
  }

  /// What must be done, of one of these.
  void happens(unsigned s, unsigned map, const std::vector<Seen<D>>& seen) {
    const Step<D>& op = t_.steps[s];
    const auto performed = is_map(op.code) ? map_succeeded(t_, s) : mapped_before(t_, s);
    auto any = no_, done = no_;
    auto start = d_.word(0);
    for (const auto& memory : seen) {
      any = any | memory.there;
      done =
          done | (memory.there & (is_for_device(s) ? written_back(s, memory) : dropped(s, memory)));
      start = d_.ite(memory.there, d_.low(memory.start), start);
    }
    auto wanted = performed & noncoherent(map) & !skips(s);
    if (!is_for_device(s)) {
      // where nothing is fetched into the caches meanwhile, they were dropped before (kernel/dma/
      // Kconfig)
      if (!t_.facts->enabled("ARCH_HAS_SYNC_DMA_FOR_CPU")) return;
      wanted = wanted & (op.dir != fact("DMA_TO_DEVICE"));
    }
    const bool written = is_for_device(s);
    says("SWT-5", written ? "written-back" : "dropped",
         {s, {}, written ? "calls of arch_sync_dma_for_device" : "calls of arch_sync_dma_for_cpu"},
         wanted & any, done, start);
  }

  [[nodiscard]] Bool maintains(const Event<D>& e, unsigned s, unsigned for_device,
                               const Seen<D>& memory) const {
    return e.guard & (e.d == d_.word(for_device)) & (e.c == t_.steps[s].dir) &
           within(memory.start, memory.length, wide(e.a), wide(e.b));
  }

  /// Whether the event is a call of the bounce buffers about the slot in which the memory lies.
  [[nodiscard]] Bool is_about(const Event<D>& e, const Word& address, const Seen<D>& memory) const {
    return e.guard & (wide(address) <= memory.start) &
           (memory.start + memory.length <= wide(address) + wide(e.b));
  }

  /// Written back, and not written by the CPU afterwards.
  [[nodiscard]] Bool written_back(unsigned s, const Seen<D>& memory) const {
    auto done = no_;
    for (const Event<D>& e : t_.events) {
      if (e.step != s) continue;
      if (e.kind == SGP_EV_CACHE_SYNC)
        done = done | maintains(e, s, 1, memory);
      else if (e.kind == SGP_EV_SWIOTLB_MAP)
        done = done & !is_about(e, e.ret, memory);
      else if (e.kind == SGP_EV_SWIOTLB_SYNC_DEV)
        done = done & !is_about(e, e.a, memory);
    }
    return done;
  }

  /// Dropped before the CPU reads.
  [[nodiscard]] Bool dropped(unsigned s, const Seen<D>& memory) const {
    auto done = no_, in_time = yes_;
    for (const Event<D>& e : t_.events) {
      if (e.step != s) continue;
      if (e.kind == SGP_EV_CACHE_SYNC)
        done = done | maintains(e, s, 0, memory);
      else if (e.kind == SGP_EV_SWIOTLB_SYNC_CPU || e.kind == SGP_EV_SWIOTLB_UNMAP)
        in_time = in_time & (done | !is_about(e, e.a, memory));
    }
    return done & in_time;
  }

  void says(std::string_view invariant, std::string_view clause, Subject subject,
            const Bool& applies, const Bool& holds, const Word& address) {
    const bool about_call = subject.field == "address of the cache maintenance";
    const auto shown = std::optional<Word>(address);
    judge_.check(invariant, clause, subject, applies & looked_at_,
                 Truth<D>::of(t_.steps[subject.step].done, holds),
                 about_call ? std::nullopt : shown, about_call ? shown : std::nullopt);
  }

  const Trace<D>& t_;
  const D& d_;
  Judge<D>& judge_;
  const Bool no_, yes_;
  Bool looked_at_ = yes_;  ///< of the step that is judged
};

/// All checks of cache maintenance; none where the kernel never asks for it.
template <class D>
void cache_maintenance(const Trace<D>& trace, Judge<D>& judge) {
  if (trace.facts->has_noncoherent()) CacheMaintenance<D>(trace, judge).go();
}

}  // namespace sgproof::model
