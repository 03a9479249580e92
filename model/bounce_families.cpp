#include <fmt/format.h>

#include "model/families.hpp"
#include "model/family_builder.hpp"

namespace sgproof::model {
namespace {

constexpr std::uint64_t kPool = SGP_BOUNCE_SLOTS * SGP_BOUNCE_SLOT;
constexpr std::uint64_t kSlotMask = SGP_BOUNCE_SLOT - 1, kPageMask = 0xfff, kSectorMask = 0x1ff;
constexpr std::uint64_t kShort = 2ULL * SGP_BOUNCE_SLOT;  ///< bytes of a mapping

/// Families of a pool of 8 slots; the operations follow that of the pool.
class BounceBuilder : public FamilyBuilder {
 public:
  BounceBuilder(const Facts& facts, std::string name, std::string scope, unsigned mappings)
      : FamilyBuilder(facts, std::move(name), std::move(scope), mappings, 0, 1), facts_(facts) {}

  /// Of physical addresses.
  [[nodiscard]] std::uint64_t limit() const { return facts_.frames() * 0x1000; }

  /// The pool, anywhere.
  sgp_op& pool(std::uint64_t segment = SGP_BOUNCE_SLOTS, std::uint64_t areas = 1) {
    sgp_op& op = this->op(SGP_OP_BOUNCE_POOL);
    op.length = segment;
    op.raw = areas;
    sgp_world& w = world();
    w.swiotlb_end = w.swiotlb_start + kPool;
    open(w.swiotlb_start, "pool address", "bounce pool start", limit() - kPool);
    open_derived(w.swiotlb_end, "pool address", "bounce pool end", limit());
    return op;
  }

  void open_alignment(std::uint64_t most) {
    open(world().devices[0].min_align, "alignment mask", "device 0 alignment mask", most);
  }

  void open_hint(sgp_op& op) {
    open(op.offset, "search", "slot that the search begins with", SGP_BOUNCE_SLOTS - 1);
  }

  void open_boundary() {
    open(world().devices[0].segment_boundary, "segment boundary", "device 0 segment boundary",
         ~0ULL);
  }

  void open_reach() {
    open(world().devices[0].dma_mask, "DMA mask", "device 0 DMA mask", ~0ULL);
    open(world().devices[0].bus_dma_limit, "bus DMA limit", "device 0 bus DMA limit", ~0ULL);
  }

  sgp_op& map(unsigned entry, sgp_opcode code = SGP_OP_BOUNCE_MAP,
              std::uint64_t longest = 0xffffffff) {
    sgp_op& op = this->op(code, entry);
    const std::string name = fmt::format("mapping {} ", entry);
    op.raw = 0x100000000ULL + entry * 0x10000ULL;
    op.length = 0x800;
    op.dir = facts_.at("DMA_TO_DEVICE");
    open(op.raw, "buffer", name + "buffer", limit() - 1);
    open(op.length, "length", name + "length", longest);
    open(op.dir, "direction", name + "direction", 2);
    open(op.attrs, "attributes", name + "attributes", 0x3ff);
    return op;
  }

  void sync(sgp_opcode code, const sgp_op& map) {
    sgp_op& op = use(code, map);
    op.length = 0x800;
    const std::string name =
        code == SGP_OP_BOUNCE_SYNC_CPU ? "part for the CPU: " : "part for the device: ";
    open(op.offset, "part offset", name + "offset", kShort - 1);  // within the mapping
    open(op.length, "part length", name + "length", 0xffffffff);
  }

  void unmap(const sgp_op& map) {
    sgp_op& op = use(SGP_OP_BOUNCE_UNMAP, map);
    open(op.attrs, "attributes", fmt::format("mapping {} unmap attributes", map.entry), 0x3ff);
  }

 private:
  sgp_op& use(sgp_opcode code, const sgp_op& map) {
    sgp_op& op = this->op(code, static_cast<unsigned>(map.entry));
    op.dir = map.dir;
    open_tied(op.dir, map.dir, "direction", fmt::format("mapping {} direction", map.entry), 2);
    return op;
  }

  const Facts& facts_;
};

constexpr const char* kPoolWords = "a pool of 8 slots in one segment";

Family mapped(const Facts& facts) {
  BounceBuilder b(
      facts, "bounce-map",
      fmt::format("{}, searched from its first slot on; one mapping, alignment masks up "
                  "to a page",
                  kPoolWords),
      1);
  b.pool();
  b.open_alignment(kPageMask);
  b.map(0);
  return b.finish();
}

/// A device that does not reach all slots gets none, and leaves none taken.
Family reached(const Facts& facts) {
  BounceBuilder b(facts, "bounce-reach",
                  fmt::format("{}, searched from its first slot on; one mapping, unmapped; any "
                              "reach of the device, alignment mask 0 or 511",
                              kPoolWords),
                  1);
  b.pool();
  b.open_reach();
  b.open_alignment(kSectorMask);
  sgp_op& map = b.map(0);
  b.unmap(map);
  b.op(SGP_OP_BOUNCE_LOOK);
  return b.finish();
}

Family bounded(const Facts& facts) {
  BounceBuilder b(facts, "bounce-boundary",
                  "a pool of 8 slots in one segment, searched from its first slot on; one "
                  "mapping, any segment boundary, no alignment mask",
                  1);
  b.pool();
  b.open_boundary();
  b.map(0);
  return b.finish();
}

Family aligned(const Facts& facts) {
  BounceBuilder b(facts, "bounce-aligned",
                  fmt::format("{}, searched from its first slot on; one mapping of up to {} bytes "
                              "whose allocation is aligned, both alignment masks up to a page; "
                              "unmapped",
                              kPoolWords, kShort),
                  1);
  b.pool();
  b.open_alignment(kPageMask);
  sgp_op& map = b.map(0, SGP_OP_BOUNCE_MAP_ALIGNED, kShort);
  b.open(map.offset, "allocation alignment", "alignment mask of the allocation", kPageMask);
  b.unmap(map);
  b.op(SGP_OP_BOUNCE_LOOK);
  return b.finish();
}

/// A part for the CPU or for the device: each in a family of its own.
Family synced(const Facts& facts, sgp_opcode code, const char* name, const char* whom) {
  BounceBuilder b(facts, name,
                  fmt::format("{}, searched from its first slot on; one mapping of up to {} bytes, "
                              "any part of it, which may end behind it, synchronised for {}; "
                              "alignment mask 0 or 511",
                              kPoolWords, kShort, whom),
                  1);
  b.pool();
  b.open_alignment(kSectorMask);
  b.sync(code, b.map(0, SGP_OP_BOUNCE_MAP, kShort));
  return b.finish();
}

Family two(const Facts& facts) {
  BounceBuilder b(
      facts, "bounce-2",
      fmt::format("{}, searched from its first slot on; two mappings of up to {} bytes, "
                  "unmapped in the same order; alignment mask 0 or 511",
                  kPoolWords, kShort),
      2);
  b.pool();
  b.open_alignment(kSectorMask);
  sgp_op& first = b.map(0, SGP_OP_BOUNCE_MAP, kShort);
  sgp_op& second = b.map(1, SGP_OP_BOUNCE_MAP, kShort);
  b.unmap(first);
  b.unmap(second);
  b.op(SGP_OP_BOUNCE_LOOK);
  return b.finish();
}

/// Two mappings of up to half of the pool: the second begins behind the first, or in the other
/// half.
Family in_halves(const Facts& facts, const char* name, const char* words, std::uint64_t areas) {
  constexpr std::uint64_t kHalf = SGP_BOUNCE_SLOTS / 2;
  BounceBuilder b(facts, name,
                  fmt::format("a pool of 8 slots in {}, searched from its first slot on; two "
                              "mappings of up to {} bytes, unmapped in the same order; no "
                              "alignment mask",
                              words, kHalf * SGP_BOUNCE_SLOT),
                  2);
  b.pool(kHalf, areas);
  sgp_op& first = b.map(0, SGP_OP_BOUNCE_MAP, kHalf * SGP_BOUNCE_SLOT);
  sgp_op& second = b.map(1, SGP_OP_BOUNCE_MAP, kHalf * SGP_BOUNCE_SLOT);
  b.unmap(first);
  b.unmap(second);
  b.op(SGP_OP_BOUNCE_LOOK);
  return b.finish();
}

Family largest(const Facts& facts) {
  BounceBuilder b(facts, "bounce-largest",
                  fmt::format("{}, nothing taken, searched from any slot on; a mapping of the "
                              "advertised size, alignment masks up to a slot",
                              kPoolWords),
                  1);
  b.open_hint(b.pool());
  b.open_alignment(kSlotMask);
  sgp_op& map = b.op(SGP_OP_BOUNCE_MAP);
  map.raw = 0x100000000ULL;
  map.dir = facts.at("DMA_TO_DEVICE");
  b.open(map.raw, "buffer", "buffer", b.limit() - 1);
  return b.finish();
}

}  // namespace

std::vector<Family> bounce_families(const Facts& facts) {
  if (!facts.has_pool()) return {};
  return {mapped(facts),
          reached(facts),
          bounded(facts),
          synced(facts, SGP_OP_BOUNCE_SYNC_CPU, "bounce-sync-cpu", "the CPU"),
          synced(facts, SGP_OP_BOUNCE_SYNC_DEVICE, "bounce-sync-device", "the device"),
          largest(facts),
          aligned(facts),
          two(facts),
          in_halves(facts, "bounce-segments", "two segments", 1),
          in_halves(facts, "bounce-areas", "two areas of one segment", 2)};
}

}  // namespace sgproof::model
