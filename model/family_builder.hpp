// Builds scenario families step by step: operations, and which of their operands are open.
#pragma once

#include <fmt/format.h>

#include "model/families.hpp"
#include "model/invariants/context.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {

/// One family; operations are added in the order of the calls.
class FamilyBuilder {
 public:
  FamilyBuilder(const Facts& facts, std::string name, std::string scope, unsigned nents,
                unsigned nproviders, unsigned npages)
      : facts_(facts),
        family_{std::move(name),
                std::move(scope),
                nents,
                blank_scenario(facts, nents, nproviders, npages),
                {}} {}

  sgp_op& op(sgp_opcode code, unsigned entry = 0, unsigned page = 0) {
    return add_op(family_.shape, code, entry, page);
  }

  void open(const std::uint64_t& member, std::string role, std::string name, std::uint64_t max,
            const std::uint64_t* neutral_of = nullptr) {
    Input input{word_at(family_.shape, member), std::move(role), std::move(name), max, member};
    if (neutral_of) {
      input.neutral_of = static_cast<std::ptrdiff_t>(word_at(family_.shape, *neutral_of));
      input.neutral = 0;
    }
    family_.inputs.push_back(std::move(input));
  }

  /// Any page: RAM or memory of a provider, at any frame; those before `first` stay as they are.
  void open_pages(unsigned first = 0) {
    sgp_scenario& s = family_.shape;
    for (unsigned j = first; j < s.npages; ++j) {
      if (s.nproviders)
        open(s.world.pages[j].kind, "page kind", fmt::format("page {} kind", j), s.nproviders);
      open(s.world.pages[j].pfn, "page frame", fmt::format("page {} frame", j),
           facts_.frames() - 1);
      family_.inputs.back().derived = s.nproviders != 0;
    }
  }

  void open_providers() {
    sgp_scenario& s = family_.shape;
    for (unsigned k = 0; k < s.nproviders; ++k) {
      sgp_provider& p = s.world.providers[k];
      open(p.cpu_start, "BAR address", fmt::format("provider {} BAR address", k), ~0ULL);
      open(p.size, "BAR size", fmt::format("provider {} BAR size", k), ~0ULL);
      open(p.bus_start, "bus offset", fmt::format("provider {} bus address", k), ~0ULL,
           &p.cpu_start);
      for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d)
        open(p.cached_type[d], "map type", fmt::format("provider {} map type for device {}", k, d),
             SGP_TYPE_THRU_HOST_BRIDGE);
    }
    if (s.nproviders) open_cpu();
  }

  /// Where providers' memory is, for families that map nothing.
  void open_bars() {
    for (unsigned k = 0; k < family_.shape.nproviders; ++k) {
      sgp_provider& p = family_.shape.world.providers[k];
      open(p.cpu_start, "BAR address", fmt::format("provider {} BAR address", k), ~0ULL);
      open(p.size, "BAR size", fmt::format("provider {} BAR size", k), ~0ULL);
    }
  }

  void open_derived(const std::uint64_t& member, std::string role, std::string name,
                    std::uint64_t max) {
    open(member, std::move(role), std::move(name), max);
    family_.inputs.back().derived = true;
  }

  /// What always has the value of `other`.
  void open_tied(const std::uint64_t& member, const std::uint64_t& other, std::string role,
                 std::string name, std::uint64_t max) {
    open(member, std::move(role), std::move(name), max);
    tie(other);
  }

  void open_longest_segment(unsigned device, std::uint64_t most = 0xffffffff) {
    open(family_.shape.world.devices[device].max_segment, "longest segment",
         fmt::format("device {} longest segment", device), most);
  }

  /// An allocation for a table that fails, from 1; 0: none.
  void open_failing_chunk(unsigned most) {
    open(family_.shape.world.alloc_fails_at, "failing allocation", "failing allocation, from 1",
         most);
  }

  void open_cpu() {
    if (facts_.get("CPU_NEVER_FORWARDS", 0) != 0) return;
    open(family_.shape.world.cpu_forwards_p2p, "CPU forwards peer traffic",
         "CPU forwards peer traffic", 1);
  }

  /// What decides a map type that is not cached.
  void open_topology() {
    sgp_world& w = family_.shape.world;
    open_cpu();
    for (unsigned k = 0; k < family_.shape.nproviders; ++k) {
      for (auto& type : w.providers[k].cached_type) type = SGP_TYPE_UNKNOWN;
      open(w.providers[k].port_acs, "access control",
           fmt::format("access control above provider {}", k), SGP_ACS_LAST);
    }
    open(w.devices[0].port_acs, "access control", "access control above device 0", SGP_ACS_LAST);
    open(w.two_host_bridges, "host bridge", "two host bridges", 1);
    for (auto& bridge : w.host_bridge)
      open(bridge, "host bridge", "host bridge's first device", SGP_HOST_BRIDGE_LAST);
  }

  /// Whether an untrusted device's list is bounced, and where.
  void open_trust(unsigned index) {
    sgp_world& w = family_.shape.world;
    w.devices[index].swiotlb_active = 1;
    open(w.devices[index].untrusted, "trust", fmt::format("device {} is not trusted", index), 1);
    open(w.swiotlb_start, "pool address", "bounce pool start", ~0ULL);
    open(w.swiotlb_end, "pool address", "bounce pool end", ~0ULL);
    open(w.bounce_slots[0], "bounce slot", "result of swiotlb_tbl_map_single call 0", ~0ULL);
    family_.inputs.back().derived = true;
  }

  /// Whether the device sees the caches.
  void open_coherence(unsigned index) {
    if (facts_.has_noncoherent())
      open(family_.shape.world.devices[index].noncoherent, "coherence",
           fmt::format("device {} is not coherent", index), 1);
  }

  void open_device(unsigned index) {
    sgp_device& dev = family_.shape.world.devices[index];
    open(dev.dma_mask, "DMA mask", fmt::format("device {} DMA mask", index), ~0ULL);
    open(dev.bus_dma_limit, "bus DMA limit", fmt::format("device {} bus DMA limit", index), ~0ULL);
    if (!facts_.has_pool()) return;
    open(dev.force_bounce, "forced bouncing", fmt::format("device {} forced bouncing", index), 1);
    open(dev.swiotlb_active, "bounce pool", fmt::format("device {} bounce pool", index), 1);
  }

  /// A device whose DMA segments cross no multiple of `size` bytes, a power of two, and are no
  /// longer than that.
  void within_segments_of(unsigned index, std::uint64_t size) {
    family_.shape.world.devices[index].segment_boundary = size - 1;
    open_longest_segment(index, size);
  }

  /// What decides addresses behind an IOMMU: any result of each allocation.
  void open_iommu() {
    sgp_world& w = family_.shape.world;
    w.iommu = SGP_IOMMU_TABLES;
    w.iommu_granule = 0x1000;
    for (unsigned c = 0; c < SGP_PROOF_IOVAS; ++c) {
      open(w.choices[c], "IOVA", fmt::format("result of IOVA allocation {}", c), ~0ULL);
      family_.inputs.back().derived = true;
    }
  }

  /// What limits the addresses of a device.
  void open_mask(unsigned index) {
    open(family_.shape.world.devices[index].dma_mask, "DMA mask",
         fmt::format("device {} DMA mask", index), ~0ULL);
  }

  void open_segment_boundary(unsigned index) {
    open(family_.shape.world.devices[index].segment_boundary, "segment boundary",
         fmt::format("device {} segment boundary", index), ~0ULL);
  }

  /// Whether the devices have one domain.
  void open_domains() {
    open(family_.shape.world.iommu_one_group, "one domain", "devices have one domain", 1);
  }

  /// A step in which no address is found, or the IOMMU driver fails to map.
  void open_failures() {
    sgp_world& w = family_.shape.world;
    open(w.iova_fails_in, "no IOVA", "step without an IOVA, from 1", family_.shape.nops);
    open(w.iommu_fails_in, "IOMMU driver fails", "step in which the IOMMU driver fails, from 1",
         family_.shape.nops);
    open(w.iommu_fails_at, "IOMMU driver fails", "call of the IOMMU driver that fails", 8);
  }

  /// The driver does a part of what it is asked for: of the call that fails, which it can call a
  /// success, and of a step's first call to unmap.
  void open_parts() {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 20;  // pages of a segment of 4 GiB
    const std::string role = "IOMMU driver does a part";
    sgp_world& w = family_.shape.world;
    open(w.iommu_part, role, "pages that the failing call maps all the same", kMost);
    open(w.iommu_part_ok, role, "the failing call reports success", 1);
    open(w.iommu_unmaps_part, role, "pages that the first call to unmap removes", kMost);
  }

  void open_pci(unsigned index) {
    open(family_.shape.world.devices[index].is_pci, "device is PCI",
         fmt::format("device {} is PCI", index), 1);
  }

  void open_swiotlb(unsigned calls) {
    if (!facts_.has_pool()) return;
    sgp_scenario& s = family_.shape;
    open(s.world.swiotlb_start, "pool address", "bounce pool start", ~0ULL);
    open(s.world.swiotlb_end, "pool address", "bounce pool end", ~0ULL);
    for (unsigned c = 0; c < calls; ++c) {
      open(s.world.choices[c], "bounce slot", fmt::format("result of swiotlb_map call {}", c),
           ~0ULL);
      family_.inputs.back().derived = true;
    }
  }

  void set_page(unsigned entry, unsigned page, const std::string& name) {
    sgp_op& set = op(SGP_OP_SET_PAGE, entry, page);
    open(set.offset, "offset", name + " offset", 0xffffffff);
    open(set.length, "length", name + " length", 0xffffffff);
  }

  void prior(unsigned entry, unsigned page) {
    op(SGP_OP_PRIOR, entry);
    sgp_prior& p = family_.shape.world.prior[entry];
    p.page = page;
    const std::string name = fmt::format("entry {} before:", entry);
    open(p.offset, "earlier contents", name + " offset", 0xffffffff);
    open(p.length, "earlier contents", name + " length", 0xffffffff);
    open(p.dma_address, "earlier contents", name + " dma_address", dma_max());
    open(p.dma_length, "earlier contents", name + " dma_length", 0xffffffff);
  }

  /// A map call and, if asked for, the unmap call with the same arguments.
  void map(sgp_opcode code, unsigned device, bool unmap) {
    sgp_op& m = op(code);
    m.device = device;
    m.dir = facts_.at("DMA_TO_DEVICE");
    if (unmap) this->unmap(device);
  }

  sgp_op& sync(sgp_opcode code, unsigned device) {
    sgp_op& o = op(code);
    o.device = device;
    o.dir = facts_.at("DMA_TO_DEVICE");
    return o;
  }

  /// Any part of an entry.
  void sync_part(sgp_opcode code, unsigned device, unsigned entry) {
    sgp_op& o = sync(code, device);
    o.entry = entry;
    o.length = 0x1000;
    const std::string name = fmt::format("part of step {}", family_.shape.nops - 1);
    open(o.offset, "part offset", name + ": offset", 0xffffffff);
    open(o.length, "part length", name + ": length", 0xffffffff);
  }

  void unmap(unsigned device) { sync(SGP_OP_UNMAP, device); }

  /// Direction and attributes of all map and unmap calls, the same for all; syncs have no
  /// attributes.
  void open_arguments() { open_arguments(false); }

  /// The same, but for each map call and what follows it others.
  void open_arguments_of_each_map() { open_arguments(true); }

  [[nodiscard]] sgp_world& world() { return family_.shape.world; }

  [[nodiscard]] Family finish() { return std::move(family_); }

 private:
  static std::size_t word_at(const sgp_scenario& base, const std::uint64_t& member) {
    return static_cast<std::size_t>(&member - reinterpret_cast<const std::uint64_t*>(&base));
  }

  [[nodiscard]] std::uint64_t dma_max() const {
    return facts_.at("SIZEOF_DMA_ADDR_T") == 8 ? ~0ULL : 0xffffffffULL;
  }

  void open_arguments(bool of_each_map) {
    sgp_scenario& s = family_.shape;
    const sgp_op* first = nullptr;
    for (unsigned i = 0; i < s.nops; ++i) {
      sgp_op& o = s.ops[i];
      const auto code = static_cast<sgp_opcode>(o.code);
      if (!is_map(code) && !is_sync(code) && code != SGP_OP_UNMAP) continue;
      if (of_each_map && is_map(code)) first = nullptr;
      const std::string which = of_each_map ? fmt::format(" of step {}", i) : "";
      open(o.dir, "direction", "direction" + which, 2);
      if (first) tie(first->dir);
      if (is_sync(code)) continue;
      open(o.attrs, "attributes", "attributes" + which, 0x3ff);
      if (first) tie(first->attrs);
      if (!first) first = &o;
    }
  }

  void tie(const std::uint64_t& member) {
    family_.inputs.back().tied_to = static_cast<std::ptrdiff_t>(word_at(family_.shape, member));
  }

  const Facts& facts_;
  Family family_;
};

}  // namespace sgproof::model
