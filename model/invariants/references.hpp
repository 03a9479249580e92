// SAF-4: references to devices are dropped exactly as often as they are taken.
// Sources: drivers/base/core.c (get_device, put_device), drivers/pci/pci-driver.c (pci_dev_put).
#pragma once

#include <vector>

#include "model/invariants/mapping.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

/// How often references to one device were taken and dropped.
template <class D>
struct ReferenceCount {
  typename D::Wide taken, dropped;
};

/// Of the device of the last of these events.
template <class D>
ReferenceCount<D> references_to_last(const D& d, const std::vector<const Event<D>*>& events) {
  const auto zero = d.word(0);
  ReferenceCount<D> count{d.wide(zero), d.wide(zero)};
  for (const Event<D>* e : events) {
    const auto same = e->guard & (e->a == events.back()->a);
    count.taken = add_if(d, count.taken, same & (e->ret != zero));
    count.dropped = add_if(d, count.dropped, same & (e->ret == zero));
  }
  return count;
}

/// No call drops a reference that none before it took. Behind an unmap or a map call that failed
/// none is left; a map call that succeeded may leave some to the unmap.
template <class D>
void references(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  std::vector<const Event<D>*> seen;
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (!is_map(op.code) && op.code != SGP_OP_UNMAP && !is_sync(op.code)) continue;
    const auto keeps = is_map(op.code) ? map_succeeded(t, s) : d.boolean(is_sync(op.code));
    auto holds = d.boolean(true);
    for (const Event<D>& e : t.events) {
      if (e.step != s || e.kind != SGP_EV_REFERENCE) continue;
      seen.push_back(&e);
      const auto count = references_to_last(d, seen);
      holds = holds & ((!e.guard) | (count.dropped <= count.taken));
    }
    // the last event of a device has seen all; for the others the same is asked again
    for (std::size_t last = 0; last < seen.size(); ++last) {
      std::vector<const Event<D>*> all = seen;
      std::swap(all[last], all.back());
      const auto count = references_to_last(d, all);
      holds = holds & (keeps | (!all.back()->guard) | (count.taken == count.dropped));
    }
    j.check("SAF-4", "references", {s, {}, "references to devices"}, d.boolean(true),
            Truth<D>::of(op.done, holds));
  }
}

}  // namespace sgproof::model
