#include "gate/known.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "model/error.hpp"
#include "model/invariants/lst.hpp"
#include "model/invariants/mapping.hpp"

namespace sgproof::gate {
namespace {

using Trace = model::Trace<model::ConcreteDomain>;
using properties::Violation;

constexpr std::uint64_t kSlot = 2048;  // IO_TLB_SIZE

/// Whether the DMA fields of the entry hold what an earlier use of the list left there.
bool stale_before(const Trace& t, unsigned step, unsigned entry) {
  bool stale = false;
  for (unsigned s = 0; s < step; ++s) {
    const auto& op = t.steps[s];
    if (op.code == SGP_OP_INIT) stale = false;
    stale |= op.code == SGP_OP_PRIOR && op.entry == entry;
    // a call that fails invalidates the fields, but not those of an untrusted device
    if (model::is_map(op.code))
      stale |= decide(model::map_succeeded(t, s)) || t.devices[op.device].untrusted.value() != 0;
  }
  return stale;
}

/// The entry stands at or behind the first segment that is refused, and has been used before.
bool refused_with_stale_dma_fields(const Trace& t, const Violation& v) {
  if (!t.translated || !v.entry || !model::is_map(t.steps.at(v.step).code)) return false;
  const auto segs = model::segments(t, v.step);
  const auto refused =
      std::ranges::find_if(segs, [](const auto& seg) { return decide(seg.refused); });
  if (refused == segs.end()) return false;
  return static_cast<std::ptrdiff_t>(*v.entry) >= refused - segs.begin() &&
         stale_before(t, v.step, *v.entry);
}

/// Where the segments of the list that a split is made of end, counted in its bytes.
std::vector<std::uint64_t> segment_ends(const Trace& t, unsigned step) {
  std::vector<std::uint64_t> ends;
  std::uint64_t sum = 0;
  for (const auto& v : model::visited(t, step, 0)) ends.push_back(sum += v.bytes);
  return ends;
}

/// The bytes before a split's first part fill whole segments.
bool split_begins_behind_a_segment(const Trace& t, const Violation& v) {
  const auto& op = t.steps.at(v.step);
  const auto ends = segment_ends(t, v.step);
  return op.code == SGP_OP_TABLE_SPLIT && std::ranges::find(ends, op.offset.value()) != ends.end();
}

/// A split's last part ends inside a segment, and others follow.
bool split_ends_inside_a_segment(const Trace& t, const Violation& v) {
  const auto& op = t.steps.at(v.step);
  const auto ends = segment_ends(t, v.step);
  if (op.code != SGP_OP_TABLE_SPLIT || ends.size() < 2) return false;
  const auto end = op.offset.value() + op.length.value() + op.raw.value();
  return end < ends[ends.size() - 2] && std::ranges::find(ends, end) == ends.end();
}

/// A part has several entries, on a machine whose entries have one length for pages and addresses.
bool split_into_entries_of_one_length(const Trace& t, const Violation& v) {
  if (t.steps.at(v.step).code != SGP_OP_TABLE_SPLIT) return false;
  if (t.facts->kconfig.contains("NEED_SG_DMA_LENGTH")) return false;
  return model::visited(t, v.step, 1).size() > 1 || model::visited(t, v.step, 2).size() > 1;
}

/// Page frame number `j` of what a call extends a table by.
std::uint64_t frame_of_call(const Trace& t, const model::Step<model::ConcreteDomain>& op,
                            std::uint64_t j) {
  const bool apart = op.attrs.value() == SGP_PAGES_APART;
  const auto shift = t.facts->at("PAGE_SHIFT");
  const auto first = t.pages.at(apart ? op.page + j : op.page).phys.value() >> shift;
  return apart ? first : first + j * op.attrs.value();
}

/// A call went on with the frame whose number is that of the one behind the table's last page
/// without its bits above 4 GiB, on a machine with 32-bit words.
bool append_behind_page_above_4g(const Trace& t, const Violation& v) {
  const auto below = t.facts->word_mask() >> t.facts->at("PAGE_SHIFT");
  std::uint64_t next = 0;  // 0: the table has no page
  bool wrapped = false;
  for (unsigned s = 0; s <= v.step; ++s) {
    const auto& op = t.steps.at(s);
    if (op.code == SGP_OP_TABLE_FREE) next = 0, wrapped = false;
    if (op.code != SGP_OP_TABLE_APPEND) continue;
    const auto first = frame_of_call(t, op, 0);
    wrapped |= next > below && (next & below) == first;
    next = frame_of_call(t, op, op.raw.value() - 1) + 1;
  }
  return wrapped;
}

/// The call looks at the map type of memory whose type for the device is not cached yet.
bool map_type_not_cached(const Trace& t, const Violation& v) {
  const auto& op = t.steps.at(v.step);
  if (!model::is_map(op.code)) return false;
  for (unsigned i = 0; i < t.nents; ++i) {
    const auto assigned = model::assigned_before(t, v.step, i);
    if (!assigned) continue;
    const auto kind = t.pages.at(assigned->page).kind.value();
    if (kind == 0 || kind > t.nproviders) continue;
    if (t.providers.at(kind - 1).cached_type.at(op.device).value() == SGP_TYPE_UNKNOWN) return true;
  }
  return false;
}

/// A buffer is bounced for a device whose alignment mask is larger than a slot: the search for
/// slots can pass over the one that it began with.
bool bounced_with_mask_above_a_slot(const Trace& t, const Violation& v) {
  const auto& op = t.steps.at(v.step);
  if (t.translated || !model::is_map(op.code)) return false;
  if ((t.devices.at(op.device).min_align.value() & ~(kSlot - 1)) == 0) return false;
  return std::ranges::any_of(model::segments(t, v.step),
                             [](const auto& seg) { return decide(seg.bounce); });
}

/// Bits of a buffer that both the device's alignment mask and that of the allocation have, and that
/// no offset into a slot can hold.
bool has_bits_above_a_slot(std::uint64_t buffer, std::uint64_t device, std::uint64_t allocation) {
  return (buffer & device & allocation & ~(kSlot - 1)) != 0;
}

/// Whether the list of a map step is of an untrusted device behind an IOMMU.
bool is_untrusted(const Trace& t, unsigned map) {
  const auto& device = t.devices.at(t.steps.at(map).device);
  return t.translated && device.untrusted.value() != 0 && device.is_pci.value() != 0;
}

/// Whether the segment of a list of an untrusted device is not whole granules: it gets a slot.
template <class Seg>
bool shares_a_granule(const Trace& t, const Seg& seg) {
  const auto granule = std::max<std::uint64_t>(t.iommu_granule.value(), 1);
  return t.domain->low(seg.phys).value() % granule != 0 || seg.length.value() % granule != 0;
}

/// Whether a map call bounced an entry: at its address, or at one with the same low bits.
bool is_bounced(const Trace& t, unsigned map, unsigned entry) {
  if (t.translated) {
    const auto segs = model::segments(t, map);
    return is_untrusted(t, map) && entry < segs.size() && shares_a_granule(t, segs[entry]);
  }
  const auto slot = t.steps.at(map).entries.at(entry).dma_address.value();
  return std::ranges::any_of(t.events, [&](const auto& e) {
    return e.step == map && e.kind == SGP_EV_SWIOTLB_MAP && e.ret.value() == slot;
  });
}

/// A part of a bounced entry that begins behind its first slot, with fewer bytes of the slot before
/// it than the alignment mask keeps of the buffer's address.
bool part_early_in_later_slot(const Trace& t, const Violation& v) {
  const auto& op = t.steps.at(v.step);
  const auto map = model::map_before(t, v.step);
  if (!model::is_part_sync(op.code) || !map || !is_bounced(t, *map, op.entry)) return false;
  const auto slot = t.steps.at(*map).entries.at(op.entry).dma_address.value();
  const auto mask = t.devices.at(op.device).min_align.value();
  return (slot + op.offset.value()) % kSlot < (slot & mask) % kSlot;
}

/// The list ends with peer memory that is reached by its bus address, and all of that begins where
/// the IOMMU's pages of the last other memory end.
bool ends_with_peer_behind_memory(const Trace& t, const Violation& v) {
  if (!model::is_map(t.steps.at(v.step).code) || !t.translated || is_untrusted(t, v.step))
    return false;
  const auto segs = model::segments(t, v.step);
  const auto other =
      std::find_if(segs.rbegin(), segs.rend(), [](const auto& seg) { return !decide(seg.bus); });
  if (other == segs.rbegin() || other == segs.rend()) return false;
  constexpr std::uint64_t kPage = 0x1000;
  const auto end =
      (t.domain->low(other->phys).value() + other->length.value() + kPage - 1) & ~(kPage - 1);
  return std::all_of(segs.rbegin(), other,
                     [&](const auto& seg) { return t.domain->low(seg.phys).value() == end; });
}

/// Where the list of a trusted device is padded up to the segment boundary: before an entry that
/// would cross it the pages of the entry before are followed by so many bytes.
struct Padding {
  std::uint64_t behind;  ///< physical address behind the pages of the entry before
  std::uint64_t pages;   ///< bytes of these pages
  std::uint64_t bytes;
};
std::vector<Padding> paddings(const Trace& t, unsigned step) {
  const auto& op = t.steps.at(step);
  if (!model::is_map(op.code) || !t.translated || is_untrusted(t, step)) return {};
  const auto mask = t.devices.at(op.device).segment_boundary.value();
  const auto granule = std::max<std::uint64_t>(t.iommu_granule.value(), 1);
  std::vector<Padding> found;
  std::uint64_t addresses = 0;
  Padding before{};
  for (const auto& seg : model::segments(t, step)) {
    if (decide(seg.bus)) continue;
    const auto first = t.domain->low(seg.phys).value();
    const auto end = (first + seg.length.value() + granule - 1) & ~(granule - 1);
    const auto pages = end - (first & ~(granule - 1));
    before.bytes = (mask - addresses + 1) & mask;
    if (mask != 0 && before.bytes != 0 && before.bytes < pages - 1) {
      found.push_back(before);
      addresses += before.bytes;
    }
    addresses += pages;
    before = {end, pages, 0};
  }
  return found;
}

/// The memory that is mapped lies where a list is padded.
bool padding_maps_what_follows(const Trace& t, const Violation& v) {
  return v.observed && std::ranges::any_of(paddings(t, v.step), [&](const Padding& p) {
           return *v.observed >= p.behind && *v.observed - p.behind < p.bytes;
         });
}

/// With its padding the length of an entry no longer fits 32 bits.
bool padding_wraps_a_length(const Trace& t, const Violation& v) {
  return std::ranges::any_of(paddings(t, v.step),
                             [](const Padding& p) { return p.pages + p.bytes > 0xffffffff; });
}

/// The list of a trusted device was one of an untrusted device before, and was not initialised
/// since.
bool list_of_an_untrusted_device_before(const Trace& t, const Violation& v) {
  const bool maps = model::is_map(t.steps.at(v.step).code);
  const auto map = maps ? std::optional(v.step) : model::map_before(t, v.step);
  if (!t.translated || !map || is_untrusted(t, *map)) return false;
  bool marked = false;
  for (unsigned s = 0; s < *map; ++s) {
    if (t.steps[s].code == SGP_OP_INIT) marked = false;
    marked |= model::is_map(t.steps[s].code) && is_untrusted(t, s);
  }
  return marked;
}

/// The cache maintenance of a list for a device that is not coherent is about a segment that it
/// reaches by its bus address.
bool maintains_bus_segment(const Trace& t, const Violation& v, unsigned map) {
  if (t.devices.at(t.steps.at(map).device).noncoherent.value() == 0 || !v.observed) return false;
  return std::ranges::any_of(model::segments(t, map), [&](const auto& seg) {
    const auto first = t.domain->low(seg.phys).value();
    return decide(seg.bus) && (*v.observed - first < seg.length.value() ||
                               *v.observed - seg.bus_address.value() < seg.length.value());
  });
}

/// A list of a trusted device behind an IOMMU, mapped, synchronised or unmapped as a whole.
bool bus_segment_maintained_behind_an_iommu(const Trace& t, const Violation& v) {
  const auto code = t.steps.at(v.step).code;
  const auto map = model::is_map(code) ? std::optional(v.step) : model::map_before(t, v.step);
  return t.translated && map && !is_untrusted(t, *map) && !model::is_part_sync(code) &&
         maintains_bus_segment(t, v, *map);
}

/// A list that is mapped directly, synchronised as a whole.
bool bus_segment_synchronised(const Trace& t, const Violation& v) {
  const auto map = model::map_before(t, v.step);
  return !t.translated && map && model::is_list_sync(t.steps.at(v.step).code) &&
         maintains_bus_segment(t, v, *map);
}

/// The mark of a bus address that an entry got since the list was initialised, where unmapping is
/// no code.
bool mark_of_a_segment_that_nothing_unmaps(const Trace& t, const Violation& v) {
  if (t.facts->unmaps() || t.translated || !v.entry || v.observed != 1) return false;
  bool marked = false;
  for (unsigned s = 0; s <= v.step; ++s) {
    const auto& op = t.steps[s];
    if (op.code == SGP_OP_INIT) marked = false;
    if (!model::is_map(op.code)) continue;
    const auto segs = model::segments(t, s);
    marked |= *v.entry < segs.size() && decide(segs[*v.entry].bus);
  }
  return marked;
}

/// Peer memory in a list of an untrusted device; where the violation is about memory, it is peer
/// memory.
bool untrusted_list_with_peer_memory(const Trace& t, const Violation& v) {
  const bool maps = model::is_map(t.steps.at(v.step).code);
  const auto map = maps ? std::optional(v.step) : model::map_before(t, v.step);
  if (!map || !is_untrusted(t, *map)) return false;
  if (v.entry) {
    const auto segs = model::segments(t, *map);
    return *v.entry < segs.size() && decide(segs[*v.entry].is_p2p);
  }
  return v.observed && std::ranges::any_of(t.providers, [&](const auto& provider) {
           return *v.observed >= provider.cpu_start.value() &&
                  *v.observed - provider.cpu_start.value() < provider.size.value();
         });
}

/// An aligned allocation of slots for a buffer whose device wants address bits kept that the
/// alignment takes: swiotlb_tbl_map_single() called directly, or for a segment of an untrusted
/// device that is not whole granules.
bool aligned_slots_of_a_buffer_with_bits_above_a_slot(const Trace& t, const Violation& v) {
  const auto& op = t.steps.at(v.step);
  const auto device = t.devices.at(op.device).min_align.value();
  if (op.code == SGP_OP_BOUNCE_MAP_ALIGNED)
    return has_bits_above_a_slot(op.raw.value(), device, op.offset.value());
  if (!model::is_map(op.code) || !is_untrusted(t, v.step) || !v.entry) return false;
  const auto segs = model::segments(t, v.step);
  if (*v.entry >= segs.size() || !shares_a_granule(t, segs[*v.entry])) return false;
  return has_bits_above_a_slot(t.domain->low(segs[*v.entry].phys).value(), device,
                               t.iommu_granule.value() - 1);
}

/// A part of a bounced buffer in high memory that does not begin in the page in which what its slot
/// holds begins.
bool part_behind_high_page(const Trace& t, const Violation& v) {
  constexpr std::uint64_t kLowEnd = std::uint64_t{896} << 20;
  const auto& op = t.steps.at(v.step);
  if (!t.facts->enabled("HIGHMEM") ||
      (op.code != SGP_OP_BOUNCE_SYNC_CPU && op.code != SGP_OP_BOUNCE_SYNC_DEVICE))
    return false;
  for (unsigned s = v.step; s-- > 0;) {
    const auto& map = t.steps.at(s);
    if (map.entry != op.entry ||
        (map.code != SGP_OP_BOUNCE_MAP && map.code != SGP_OP_BOUNCE_MAP_ALIGNED))
      continue;
    const auto before = (map.ret.value() & t.devices.at(op.device).min_align.value()) % kSlot;
    const auto at = before + op.offset.value();
    const auto of_slot = map.raw.value() + at / kSlot * kSlot;
    return of_slot >= kLowEnd && at % kSlot >= before &&
           (of_slot % 0x1000) + (at % kSlot - before) >= 0x1000;
  }
  return false;
}

/// A segment of an untrusted device that is not whole granules, and whose device wants address bits
/// kept: the slot begins before the buffer.
bool untrusted_slot_that_begins_before_the_buffer(const Trace& t, const Violation& v) {
  const auto& op = t.steps.at(v.step);
  const auto map = model::map_before(t, v.step + 1);
  if (!map || !v.entry || !is_bounced(t, *map, *v.entry)) return false;
  const auto phys = t.domain->low(model::segments(t, *map)[*v.entry].phys).value();
  return t.translated && (phys & t.devices.at(op.device).min_align.value()) != 0;
}

/// A device that only writes wrote through a bounce slot, and no more is wrong than what it left
/// out: an eighth of an entry (replay/runner/samples.c). Or the call failed with such a slot.
bool untrusted_slot_of_a_device_that_writes(const Trace& t, const Violation& v) {
  const bool failed = model::is_map(t.steps.at(v.step).code);
  const auto map = failed ? std::optional(v.step) : model::map_before(t, v.step);
  if (!map || !is_untrusted(t, *map)) return false;
  if (t.steps.at(*map).dir.value() != t.facts->at("DMA_FROM_DEVICE")) return false;
  const auto segs = model::segments(t, *map);
  const auto first = [&](const auto& seg) { return t.domain->low(seg.phys).value(); };
  const auto bounced = [&](const auto& seg) { return shares_a_granule(t, seg); };
  if (failed) return std::ranges::any_of(segs, bounced);
  if (!v.entry || *v.entry >= segs.size() || !v.observed) return false;
  const auto& mine = segs[*v.entry];
  const bool touched = std::ranges::any_of(segs, [&](const auto& seg) {
    return bounced(seg) && first(seg) < first(mine) + mine.length.value() &&
           first(mine) < first(seg) + seg.length.value();
  });
  return touched && *v.observed <= mine.length.value() / 8;
}

/// The address lies in a range that there was no memory to reserve.
bool window_that_was_not_noted(const Trace& t, const Violation& v) {
  if (t.steps.at(v.step).code != SGP_OP_IOVA_SETUP || !v.observed) return false;
  return std::ranges::any_of(t.events, [&](const auto& e) {
    return e.kind == SGP_EV_IOVA_RESERVED && e.step == v.step && e.ret.value() == 0 &&
           *v.observed - e.a.value() < e.b.value();
  });
}

using Predicate = bool (*)(const Trace&, const Violation&);
const std::map<std::string, Predicate>& predicates() {
  static const std::map<std::string, Predicate> all = {
      {"aligned-slots-of-a-buffer-with-bits-above-a-slot",
       aligned_slots_of_a_buffer_with_bits_above_a_slot},
      {"append-behind-page-above-4g", append_behind_page_above_4g},
      {"bounced-with-mask-above-a-slot", bounced_with_mask_above_a_slot},
      {"bus-segment-maintained-behind-an-iommu", bus_segment_maintained_behind_an_iommu},
      {"bus-segment-synchronised", bus_segment_synchronised},
      {"ends-with-peer-behind-memory", ends_with_peer_behind_memory},
      {"list-of-an-untrusted-device-before", list_of_an_untrusted_device_before},
      {"map-type-not-cached", map_type_not_cached},
      {"mark-of-a-segment-that-nothing-unmaps", mark_of_a_segment_that_nothing_unmaps},
      {"padding-maps-what-follows", padding_maps_what_follows},
      {"padding-wraps-a-length", padding_wraps_a_length},
      {"part-behind-high-page", part_behind_high_page},
      {"part-early-in-later-slot", part_early_in_later_slot},
      {"refused-with-stale-dma-fields", refused_with_stale_dma_fields},
      {"split-begins-behind-a-segment", split_begins_behind_a_segment},
      {"split-ends-inside-a-segment", split_ends_inside_a_segment},
      {"split-into-entries-of-one-length", split_into_entries_of_one_length},
      {"untrusted-list-with-peer-memory", untrusted_list_with_peer_memory},
      {"untrusted-slot-that-begins-before-the-buffer",
       untrusted_slot_that_begins_before_the_buffer},
      {"untrusted-slot-of-a-device-that-writes", untrusted_slot_of_a_device_that_writes},
      {"window-that-was-not-noted", window_that_was_not_noted}};
  return all;
}

/// "6.12" as two numbers.
std::pair<int, int> version_of(const std::string& text) {
  std::pair<int, int> out;
  const auto* end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, out.first);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.')
    throw std::invalid_argument(text + " is no kernel version");
  const auto minor = std::from_chars(major.ptr + 1, end, out.second);
  if (minor.ec != std::errc{} || minor.ptr != end)
    throw std::invalid_argument(text + " is no kernel version");
  return out;
}

Known read(const std::filesystem::path& file) {
  try {
    std::ifstream in(file);
    const auto json = nlohmann::json::parse(in);
    if (json.at("schema") != "sgproof-known/1") throw std::invalid_argument("unknown schema");
    const auto predicate = predicates().find(json.at("predicate").get<std::string>());
    if (predicate == predicates().end()) throw std::invalid_argument("unknown predicate");
    return {json.at("id").get<std::string>(),
            json.at("claims").get<std::set<std::string>>(),
            json.at("reason").get<std::string>(),
            version_of(json.at("from").get<std::string>()),
            version_of(json.at("to").get<std::string>()),
            predicate->second};
  } catch (const std::exception& e) {  // nlohmann::json's, and ours from above
    throw Error(ErrorKind::Input, "SGP-E0630", "corpus", e.what()).at(file.string());
  }
}

}  // namespace

std::vector<Known> known_defects(const std::filesystem::path& corpus) {
  std::vector<Known> all;
  const auto dir = corpus / "known";
  if (!std::filesystem::is_directory(dir)) return all;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(".json") && !name.ends_with(".trace.json"))
      all.push_back(read(entry.path()));
  }
  std::ranges::sort(all, {}, &Known::id);
  return all;
}

const Known* explanation(const std::vector<Known>& all, const extract::KernelVersion& version,
                         const Trace& trace, const Violation& violation) {
  const std::pair<int, int> here(version.version, version.patchlevel);
  const auto claim = fmt::format("{} {}", violation.id.invariant, violation.id.clause);
  for (const Known& known : all)
    if (here >= known.from && here <= known.to && known.claims.contains(claim) &&
        known.explains(trace, violation))
      return &known;
  return nullptr;
}

const Known* explanation(const std::vector<Known>& all, const Trace& trace,
                         const Violation& violation) {
  const auto code = trace.facts->at("LINUX_VERSION_CODE");
  extract::KernelVersion version;
  version.version = static_cast<int>(code >> 16);
  version.patchlevel = static_cast<int>(code >> 8 & 0xff);
  return explanation(all, version, trace, violation);
}

}  // namespace sgproof::gate
