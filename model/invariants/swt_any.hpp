// SWT-1 to SWT-4 of bounce buffers as code: operations that call kernel/dma/swiotlb.c directly, on
// a small pool. In a symbolic run what holds of every byte of a mapping is said of one arbitrary
// byte (Trace::any). Sources: kernel/dma/swiotlb.c, Documentation/core-api/dma-api.rst.
#pragma once

#include <optional>
#include <vector>

#include "model/invariants/context.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

/// The last map step of the mapping that step `s` uses; nothing if there is none.
template <class D>
std::optional<unsigned> bounce_map_before(const Trace<D>& t, unsigned s) {
  for (unsigned before = s; before-- > 0;)
    if (is_bounce_map(t.steps[before].code) && t.steps[before].entry == t.steps[s].entry)
      return before;
  return {};
}

/// Whether the sync of step `s` ends behind its mapping: robustness, not a legal use.
template <class D>
typename D::Bool bounce_sync_ends_outside(const Trace<D>& t, unsigned s) {
  const D& d = *t.domain;
  const auto map = bounce_map_before(t, s);
  if (!map) return d.boolean(false);
  const Step<D>& op = t.steps[s];
  return !(d.wide(op.offset) + d.wide(op.length) <= d.wide(t.steps[*map].out_nents));
}

/// Whether the device of step `s` reaches all slots.
template <class D>
typename D::Bool reaches_pool(const Trace<D>& t, unsigned s) {
  const D& d = *t.domain;
  const Device<D>& dev = t.devices[t.steps[s].device];
  const auto last = d.wide(t.swiotlb_end);
  return (last <= d.wide(dev.dma_mask)) &
         ((dev.bus_dma_limit == d.word(0)) | (last <= d.wide(dev.bus_dma_limit)));
}

template <class D>
class SwtAny {
 public:
  SwtAny(const Trace<D>& t, Judge<D>& judge)
      : t_(t), d_(*t.domain), judge_(judge), yes_(d_.boolean(true)), no_(d_.boolean(false)) {}

  void go() {
    for (unsigned s = 0; s < t_.steps.size(); ++s) {
      const sgp_opcode code = t_.steps[s].code;
      if (code == SGP_OP_BOUNCE_POOL) new_pool(s);
      if (is_bounce_map(code)) mapped(s);
      if (is_bounce_sync(code)) synced(s);
      if (code == SGP_OP_BOUNCE_UNMAP) unmapped(s);
      if (code == SGP_OP_BOUNCE_LOOK) looked(s);
    }
  }

 private:
  using Bool = typename D::Bool;
  using Word = typename D::Word;
  using Wide = typename D::Wide;

  static constexpr std::uint64_t kSlot = SGP_BOUNCE_SLOT;
  static constexpr std::uint64_t kSlots = SGP_BOUNCE_SLOTS;

  /// A mapping; `live` from a map call that succeeded to its unmap.
  struct Mapping {
    Bool live;
    unsigned entry;
    Word buffer, size, slot;
  };

  /// Bytes of a mapping, counted from its first.
  struct Part {
    Wide first, end;
  };

  Word number(std::uint64_t value) const { return d_.word(value); }
  Wide wide(const Word& w) const { return d_.wide(w); }
  Wide wide(std::uint64_t value) const { return d_.wide(d_.word(value)); }
  Word fact(const char* name) const { return number(t_.facts->at(name)); }
  Bool is(const Word& dir, const char* name) const { return dir == fact(name); }
  Bool skips(const Word& attrs) const {
    return (attrs & fact("DMA_ATTR_SKIP_CPU_SYNC")) != number(0);
  }

  void says(std::string_view invariant, std::string_view clause, Subject subject,
            const Bool& applies, const Bool& holds, std::optional<Word> expected = {},
            std::optional<Word> observed = {}) {
    judge_.check(invariant, clause, subject, applies,
                 Truth<D>::of(t_.steps[subject.step].done, holds), expected, observed);
  }

  void new_pool(unsigned s) {
    pool_ = s;
    mappings_.clear();
  }

  Bool none_live() const {
    auto any = no_;
    for (const Mapping& m : mappings_) any = any | m.live;
    return !any;
  }

  /// The mapping that a step uses, live or not.
  Mapping* used(unsigned s) {
    for (auto m = mappings_.rbegin(); m != mappings_.rend(); ++m)
      if (m->entry == t_.steps[s].entry) return &*m;
    return nullptr;
  }

  void mapped(unsigned s) {
    const Step<D>& op = t_.steps[s];
    const auto ok = op.done & (op.ret != fact("DMA_MAPPING_ERROR"));
    const Mapping m{ok, op.entry, op.raw, op.out_nents, op.ret};
    placed(s, m);
    // what is advertised knows nothing of segment boundaries, nor of an allocation's alignment
    if (op.code == SGP_OP_BOUNCE_MAP)
      says("SWT-3", "largest-fits", {s, {}, "largest mapping"},
           (op.length == number(0)) & none_live() & reaches_pool(t_, s) &
               (t_.devices[op.device].segment_boundary == number(0)),
           ok, {}, op.ret);
    const Part all{wide(0), wide(m.size)};
    // also where the device writes: what it leaves out must come back as it was
    copies(s, m, true, yes_, !skips(op.attrs), all);
    mappings_.push_back(m);
  }

  /// SWT-1, SWT-4: where the slots of a new mapping are.
  void placed(unsigned s, const Mapping& m) {
    const Step<D>& op = t_.steps[s];
    const Device<D>& dev = t_.devices[op.device];
    const Subject address{s, {}, "address of the slot"};
    const auto end = wide(m.slot) + wide(m.size);
    const auto start = wide(t_.swiotlb_start), middle = start + wide(kSlots / 2 * kSlot);
    const auto one_half = (end <= middle) | (middle <= wide(m.slot));
    says("SWT-1", "inside-pool", address, m.live,
         (start <= wide(m.slot)) & (end <= wide(t_.swiotlb_end)), {}, m.slot);
    if (pool_) {
      const Step<D>& pool = t_.steps[*pool_];
      says("SWT-1", "one-area", address, m.live & (pool.raw != number(1)), one_half, {}, m.slot);
      says("SWT-1", "one-segment", address, m.live & (pool.length == number(kSlots / 2)), one_half,
           {}, m.slot);
    }
    says("SWT-1", "aligned", {s, {}, "low bits of the slot"}, m.live,
         (m.slot & dev.min_align) == (m.buffer & dev.min_align), m.buffer & dev.min_align,
         m.slot & dev.min_align);
    if (op.code == SGP_OP_BOUNCE_MAP_ALIGNED) {
      // bits that the device's mask does not take from the buffer
      const auto bits = d_.low(wide(op.offset) - wide(op.offset & dev.min_align));
      says("SWT-1", "allocation-aligned", {s, {}, "low bits of the slot"}, m.live,
           (m.slot & bits) == number(0), number(0), m.slot & bits);
    }
    auto apart = yes_;
    for (const Mapping& other : mappings_)
      apart = apart & ((!other.live) | (end <= wide(other.slot)) |
                       (wide(other.slot) + wide(other.size) <= wide(m.slot)));
    says("SWT-1", "apart", address, m.live, apart, {}, m.slot);
    const auto mask = d_.ite(dev.segment_boundary == number(0), number(t_.facts->word_mask()),
                             dev.segment_boundary);
    // a smaller boundary is one that no slot keeps
    says("SWT-4", "boundary", address, m.live & (number(kSlot - 1) <= mask),
         wide(m.slot & mask) + wide(m.size) <= wide(mask) + wide(1), {}, m.slot);
  }

  void synced(unsigned s) {
    const Mapping* m = used(s);
    if (m == nullptr) return;
    const Step<D>& op = t_.steps[s];
    const bool to_slot = op.code == SGP_OP_BOUNCE_SYNC_DEVICE;
    const auto needed = !is(op.dir, to_slot ? "DMA_FROM_DEVICE" : "DMA_TO_DEVICE");
    const auto end = wide(op.offset) + wide(op.length);
    const auto too_long = !(end <= wide(m->size));
    const Part part{wide(op.offset), wide(d_.ite(too_long, m->size, d_.low(end)))};
    copies(s, *m, to_slot, needed, needed & !too_long, part);
  }

  void unmapped(unsigned s) {
    Mapping* m = used(s);
    if (m == nullptr) return;
    const Step<D>& op = t_.steps[s];
    const auto needed = (!is(op.dir, "DMA_TO_DEVICE")) & !skips(op.attrs);
    copies(s, *m, false, needed, needed, {wide(0), wide(m->size)});
    m->live = m->live & !op.done;
  }

  // ----- SWT-2

  /// The event copies between matching positions of the mapping.
  Bool matches(const Event<D>& e, const Mapping& m, bool to_slot) const {
    const Word& at_slot = to_slot ? e.b : e.a;
    const Word& at_buffer = to_slot ? e.a : e.b;
    return wide(at_slot) + wide(m.buffer) == wide(at_buffer) + wide(m.slot);
  }

  /// Bytes of a mapping of which something is said: one that stands for all, or, of an execution,
  /// those at which something begins or ends.
  std::vector<Word> places(unsigned s, const Mapping& m, bool to_slot, const Part& part) const {
    if constexpr (std::is_same_v<D, ConcreteDomain>) {
      std::vector<Word> all{d_.low(part.first)};
      for (const Event<D>& e : t_.events) {
        if (e.step != s || e.kind != SGP_EV_COPIED) continue;
        const Wide from = wide(to_slot ? e.b : e.a), slot = wide(m.slot);
        if (decide(from < slot)) continue;
        const auto first = from - slot, end = first + wide(e.c);
        if (decide(wide(0) < first)) all.push_back(d_.low(first - wide(1)));
        all.push_back(d_.low(end));
      }
      return all;
    } else {
      return {t_.any};
    }
  }

  /// A map call that finds too late that the device does not reach the slots has copied already:
  /// bytes of the buffer into the pool, to slots that nobody has then.
  Bool into_pool_in_vain(unsigned s, const Event<D>& e, const Mapping& m) const {
    if (t_.steps[s].code != SGP_OP_BOUNCE_MAP) return no_;
    const auto end = wide(e.b) + wide(e.c);
    auto free = yes_;
    for (const Mapping& other : mappings_)
      free = free & ((!other.live) | (end <= wide(other.slot)) |
                     (wide(other.slot) + wide(other.size) <= wide(e.b)));
    return (!m.live) & (!reaches_pool(t_, s)) & free & (m.buffer <= e.a) &
           (wide(e.a) + wide(e.c) <= wide(m.buffer) + wide(m.size)) & (t_.swiotlb_start <= e.b) &
           (end <= wide(t_.swiotlb_end));
  }

  /// What step `s` copies of a mapping: where it `may`, bytes of the part, and where it `must`,
  /// each of them.
  void copies(unsigned s, const Mapping& m, bool to_slot, const Bool& may, const Bool& must,
              const Part& part) {
    const Subject subject{s, {}, "bytes that were copied"};
    for (const Word& x : places(s, m, to_slot, part)) {
      auto done = no_;
      const auto at = wide(m.slot) + wide(x);
      for (const Event<D>& e : t_.events) {
        if (e.step != s || e.kind != SGP_EV_COPIED) continue;
        const auto from = wide(to_slot ? e.b : e.a);
        done = done | (e.guard & matches(e, m, to_slot) & (from <= at) & (at < from + wide(e.c)));
      }
      says("SWT-2", "bytes", subject,
           m.live & must & (part.first <= wide(x)) & (wide(x) < part.end), done, {}, x);
    }
    for (const Event<D>& e : t_.events) {
      if (e.step != s || e.kind != SGP_EV_COPIED) continue;
      const auto from = wide(to_slot ? e.b : e.a), slot = wide(m.slot);
      says("SWT-2", "nothing-else", subject, e.guard & (e.c != number(0)),
           (m.live & may & matches(e, m, to_slot) & (slot + part.first <= from) &
            (from + wide(e.c) <= slot + part.end)) |
               into_pool_in_vain(s, e, m),
           {}, e.c);
    }
  }

  // ----- SWT-3

  /// All slots are as in a new pool.
  void looked(unsigned s) {
    const auto empty = none_live();
    const Word longest = pool_ ? t_.steps[*pool_].length : number(SGP_BOUNCE_SLOTS);
    for (const Event<D>& e : t_.events) {
      if (e.step != s || e.kind != SGP_EV_SLOT) continue;
      const auto in_segment = e.a & d_.low(wide(longest) - wide(1));
      const auto free = d_.low(wide(longest) - wide(in_segment));
      says("SWT-3", "slots-free", {s, {}, "free slots from a slot on"}, empty & e.guard,
           e.b == free, free, e.b);
      says("SWT-3", "slots-cleared", {s, {}, "what a slot holds"}, empty & e.guard,
           (e.c == number(~std::uint64_t{0})) & (e.d == number(0)) & (e.ret == number(0)), {}, e.c);
    }
    says("SWT-3", "none-used", {s, {}, "slots that count as used"}, empty,
         t_.steps[s].ret == number(0), number(0), t_.steps[s].ret);
  }

  const Trace<D>& t_;
  const D& d_;
  Judge<D>& judge_;
  const Bool yes_, no_;
  std::optional<unsigned> pool_;  ///< step that made the pool
  std::vector<Mapping> mappings_;
};

/// All checks of bounce buffers as code.
template <class D>
void swt_any(const Trace<D>& trace, Judge<D>& judge) {
  SwtAny<D>(trace, judge).go();
}

}  // namespace sgproof::model
