#include "model/families.hpp"

#include <fmt/format.h>

#include "model/family_builder.hpp"

namespace sgproof::model {
namespace {

Family encoding_assign(const Facts& facts, bool marked) {
  FamilyBuilder b(facts, marked ? "enc-assign-marked" : "enc-assign",
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
  FamilyBuilder b(facts, "enc-marks", "one list of 2 entries, any page, every order of two marks",
                  2, 0, 2);
  b.open_pages();
  b.op(SGP_OP_INIT);
  b.set_page(0, 0, "segment 0");
  for (const auto code : {SGP_OP_MARK_BUS, SGP_OP_MARK_END, SGP_OP_UNMARK_BUS, SGP_OP_UNMARK_END,
                          SGP_OP_MARK_END, SGP_OP_MARK_BUS, SGP_OP_UNMARK_END, SGP_OP_UNMARK_BUS})
    b.op(code, 0);
  return b.finish();
}

Family encoding_chain(const Facts& facts) {
  FamilyBuilder b(facts, "enc-chain", "one list of 2 entries, any chain pointer", 2, 0, 2);
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
  FamilyBuilder b(facts, "enc-raw", "one entry, any pointer", 1, 0, 1);
  b.op(SGP_OP_INIT);
  sgp_op& assign = b.op(SGP_OP_ASSIGN_RAW, 0);
  assign.raw = facts.at("WORD_BITS") == 64 ? 0xffffea0000001000ULL : 0xc0001000ULL;
  b.open(assign.raw, "page pointer", "page pointer", facts.word_mask());
  return b.finish();
}

Family encoding_phys(const Facts& facts) {
  FamilyBuilder b(facts, "enc-phys", "one entry, any segment of RAM", 1, 0, 1);
  b.open_pages();
  b.op(SGP_OP_INIT);
  b.set_page(0, 0, "segment 0");
  b.op(SGP_OP_PHYS, 0);
  return b.finish();
}

unsigned owners(const Facts& facts) { return facts.has_peers() ? 2 : 0; }

/// For scopes: what else than RAM a list can have.
std::string owners_words(const Facts& facts) {
  return facts.has_peers() ? ", 2 providers" : ", all RAM";
}

Family map_family(const Facts& facts, unsigned nents, sgp_opcode code, unsigned split) {
  const std::string kind = code == SGP_OP_MAP_SG ? "map-count" : split ? "map-chained" : "map";
  FamilyBuilder b(facts, fmt::format("{}-{}", kind, nents),
                  fmt::format("one list of {} entries{}, one device{}, any earlier contents", nents,
                              split ? " in two chained tables" : "", owners_words(facts)),
                  nents, owners(facts), split ? nents : nents + 1);
  b.open_providers();
  b.open_device(0);
  b.open_coherence(0);
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
  FamilyBuilder b(
      facts, "map-topology",
      "one list of 1 entry, one PCI device, 2 providers, every topology, no map type cached", 1, 2,
      1);
  b.open_topology();
  b.open_pages();
  b.op(SGP_OP_INIT);
  b.op(SGP_OP_SET_PAGE);
  b.map(SGP_OP_MAP_SGTABLE, 0, true);
  return b.finish();
}

/// Assigns the entries of the list, for the first or the second time.
void assign_all(FamilyBuilder& b, unsigned nents, bool again) {
  for (unsigned i = 0; i < nents; ++i) {
    const std::string time = again ? "second" : "first";
    b.set_page(i, again ? nents + i : i,
               nents == 1 ? time + " segment" : fmt::format("{} segment {}", time, i));
  }
}

/// The name of a family, with the number of entries where that is not 1.
std::string for_entries(const std::string& name, unsigned nents) {
  return nents == 1 ? name : fmt::format("{}-{}", name, nents);
}

std::string entries_words(unsigned nents) {
  return nents == 1 ? "one entry" : fmt::format("one list of {} entries", nents);
}

Family reuse_family(const Facts& facts, unsigned second_device, unsigned nents) {
  FamilyBuilder b(facts, for_entries(second_device ? "reuse-other-device" : "reuse", nents),
                  entries_words(nents) +
                      (second_device ? " mapped, unmapped, assigned again and mapped by another "
                                       "device"
                                     : " mapped, unmapped, assigned again, mapped and unmapped"),
                  nents, owners(facts), 2 * nents);
  b.open_providers();
  b.open_device(0);
  b.open_coherence(0);
  if (second_device) b.open_device(1);
  if (second_device) b.open_coherence(1);
  b.open_pages();
  b.open_swiotlb(2 * nents);
  b.op(SGP_OP_INIT);
  assign_all(b, nents, false);
  b.map(SGP_OP_MAP_SGTABLE, 0, true);
  assign_all(b, nents, true);
  b.map(SGP_OP_MAP_SGTABLE, second_device, true);
  b.open_arguments();
  return b.finish();
}

/// A list that the CPU and the device use in turn while it is mapped.
Family sync_family(const Facts& facts, unsigned nents) {
  FamilyBuilder b(facts, fmt::format("sync-{}", nents),
                  fmt::format("one list of {} entries, one device{}, mapped, synchronised for "
                              "the CPU and for the device, unmapped",
                              nents, owners_words(facts)),
                  nents, owners(facts), nents);
  b.open_providers();
  b.open_device(0);
  b.open_coherence(0);
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
  FamilyBuilder b(
      facts, "sync-part",
      fmt::format("one list of 1 entry, one device{}, mapped, any part of it synchronised for "
                  "the CPU and any for the device, unmapped",
                  owners_words(facts)),
      1, owners(facts), 1);
  b.open_providers();
  b.open_device(0);
  b.open_coherence(0);
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

Family sync_reuse_family(const Facts& facts, unsigned nents) {
  FamilyBuilder b(facts, for_entries("sync-reuse", nents),
                  entries_words(nents) +
                      " mapped, synchronised, unmapped, assigned again, mapped, synchronised as a "
                      "whole and in part, unmapped",
                  nents, owners(facts), 2 * nents);
  b.open_providers();
  b.open_device(0);
  b.open_coherence(0);
  b.open_pages();
  b.open_swiotlb(2 * nents);
  b.op(SGP_OP_INIT);
  assign_all(b, nents, false);
  b.map(SGP_OP_MAP_SGTABLE, 0, false);
  b.sync(SGP_OP_SYNC_CPU, 0);
  b.unmap(0);
  assign_all(b, nents, true);
  b.map(SGP_OP_MAP_SGTABLE, 0, false);
  b.sync(SGP_OP_SYNC_CPU, 0);
  b.sync(SGP_OP_SYNC_DEVICE, 0);
  b.sync_part(SGP_OP_SYNC_PART_CPU, 0, nents - 1);
  b.sync_part(SGP_OP_SYNC_PART_DEVICE, 0, nents - 1);
  b.unmap(0);
  b.open_arguments();
  return b.finish();
}

/// The same without its last step, an unmap: the list stays mapped (assumption MARKS_KEPT).
Family kept(Family family) {
  auto& shape = family.shape;
  const auto* words = reinterpret_cast<const std::uint64_t*>(&shape);
  const auto* last = reinterpret_cast<const std::uint64_t*>(&shape.ops[shape.nops - 1]);
  const auto from = static_cast<std::size_t>(last - words);
  std::erase_if(family.inputs, [&](const Input& input) {
    return input.word >= from && input.word < from + sizeof(sgp_op) / sizeof(std::uint64_t);
  });
  shape.ops[--shape.nops] = {};
  family.name += "-kept";
  family.scope += ", and not unmapped";
  return family;
}

bool ends_with_unmap(const Family& family) {
  const auto& shape = family.shape;
  return shape.nops != 0 && shape.ops[shape.nops - 1].code == SGP_OP_UNMAP;
}

/// What there is to do with a list behind an IOMMU, besides mapping and unmapping it.
enum class IommuCase : std::uint8_t {
  Fresh,    ///< a list that was not used before
  Used,     ///< one that was, and a driver that does a part of what it is asked for
  Several,  ///< one of several entries that was used before, without a segment boundary
  Bounded   ///< the same, with a segment boundary
};

constexpr std::uint64_t kBoundary = 64 << 10;  ///< bytes

std::string_view suffix(IommuCase which) {
  return which == IommuCase::Used ? "-used" : which == IommuCase::Bounded ? "-boundary" : "";
}

std::string_view words(IommuCase which) {
  switch (which) {
    case IommuCase::Fresh:
      break;
    case IommuCase::Used:
      return ", whose driver can do a part";
    case IommuCase::Several:
      return ", without a segment boundary";
    case IommuCase::Bounded:
      return ", with a segment boundary of 64 KiB, up to which memory behind a segment may be "
             "mapped with it";
  }
  return "";
}

/// Of a longer list the kind of each page is a case of its own, asked for one page after the other.
Family in_parts(Family family, unsigned npages) {
  family.choices = npages > 2 ? std::min(npages - 1, 3U) : 0;
  return family;
}

Family iommu_family(const Facts& facts, IommuCase which, unsigned nents) {
  const bool fresh = which == IommuCase::Fresh, used = which == IommuCase::Used;
  FamilyBuilder b(
      facts, fmt::format("iommu-{}{}", nents, suffix(which)),
      fmt::format("one list of {} entries, {}, one PCI device behind an IOMMU with "
                  "pages of 4 KiB{}, 2 providers",
                  nents, fresh ? "not used before" : "any earlier contents", words(which)),
      nents, 2, nents);
  b.open_providers();
  b.open_mask(0);
  if (which == IommuCase::Bounded)
    b.within_segments_of(0, kBoundary);
  else
    b.open_longest_segment(0);
  if (fresh || used) b.open_segment_boundary(0);
  b.open_iommu();
  b.open_pages();
  b.op(SGP_OP_INIT);
  for (unsigned i = 0; i < nents && !fresh; ++i) b.prior(i, i);
  for (unsigned i = 0; i < nents; ++i) b.set_page(i, i, fmt::format("segment {}", i));
  b.map(SGP_OP_MAP_SGTABLE, 0, true);
  b.open_arguments();
  b.open_failures();
  if (used) b.open_parts();
  return in_parts(b.finish(), nents);
}

/// A list behind an IOMMU that is mapped, synchronised, unmapped, assigned again, and mapped and
/// unmapped by the same device or by another one; the first map call may fail, and is then tried
/// again.
Family iommu_reuse_family(const Facts& facts, unsigned second_device, unsigned nents) {
  FamilyBuilder b(
      facts, for_entries(second_device ? "iommu-reuse-other-device" : "iommu-reuse", nents),
      fmt::format("{} behind an IOMMU with pages of 4 KiB, mapped, synchronised, unmapped, "
                  "assigned again and mapped by {}, without a segment boundary, 2 providers",
                  entries_words(nents),
                  second_device ? "another PCI device in a domain of its own or in the same one"
                                : "the same PCI device"),
      nents, 2, 2 * nents);
  b.open_providers();
  for (unsigned device = 0; device <= second_device; ++device) {
    b.open_mask(device);
    b.open_longest_segment(device);
  }
  b.open_iommu();
  if (second_device) b.open_domains();
  b.open_pages();
  b.op(SGP_OP_INIT);
  assign_all(b, nents, false);
  b.map(SGP_OP_MAP_SGTABLE, 0, false);
  b.sync(SGP_OP_SYNC_CPU, 0);
  b.sync(SGP_OP_SYNC_DEVICE, 0);
  b.unmap(0);
  assign_all(b, nents, true);
  b.map(SGP_OP_MAP_SGTABLE, second_device, true);
  b.open_arguments_of_each_map();
  b.open_failures();
  return nents > 1 ? in_parts(b.finish(), 2 * nents) : b.finish();
}

}  // namespace

std::vector<Family> families(const Facts& facts, unsigned max_nents) {
  std::vector<Family> all{encoding_raw(facts), encoding_assign(facts, false), encoding_marks(facts),
                          encoding_chain(facts), encoding_phys(facts)};
  if (facts.has_bus_mark()) all.insert(all.begin() + 2, encoding_assign(facts, true));
  if (!facts.maps_lists()) return all;
  all.push_back(map_family(facts, 1, SGP_OP_MAP_SGTABLE, 0));
  all.push_back(map_family(facts, 1, SGP_OP_MAP_SG, 0));
  if (facts.has_peers()) all.push_back(topology_family(facts));
  all.push_back(reuse_family(facts, 0, 1));
  all.push_back(reuse_family(facts, 1, 1));
  all.push_back(sync_family(facts, 1));
  all.push_back(part_sync_family(facts));
  all.push_back(sync_reuse_family(facts, 1));
  for (unsigned n = 2; n <= max_nents; ++n) {
    all.push_back(map_family(facts, n, SGP_OP_MAP_SGTABLE, 0));
    if (n == 2) {
      all.push_back(map_family(facts, n, SGP_OP_MAP_SGTABLE, 1));
      all.push_back(reuse_family(facts, 0, n));
      all.push_back(reuse_family(facts, 1, n));
      all.push_back(sync_reuse_family(facts, n));
    }
    all.push_back(sync_family(facts, n));
  }
  if (facts.unmaps() || !facts.has_peers()) return all;
  for (std::size_t i = 0, count = all.size(); i < count; ++i)
    if (ends_with_unmap(all[i])) all.push_back(kept(all[i]));
  return all;
}

std::vector<Family> translated_families(const Facts& facts, unsigned max_nents) {
  if (!facts.enabled("PCI_P2PDMA") || !facts.enabled("IOMMU_DMA")) return {};
  std::vector<Family> all{iommu_family(facts, IommuCase::Fresh, 1),
                          iommu_family(facts, IommuCase::Used, 1), iommu_reuse_family(facts, 0, 1),
                          iommu_reuse_family(facts, 1, 1)};
  for (unsigned n = 2; n <= max_nents; ++n)
    all.push_back(iommu_family(facts, IommuCase::Several, n));
  if (max_nents > 1) all.push_back(iommu_family(facts, IommuCase::Bounded, 2));
  if (max_nents <= 3) return all;
  // minutes of processor time: with the other long ones
  all.push_back(iommu_family(facts, IommuCase::Bounded, 3));
  all.push_back(iommu_reuse_family(facts, 0, 2));
  return all;
}

}  // namespace sgproof::model
