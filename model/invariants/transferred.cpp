#include "model/invariants/transferred.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "model/invariants/mapping.hpp"

namespace sgproof::model {
namespace {

using D = ConcreteDomain;
using Number = std::uint64_t;

constexpr std::string_view kTransferred = "transferred", kNoFault = "no-fault",
                           kNothingOutside = "nothing-outside", kPadding = "padding-cleared",
                           kBytesKept = "bytes-kept";

/// `c` of a transfer of bytes beside a segment.
constexpr Number kBeside = 2;

bool is(const Event<D>& e, unsigned step, sgp_event_kind kind) {
  return e.kind == kind && e.step == step && decide(e.guard);
}

class Judged {
 public:
  Judged(const Trace<D>& t, Judge<D>& judge) : t_(t), judge_(judge) {}

  void go() {
    for (unsigned s = 0; s < t_.steps.size(); ++s) {
      const auto map = is_map(t_.steps[s].code) ? std::optional(s) : map_before(t_, s);
      if (!map) continue;
      const auto segs = segments(t_, *map);
      bool any = false;
      for (const Event<D>& e : t_.events) {
        if (!is(e, s, SGP_EV_TRANSFER) || segs.empty()) continue;
        any = true;
        const auto i = entry_at(segs, e.a.value());
        if (e.c.value() == kBeside)
          says("SWT-2", kPadding, {s, i, "bytes beside the segment that the device reads"},
               e.ret.value() == 0, 0, e.ret.value());
        else
          says(invariant_of(segs[i], t_.steps[*map].device), kTransferred,
               {s, i,
                e.c.value() == 0 ? "bytes that the device does not read"
                                 : "bytes that the CPU does not see as they are"},
               e.ret.value() == 0, 0, e.ret.value());
      }
      faults(s, any);
      memory(s, any);
    }
  }

 private:
  void says(std::string_view invariant, std::string_view clause, Subject subject, bool holds,
            Number expected, Number observed) {
    judge_.check(invariant, clause, subject, ConcreteBool(true),
                 Truth<D>::of(t_.steps[subject.step].done, ConcreteBool(holds)), D::Word(expected),
                 D::Word(observed));
  }

  /// The segment that holds the byte at a position of the list.
  static unsigned entry_at(const std::vector<Segment<D>>& segs, Number position) {
    unsigned i = 0;
    for (; i + 1 < segs.size() && position >= segs[i].length.value(); ++i)
      position -= segs[i].length.value();
    return i;
  }

  [[nodiscard]] std::string_view invariant_of(const Segment<D>& seg, unsigned device) const {
    if (decide(seg.bus)) return "MAP-1";
    if (t_.translated) return bounced_there(seg, device) ? "SWT-2" : "IOM-2";
    return decide(seg.bounce) ? "SWT-2" : "MAP-2";
  }

  /// Behind an IOMMU an untrusted device gets a slot for what is not whole granules.
  [[nodiscard]] bool bounced_there(const Segment<D>& seg, unsigned device) const {
    const Number granule = std::max<Number>(t_.iommu_granule.value(), 1);
    return t_.devices[device].untrusted.value() != 0 &&
           (t_.domain->low(seg.phys).value() % granule != 0 || seg.length.value() % granule != 0);
  }

  /// How many events of a kind there are in the step.
  [[nodiscard]] Number count(unsigned s, sgp_event_kind kind) const {
    return static_cast<Number>(
        std::ranges::count_if(t_.events, [&](const Event<D>& e) { return is(e, s, kind); }));
  }

  void faults(unsigned s, bool transferred) {
    const auto refused = count(s, SGP_EV_IOMMU_FAULT);
    if ((t_.translated && transferred) || refused != 0)
      says("IOM-2", kNoFault, {s, {}, "accesses that the IOMMU refuses"}, refused == 0, 0, refused);
  }

  void memory(unsigned s, bool transferred) {
    const auto changes = count(s, SGP_EV_MEMORY);
    const bool map = is_map(t_.steps[s].code);
    if (map && decide(!map_succeeded(t_, s))) {
      if (t_.real_dma)
        says("MAP-4", kBytesKept, {s, {}, "changes of the caller's memory"}, changes == 0, 0,
             changes);
    } else if ((!map && transferred) || (t_.real_dma && changes != 0)) {
      says("SWT-2", kNothingOutside, {s, {}, "changes of memory beside the segments"}, changes == 0,
           0, changes);
    }
  }

  const Trace<D>& t_;
  Judge<D>& judge_;
};

}  // namespace

void transferred(const Trace<D>& trace, Judge<D>& judge) { Judged(trace, judge).go(); }

bool needs_transfers(std::string_view clause) {
  constexpr std::array kAll = {kTransferred, kNoFault, kNothingOutside, kPadding, kBytesKept};
  return std::ranges::find(kAll, clause) != kAll.end();
}

}  // namespace sgproof::model
