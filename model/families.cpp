#include "model/families.hpp"

#include <fmt/format.h>

#include "model/invariants/context.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

std::size_t word_at(const sgp_scenario& base, const std::uint64_t& member) {
  return static_cast<std::size_t>(&member - reinterpret_cast<const std::uint64_t*>(&base));
}

/// Builds one family step by step.
class Builder {
 public:
  Builder(const Facts& facts, std::string name, std::string scope, unsigned nents,
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

  /// Any page: RAM or memory of a provider, at any frame.
  void open_pages() {
    sgp_scenario& s = family_.shape;
    for (unsigned j = 0; j < s.npages; ++j) {
      if (s.nproviders)
        open(s.world.pages[j].kind, "page kind", fmt::format("page {} kind", j), s.nproviders);
      open(s.world.pages[j].pfn, "page frame", fmt::format("page {} frame", j),
           facts_.at("WORD_BITS") == 64 ? (1ULL << 40) - 1 : (1ULL << 20) - 1);
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

  void open_cpu() {
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

  void open_device(unsigned index) {
    sgp_device& dev = family_.shape.world.devices[index];
    open(dev.dma_mask, "DMA mask", fmt::format("device {} DMA mask", index), ~0ULL);
    open(dev.bus_dma_limit, "bus DMA limit", fmt::format("device {} bus DMA limit", index), ~0ULL);
    open(dev.force_bounce, "forced bouncing", fmt::format("device {} forced bouncing", index), 1);
    open(dev.swiotlb_active, "bounce pool", fmt::format("device {} bounce pool", index), 1);
  }

  /// What decides addresses behind an IOMMU: any result of each allocation.
  void open_iommu(unsigned index) {
    sgp_world& w = family_.shape.world;
    sgp_device& dev = w.devices[index];
    w.iommu = SGP_IOMMU_TABLES;
    w.iommu_granule = 0x1000;
    open(dev.dma_mask, "DMA mask", fmt::format("device {} DMA mask", index), ~0ULL);
    open(dev.max_segment, "longest segment", fmt::format("device {} longest segment", index),
         0xffffffff);
    open(dev.segment_boundary, "segment boundary", fmt::format("device {} segment boundary", index),
         ~0ULL);
    for (unsigned c = 0; c < SGP_PROOF_IOVAS; ++c) {
      open(w.choices[c], "IOVA", fmt::format("result of IOVA allocation {}", c), ~0ULL);
      family_.inputs.back().derived = true;
    }
  }

  /// A step in which no address is found, or the IOMMU driver fails to map.
  void open_failures() {
    sgp_world& w = family_.shape.world;
    open(w.iova_fails_in, "no IOVA", "step without an IOVA, from 1", family_.shape.nops);
    open(w.iommu_fails_in, "IOMMU driver fails", "step in which the IOMMU driver fails, from 1",
         family_.shape.nops);
    open(w.iommu_fails_at, "IOMMU driver fails", "call of the IOMMU driver that fails", 8);
  }

  void open_pci(unsigned index) {
    open(family_.shape.world.devices[index].is_pci, "device is PCI",
         fmt::format("device {} is PCI", index), 1);
  }

  void open_swiotlb(unsigned calls) {
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
  void open_arguments() {
    sgp_scenario& s = family_.shape;
    const sgp_op* first = nullptr;
    for (unsigned i = 0; i < s.nops; ++i) {
      sgp_op& o = s.ops[i];
      const auto code = static_cast<sgp_opcode>(o.code);
      if (!is_map(code) && !is_sync(code) && code != SGP_OP_UNMAP) continue;
      open(o.dir, "direction", "direction", 2);
      if (first) tie(first->dir);
      if (is_sync(code)) continue;
      open(o.attrs, "attributes", "attributes", 0x3ff);
      if (first) tie(first->attrs);
      if (!first) first = &o;
    }
  }

  [[nodiscard]] Family finish() { return std::move(family_); }

 private:
  [[nodiscard]] std::uint64_t dma_max() const {
    return facts_.at("SIZEOF_DMA_ADDR_T") == 8 ? ~0ULL : 0xffffffffULL;
  }

  void tie(const std::uint64_t& member) {
    family_.inputs.back().tied_to = static_cast<std::ptrdiff_t>(word_at(family_.shape, member));
  }

  const Facts& facts_;
  Family family_;
};

Family encoding_assign(const Facts& facts, bool marked) {
  Builder b(facts, marked ? "enc-assign-marked" : "enc-assign",
            "one list of 2 entries, any page, any earlier contents", 2, 0, 3);
  b.open_pages();
  b.op(SGP_OP_INIT);
  b.prior(0, 2);
  b.prior(1, 2);
  if (marked) {
    b.op(SGP_OP_MARK_BUS, 0);
    b.op(SGP_OP_MARK_BUS, 1);
  }
  b.op(SGP_OP_ASSIGN_PAGE, 0, 0);
  b.set_page(1, 1, "segment 1");
  b.op(SGP_OP_ASSIGN_PAGE, 1, 0);
  return b.finish();
}

Family encoding_marks(const Facts& facts) {
  Builder b(facts, "enc-marks", "one list of 2 entries, any page, every order of two marks", 2, 0,
            2);
  b.open_pages();
  b.op(SGP_OP_INIT);
  b.set_page(0, 0, "segment 0");
  for (const auto code : {SGP_OP_MARK_BUS, SGP_OP_MARK_END, SGP_OP_UNMARK_BUS, SGP_OP_UNMARK_END,
                          SGP_OP_MARK_END, SGP_OP_MARK_BUS, SGP_OP_UNMARK_END, SGP_OP_UNMARK_BUS})
    b.op(code, 0);
  return b.finish();
}

Family encoding_chain(const Facts& facts) {
  Builder b(facts, "enc-chain", "one list of 2 entries, any chain pointer", 2, 0, 2);
  b.open_pages();
  b.op(SGP_OP_INIT);
  b.prior(0, 0);
  b.op(SGP_OP_MARK_END, 0);
  sgp_op& chain = b.op(SGP_OP_CHAIN, 0);
  chain.raw = facts.at("WORD_BITS") == 64 ? 0xffff888000001000ULL : 0xc0001000ULL;
  b.open(chain.raw, "chain pointer", "chain pointer", facts.word_mask());
  b.op(SGP_OP_MARK_END, 0);
  b.op(SGP_OP_UNMARK_END, 0);
  return b.finish();
}

Family encoding_raw(const Facts& facts) {
  Builder b(facts, "enc-raw", "one entry, any pointer", 1, 0, 1);
  b.op(SGP_OP_INIT);
  sgp_op& assign = b.op(SGP_OP_ASSIGN_RAW, 0);
  assign.raw = facts.at("WORD_BITS") == 64 ? 0xffffea0000001000ULL : 0xc0001000ULL;
  b.open(assign.raw, "page pointer", "page pointer", facts.word_mask());
  return b.finish();
}

Family map_family(const Facts& facts, unsigned nents, sgp_opcode code, unsigned split) {
  const std::string kind = code == SGP_OP_MAP_SG ? "map-count" : split ? "map-chained" : "map";
  Builder b(facts, fmt::format("{}-{}", kind, nents),
            fmt::format("one list of {} entries{}, one device, 2 providers, any earlier contents",
                        nents, split ? " in two chained tables" : ""),
            nents, 2, split ? nents : nents + 1);
  b.open_providers();
  b.open_device(0);
  if (nents == 1) b.open_pci(0);
  b.open_pages();
  b.open_swiotlb(nents);
  b.op(SGP_OP_INIT);
  // what an entry held before is another page than the one it is given
  if (!split)
    for (unsigned i = 0; i < nents; ++i) b.prior(i, nents);
  for (unsigned i = 0; i < nents; ++i) b.set_page(i, i, fmt::format("segment {}", i));
  b.map(code, 0, true);
  b.open_arguments();
  Family f = b.finish();
  f.shape.split = split;
  return f;
}

Family topology_family(const Facts& facts) {
  Builder b(facts, "map-topology",
            "one list of 1 entry, one PCI device, 2 providers, every topology, no map type cached",
            1, 2, 1);
  b.open_topology();
  b.open_pages();
  b.op(SGP_OP_INIT);
  b.op(SGP_OP_SET_PAGE);
  b.map(SGP_OP_MAP_SGTABLE, 0, true);
  return b.finish();
}

Family reuse_family(const Facts& facts, unsigned second_device) {
  Builder b(facts, second_device ? "reuse-other-device" : "reuse",
            second_device
                ? "one entry mapped, unmapped, assigned again and mapped by another device"
                : "one entry mapped, unmapped, assigned again, mapped and unmapped",
            1, 2, 2);
  b.open_providers();
  b.open_device(0);
  if (second_device) b.open_device(1);
  b.open_pages();
  b.open_swiotlb(2);
  b.op(SGP_OP_INIT);
  b.set_page(0, 0, "first segment");
  b.map(SGP_OP_MAP_SGTABLE, 0, true);
  b.set_page(0, 1, "second segment");
  b.map(SGP_OP_MAP_SGTABLE, second_device, true);
  b.open_arguments();
  return b.finish();
}

/// A list that the CPU and the device use in turn while it is mapped.
Family sync_family(const Facts& facts, unsigned nents) {
  Builder b(facts, fmt::format("sync-{}", nents),
            fmt::format("one list of {} entries, one device, 2 providers, mapped, synchronised for "
                        "the CPU and for the device, unmapped",
                        nents),
            nents, 2, nents);
  b.open_providers();
  b.open_device(0);
  b.open_pages();
  b.open_swiotlb(nents);
  b.op(SGP_OP_INIT);
  for (unsigned i = 0; i < nents; ++i) b.set_page(i, i, fmt::format("segment {}", i));
  b.map(SGP_OP_MAP_SGTABLE, 0, false);
  b.sync(SGP_OP_SYNC_CPU, 0);
  b.sync(SGP_OP_SYNC_DEVICE, 0);
  b.unmap(0);
  b.open_arguments();
  return b.finish();
}

Family part_sync_family(const Facts& facts) {
  Builder b(facts, "sync-part",
            "one list of 1 entry, one device, 2 providers, mapped, any part of it synchronised for "
            "the CPU and any for the device, unmapped",
            1, 2, 1);
  b.open_providers();
  b.open_device(0);
  b.open_pages();
  b.open_swiotlb(1);
  b.op(SGP_OP_INIT);
  b.set_page(0, 0, "segment 0");
  b.map(SGP_OP_MAP_SGTABLE, 0, false);
  b.sync_part(SGP_OP_SYNC_PART_CPU, 0, 0);
  b.sync_part(SGP_OP_SYNC_PART_DEVICE, 0, 0);
  b.unmap(0);
  b.open_arguments();
  return b.finish();
}

Family sync_reuse_family(const Facts& facts) {
  Builder b(facts, "sync-reuse",
            "one entry mapped, synchronised, unmapped, assigned again, mapped, synchronised as a "
            "whole and in part, unmapped",
            1, 2, 2);
  b.open_providers();
  b.open_device(0);
  b.open_pages();
  b.open_swiotlb(2);
  b.op(SGP_OP_INIT);
  b.set_page(0, 0, "first segment");
  b.map(SGP_OP_MAP_SGTABLE, 0, false);
  b.sync(SGP_OP_SYNC_CPU, 0);
  b.unmap(0);
  b.set_page(0, 1, "second segment");
  b.map(SGP_OP_MAP_SGTABLE, 0, false);
  b.sync(SGP_OP_SYNC_CPU, 0);
  b.sync(SGP_OP_SYNC_DEVICE, 0);
  b.sync_part(SGP_OP_SYNC_PART_CPU, 0, 0);
  b.sync_part(SGP_OP_SYNC_PART_DEVICE, 0, 0);
  b.unmap(0);
  b.open_arguments();
  return b.finish();
}

/// One list behind an IOMMU, mapped and unmapped. What a list holds from an earlier use is left to
/// executions: released kernels take it for something else where a list is refused
/// (corpus/known/iommu-refused-list-reused.json).
Family iommu_family(const Facts& facts, unsigned nents) {
  Builder b(facts, fmt::format("iommu-{}", nents),
            fmt::format("one list of {} entries, not used before, one PCI device behind an IOMMU "
                        "with pages of 4 KiB, 2 providers",
                        nents),
            nents, 2, nents);
  b.open_providers();
  b.open_iommu(0);
  b.open_pages();
  b.op(SGP_OP_INIT);
  for (unsigned i = 0; i < nents; ++i) b.set_page(i, i, fmt::format("segment {}", i));
  b.map(SGP_OP_MAP_SGTABLE, 0, true);
  b.open_arguments();
  b.open_failures();
  return b.finish();
}

}  // namespace

std::vector<Family> families(const Facts& facts, unsigned max_nents) {
  std::vector<Family> all{encoding_raw(facts), encoding_assign(facts, false), encoding_marks(facts),
                          encoding_chain(facts)};
  if (!facts.has_bus_mark()) return all;
  all.insert(all.begin() + 2, encoding_assign(facts, true));
  if (!facts.enabled("PCI_P2PDMA")) return all;
  all.push_back(map_family(facts, 1, SGP_OP_MAP_SGTABLE, 0));
  all.push_back(map_family(facts, 1, SGP_OP_MAP_SG, 0));
  all.push_back(topology_family(facts));
  all.push_back(reuse_family(facts, 0));
  all.push_back(reuse_family(facts, 1));
  all.push_back(sync_family(facts, 1));
  all.push_back(part_sync_family(facts));
  all.push_back(sync_reuse_family(facts));
  for (unsigned n = 2; n <= max_nents; ++n) {
    all.push_back(map_family(facts, n, SGP_OP_MAP_SGTABLE, 0));
    if (n == 2) all.push_back(map_family(facts, n, SGP_OP_MAP_SGTABLE, 1));
    all.push_back(sync_family(facts, n));
  }
  return all;
}

std::vector<Family> translated_families(const Facts& facts) {
  if (!facts.enabled("PCI_P2PDMA") || !facts.enabled("IOMMU_DMA")) return {};
  return {iommu_family(facts, 1)};
}

}  // namespace sgproof::model
