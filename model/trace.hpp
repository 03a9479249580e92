// A trace: the operations of a scenario and what was observed after each. The only thing that an
// invariant looks at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/domain.hpp"
#include "model/facts.hpp"

namespace sgproof::model {

/// Fields of one entry, read through the tree's own accessors (sgp_ops.h).
template <class D>
struct EntryObs {
  typename D::Word page, chain, offset, length, dma_address, dma_length;
  typename D::Word is_bus, is_chain, is_last;  ///< 0 or 1
};

/// One operation: what it was is fixed by the shape of the scenario, its operands may be symbolic.
template <class D>
struct Step {
  sgp_opcode code;
  unsigned device, entry, page;
  typename D::Word offset, length, dir, attrs, raw;
  typename D::Bool done;  ///< the operation returned; the rest is observed only then
  typename D::Word ret, out_nents;
  std::vector<EntryObs<D>> entries;
};

/// A call of the environment, made where `guard` holds.
template <class D>
struct Event {
  typename D::Bool guard;
  sgp_event_kind kind;
  unsigned step;
  typename D::Word a, b, c, d, ret;
  std::string function, file;  ///< kernel function and source file, where known
  unsigned line = 0;
};

template <class D>
struct Device {
  typename D::Word is_pci, dma_mask, bus_dma_limit, force_bounce, swiotlb_active, port_acs;
  typename D::Word max_segment, segment_boundary;      ///< 0: the kernel's default
  typename D::Word untrusted, min_align, noncoherent;  ///< as in struct sgp_device
};

template <class D>
struct Provider {
  typename D::Word cpu_start, size, bus_start, port_acs;
  std::vector<typename D::Word> cached_type, same_switch;  ///< per device
};

template <class D>
struct Page {
  typename D::Word kind, phys, pointer;  ///< kind: 0 RAM, 1+k memory of provider k
};

/// An entry as an earlier use left it (SGP_OP_PRIOR).
template <class D>
struct Prior {
  unsigned page;
  typename D::Word offset, length;
};

template <class D>
struct Trace {
  const D* domain;
  const Facts* facts;
  unsigned nents, split, nproviders;
  bool translated;  ///< the devices are behind an IOMMU: part of the shape, never symbolic
  bool real_dma;    ///< on a booted machine a device goes through the lists: the same
  std::vector<Device<D>> devices;
  std::vector<Provider<D>> providers;
  std::vector<Page<D>> pages;
  std::vector<Prior<D>> priors;  ///< per entry
  typename D::Word swiotlb_start, swiotlb_end, cpu_forwards_p2p, two_host_bridges;
  std::vector<typename D::Word> host_bridges;  ///< enum sgp_host_bridge
  typename D::Word iommu_granule;              ///< bytes; 0 where nothing is translated
  typename D::Word iommu_one_group;            ///< not 0: the devices share a domain
  typename D::Word any;  ///< stands for every number in a symbolic run (a byte's place); else 0
  std::vector<Step<D>> steps;
  std::vector<Event<D>> events;
};

/// The trace of a native or booted run. `report` must be of a run of `scenario`; the world is the
/// one that the report says was realised. Throws sgproof::Error(Environment, SGP-E0202) if the two
/// do not belong together or events were lost.
Trace<ConcreteDomain> concrete_trace(const sgp_scenario& scenario, const sgp_report& report,
                                     const Facts& facts);

}  // namespace sgproof::model
