#include "model/invariants/iom.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "model/invariants/mapping.hpp"

namespace sgproof::model {
namespace {

using D = ConcreteDomain;
using Number = std::uint64_t;

/// include/linux/iommu.h
constexpr Number kIommuRead = 1, kIommuWrite = 2;
/// Default of dma_get_max_seg_size() (include/linux/dma-mapping.h).
constexpr Number kMaxSegment = 0x10000;

/// Half of what the bounce buffers can hold in one piece (IO_TLB_SEGSIZE slots).
constexpr Number kSurelyInPool = 0x20000;

Number value(const D::Word& word) { return word.value(); }

/// A run of bytes with an address on each side.
struct Interval {
  Number from = 0, to = 0, size = 0;

  bool operator==(const Interval&) const = default;
};

/// One input segment of a map step.
struct Input {
  bool bus = false, refused = false, peer = false;
  Number first = 0;  ///< physical, or the bus address where `bus`
  Number phys = 0, length = 0;
};

/// What is seen of one map or unmap step.
struct Seen {
  std::vector<Interval> allocated;   ///< from: the IOVA; size 0: no address was found
  std::vector<Interval> given_back;  ///< in order
  std::vector<Interval> mapped;      ///< IOVA, physical, bytes
  std::vector<Number> permissions;   ///< of each
  std::vector<Interval> translates;  ///< after the step
  std::optional<bool> own_domain;    ///< of all calls of the driver, if there are any
  bool no_address = false, driver_failed = false, pool_full = false;
  std::vector<Number> slots_back;  ///< bounce slots given back
  bool unmapped = false, flushed_after = false, freed_unflushed = false;
};

void note_domain(Seen& seen, const Event<D>& e) {
  seen.own_domain = seen.own_domain.value_or(true) && (value(e.d) & SGP_IOMMU_OTHER_DOMAIN) == 0;
}

Seen look(const Trace<D>& t, unsigned s) {
  Seen seen;
  for (const Event<D>& e : t.events) {
    if (e.step != s || !decide(e.guard)) continue;
    const Number a = value(e.a), b = value(e.b), c = value(e.c), ret = value(e.ret);
    switch (e.kind) {
      case SGP_EV_IOVA_ALLOC:
        // the first try is for an address below 4 GiB; only the last counts
        seen.no_address = ret == 0;
        if (ret != 0) seen.allocated.push_back({ret, 0, a});
        break;
      case SGP_EV_IOVA_FREE:
        seen.given_back.push_back({a, 0, b});
        if (seen.unmapped && !seen.flushed_after) seen.freed_unflushed = true;
        break;
      case SGP_EV_IOMMU_MAP:
        note_domain(seen, e);
        if (ret != 0) seen.mapped.push_back({a, b, ret});
        if (ret != 0) seen.permissions.push_back(value(e.d));
        seen.driver_failed |= (value(e.d) & SGP_IOMMU_ERROR) != 0;
        break;
      case SGP_EV_IOMMU_UNMAP:
        note_domain(seen, e);
        seen.unmapped = true;
        seen.flushed_after = false;
        break;
      case SGP_EV_IOMMU_FLUSH:
        seen.flushed_after = true;
        break;
      case SGP_EV_TRANSLATES:
        seen.translates.push_back({a, b, c});
        break;
      case SGP_EV_SWIOTLB_MAP:
        seen.pool_full |= ret == t.facts->at("DMA_MAPPING_ERROR");
        break;
      case SGP_EV_SWIOTLB_UNMAP:
        seen.slots_back.push_back(a);
        break;
      default:
        break;
    }
  }
  return seen;
}

Number align_down(Number x, Number granule) { return x / granule * granule; }
Number align_up(Number x, Number granule) { return align_down(x + granule - 1, granule); }

class Judged {
 public:
  Judged(const Trace<D>& t, Judge<D>& judge)
      : t_(t), judge_(judge), granule_(std::max<Number>(value(t.iommu_granule), 1)) {}

  void go() {
    for (unsigned s = 0; s < t_.steps.size(); ++s) {
      const Step<D>& op = t_.steps[s];
      if (!is_map(op.code) && !is_sync(op.code) && op.code != SGP_OP_UNMAP) continue;
      const Seen seen = look(t_, s);
      give_back(s, seen);
      says_own_domain(s, seen);
      if (is_sync(op.code)) {
        kept_by_sync(s, seen);
      } else if (op.code == SGP_OP_UNMAP) {
        if (decide(mapped_before(t_, s))) {
          entries_undone(s);
          slots_given_back(s, seen);
          nothing_left(s, seen);
        }
      } else if (const auto inputs = inputs_of(s); !inputs.empty()) {
        slots_.clear();
        if (untrusted(s))
          map_untrusted(s, seen, inputs);
        else
          map_step(s, seen, inputs);
      }
    }
  }

 private:
  void says(std::string_view invariant, std::string_view clause, Subject subject, bool holds,
            std::optional<Number> expected = {}, std::optional<Number> observed = {}) {
    const auto word = [](std::optional<Number> n) {
      return n ? std::optional(D::Word(*n)) : std::nullopt;
    };
    judge_.check(invariant, clause, subject, ConcreteBool(true),
                 Truth<D>::of(t_.steps[subject.step].done, ConcreteBool(holds)), word(expected),
                 word(observed));
  }

  std::vector<Input> inputs_of(unsigned s) const {
    std::vector<Input> all;
    for (const auto& seg : segments(t_, s)) {
      Input in;
      in.bus = decide(seg.bus);
      in.refused = decide(seg.refused);
      in.peer = decide(seg.is_p2p);
      in.phys = value(t_.domain->low(seg.phys));
      in.first = in.bus ? value(seg.bus_address) : in.phys;
      in.length = value(seg.length);
      all.push_back(in);
    }
    return all;
  }

  void map_step(unsigned s, const Seen& seen, const std::vector<Input>& inputs) {
    const Step<D>& op = t_.steps[s];
    const bool ok = decide(map_succeeded(t_, s));
    const bool refused = std::ranges::any_of(inputs, &Input::refused);
    restored(s);
    asked_for(s, seen, inputs, refused);
    entered(s, seen, inputs);
    if (ok) {
      const Number count = value(op.code == SGP_OP_MAP_SG ? op.ret : op.out_nents);
      const auto outputs = std::min<Number>(count, t_.nents);
      says("IOM-3", "count", {s, {}, "number of mapped entries"}, count >= 1 && count <= t_.nents,
           {}, count);
      bytes(s, seen, inputs, static_cast<unsigned>(outputs));
      limits(s, inputs, static_cast<unsigned>(outputs));
      for (auto i = static_cast<unsigned>(outputs); i < t_.nents; ++i)
        says("IOM-3", "rest-empty", {s, i, "dma_length"}, value(op.entries[i].dma_length) == 0, 0,
             value(op.entries[i].dma_length));
      says("IOM-9", "error-is-failure", {s, {}, "return value"},
           !(seen.driver_failed || seen.no_address), {}, value(op.ret));
    } else {
      nothing_left(s, seen);
    }
    const bool can = !refused && !seen.no_address && !seen.driver_failed;
    if (can) succeeds(s, ok);
    if (!can) {
      const bool of_driver = !refused && seen.driver_failed;
      const char* error = refused ? "EREMOTEIO" : "ENOMEM";
      const Number expected = op.code == SGP_OP_MAP_SG ? 0 : Number{0} - t_.facts->at(error);
      says(of_driver ? "IOM-9" : "REF-1", of_driver ? "error-kept" : "map-error",
           {s, {}, "return value"}, value(op.ret) == expected, expected, value(op.ret));
    }
  }

  /// MAP-11, and IOM-9 of a list that an earlier call failed for.
  void succeeds(unsigned s, bool ok) {
    const Number ret = value(t_.steps[s].ret);
    says("MAP-11", "succeeds", {s, {}, "return value"}, ok, {}, ret);
    if (decide(failed_before(t_, s)))
      says("IOM-9", "tried-again", {s, {}, "return value"}, ok, {}, ret);
  }

  /// IOM-7: the driver is called for the domain of the device that the list is for.
  void says_own_domain(unsigned s, const Seen& seen) {
    if (seen.own_domain)
      says("IOM-7", "own-domain", {s, {}, "domain that the driver is called for"},
           *seen.own_domain);
  }

  /// IOM-2: what the list leads to is the same behind a sync.
  void kept_by_sync(unsigned s, const Seen& seen) {
    if (s != 0 && decide(mapped_before(t_, s)))
      says("IOM-2", "kept-by-sync", {s, {}, "where an IOVA leads"},
           look(t_, s - 1).translates == seen.translates);
  }

  /// Whether the device is an external one: what shares a granule with other memory is bounced.
  [[nodiscard]] bool untrusted(unsigned s) const {
    const auto& device = t_.devices[t_.steps[s].device];
    return value(device.untrusted) != 0 && value(device.is_pci) != 0;
  }

  [[nodiscard]] bool in_pool(Number phys) const {
    return phys >= value(t_.swiotlb_start) && phys < value(t_.swiotlb_end);
  }

  /// A list of an untrusted device: every segment by itself.
  void map_untrusted(unsigned s, const Seen& seen, const std::vector<Input>& inputs) {
    const Step<D>& op = t_.steps[s];
    const bool ok = decide(map_succeeded(t_, s));
    const bool refused = std::ranges::any_of(inputs, &Input::refused);
    const bool failed = seen.driver_failed || seen.no_address || seen.pool_full;
    restored(s);
    entered(s, seen, inputs);
    if (ok) {
      const Number count = value(op.code == SGP_OP_MAP_SG ? op.ret : op.out_nents);
      says("IOM-3", "count", {s, {}, "number of mapped entries"}, count == t_.nents, t_.nents,
           count);
      for (unsigned i = 0; i < inputs.size(); ++i) untrusted_entry(s, i, seen, inputs[i]);
      ranges_of_each(s, seen, inputs);
      limits(s, inputs, t_.nents);
      says("IOM-9", "error-is-failure", {s, {}, "return value"}, !failed, {}, value(op.ret));
      return;
    }
    nothing_left(s, seen);
    const bool fits =
        std::ranges::all_of(inputs, [](const Input& in) { return in.length <= kSurelyInPool; });
    if (fits && !refused && !failed) succeeds(s, false);
    if (refused && failed) return;  // whichever comes first
    if (!refused && !failed) return;
    const char* error = refused ? "EREMOTEIO" : "EIO";
    const Number expected = op.code == SGP_OP_MAP_SG ? 0 : Number{0} - t_.facts->at(error);
    says(refused ? "REF-1" : "IOM-9", refused ? "map-error" : "error-kept", {s, {}, "return value"},
         value(op.ret) == expected, expected, value(op.ret));
  }

  /// MAP-7, SWT-1, SWT-5 and IOM-2 of an entry.
  void untrusted_entry(unsigned s, unsigned i, const Seen& seen, const Input& in) {
    const EntryObs<D>& out = t_.steps[s].entries[i];
    const Subject subject{s, i, "dma_address"};
    const Number address = value(out.dma_address);
    const bool marked = value(out.is_bus) != 0;
    if (in.peer)
      says("MAP-7", "own-type", subject,
           !in.refused && marked == in.bus && (!in.bus || address == in.first), in.first, address);
    const auto there = marked ? std::nullopt : leads_to(seen, address, value(out.dma_length));
    const bool bounced = there && in_pool(*there);
    if (in.peer)
      says("SWT-5", "not-bounced", {s, i, "memory that the address leads to"}, !bounced, in.phys,
           there.value_or(0));
    if (bounced) slots_.push_back(*there);
    if (in.bus || in.refused) return;
    if (bounced) {
      const Number mask = value(t_.devices[t_.steps[s].device].min_align);
      says("SWT-1", "aligned", {s, i, "low bits of the slot"}, (*there & mask) == (in.phys & mask),
           in.phys & mask, *there & mask);
    }
    says("IOM-2", "marked", {s, i, "bus-address mark"}, !marked, 0, marked ? 1 : 0);
    // what is not whole granules would show what lies beside it
    const bool whole = in.phys % granule_ == 0 && in.length % granule_ == 0;
    says("IOM-2", "bytes", subject,
         value(out.dma_length) == in.length && there &&
             (bounced || (*there == in.phys && (whole || in.peer))),
         in.phys, there.value_or(0));
  }

  /// Where all bytes from an IOVA on lead to, one after the other.
  static std::optional<Number> leads_to(const Seen& seen, Number iova, Number length) {
    const auto first = translate(seen, iova);
    if (!first) return {};
    for (Number done = 0; done < length;) {
      const auto there = translate(seen, iova + done);
      if (!there || there->to != first->to + done) return {};
      done += there->size;
    }
    return first->to;
  }

  /// IOM-1: a range for each entry that needs addresses, which covers its granules.
  void ranges_of_each(unsigned s, const Seen& seen, const std::vector<Input>& inputs) {
    Number wanted = 0;
    Number entries = 0;
    for (unsigned i = 0; i < inputs.size(); ++i) {
      const Input& in = inputs[i];
      const bool marked = value(t_.steps[s].entries[i].is_bus) != 0;
      if (in.refused || marked != in.bus) return;  // MAP-7 has said what became of it
      if (in.bus) continue;
      wanted += align_up(in.length, granule_);
      ++entries;
    }
    Number taken = 0;
    for (const Interval& range : seen.allocated) taken += range.size;
    says("IOM-1", "one-range", {s, {}, "IOVA ranges"}, seen.allocated.size() == entries, entries,
         seen.allocated.size());
    says("IOM-1", "covers", {s, {}, "size of the IOVA ranges"}, taken >= wanted, wanted, taken);
  }

  /// SWT-3: unmap gives every slot of the list back, once.
  void slots_given_back(unsigned s, const Seen& seen) {
    if (slots_.empty()) return;
    auto wanted = slots_;
    auto back = seen.slots_back;
    std::ranges::sort(wanted);
    std::ranges::sort(back);
    says("SWT-3", "given-back", {s, {}, "bounce slots given back"}, wanted == back, wanted.size(),
         back.size());
    slots_.clear();
  }

  /// IOM-5: what the call stashed in the entries is put back, whatever became of it.
  void restored(unsigned s) {
    if (s == 0) return;
    for (unsigned i = 0; i < t_.nents; ++i) {
      const EntryObs<D>& before = t_.steps[s - 1].entries[i];
      const EntryObs<D>& after = t_.steps[s].entries[i];
      says("IOM-5", "offset", {s, i, "offset"}, value(before.offset) == value(after.offset),
           value(before.offset), value(after.offset));
      says("IOM-5", "length", {s, i, "length"}, value(before.length) == value(after.length),
           value(before.length), value(after.length));
    }
  }

  /// Default of dma_get_seg_boundary() (include/linux/dma-mapping.h).
  [[nodiscard]] Number no_boundary() const { return t_.facts->word_mask(); }

  [[nodiscard]] Number boundary(unsigned s) const {
    const Number mask = value(t_.devices[t_.steps[s].device].segment_boundary);
    return mask != 0 ? mask : no_boundary();
  }

  /// IOM-1: one range that covers the granules of the segments that need addresses.
  void asked_for(unsigned s, const Seen& seen, const std::vector<Input>& inputs, bool refused) {
    Number wanted = 0;
    Number segments = 0;
    for (const Input& in : inputs) {
      if (in.bus) continue;
      wanted += align_up(in.phys % granule_ + in.length, granule_);
      ++segments;
    }
    if (wanted == 0 || refused) {
      says("IOM-1", "none-needed", {s, {}, "IOVA ranges"}, seen.allocated.empty(), 0,
           seen.allocated.size());
      return;
    }
    if (seen.no_address) return;
    says("IOM-1", "one-range", {s, {}, "IOVA ranges"}, seen.allocated.size() == 1, 1,
         seen.allocated.size());
    if (seen.allocated.size() != 1) return;
    const Number size = seen.allocated[0].size;
    says("IOM-1", "covers", {s, {}, "size of the IOVA range"}, size >= wanted, wanted, size);
    // between two segments at most what is missing to the next boundary
    const bool default_boundary = boundary(s) == no_boundary();
    const Number padding = default_boundary ? 0 : segments * (boundary(s) + 1);
    says("IOM-1", "no-more", {s, {}, "size of the IOVA range"}, size <= wanted + padding, wanted,
         size);
  }

  /// IOM-7: only granules of the segments are entered, with the permissions of the direction.
  void entered(unsigned s, const Seen& seen, const std::vector<Input>& inputs) {
    const Number dir = value(t_.steps[s].dir);
    const Number permission = (dir != t_.facts->at("DMA_FROM_DEVICE") ? kIommuRead : 0) |
                              (dir != t_.facts->at("DMA_TO_DEVICE") ? kIommuWrite : 0);
    for (std::size_t k = 0; k < seen.mapped.size(); ++k) {
      const Interval& piece = seen.mapped[k];
      for (Number at = piece.to; at < piece.to + piece.size; at += granule_)
        if (!in_a_segment(inputs, at) && !(untrusted(s) && in_pool(at))) {
          says("IOM-7", "only-the-segments", {s, {}, "memory that the driver maps"}, false, {}, at);
          break;
        }
      const Number given = seen.permissions[k] & (kIommuRead | kIommuWrite);
      says("IOM-7", "permission", {s, {}, "permission given to the driver"}, given == permission,
           permission, given);
    }
    if (!seen.mapped.empty())
      says("IOM-7", "only-the-segments", {s, {}, "memory that the driver maps"}, true);
  }

  [[nodiscard]] bool in_a_segment(const std::vector<Input>& inputs, Number granule) const {
    return std::ranges::any_of(inputs, [&](const Input& in) {
      return !in.bus && granule >= align_down(in.phys, granule_) &&
             granule < align_up(in.phys + in.length, granule_);
    });
  }

  /// IOM-2: the output list, translated, is the memory of the input list, byte for byte, in order.
  void bytes(unsigned s, const Seen& seen, const std::vector<Input>& inputs, unsigned outputs) {
    std::size_t i = 0;
    Number done = 0;  // bytes of input i
    for (unsigned k = 0; k < outputs; ++k) {
      const EntryObs<D>& out = t_.steps[s].entries[k];
      const Subject subject{s, k, "dma_address"};
      Number address = value(out.dma_address);
      Number left = value(out.dma_length);
      const bool bus = value(out.is_bus) != 0;
      const bool next_is_bus = i < inputs.size() && done == 0 && inputs[i].bus;
      if (i == inputs.size() || left == 0 || bus != next_is_bus)
        return says("IOM-2", "marked", {s, k, "bus-address mark"}, false, next_is_bus ? 1 : 0,
                    bus ? 1 : 0);
      if (bus) {
        says("MAP-1", "address", subject, address == inputs[i].first, inputs[i].first, address);
        says("MAP-1", "length", {s, k, "dma_length"}, left == inputs[i].length, inputs[i].length,
             left);
        ++i;
        continue;
      }
      while (left != 0) {
        if (i == inputs.size() || inputs[i].bus)
          return says("IOM-2", "bytes", {s, k, "dma_length"}, false, {}, value(out.dma_length));
        const auto there = translate(seen, address);
        const Number expected = inputs[i].phys + done;
        if (!there || there->to != expected)
          return says("IOM-2", "bytes", subject, false, expected, there ? there->to : 0);
        const Number step = std::min({left, there->size, inputs[i].length - done});
        address += step;
        left -= step;
        done += step;
        if (done == inputs[i].length) ++i, done = 0;
      }
    }
    says("IOM-2", "bytes", {s, {}, "bytes of the output list"}, i == inputs.size() && done == 0);
  }

  /// Where an IOVA leads, and for how many bytes.
  static std::optional<Interval> translate(const Seen& seen, Number iova) {
    for (const Interval& run : seen.translates)
      if (iova >= run.from && iova - run.from < run.size) {
        const Number into = iova - run.from;
        return Interval{iova, run.to + into, run.size - into};
      }
    return {};
  }

  /// IOM-3: the device's limits on one segment, where the input respects them.
  void limits(unsigned s, const std::vector<Input>& inputs, unsigned outputs) {
    const Number asked = value(t_.devices[t_.steps[s].device].max_segment);
    const Number longest = asked != 0 ? asked : kMaxSegment;
    const Number mask = boundary(s);
    bool short_enough = true;
    bool fit = true;
    for (const Input& in : inputs) {
      short_enough &= in.length <= longest;
      fit &= in.phys % granule_ + (in.length - 1) <= mask;
    }
    for (unsigned k = 0; k < outputs; ++k) {
      const EntryObs<D>& out = t_.steps[s].entries[k];
      if (value(out.is_bus) != 0) continue;
      const Number length = value(out.dma_length);
      const Number address = value(out.dma_address);
      if (short_enough)
        says("IOM-3", "size", {s, k, "dma_length"}, length <= longest, longest, length);
      if (fit && length != 0)
        says("IOM-3", "boundary", {s, k, "dma_address"}, (address & mask) + (length - 1) <= mask,
             {}, address);
    }
  }

  /// IOM-4: what is given back is what was taken, in the same domain.
  void give_back(unsigned s, const Seen& seen) {
    const bool shared = value(t_.iommu_one_group) != 0;
    for (const Interval& range : seen.allocated) held_.push_back({range, t_.steps[s].device});
    for (const Interval& range : seen.given_back) {
      const auto mine = std::ranges::find_if(held_, [&](const Held& h) {
        return h.range.from == range.from && h.range.size == range.size &&
               (shared || h.device == t_.steps[s].device);
      });
      says("IOM-4", "as-taken", {s, {}, "IOVA range given back"}, mine != held_.end(), {},
           range.from);
      if (mine != held_.end()) held_.erase(mine);
    }
  }

  /// MAP-5: an unmap is asked to undo the entries that the map call was given, however few they
  /// have become.
  void entries_undone(unsigned s) {
    for (const Event<D>& e : t_.events)
      if (e.step == s && e.kind == SGP_EV_VISIT && decide(e.guard))
        says("MAP-5", "all-entries", {s, {}, "entries given to dma_unmap_sg_attrs"},
             value(e.ret) == t_.nents, t_.nents, value(e.ret));
  }

  /// IOM-4 and IOM-8: after an unmap or a failed map nothing of the list is left.
  void nothing_left(unsigned s, const Seen& seen) {
    says("IOM-4", "nothing-kept", {s, {}, "IOVA ranges that were not given back"}, held_.empty(), 0,
         held_.size());
    held_.clear();  // said once
    says("IOM-8", "gone", {s, {}, "IOVA that still translates"}, seen.translates.empty(), {},
         seen.translates.empty() ? std::optional<Number>() : seen.translates[0].from);
    if (seen.unmapped)
      says("IOM-8", "flushed", {s, {}, "flushes of the IOTLB"},
           seen.flushed_after && !seen.freed_unflushed);
  }

  const Trace<D>& t_;
  Judge<D>& judge_;
  const Number granule_;
  /// A range that is taken, of the domain of this device.
  struct Held {
    Interval range;
    unsigned device;
  };

  std::vector<Held> held_;
  std::vector<Number> slots_;  ///< bounce slots of the list that is mapped
};

}  // namespace

void iom(const Trace<ConcreteDomain>& trace, Judge<ConcreteDomain>& judge) {
  Judged(trace, judge).go();
}

}  // namespace sgproof::model
