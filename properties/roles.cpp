#include "properties/roles.hpp"

#include "model/scenario.hpp"

namespace sgproof::properties {
namespace {

class List {
 public:
  List(const model::Facts& facts, const sgp_scenario& s)
      : facts_(facts),
        s_(s),
        blank_(model::blank_scenario(facts, static_cast<unsigned>(s.nents),
                                     static_cast<unsigned>(s.nproviders),
                                     static_cast<unsigned>(s.npages))) {}

  std::vector<Role> all() {
    bool maps = false;
    for (unsigned i = 0; i < s_.nops; ++i) maps |= operation(s_.ops[i]);
    if (maps) world();
    return std::move(roles_);
  }

 private:
  void add(const std::uint64_t& member, std::string_view name, std::uint64_t neutral) {
    const auto* words = reinterpret_cast<const std::uint64_t*>(&s_);
    roles_.push_back({static_cast<std::size_t>(&member - words), name, neutral});
  }

  /// Whether it is a map, sync or unmap call.
  bool operation(const sgp_op& op) {
    switch (op.code) {
      case SGP_OP_SET_PAGE:
        add(op.offset, "offset", 0);
        add(op.length, "length", 0x1000);
        break;
      case SGP_OP_PRIOR: {
        const sgp_prior& p = s_.world.prior[op.entry];
        for (const auto* member : {&p.offset, &p.length, &p.dma_address, &p.dma_length})
          add(*member, "earlier contents", 0);
        break;
      }
      case SGP_OP_ASSIGN_RAW:
        add(op.raw, "page pointer", neutral_raw(facts_, op.code));
        break;
      case SGP_OP_CHAIN:
        add(op.raw, "chain pointer", neutral_raw(facts_, op.code));
        break;
      case SGP_OP_TABLE_ALLOC:
        add(op.length, "entries", 1);
        allocations();
        break;
      case SGP_OP_TABLE_CHUNKS:
        add(op.length, "entries", 1);
        add(op.offset, "entries of a chunk", 2);
        add(op.raw, "first chunk", 0);
        allocations();
        break;
      case SGP_OP_TABLE_APPEND:
        add(op.attrs, "distance of pages", 1);
        add(s_.world.devices[op.device % SGP_MAX_DEVICES].max_segment, "longest segment", 0);
        allocations();
        break;
      case SGP_OP_TABLE_LENGTH:
        add(op.length, "bytes", 0x1000);
        break;
      case SGP_OP_TABLE_SPLIT:
      case SGP_OP_TABLE_COPY_OUT:
      case SGP_OP_TABLE_COPY_IN:
      case SGP_OP_TABLE_ZERO:
      case SGP_OP_TABLE_MITER:
        add(op.length, "bytes", 0x1000);
        add(op.offset, "bytes skipped", 0);
        add(op.raw, op.code == SGP_OP_TABLE_MITER ? "bytes of a step" : "second part", 0);
        break;
      case SGP_OP_SYNC_PART_CPU:
      case SGP_OP_SYNC_PART_DEVICE:
        add(op.offset, "part offset", 0);
        add(op.length, "part length", 0x1000);
        [[fallthrough]];
      case SGP_OP_SYNC_CPU:
      case SGP_OP_SYNC_DEVICE:
      case SGP_OP_MAP_SGTABLE:
      case SGP_OP_MAP_SG:
      case SGP_OP_UNMAP:
        add(op.dir, "direction", facts_.at("DMA_TO_DEVICE"));
        add(op.attrs, "attributes", 0);
        device(op.device);
        return true;
      default:
        break;
    }
    return false;
  }

  /// Once, however many operations allocate.
  void allocations() {
    if (!allocates_) add(s_.world.alloc_fails_at, "failing allocation", 0);
    allocates_ = true;
  }

  void device(std::uint64_t index) {
    const sgp_device& dev = s_.world.devices[index % SGP_MAX_DEVICES];
    const sgp_device& blank = blank_.world.devices[0];
    add(dev.is_pci, "device is PCI", blank.is_pci);
    add(dev.dma_mask, "DMA mask", blank.dma_mask);
    add(dev.bus_dma_limit, "bus DMA limit", blank.bus_dma_limit);
    add(dev.force_bounce, "forced bouncing", blank.force_bounce);
    add(dev.swiotlb_active, "bounce pool", blank.swiotlb_active);
    add(dev.port_acs, "access control", SGP_ACS_NONE);
    add(dev.min_align, "alignment mask", 0);
    add(dev.noncoherent, "coherence", 0);
    if (s_.world.iommu == SGP_IOMMU_NONE) return;
    add(dev.untrusted, "trust", 0);
    add(dev.max_segment, "longest segment", 0);
    add(dev.segment_boundary, "segment boundary", 0);
  }

  void world() {
    for (unsigned j = 0; j < s_.npages; ++j) add(s_.world.pages[j].kind, "page kind", 0);
    for (unsigned k = 0; k < s_.nproviders; ++k) {
      const sgp_provider& p = s_.world.providers[k];
      const sgp_provider& blank = blank_.world.providers[k];
      add(p.cpu_start, "BAR address", blank.cpu_start);
      add(p.size, "BAR size", blank.size);
      add(p.bus_start, "bus offset", p.cpu_start);
      add(p.port_acs, "access control", SGP_ACS_NONE);
      for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d) {
        add(p.cached_type[d], "map type", blank.cached_type[d]);
        add(p.same_switch[d], "map type", blank.same_switch[d]);
      }
    }
    add(s_.world.cpu_forwards_p2p, "CPU forwards peer traffic", 0);
    add(s_.world.two_host_bridges, "host bridge", 0);
    for (const auto& bridge : s_.world.host_bridge)
      add(bridge, "host bridge", SGP_HOST_BRIDGE_UNLISTED);
    add(s_.world.swiotlb_start, "pool address", blank_.world.swiotlb_start);
    add(s_.world.swiotlb_end, "pool address", blank_.world.swiotlb_end);
    if (s_.world.iommu == SGP_IOMMU_NONE) return;
    for (const auto& slot : s_.world.bounce_slots) add(slot, "bounce slot", 0);
    add(s_.world.iova_fails_in, "no IOVA", 0);
    add(s_.world.iommu_fails_in, "IOMMU driver fails", 0);
    add(s_.world.iommu_fails_at, "IOMMU driver fails", 0);
    add(s_.world.iommu_part, "IOMMU driver does a part", 0);
    add(s_.world.iommu_part_ok, "IOMMU driver does a part", 0);
    add(s_.world.iommu_unmaps_part, "IOMMU driver does a part", 0);
  }

  const model::Facts& facts_;
  const sgp_scenario& s_;
  sgp_scenario blank_;
  std::vector<Role> roles_;
  bool allocates_ = false;
};

}  // namespace

std::vector<Role> roles(const model::Facts& facts, const sgp_scenario& scenario) {
  return List(facts, scenario).all();
}

std::set<std::string> non_neutral(const model::Facts& facts, const sgp_scenario& scenario) {
  std::set<std::string> names;
  for (const Role& role : roles(facts, scenario))
    if (word_of(scenario, role.word) != role.neutral) names.emplace(role.name);
  return names;
}

std::uint64_t word_of(const sgp_scenario& scenario, std::size_t word) {
  return reinterpret_cast<const std::uint64_t*>(&scenario)[word];
}

std::uint64_t& word_of(sgp_scenario& scenario, std::size_t word) {
  return reinterpret_cast<std::uint64_t*>(&scenario)[word];
}

std::uint64_t neutral_raw(const model::Facts& facts, std::uint64_t code) {
  if (facts.at("WORD_BITS") != 64) return 0xc0001000ULL;
  return code == SGP_OP_CHAIN ? 0xffff888000001000ULL : 0xffffea0000001000ULL;
}

std::uint64_t neutral_frame(const model::Facts& facts, const sgp_scenario& s, unsigned j) {
  const std::uint64_t kind = s.world.pages[j].kind;
  if (kind == 0 || kind > SGP_MAX_PROVIDERS)
    return (facts.at("WORD_BITS") == 64 ? 0x100000U : 0x10000U) + 2ULL * j;
  const sgp_provider& p = s.world.providers[kind - 1];
  const std::uint64_t page = j * 2ULL * 0x1000 < p.size ? j * 2ULL : 0;
  return (p.cpu_start >> 12) + page;
}

}  // namespace sgproof::properties
