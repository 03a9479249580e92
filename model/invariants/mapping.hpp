// Reference semantics of dma_map_sg through the direct mapping: what each segment must become.
// A relation where the kernel may choose: the address of a bounce slot is whatever swiotlb gave.
// Sources: kernel/dma/direct.h (dma_direct_map_page), include/linux/dma-direct.h (dma_capable),
// drivers/pci/p2pdma.c (pci_p2pdma_map_type, calc_map_type_and_dist),
// Documentation/driver-api/pci/p2pdma.rst.
#pragma once

#include <vector>

#include "model/invariants/context.hpp"

namespace sgproof::model {

/// The decision for one segment; exactly one of bus, direct, bounce, refused, unreachable holds.
template <class D>
struct Segment {
  typename D::Bool is_p2p;
  typename D::Bool bus;          ///< holds a PCI bus address
  typename D::Bool direct;       ///< holds its physical address
  typename D::Bool bounce;       ///< holds the address of a bounce slot
  typename D::Bool refused;      ///< this device cannot reach that peer memory: -EREMOTEIO
  typename D::Bool unreachable;  ///< outside the device's mask, and cannot be bounced: -EIO
  typename D::Wide phys;         ///< of the first byte
  typename D::Word bus_address;  ///< of the first byte, where `bus`; it fits, as BARs do not wrap
  typename D::Word length;
};

/// Whether the first device of the root bus is in the kernel's list of host bridges that forward
/// peer traffic; some only forward between their own ports.
template <class D>
typename D::Bool host_bridge_is_listed(const D& d, const typename D::Word& kind,
                                       const typename D::Bool& one_bridge) {
  return (kind == d.word(SGP_HOST_BRIDGE_LISTED)) | (kind == d.word(SGP_HOST_BRIDGE_LISTED_PORT)) |
         (one_bridge & (kind == d.word(SGP_HOST_BRIDGE_LISTED_SAME)));
}

/// The map type that the topology asks for (Documentation/driver-api/pci/p2pdma.rst, and the
/// comments in drivers/pci/p2pdma.c): below one switch by bus address, unless a port on the way
/// redirects; all other traffic goes through the host bridges, which must be known to forward it.
template <class D>
typename D::Word topology_type(const Trace<D>& t, unsigned provider, unsigned device) {
  const D& d = *t.domain;
  const Provider<D>& p = t.providers[provider];
  const auto zero = d.word(0);
  const auto redirects = [&](const typename D::Word& acs) {
    return d.word(SGP_ACS_HARMLESS) < acs;
  };
  const auto same_switch = p.same_switch[device] != zero;
  const auto by_bus =
      same_switch & !(redirects(p.port_acs) | redirects(t.devices[device].port_acs));
  const auto one_bridge = same_switch | (t.two_host_bridges == zero);
  const auto listed = [&](unsigned k) {
    return host_bridge_is_listed(d, t.host_bridges[k], one_bridge);
  };
  // with two host bridges, each device is below its own
  const auto below_first = device == 0 ? d.boolean(true) : t.two_host_bridges == zero;
  const auto forwards = (one_bridge & ((below_first & listed(0)) | ((!below_first) & listed(1)))) |
                        ((!one_bridge) & listed(0) & listed(1));
  return d.ite(by_bus, d.word(SGP_TYPE_BUS_ADDR),
               d.ite((t.cpu_forwards_p2p != zero) | forwards, d.word(SGP_TYPE_THRU_HOST_BRIDGE),
                     d.word(SGP_TYPE_NOT_SUPPORTED)));
}

/// The map type of a provider's memory for a device.
template <class D>
typename D::Word map_type(const Trace<D>& t, unsigned provider, unsigned device) {
  const D& d = *t.domain;
  const auto zero = d.word(0);
  const auto cached = t.providers[provider].cached_type[device];
  return d.ite(t.devices[device].is_pci != zero,
               d.ite(cached != zero, cached, topology_type(t, provider, device)),
               d.word(SGP_TYPE_NOT_SUPPORTED));
}

/// Highest address that the device reaches: its mask, or the bus limit where that is smaller.
template <class D>
typename D::Word reach_limit(const Trace<D>& t, unsigned device) {
  const D& d = *t.domain;
  const Device<D>& dev = t.devices[device];
  const auto zero = d.word(0);
  return d.ite((dev.bus_dma_limit != zero) & (dev.bus_dma_limit < dev.dma_mask), dev.bus_dma_limit,
               dev.dma_mask);
}

/// Address of the last of `length` > 0 bytes; the caller knows that it does not wrap.
template <class D>
typename D::Word last_byte(const D& d, const typename D::Word& address,
                           const typename D::Word& length) {
  return d.low(d.wide(address) + d.wide(length) - d.wide(d.word(1)));
}

/// Whether the memory can share cache lines with other small objects of kmalloc(), by its length:
/// since 6.5 it is then bounced where such lines would be dropped (include/linux/dma-map-ops.h,
/// dma_kmalloc_needs_bounce). Lines have 64 bytes (kernel-extract/harness/env_cache.c).
template <class D>
typename D::Bool shares_lines(const Trace<D>& t, unsigned s, const typename D::Word& length) {
  const D& d = *t.domain;
  if (!t.facts->has_noncoherent() || !t.facts->enabled("DMA_BOUNCE_UNALIGNED_KMALLOC"))
    return d.boolean(false);
  const Step<D>& op = t.steps[s];
  // objects of up to 32 bytes, and of 96
  const auto small = (length <= d.word(32)) | ((d.word(64) < length) & (length <= d.word(96)));
  return small & (t.devices[op.device].noncoherent != d.word(0)) &
         (op.dir != d.word(t.facts->at("DMA_TO_DEVICE")));
}

/// What entry `i` must become in map step `s`; the entry must have been assigned.
template <class D>
Segment<D> segment(const Trace<D>& t, unsigned s, const Assigned<D>& a) {
  const D& d = *t.domain;
  const unsigned device = t.steps[s].device;
  const Device<D>& dev = t.devices[device];
  const Page<D>& page = t.pages[a.page];
  const auto zero = d.word(0);
  const auto none = d.boolean(false);

  auto is_p2p = none, bus = none, refused = none;
  const auto phys = d.wide(page.phys) + d.wide(a.offset);
  auto bus_address = zero;
  for (unsigned k = 0; k < t.nproviders; ++k) {
    const Provider<D>& p = t.providers[k];
    const auto mine = page.kind == d.word(k + 1);
    const auto type = map_type(t, k, device);
    const auto here = mine & (type == d.word(SGP_TYPE_BUS_ADDR));
    is_p2p = is_p2p | mine;
    refused = refused | (mine & (type != d.word(SGP_TYPE_BUS_ADDR)) &
                         (type != d.word(SGP_TYPE_THRU_HOST_BRIDGE)));
    const auto bus_offset = d.wide(p.bus_start) - d.wide(p.cpu_start);
    bus_address = d.ite(here, d.low(phys + bus_offset), bus_address);
    bus = bus | here;
  }
  const auto reachable = (last_byte(d, d.low(phys), a.length) <= reach_limit(t, device)) &
                         !shares_lines(t, s, a.length);
  const auto forced = dev.force_bounce != zero;
  const auto plain = !(bus | refused);
  const auto direct = plain & (!forced) & reachable;
  const auto ram = !is_p2p;
  const auto outside = !reachable;
  const auto bounce = plain & ram & (forced | (outside & (dev.swiotlb_active != zero)));
  return {is_p2p, bus,         direct,  bounce, refused, plain & !(direct | bounce),
          phys,   bus_address, a.length};
}

/// All segments of the list at map step `s`; empty if an entry was never assigned.
template <class D>
std::vector<Segment<D>> segments(const Trace<D>& t, unsigned s) {
  std::vector<Segment<D>> all;
  for (unsigned i = 0; i < t.nents; ++i) {
    const auto a = assigned_before(t, s, i);
    if (!a) return {};
    all.push_back(segment(t, s, *a));
  }
  return all;
}

/// Of a list of any length (SGP_OP_ANY_LIST), besides the segments that the scenario has: that for
/// which a map call fails, where it fails for another one. Where the call succeeds this is any
/// other.
template <class D>
std::vector<Segment<D>> other_segments(const Trace<D>& t, unsigned s) {
  std::vector<Segment<D>> all;
  for (unsigned before = 0; before < s; ++before) {
    const Step<D>& op = t.steps[before];
    if (op.code == SGP_OP_ANY_LIST)
      all.push_back(segment(t, s, {SGP_ANY_OTHER_PAGE, op.offset, op.length}));
  }
  return all;
}

/// Whether some swiotlb_map() of step `s` found the pool full.
template <class D>
typename D::Bool bounce_failed(const Trace<D>& t, unsigned s) {
  const D& d = *t.domain;
  auto failed = d.boolean(false);
  for (const Event<D>& e : t.events)
    if (e.step == s && e.kind == SGP_EV_SWIOTLB_MAP)
      failed = failed | (e.guard & (e.ret == d.word(t.facts->at("DMA_MAPPING_ERROR"))));
  return failed;
}

/// What stands in the way of mapping a list directly: the first segment that cannot be mapped
/// decides which error there is. At most one holds.
template <class D>
struct Obstacle {
  typename D::Bool refused, unreachable;
};

/// Neither holds where two segments stand in the way and which of them is first is not known
/// (other_segments).
template <class D>
Obstacle<D> first_obstacle(const Trace<D>& t, unsigned s) {
  const D& d = *t.domain;
  auto refused = d.boolean(false), unreachable = refused;
  for (const auto& seg : segments(t, s)) {
    const auto first = !(refused | unreachable);
    refused = refused | (first & seg.refused);
    unreachable = unreachable | (first & seg.unreachable);
  }
  for (const auto& seg : other_segments(t, s)) {
    const auto alone = !(seg.refused | seg.unreachable);
    refused = refused & alone;
    unreachable = unreachable & alone;
  }
  return {refused, unreachable};
}

/// Whether a map call that fails does so because the device cannot reach peer memory of the list.
/// Lists of untrusted devices are mapped segment by segment: nothing is said of them.
template <class D>
typename D::Bool fails_by_refusal(const Trace<D>& t, unsigned s) {
  const D& d = *t.domain;
  if (!t.translated) return first_obstacle(t, s).refused & !bounce_failed(t, s);
  const Device<D>& device = t.devices[t.steps[s].device];
  auto refused = d.boolean(false);
  for (const auto& seg : segments(t, s)) refused = refused | seg.refused;
  return refused & !((device.untrusted != d.word(0)) & (device.is_pci != d.word(0)));
}

/// Whether `address` is what swiotlb_map() gave in step `s` for exactly this segment.
template <class D>
typename D::Bool is_slot_of(const Trace<D>& t, unsigned s, const Segment<D>& seg,
                            const typename D::Word& address) {
  const D& d = *t.domain;
  auto found = d.boolean(false);
  for (const Event<D>& e : t.events)
    if (e.step == s && e.kind == SGP_EV_SWIOTLB_MAP)
      found = found |
              (e.guard & (d.wide(e.a) == seg.phys) & (e.b == seg.length) & (e.c == t.steps[s].dir) &
               (e.ret == address) & (e.ret != d.word(t.facts->at("DMA_MAPPING_ERROR"))));
  return found;
}

}  // namespace sgproof::model
