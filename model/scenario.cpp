#include "model/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/error.hpp"

namespace sgproof::model {
namespace {

constexpr std::array<std::string_view, SGP_OP_COUNT> kOpcodeNames = {"nop",
                                                                     "init",
                                                                     "prior",
                                                                     "set_page",
                                                                     "assign_page",
                                                                     "assign_raw",
                                                                     "mark_end",
                                                                     "unmark_end",
                                                                     "chain",
                                                                     "mark_bus",
                                                                     "unmark_bus",
                                                                     "phys",
                                                                     "map_sgtable",
                                                                     "map_sg",
                                                                     "unmap",
                                                                     "sync_cpu",
                                                                     "sync_device",
                                                                     "sync_part_cpu",
                                                                     "sync_part_device",
                                                                     "table_alloc",
                                                                     "table_chunks",
                                                                     "table_append",
                                                                     "table_free",
                                                                     "table_walk",
                                                                     "table_length",
                                                                     "table_pages",
                                                                     "table_copy_out",
                                                                     "table_copy_in",
                                                                     "table_zero",
                                                                     "table_miter",
                                                                     "table_split",
                                                                     "bounce_pool",
                                                                     "bounce_map",
                                                                     "bounce_map_aligned",
                                                                     "bounce_unmap",
                                                                     "bounce_sync_cpu",
                                                                     "bounce_sync_device",
                                                                     "bounce_look",
                                                                     "any_list",
                                                                     "iommu_map",
                                                                     "iommu_unmap",
                                                                     "iova_window",
                                                                     "iova_setup"};

constexpr std::array<std::string_view, 3> kWindows = {"memory", "I/O ports",
                                                      "reserved by the IOMMU's driver"};
constexpr std::array<std::string_view, 3> kDirections = {"bidirectional", "to device",
                                                         "from device"};

std::string in_words(const sgp_scenario& s, const sgp_page& page, std::uint64_t offset,
                     std::uint64_t length) {
  const std::string where = fmt::format("offset {:#x}, length {:#x}", offset, length);
  const std::uint64_t phys = (page.pfn << 12) + offset;
  if (page.kind == 0)
    return fmt::format("RAM at {:#x} (page frame {:#x}, {})", phys, page.pfn, where);
  const sgp_provider& p = s.world.providers[(page.kind - 1) % SGP_MAX_PROVIDERS];
  return fmt::format("peer memory of provider {} at {:#x} (BAR byte {:#x}, {})", page.kind - 1,
                     phys, phys - p.cpu_start, where);
}

}  // namespace

sgp_scenario blank_scenario(const Facts& facts, unsigned nents, unsigned nproviders,
                            unsigned npages) {
  const bool wide = facts.at("WORD_BITS") == 64;
  sgp_scenario s{};
  s.magic = SGP_MAGIC_SCENARIO;
  s.nents = nents;
  s.npages = npages;
  s.nproviders = nproviders;
  for (auto& dev : s.world.devices) {
    dev.is_pci = 1;
    dev.dma_mask = wide ? ~std::uint64_t{0} : 0xffffffffULL;
  }
  for (unsigned k = 0; k < SGP_MAX_PROVIDERS; ++k) {
    sgp_provider& p = s.world.providers[k];
    p.cpu_start = 0x4000000000ULL + k * 0x10000000ULL;
    p.size = 0x4000000;
    p.bus_start = p.cpu_start;
    for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d) {
      p.cached_type[d] = SGP_TYPE_BUS_ADDR;
      p.same_switch[d] = k == d;
    }
  }
  for (unsigned j = 0; j < npages; ++j) s.world.pages[j].pfn = (wide ? 0x100000 : 0x10000) + 2 * j;
  if (!facts.has_pool()) return s;
  s.world.swiotlb_start = 0x8000000;
  s.world.swiotlb_end = 0xc000000;
  for (unsigned c = 0; c < SGP_MAX_CHOICES; ++c)
    s.world.choices[c] = s.world.swiotlb_start + c * 0x100000ULL;
  return s;
}

sgp_op& add_op(sgp_scenario& scenario, sgp_opcode code, unsigned entry, unsigned page) {
  if (scenario.nops >= SGP_MAX_OPS)
    throw Error(ErrorKind::Unsupported, "SGP-E0203", "scenario",
                "a scenario has too many operations");
  sgp_op& op = scenario.ops[scenario.nops++];
  op.code = code;
  op.entry = entry;
  op.page = page;
  if (code == SGP_OP_SET_PAGE) op.length = 0x1000;
  return op;
}

std::string_view opcode_name(std::uint64_t code) {
  if (code < kOpcodeNames.size()) return kOpcodeNames[code];
  throw Error(ErrorKind::Input, "SGP-E0204", "scenario", fmt::format("unknown operation {}", code));
}

sgp_opcode opcode_of(std::string_view name) {
  const auto it = std::find(kOpcodeNames.begin(), kOpcodeNames.end(), name);
  if (it == kOpcodeNames.end())
    throw Error(ErrorKind::Input, "SGP-E0204", "scenario",
                fmt::format("unknown operation \"{}\"", name));
  return static_cast<sgp_opcode>(it - kOpcodeNames.begin());
}

namespace {

/// Where device 0 and the provider stand, for a map type that is not cached.
std::string topology(const sgp_world& w, const sgp_provider& p) {
  static constexpr std::array<std::string_view, SGP_ACS_LAST + 1> kAcs = {
      "", "", " redirects requests", " redirects completions", " controls egress"};
  static constexpr std::array<std::string_view, SGP_HOST_BRIDGE_LAST + 1> kBridges = {
      "not listed", "without devices",      "listed for its own ports",
      "listed",     "listed (a root port)", "without a device that identifies it"};
  std::string text =
      p.same_switch[0] != 0 ? "on the switch of device 0" : "below another root port";
  if (p.port_acs > SGP_ACS_HARMLESS)
    text += fmt::format(", its port{}", kAcs[p.port_acs % kAcs.size()]);
  if (w.devices[0].port_acs > SGP_ACS_HARMLESS)
    text += fmt::format(", the device's port{}", kAcs[w.devices[0].port_acs % kAcs.size()]);
  text += w.cpu_forwards_p2p != 0 ? "; the CPU forwards" : "; the CPU does not forward";
  const auto bridge = [&](unsigned k) { return kBridges[w.host_bridge[k] % kBridges.size()]; };
  if (w.two_host_bridges == 0) return text + fmt::format("; host bridge {}", bridge(0));
  return text + fmt::format("; host bridges {} and {}", bridge(0), bridge(1));
}

std::string which_pages(const sgp_scenario& s, const sgp_op& op) {
  if (op.attrs == SGP_PAGES_APART) {
    std::string frames;
    for (std::uint64_t j = op.page; j < op.page + op.raw && j < SGP_MAX_PAGES; ++j)
      frames += fmt::format("{}{:#x}", frames.empty() ? "" : ", ", s.world.pages[j].pfn);
    return " at page frames " + frames;
  }
  return fmt::format(" from page frame {:#x} on{}", s.world.pages[op.page % SGP_MAX_PAGES].pfn,
                     op.attrs == 1 ? "" : fmt::format(", every {} frames", op.attrs));
}

/// What an operation on the table is told.
std::string on_table(const sgp_scenario& s, const sgp_op& op) {
  switch (op.code) {
    case SGP_OP_TABLE_ALLOC:
      return fmt::format(", {} entries", op.length);
    case SGP_OP_TABLE_CHUNKS:
      return fmt::format(", {} entries in chunks of {}{}", op.length, op.offset,
                         op.raw != 0 ? fmt::format(", the first of {} there already", op.raw) : "");
    case SGP_OP_TABLE_APPEND:
      return fmt::format(
          ", {} pages{}, offset {:#x}, length {:#x}, {} more pages "
          "follow{}",
          op.raw, which_pages(s, op), op.offset, op.length, op.dir,
          s.world.devices[op.device % SGP_MAX_DEVICES].max_segment == 0
              ? ""
              : fmt::format(", segments of at most {:#x}",
                            s.world.devices[op.device % SGP_MAX_DEVICES].max_segment));
    case SGP_OP_TABLE_LENGTH:
      return fmt::format(", {:#x} bytes", op.length);
    case SGP_OP_TABLE_SPLIT:
      return fmt::format(" into {:#x} bytes from {:#x} on{}", op.length, op.offset,
                         op.raw != 0 ? fmt::format(" and the next {:#x}", op.raw) : "");
    case SGP_OP_TABLE_FREE:
    case SGP_OP_TABLE_WALK:
    case SGP_OP_TABLE_PAGES:
      return "";
    default:
      return fmt::format(", {:#x} bytes from {:#x} on{}", op.length, op.offset,
                         op.raw != 0 ? fmt::format(", {:#x} at a time", op.raw) : "");
  }
}

/// What an operation on bounce buffers as code is told.
std::string on_bounce(const sgp_scenario& s, const sgp_op& op) {
  const sgp_device& dev = s.world.devices[op.device % SGP_MAX_DEVICES];
  const auto* dir = kDirections[op.dir % 3].data();
  switch (op.code) {
    case SGP_OP_BOUNCE_POOL:
      return fmt::format(
          " at {:#x}, {} areas, segments of {} slots, searched from slot {} on; device {}: "
          "alignment mask {:#x}, segment boundary {:#x}, DMA mask {:#x}",
          s.world.swiotlb_start, op.raw, op.length, op.offset, op.device, dev.min_align,
          dev.segment_boundary, dev.dma_mask);
    case SGP_OP_BOUNCE_MAP:
    case SGP_OP_BOUNCE_MAP_ALIGNED:
      return fmt::format(" {}: {} at {:#x}{}, {}, attributes {:#x}", op.entry,
                         op.length == 0 ? "as many bytes as are advertised"
                                        : fmt::format("{:#x} bytes", op.length),
                         op.raw,
                         op.code == SGP_OP_BOUNCE_MAP
                             ? ""
                             : fmt::format(", alignment mask of the allocation {:#x}", op.offset),
                         dir, op.attrs);
    case SGP_OP_BOUNCE_UNMAP:
      return fmt::format(" of mapping {}, {}, attributes {:#x}", op.entry, dir, op.attrs);
    case SGP_OP_BOUNCE_SYNC_CPU:
    case SGP_OP_BOUNCE_SYNC_DEVICE:
      return fmt::format(" of mapping {}, {}: {:#x} bytes from {:#x} on", op.entry, dir, op.length,
                         op.offset);
    default:
      return "";
  }
}

}  // namespace

std::vector<std::string> describe(const sgp_scenario& s) {
  std::vector<std::string> lines;
  for (unsigned k = 0; k < s.nproviders; ++k) {
    const sgp_provider& p = s.world.providers[k];
    const bool used = std::any_of(s.world.pages, s.world.pages + s.npages,
                                  [&](const sgp_page& page) { return page.kind == k + 1; });
    if (!used) continue;
    static constexpr std::array<std::string_view, 4> kTypes = {"not cached", "NOT_SUPPORTED",
                                                               "BUS_ADDR", "THRU_HOST_BRIDGE"};
    lines.push_back(fmt::format(
        "provider {}: BAR at {:#x}, {:#x} bytes, PCI bus address {:#x} (bus offset {:+d}), map "
        "type "
        "{}",
        k, p.cpu_start, p.size, p.bus_start, static_cast<std::int64_t>(p.bus_start - p.cpu_start),
        kTypes[p.cached_type[0] & 3]));
    if (p.cached_type[0] == SGP_TYPE_UNKNOWN)
      lines.push_back(fmt::format("provider {}: {}", k, topology(s.world, p)));
  }
  const sgp_device& dev = s.world.devices[0];
  if (s.nproviders || dev.untrusted || dev.noncoherent)
    lines.push_back(fmt::format(
        "device 0: {}, DMA mask {:#x}{}{}{}{}", dev.is_pci ? "PCI" : "not PCI", dev.dma_mask,
        dev.force_bounce ? ", bouncing forced" : "", dev.swiotlb_active ? ", bounce pool" : "",
        dev.untrusted ? ", not trusted" : "", dev.noncoherent ? ", not coherent" : ""));
  if (s.world.alloc_fails_at != 0)
    lines.push_back(
        fmt::format("allocation {} of tables or reserved ranges fails", s.world.alloc_fails_at));
  for (unsigned i = 0; i < s.nops; ++i) {
    const sgp_op& op = s.ops[i];
    std::string line = fmt::format("step {}: {}", i, opcode_name(op.code));
    switch (op.code) {
      case SGP_OP_INIT:
        line += fmt::format(", {} entries", s.nents);
        break;
      case SGP_OP_PRIOR:
      case SGP_OP_PHYS:
        line += fmt::format(" of entry {}", op.entry);
        break;
      case SGP_OP_SET_PAGE:
        line +=
            fmt::format(" of entry {}: {}", op.entry,
                        in_words(s, s.world.pages[op.page % SGP_MAX_PAGES], op.offset, op.length));
        break;
      case SGP_OP_ASSIGN_PAGE:
        line += fmt::format(" of entry {}: page frame {:#x}", op.entry,
                            s.world.pages[op.page % SGP_MAX_PAGES].pfn);
        break;
      case SGP_OP_ASSIGN_RAW:
      case SGP_OP_CHAIN:
        line += fmt::format(" of entry {}: pointer {:#x}", op.entry, op.raw);
        break;
      case SGP_OP_MAP_SGTABLE:
      case SGP_OP_MAP_SG:
      case SGP_OP_UNMAP:
        line += fmt::format(" by device {}, {}, attributes {:#x}", op.device,
                            kDirections[op.dir % 3], op.attrs);
        break;
      case SGP_OP_SYNC_CPU:
      case SGP_OP_SYNC_DEVICE:
        line += fmt::format(" of device {}, {}", op.device, kDirections[op.dir % 3]);
        break;
      case SGP_OP_SYNC_PART_CPU:
      case SGP_OP_SYNC_PART_DEVICE:
        line += fmt::format(" of entry {}, device {}, {}: {:#x} bytes from {:#x} on", op.entry,
                            op.device, kDirections[op.dir % 3], op.length, op.offset);
        break;
      case SGP_OP_TABLE_ALLOC:
      case SGP_OP_TABLE_CHUNKS:
      case SGP_OP_TABLE_APPEND:
      case SGP_OP_TABLE_FREE:
      case SGP_OP_TABLE_WALK:
      case SGP_OP_TABLE_LENGTH:
      case SGP_OP_TABLE_PAGES:
      case SGP_OP_TABLE_COPY_OUT:
      case SGP_OP_TABLE_COPY_IN:
      case SGP_OP_TABLE_ZERO:
      case SGP_OP_TABLE_MITER:
      case SGP_OP_TABLE_SPLIT:
        line += on_table(s, op);
        break;
      case SGP_OP_BOUNCE_POOL:
      case SGP_OP_BOUNCE_MAP:
      case SGP_OP_BOUNCE_MAP_ALIGNED:
      case SGP_OP_BOUNCE_UNMAP:
      case SGP_OP_BOUNCE_SYNC_CPU:
      case SGP_OP_BOUNCE_SYNC_DEVICE:
      case SGP_OP_BOUNCE_LOOK:
        line += on_bounce(s, op);
        break;
      case SGP_OP_IOMMU_MAP:
        line += fmt::format(" of {:#x} bytes at {:#x} to {:#x}", op.length, op.raw, op.offset);
        break;
      case SGP_OP_IOVA_WINDOW:
        line += fmt::format(" of device {}: {}, {:#x} bytes from {:#x} on, bus address {:#x}",
                            op.device, kWindows[op.attrs % kWindows.size()], op.length, op.raw,
                            op.raw - op.offset);
        break;
      case SGP_OP_IOVA_SETUP:
        line += fmt::format(" of device {}", op.device);
        break;
      case SGP_OP_IOMMU_UNMAP:
        break;
      default:
        line += fmt::format(" of entry {}", op.entry);
        break;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace sgproof::model
