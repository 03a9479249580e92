// Bounce buffers of untrusted devices behind an IOMMU: SWT-2 and SWT-5 of INVARIANTS.md. A sync
// reaches the slots of the list as it does where lists are mapped directly (sync.hpp), and what of
// a slot's granules is not of the mapping is cleared before the device can see it, and nothing
// else. Sources: drivers/iommu/dma-iommu.c (iommu_dma_map_page, iommu_dma_sync_single_for_cpu).
#pragma once

#include "model/invariants/sync.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

template <class D>
class IommuBounce {
 public:
  IommuBounce(const Trace<D>& t, Judge<D>& judge) : t_(t), d_(*t.domain), judge_(judge) {}

  void go() {
    for (unsigned s = 0; s < t_.steps.size(); ++s) {
      if (is_map(t_.steps[s].code)) {
        padding(s);
        bounced(s);
      }
      const auto map = map_before(t_, s);
      if (is_sync(t_.steps[s].code) && map) synchronised(s, *map);
    }
  }

 private:
  using Bool = typename D::Bool;
  using Word = typename D::Word;
  using Wide = typename D::Wide;

  [[nodiscard]] Wide wide(const Word& w) const { return d_.wide(w); }
  [[nodiscard]] Word fact(const char* name) const { return d_.word(t_.facts->at(name)); }

  [[nodiscard]] Bool untrusted(unsigned map) const {
    const Device<D>& device = t_.devices[t_.steps[map].device];
    return (device.untrusted != d_.word(0)) & (device.is_pci != d_.word(0));
  }

  template <class F>
  void slots(unsigned map, const F& f) const {
    for (const Event<D>& e : t_.events)
      if (e.step == map && e.kind == SGP_EV_SWIOTLB_MAP)
        f(e, e.guard & (e.ret != fact("DMA_MAPPING_ERROR")));
  }

  void says(std::string_view invariant, std::string_view clause, Subject subject,
            const Bool& applies, const Bool& holds, const Word& expected) {
    judge_.check(invariant, clause, subject, applies,
                 Truth<D>::of(t_.steps[subject.step].done, holds), expected);
  }

  /// What is not whole granules would show the device what lies beside it.
  void bounced(unsigned s) {
    const auto ok = map_succeeded(t_, s) & untrusted(s);
    const auto segs = segments(t_, s);
    for (unsigned i = 0; i < segs.size(); ++i) {
      const auto& seg = segs[i];
      const auto rest = d_.word(kGranule - 1);
      const auto whole =
          ((d_.low(seg.phys) & rest) == d_.word(0)) & ((seg.length & rest) == d_.word(0));
      auto has_slot = d_.boolean(false);
      slots(s, [&](const Event<D>& slot, const Bool& there) {
        has_slot = has_slot | (there & (wide(slot.a) == seg.phys) & (slot.b == seg.length));
      });
      says("IOM-7", "bounced", {s, i, "bounce slot"}, ok & !(seg.is_p2p | whole), has_slot,
           d_.low(seg.phys));
    }
  }

  /// The bytes from the end of the mapping to the end of its last granule.
  void padding(unsigned s) {
    const Step<D>& op = t_.steps[s];
    const auto copied = (op.dir != fact("DMA_FROM_DEVICE")) &
                        ((op.attrs & fact("DMA_ATTR_SKIP_CPU_SYNC")) == d_.word(0));
    const auto ok = map_succeeded(t_, s) & untrusted(s);
    slots(s, [&](const Event<D>& slot, const Bool& there) {
      const auto end = wide(slot.ret) + wide(slot.b);
      const auto last = d_.low(end + wide(d_.word(kGranule - 1))) & d_.word(~(kGranule - 1));
      auto cleared = end == wide(last), kept = d_.boolean(true);
      for (const Event<D>& e : t_.events) {
        if (e.step != s || e.kind != SGP_EV_CLEARED) continue;
        cleared = cleared | (e.guard & (wide(e.a) <= end) & (wide(last) <= wide(e.a) + wide(e.b)));
        const auto beside = (wide(e.a) + wide(e.b) <= wide(slot.ret)) | (end <= wide(e.a));
        kept = kept & ((!e.guard) | beside | (e.b == d_.word(0)));
      }
      says("SWT-2", "padding-cleared", {s, {}, "bytes behind the mapping"}, ok & there, cleared,
           d_.low(end));
      says("SWT-2", "copy-kept", {s, {}, "bytes of the mapping"}, ok & there & copied, kept,
           slot.ret);
    });
  }

  /// SWT-5, MAP-5: each slot of the list once, or the part of the entry's slot; nothing else.
  void synchronised(unsigned s, unsigned map) {
    const Step<D>& op = t_.steps[s];
    const bool part = is_part_sync(op.code);
    const auto kind = event_of_sync(op.code);
    const auto segs = segments(t_, map);
    if (segs.empty()) return;
    const auto mapped = mapped_before(t_, s) & untrusted(map);
    const auto& seg = segs[op.entry];
    const Subject calls{s, {}, "calls of swiotlb_sync_single"};
    const auto asked = [&](const Event<D>& slot, const Event<D>& e) {
      if (!part) return (e.a == slot.ret) & (e.b == slot.b);
      return (wide(e.a) == wide(slot.ret) + wide(op.offset)) & (e.b == op.length);
    };
    const auto mine = [&](const Event<D>& slot) {
      return part ? (wide(slot.a) == seg.phys) & (slot.b == seg.length) : d_.boolean(true);
    };
    // of a segment that is there twice, one of its slots
    auto wanted = d_.boolean(false), reached = d_.boolean(false);
    slots(map, [&](const Event<D>& slot, const Bool& there) {
      auto once = d_.boolean(false), twice = once;
      for (const Event<D>& e : t_.events) {
        if (e.step != s || e.kind != kind) continue;
        const auto this_one = e.guard & asked(slot, e) & (e.c == op.dir);
        twice = twice | (once & this_one);
        once = once | this_one;
      }
      if (!part) says("SWT-5", "slot-synced", calls, mapped & there, once & !twice, slot.ret);
      wanted = wanted | (there & mine(slot));
      reached = reached | (there & mine(slot) & once & !twice);
    });
    if (part) says("SWT-5", "part-synced", calls, mapped & wanted, reached, op.offset);
    for (const Event<D>& e : t_.events) {
      if (e.step != s || e.kind < SGP_EV_SWIOTLB_MAP || e.kind > SGP_EV_SWIOTLB_SYNC_DEV) continue;
      auto known = d_.boolean(false);
      if (e.kind == kind)
        slots(map, [&](const Event<D>& slot, const Bool& there) {
          known = known | (there & mine(slot) & asked(slot, e));
        });
      judge_.check("MAP-5", "nothing-else", {s, {}, "address given to swiotlb"}, e.guard & mapped,
                   Truth<D>::of(op.done, known), {}, e.a);
    }
  }

  static constexpr std::uint64_t kGranule = 0x1000;  ///< of the contract's domains

  const Trace<D>& t_;
  const D& d_;
  Judge<D>& judge_;
};

/// All checks of bounced lists behind an IOMMU; none where booted kernels alone have them, which do
/// not tell what is cleared.
template <class D>
void iommu_bounce(const Trace<D>& trace, Judge<D>& judge) {
  if (trace.translated && trace.facts->has_noncoherent()) IommuBounce<D>(trace, judge).go();
}

}  // namespace sgproof::model
