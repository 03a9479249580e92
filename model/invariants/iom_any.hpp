// IOM-1 to IOM-9 as statements about a run whose numbers may be symbolic: what iom.hpp looks up
// byte by byte in an execution is said here of one arbitrary byte (Trace::any). Of untrusted
// devices only lists of one entry, which lead to bounce slots. Where translation is asked for, the
// calls of the driver say it: no tables are read. Sources: drivers/iommu/dma-iommu.c
// (iommu_dma_map_sg, __finalise_sg, iommu_dma_unmap_sg), drivers/iommu/iommu.c (iommu_map_sg,
// iommu_map, iommu_unmap), Documentation/core-api/dma-api.rst.
#pragma once

#include <utility>
#include <vector>

#include "model/invariants/mapping.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

template <class D>
class IomAny {
 public:
  IomAny(const Trace<D>& t, Judge<D>& judge)
      : t_(t), d_(*t.domain), judge_(judge), yes_(d_.boolean(true)), no_(d_.boolean(false)) {}

  void go() {
    for (unsigned s = 0; s < t_.steps.size(); ++s) {
      const sgp_opcode code = t_.steps[s].code;
      if (!is_map(code) && !is_sync(code) && code != SGP_OP_UNMAP) continue;
      given_back(s);
      own_domain(s);
      if (is_sync(code)) {
        kept_by_sync(s);
      } else if (code == SGP_OP_UNMAP) {
        const auto mapped = mapped_before(t_, s);
        all_entries_undone(s, mapped);
        nothing_left(s, mapped);
      } else if (const auto inputs = segments(t_, s); !inputs.empty()) {
        map_step(s, inputs);
      }
    }
  }

 private:
  using Bool = typename D::Bool;
  using Word = typename D::Word;
  using Wide = typename D::Wide;
  using Segments = std::vector<Segment<D>>;

  /// include/linux/iommu.h
  static constexpr std::uint64_t kRead = 1, kWrite = 2;
  /// Default of dma_get_max_seg_size() (include/linux/dma-mapping.h).
  static constexpr std::uint64_t kMaxSegment = 0x10000;
  static constexpr std::uint64_t kGranule = 0x1000;  ///< of the contract's domains

  /// Where an IOVA leads.
  struct Place {
    Bool present;
    Word phys;
  };

  /// Entries of an output list: which are valid, and the bytes before each.
  struct Outputs {
    std::vector<Bool> valid;
    std::vector<Wide> before;
    Wide total;
  };

  // ----- numbers

  Word number(std::uint64_t value) const { return d_.word(value); }
  Wide wide(const Word& w) const { return d_.wide(w); }
  Bool is_zero(const Word& w) const { return w == number(0); }
  Bool not_zero(const Word& w) const { return w != number(0); }
  Word down(const Word& w) const { return w & number(~(kGranule - 1)); }
  Word up(const Wide& w) const { return down(d_.low(w + wide(number(kGranule - 1)))); }
  Word only_if(const Bool& c, const Word& w) const { return d_.ite(c, w, number(0)); }
  Bool in_range(const Word& y, const Word& start, const Word& size) const {
    return (start <= y) & (wide(y) < wide(start) + wide(size));
  }
  Word shifted(const Word& base, const Word& y, const Word& start) const {
    return d_.low(wide(base) + wide(y) - wide(start));
  }
  /// The memory that the device sees of a segment: a slot where it was bounced.
  Word memory_of(unsigned s, const Segment<D>& seg) const {
    auto at = d_.low(seg.phys);
    each(s, SGP_EV_SWIOTLB_MAP, [&](const Event<D>& e) {
      const auto mine = e.guard & (wide(e.a) == seg.phys) & (e.b == seg.length) &
                        (e.ret != number(t_.facts->at("DMA_MAPPING_ERROR")));
      at = d_.ite(mine, e.ret, at);
    });
    return at;
  }

  Bool untrusted(unsigned s) const {
    const Device<D>& device = t_.devices[t_.steps[s].device];
    return not_zero(device.untrusted) & not_zero(device.is_pci);
  }

  void says(std::string_view invariant, std::string_view clause, Subject subject,
            const Bool& applies, const Bool& holds, std::optional<Word> expected = {},
            std::optional<Word> observed = {}, std::vector<Bool> lemmas = {}) {
    judge_.check(invariant, clause, subject, applies,
                 Truth<D>::of(t_.steps[subject.step].done, holds), expected, observed,
                 std::move(lemmas));
  }

  // ----- what was seen

  template <class Use>
  void each(unsigned s, sgp_event_kind kind, Use use) const {
    for (const Event<D>& e : t_.events)
      if (e.step == s && e.kind == kind) use(e);
  }

  /// The first try is for an address below 4 GiB; only the last counts.
  Bool no_address(unsigned s) const {
    auto none = no_;
    each(s, SGP_EV_IOVA_ALLOC,
         [&](const Event<D>& e) { none = (e.guard & is_zero(e.ret)) | ((!e.guard) & none); });
    return none;
  }

  Bool driver_failed(unsigned s) const {
    auto failed = no_;
    each(s, SGP_EV_IOMMU_MAP, [&](const Event<D>& e) {
      failed = failed | (e.guard & not_zero(e.d & number(SGP_IOMMU_ERROR)));
    });
    return failed;
  }

  /// Whether the devices of two steps have one domain: an address of another one is another
  /// address.
  Bool one_domain(unsigned a, unsigned b) const {
    return t_.steps[a].device == t_.steps[b].device ? yes_ : not_zero(t_.iommu_one_group);
  }

  /// Whether the driver is called for another domain than that of the step's device.
  Bool of_other_domain(const Event<D>& e) const {
    return not_zero(e.d & number(SGP_IOMMU_OTHER_DOMAIN));
  }

  /// Where an address leads after step `s`: the last call of the driver about it says so.
  Place leads_to(unsigned s, const Word& iova) const {
    Place place{no_, number(0)};
    for (const Event<D>& e : t_.events) {
      if (e.step > s || (e.kind != SGP_EV_IOMMU_MAP && e.kind != SGP_EV_IOMMU_UNMAP)) continue;
      const auto here =
          e.guard & one_domain(e.step, s) & (!of_other_domain(e)) & in_range(iova, e.a, e.ret);
      if (e.kind == SGP_EV_IOMMU_MAP) {
        place.present = place.present | here;
        place.phys = d_.ite(here, shifted(e.b, iova, e.a), place.phys);
      } else {
        place.present = place.present & !here;
      }
    }
    return place;
  }

  Word count_of(unsigned s) const {
    const Step<D>& op = t_.steps[s];
    return op.code == SGP_OP_MAP_SG ? op.ret : op.out_nents;
  }

  Outputs outputs_of(unsigned s) const {
    Outputs out{{}, {}, wide(number(0))};
    for (unsigned k = 0; k < t_.nents; ++k) {
      out.valid.push_back(number(k) < count_of(s));
      out.before.push_back(out.total);
      out.total = out.total + wide(only_if(out.valid.back(), t_.steps[s].entries[k].dma_length));
    }
    return out;
  }

  // ----- the invariants

  void map_step(unsigned s, const Segments& inputs) {
    const Step<D>& op = t_.steps[s];
    const auto ok = map_succeeded(t_, s);
    const auto no_iova = no_address(s), failed = driver_failed(s), full = bounce_failed(t_, s);
    auto refused = no_;
    for (const auto& in : inputs) refused = refused | in.refused;
    restored(s);
    asked_for(s, inputs, refused, no_iova);
    entered(s, inputs);
    const auto count = count_of(s);
    says("IOM-3", "count", {s, {}, "number of mapped entries"}, ok,
         (number(1) <= count) & (count <= number(t_.nents)), {}, count);
    const auto out = outputs_of(s);
    for (unsigned i = 0; i < inputs.size(); ++i) segment_mapped(s, i, ok, inputs, out);
    auto bytes = wide(number(0));
    for (const auto& in : inputs) bytes = bytes + wide(in.length);
    says("IOM-2", "bytes", {s, {}, "bytes of the output list"}, ok, bytes == out.total);
    limits(s, ok, inputs, out);
    for (unsigned k = 0; k < t_.nents; ++k) {
      const Word& length = op.entries[k].dma_length;
      says("IOM-2", "marked", {s, k, "dma_length"}, ok & out.valid[k], not_zero(length), {},
           length);
      says("IOM-3", "rest-empty", {s, k, "dma_length"}, ok & (!out.valid[k]), is_zero(length),
           number(0), length);
    }
    says("IOM-9", "error-is-failure", {s, {}, "return value"}, ok, !(failed | no_iova | full), {},
         op.ret);
    nothing_left(s, op.done & (!ok));
    const auto can = !(refused | no_iova | failed | full);
    says("MAP-11", "succeeds", {s, {}, "return value"}, can, ok, {}, op.ret);
    if (reused(t_, s))
      says("IOM-9", "tried-again", {s, {}, "return value"}, can & failed_before(t_, s), ok, {},
           op.ret);
    error_kept(s, "REF-1", "map-error", refused, "EREMOTEIO");
    const auto by_entry = untrusted(s);
    error_kept(s, "REF-1", "map-error", no_iova & (!(refused | failed | by_entry)), "ENOMEM");
    error_kept(s, "IOM-9", "error-kept", failed & (!(refused | by_entry)), "ENOMEM");
    error_kept(s, "IOM-9", "error-kept", by_entry & (!refused) & (no_iova | failed | full), "EIO");
  }

  void error_kept(unsigned s, std::string_view invariant, std::string_view clause,
                  const Bool& applies, const char* error) {
    const Step<D>& op = t_.steps[s];
    const auto expected =
        number(op.code == SGP_OP_MAP_SG ? 0 : std::uint64_t{0} - t_.facts->at(error));
    says(invariant, clause, {s, {}, "return value"}, applies, op.ret == expected, expected, op.ret);
  }

  /// IOM-5: what the call stashed in the entries is put back, whatever became of it.
  void restored(unsigned s) {
    if (s == 0) return;
    const auto seen = t_.steps[s - 1].done;
    for (unsigned i = 0; i < t_.nents; ++i) {
      const EntryObs<D>& before = t_.steps[s - 1].entries[i];
      const EntryObs<D>& after = t_.steps[s].entries[i];
      says("IOM-5", "offset", {s, i, "offset"}, seen, before.offset == after.offset, before.offset,
           after.offset);
      says("IOM-5", "length", {s, i, "length"}, seen, before.length == after.length, before.length,
           after.length);
    }
  }

  /// Default of dma_get_seg_boundary() (include/linux/dma-mapping.h).
  Word no_boundary() const { return number(t_.facts->word_mask()); }

  Word boundary(unsigned s) const {
    const Word& mask = t_.devices[t_.steps[s].device].segment_boundary;
    return d_.ite(is_zero(mask), no_boundary(), mask);
  }

  /// Bytes of the whole granules that a segment touches.
  Word granules_of(unsigned s, const Segment<D>& in) const {
    return up(wide(memory_of(s, in) & number(kGranule - 1)) + wide(in.length));
  }

  /// IOM-1: one range that covers the granules of the segments that need addresses.
  void asked_for(unsigned s, const Segments& inputs, const Bool& refused, const Bool& no_iova) {
    const auto mask = boundary(s);
    auto wanted = wide(number(0)), padding = wanted;
    auto needed = no_;
    const auto usual = mask == no_boundary();
    for (const auto& in : inputs) {
      needed = needed | (!in.bus);
      wanted = wanted + wide(only_if(!in.bus, granules_of(s, in)));
      padding = padding + wide(only_if((!in.bus) & (!usual), mask)) +
                wide(d_.ite((!in.bus) & (!usual), number(1), number(0)));
    }
    const auto asks = needed & !(refused | bounce_failed(t_, s));
    auto any = no_, twice = no_;
    each(s, SGP_EV_IOVA_ALLOC, [&](const Event<D>& e) {
      const auto got = e.guard & not_zero(e.ret);
      twice = twice | (any & got);
      any = any | got;
      says("IOM-1", "covers", {s, {}, "size of the IOVA range"}, got & asks, wanted <= wide(e.a),
           d_.low(wanted), e.a);
      // between two segments at most what is missing to the next boundary
      says("IOM-1", "no-more", {s, {}, "size of the IOVA range"}, got & asks,
           wide(e.a) <= wanted + padding, d_.low(wanted), e.a);
    });
    says("IOM-1", "none-needed", {s, {}, "IOVA ranges"}, !asks, !any);
    says("IOM-1", "one-range", {s, {}, "IOVA ranges"}, asks & (!no_iova), any & (!twice));
  }

  /// Bytes that may be entered behind the granules of segment i: before another one a device that
  /// has a segment boundary may get what is there up to it (known: padding-maps-what-follows).
  Word padding_behind(unsigned s, std::size_t i) const {
    const auto mask = boundary(s);
    return i + 1 == t_.nents ? number(0) : d_.ite(mask == no_boundary(), number(0), mask);
  }

  /// IOM-7: only granules of the segments are entered, with the permissions of the direction.
  void entered(unsigned s, const Segments& inputs) {
    const auto dir = t_.steps[s].dir;
    const auto from = dir == number(t_.facts->at("DMA_FROM_DEVICE"));
    const auto to = dir == number(t_.facts->at("DMA_TO_DEVICE"));
    const auto permission =
        d_.ite(from, number(kWrite), d_.ite(to, number(kRead), number(kRead | kWrite)));
    each(s, SGP_EV_IOMMU_MAP, [&](const Event<D>& e) {
      const auto byte = shifted(e.b, t_.any, number(0));
      auto ours = no_;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto& in = inputs[i];
        const auto room = d_.low(wide(granules_of(s, in)) + wide(padding_behind(s, i)));
        ours = ours | ((!in.bus) & in_range(byte, down(memory_of(s, in)), room));
      }
      says("IOM-7", "only-the-segments", {s, {}, "memory that the driver maps"},
           e.guard & (t_.any < e.ret), ours, {}, byte);
      const auto given = e.d & number(kRead | kWrite);
      says("IOM-7", "permission", {s, {}, "permission given to the driver"},
           e.guard & not_zero(e.ret), given == permission, permission, given);
    });
  }

  /// Where the arbitrary byte of a segment is in the range that was handed out, if the granules of
  /// the segments follow each other there.
  Word place_of(unsigned s, unsigned i, const Segments& inputs) const {
    auto start = number(0);
    each(s, SGP_EV_IOVA_ALLOC,
         [&](const Event<D>& e) { start = d_.ite(e.guard & not_zero(e.ret), e.ret, start); });
    auto at = wide(start) + wide(memory_of(s, inputs[i]) & number(kGranule - 1)) + wide(t_.any);
    for (unsigned j = 0; j < i; ++j)
      at = at + wide(only_if(!inputs[j].bus, granules_of(s, inputs[j])));
    return d_.low(at);
  }

  /// IOM-2, MAP-1: the output list leads to every byte of the segment, at its place in the list.
  void segment_mapped(unsigned s, unsigned i, const Bool& ok, const Segments& inputs,
                      const Outputs& out) {
    const Segment<D>& in = inputs[i];
    auto before = wide(number(0));
    for (unsigned j = 0; j < i; ++j) before = before + wide(inputs[j].length);
    const auto byte = before + wide(t_.any);
    const auto place = place_of(s, i, inputs);
    auto reached = no_, marked = yes_, address = yes_, length = yes_, covered = no_;
    std::vector<Bool> lemmas;
    for (unsigned k = 0; k < t_.nents; ++k) {
      const EntryObs<D>& o = t_.steps[s].entries[k];
      const auto holds = [&](const Wide& at) {
        return out.valid[k] & (out.before[k] <= at) & (at < out.before[k] + wide(o.dma_length));
      };
      const auto is_bus = not_zero(o.is_bus);
      const auto first = holds(before);
      marked = marked & ((!first) | (is_bus == in.bus));
      address = address & ((!first) | (o.dma_address == in.bus_address));
      length = length & ((!first) | (o.dma_length == in.length));
      const auto iova = d_.low(wide(o.dma_address) + byte - out.before[k]);
      const auto there = leads_to(s, iova);
      covered = covered | holds(byte);
      lemmas.push_back((!holds(byte)) | ((!is_bus) & (iova == place)));
      reached = reached | (holds(byte) & (!is_bus) & there.present &
                           (there.phys == shifted(memory_of(s, in), t_.any, number(0))));
    }
    says("IOM-2", "marked", {s, i, "bus-address mark"}, ok, marked);
    says("MAP-1", "address", {s, i, "dma_address"}, ok & in.bus, address, in.bus_address);
    says("MAP-1", "length", {s, i, "dma_length"}, ok & in.bus, length, in.length);
    const auto there = leads_to(s, place);
    lemmas.push_back(covered);
    lemmas.push_back(there.present & (there.phys == shifted(memory_of(s, in), t_.any, number(0))));
    says("IOM-2", "bytes", {s, i, "dma_address"}, ok & (!in.bus) & (t_.any < in.length), reached,
         memory_of(s, in), {}, std::move(lemmas));
  }

  /// IOM-3: the device's limits on one segment, where the input respects them.
  void limits(unsigned s, const Bool& ok, const Segments& inputs, const Outputs& out) {
    const Word& asked = t_.devices[t_.steps[s].device].max_segment;
    const auto longest = d_.ite(is_zero(asked), number(kMaxSegment), asked);
    const auto mask = boundary(s);
    const auto fits = [&](const Word& address, const Word& length) {
      return wide(address & mask) + wide(length) <= wide(mask) + wide(number(1));
    };
    auto short_enough = yes_, fit = yes_;
    for (const auto& in : inputs) {
      short_enough = short_enough & (in.length <= longest);
      fit = fit & fits(memory_of(s, in) & number(kGranule - 1), in.length);
    }
    for (unsigned k = 0; k < t_.nents; ++k) {
      const EntryObs<D>& o = t_.steps[s].entries[k];
      const auto looked_at = ok & out.valid[k] & is_zero(o.is_bus);
      says("IOM-3", "size", {s, k, "dma_length"}, looked_at & short_enough, o.dma_length <= longest,
           longest, o.dma_length);
      says("IOM-3", "boundary", {s, k, "dma_address"}, looked_at & fit & not_zero(o.dma_length),
           fits(o.dma_address, o.dma_length), {}, o.dma_address);
    }
  }

  /// IOM-4: what is given back is what was taken.
  void given_back(unsigned s) {
    as_taken_.clear();
    for (const Event<D>& e : t_.events) {
      if (e.step != s) continue;
      if (e.kind == SGP_EV_IOVA_ALLOC) {
        held_.push_back({e.guard & not_zero(e.ret), e.ret, e.a, s});
      } else if (e.kind == SGP_EV_IOVA_FREE) {
        auto mine = no_;
        for (Range& range : held_) {
          const auto this_one =
              range.held & one_domain(range.step, s) & (range.start == e.a) & (range.size == e.b);
          range.held = range.held & !(e.guard & this_one);
          mine = mine | this_one;
        }
        says("IOM-4", "as-taken", {s, {}, "IOVA range given back"}, e.guard, mine, {}, e.a);
        as_taken_.push_back((!e.guard) | mine);
      }
    }
  }

  /// IOM-7: the driver is called for the domain of the device that the list is for.
  void own_domain(unsigned s) {
    for (const auto kind : {SGP_EV_IOMMU_MAP, SGP_EV_IOMMU_UNMAP})
      each(s, kind, [&](const Event<D>& e) {
        says("IOM-7", "own-domain", {s, {}, "domain that the driver is called for"}, e.guard,
             !of_other_domain(e));
      });
  }

  /// IOM-2: what the list leads to is the same behind a sync.
  void kept_by_sync(unsigned s) {
    if (s == 0) return;
    const auto before = leads_to(s - 1, t_.any), after = leads_to(s, t_.any);
    says("IOM-2", "kept-by-sync", {s, {}, "where an IOVA leads"}, mapped_before(t_, s),
         (before.present == after.present) & ((!after.present) | (before.phys == after.phys)), {},
         after.phys);
  }

  /// MAP-5: an unmap is asked to undo the entries that the map call was given.
  void all_entries_undone(unsigned s, const Bool& mapped) {
    each(s, SGP_EV_VISIT, [&](const Event<D>& e) {
      says("MAP-5", "all-entries", {s, {}, "entries given to dma_unmap_sg_attrs"}, mapped & e.guard,
           e.ret == number(t_.nents), number(t_.nents), e.ret);
    });
  }

  /// What the driver is asked to unmap is a range as it was handed out.
  std::vector<Bool> unmapped_as_a_whole(unsigned s) const {
    std::vector<Bool> all;
    each(s, SGP_EV_IOMMU_UNMAP, [&](const Event<D>& e) {
      auto whole = !e.guard;
      for (const Event<D>& taken : t_.events)
        if (taken.step < s && taken.kind == SGP_EV_IOVA_ALLOC)
          whole = whole | (taken.guard & (taken.ret == e.a) & (taken.a == e.ret));
      all.push_back(whole);
    });
    return all;
  }

  /// IOM-4 and IOM-8: where `applies`, nothing of the list is left after step `s`.
  void nothing_left(unsigned s, const Bool& applies) {
    auto kept = no_;
    for (Range& range : held_) {
      kept = kept | range.held;
      range.held = range.held & !applies;  // said once
    }
    says("IOM-4", "nothing-kept", {s, {}, "IOVA ranges that were not given back"}, applies, !kept,
         {}, {}, as_taken_);
    auto handed_out = no_;
    for (const Event<D>& e : t_.events)
      if (e.step <= s && e.kind == SGP_EV_IOVA_ALLOC)
        handed_out = handed_out | (e.guard & one_domain(e.step, s) & not_zero(e.ret) &
                                   in_range(t_.any, e.ret, e.a));
    std::vector<Bool> lemmas;
    if (t_.steps[s].code == SGP_OP_UNMAP) lemmas = unmapped_as_a_whole(s);
    says("IOM-8", "gone", {s, {}, "IOVA that still translates"}, applies & handed_out,
         !leads_to(s, t_.any).present, {}, t_.any, std::move(lemmas));
    auto unmapped = no_, flushed_after = no_, freed_unflushed = no_;
    for (const Event<D>& e : t_.events) {
      if (e.step != s) continue;
      if (e.kind == SGP_EV_IOMMU_UNMAP) {
        unmapped = unmapped | e.guard;
        flushed_after = flushed_after & (!e.guard);
      } else if (e.kind == SGP_EV_IOMMU_FLUSH) {
        flushed_after = flushed_after | e.guard;
      } else if (e.kind == SGP_EV_IOVA_FREE) {
        freed_unflushed = freed_unflushed | (e.guard & unmapped & (!flushed_after));
      }
    }
    says("IOM-8", "flushed", {s, {}, "flushes of the IOTLB"}, applies & unmapped,
         flushed_after & (!freed_unflushed));
  }

  /// A range of IOVAs that was handed out; `held` until it is given back.
  struct Range {
    Bool held;
    Word start, size;
    unsigned step;
  };

  const Trace<D>& t_;
  const D& d_;
  Judge<D>& judge_;
  const Bool yes_, no_;
  std::vector<Range> held_;
  std::vector<Bool> as_taken_;  ///< what this step gives back was taken
};

/// All checks of IOM on a translated trace.
template <class D>
void iom_any(const Trace<D>& trace, Judge<D>& judge) {
  IomAny<D>(trace, judge).go();
}

}  // namespace sgproof::model
