// IOM-6: what a device reaches without the IOMMU has addresses that no memory is mapped at.
// Sources: drivers/iommu/dma-iommu.c (iova_reserve_pci_windows, iova_reserve_iommu_regions), struct
// resource_entry (include/linux/resource_ext.h), Documentation/driver-api/pci/p2pdma.rst.
#pragma once

#include <algorithm>

#include "model/invariants/mapping.hpp"
#include "model/judge.hpp"

namespace sgproof::model {

/// First address on the bus of a window; of a region of the driver, its own.
template <class D>
typename D::Word window_start(const Trace<D>& t, const Step<D>& window) {
  const D& d = *t.domain;
  return d.ite(window.attrs == d.word(SGP_WINDOW_DRIVER), window.raw,
               d.low(d.wide(window.raw) - d.wide(window.offset)));
}

/// Whether the address was reserved in step `s`.
template <class D>
typename D::Bool is_reserved(const Trace<D>& t, unsigned s, const typename D::Word& at) {
  const D& d = *t.domain;
  auto reserved = d.boolean(false);
  for (const Event<D>& e : t.events)
    if (e.step == s && e.kind == SGP_EV_IOVA_RESERVED)
      reserved = reserved | (e.guard & (e.ret != d.word(0)) & (e.a <= at) &
                             (d.wide(at) < d.wide(e.a) + d.wide(e.b)));
  return reserved;
}

/// Of an execution: the first of `length` addresses from `at` on that was not reserved in step `s`.
inline std::optional<std::uint64_t> first_unreserved(const Trace<ConcreteDomain>& t, unsigned s,
                                                     std::uint64_t at, std::uint64_t length) {
  const std::uint64_t last = at + (length - 1);
  while (decide(is_reserved(t, s, t.domain->word(at)))) {
    std::uint64_t reserved_to = at;
    for (const auto& e : t.events)
      if (e.step == s && e.kind == SGP_EV_IOVA_RESERVED && e.ret.value() != 0 &&
          e.a.value() <= at && at - e.a.value() < e.b.value())
        reserved_to = std::max(reserved_to, e.a.value() + (e.b.value() - 1));
    if (reserved_to >= last) return {};
    at = reserved_to + 1;
  }
  return at;
}

/// IOM-6 where a domain is set up: all of the host bridge's windows in memory, and all that the
/// IOMMU's driver asks for, is reserved.
template <class D>
void reserved_windows(const Trace<D>& t, Judge<D>& j) {
  const D& d = *t.domain;
  for (unsigned s = 0; s < t.steps.size(); ++s) {
    const Step<D>& op = t.steps[s];
    if (op.code != SGP_OP_IOVA_SETUP) continue;
    const Subject subject{s, {}, "addresses that can be handed out"};
    for (unsigned before = 0; before < s; ++before) {
      const Step<D>& window = t.steps[before];
      if (window.code != SGP_OP_IOVA_WINDOW || window.device != op.device) continue;
      const auto start = window_start(t, window);
      const auto applies = op.done & (op.ret == d.word(0)) &
                           (window.attrs != d.word(SGP_WINDOW_PORTS)) &
                           (window.length != d.word(0));
      if constexpr (std::is_same_v<D, ConcreteDomain>) {
        if (!decide(applies)) continue;
        const auto open = first_unreserved(t, s, start.value(), window.length.value());
        j.check("IOM-6", "window-reserved", subject, applies,
                Truth<D>::of(op.done, d.boolean(!open.has_value())), {},
                d.word(open.value_or(start.value())));
      } else {
        const auto inside =
            (start <= t.any) & (d.wide(t.any) < d.wide(start) + d.wide(window.length));
        j.check("IOM-6", "window-reserved", subject, applies & inside,
                Truth<D>::of(op.done, is_reserved(t, s, t.any)), {}, t.any);
      }
    }
  }
}

/// Whether some entry has memory of the provider: a booted machine has made one of it then.
inline bool is_used(const Trace<ConcreteDomain>& t, unsigned provider) {
  return std::ranges::any_of(t.steps, [&](const auto& op) {
    return op.code == SGP_OP_SET_PAGE && t.pages[op.page].kind.value() == provider + 1;
  });
}

/// IOM-6 in an execution: no range that is handed out has the bus address of peer memory that the
/// device reaches by it. Where the two addresses of a provider differ, a booted machine only
/// pretends the one on the bus, so nothing is said. In proofs the allocator may give any address:
/// its contract.
template <class D>
void addresses_apart(const Trace<D>& t, Judge<D>& j) {
  if constexpr (std::is_same_v<D, ConcreteDomain>) {
    const D& d = *t.domain;
    for (const Event<D>& e : t.events) {
      const Step<D>& op = t.steps.at(e.step);
      if (!t.translated || e.kind != SGP_EV_IOVA_ALLOC || !is_map(op.code)) continue;
      for (unsigned k = 0; k < t.nproviders; ++k) {
        const Provider<D>& p = t.providers[k];
        if (!is_used(t, k)) continue;
        const auto by_bus =
            (map_type(t, k, op.device) == d.word(SGP_TYPE_BUS_ADDR)) & (p.bus_start == p.cpu_start);
        const auto apart = (d.wide(e.a) + d.wide(e.ret) <= d.wide(p.bus_start)) |
                           (d.wide(p.bus_start) + d.wide(p.size) <= d.wide(e.ret));
        j.check("IOM-6", "apart", {e.step, {}, "IOVA range handed out"},
                e.guard & by_bus & (e.ret != d.word(0)), Truth<D>{apart, !apart}, {}, e.ret);
      }
    }
  }
}

}  // namespace sgproof::model
