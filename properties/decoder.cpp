#include "properties/decoder.hpp"

#include <algorithm>
#include <array>

#include "model/invariants/context.hpp"
#include "model/scenario.hpp"
#include "properties/bytes.hpp"
#include "properties/decode_world.hpp"
#include "properties/drawn.hpp"
#include "properties/roles.hpp"

namespace sgproof::properties {
namespace {

constexpr std::uint64_t kPage = 0x1000;

/// Appends operations and keeps the state that decides which ones are legal.
class Operations {
 public:
  Operations(Bytes& bytes, const model::Facts& facts, const Limits& limits, sgp_scenario& s)
      : in_(bytes), facts_(facts), limits_(limits), s_(s) {}

  void decode() {
    init();
    const bool maps = facts_.maps_lists();
    while (!in_.empty() && left() > 0 && !finished_) {
      const unsigned what = in_.below(8);
      if (what == 7)
        init();
      else if (maps && what < 5)
        cycle();
      else
        encoding(static_cast<unsigned>(in_.below(static_cast<unsigned>(s_.nents))));
    }
    if (in_.rarely(3)) boundary();
  }

 private:
  struct Entry {
    bool assigned = false, chained = false, odd = false;
    std::uint64_t length = 0;  ///< where assigned
  };

  [[nodiscard]] std::uint64_t left() const { return kDrawnOps - s_.nops; }

  void init() {
    model::add_op(s_, SGP_OP_INIT);
    entries_.fill({});
    by_hand_ = false;
  }

  /// Assigns what must or may be assigned, maps, unmaps.
  void cycle() {
    const bool odd = std::any_of(entries_.begin(), entries_.end(),
                                 [](const Entry& e) { return e.odd || e.chained; });
    if (by_hand_ || odd) init();
    const unsigned again = in_.byte(), priors = in_.rarely(4) ? in_.byte() : 0;
    std::uint64_t needed = 2;
    for (unsigned i = 0; i < s_.nents; ++i) needed += !entries_[i].assigned;
    bounces_ += s_.nents;
    if (left() < needed || bounces_ >= SGP_MAX_CHOICES) {  // the harness has no more bounce slots
      finished_ = true;
      return;
    }
    std::uint64_t spare = left() - needed;
    for (unsigned i = 0; i < s_.nents; ++i) {
      const bool must = !entries_[i].assigned;
      if (!must && (!(again >> i & 1) || !spare)) continue;
      if (!must) --spare;
      if ((priors >> i & 1) && spare) {
        --spare;
        prior(i);
      }
      set_page(i);
    }
    map(in_.rarely(3) ? SGP_OP_MAP_SG : SGP_OP_MAP_SGTABLE);
  }

  void map(sgp_opcode code) {
    sgp_op& m = model::add_op(s_, code);
    static constexpr std::array<const char*, 3> kDirections = {"DMA_TO_DEVICE", "DMA_FROM_DEVICE",
                                                               "DMA_BIDIRECTIONAL"};
    m.dir = facts_.at(in_.pick(kDirections));
    m.device = in_.rarely(4);
    switch (in_.below(6)) {
      case 4:
        m.attrs = facts_.at("DMA_ATTR_SKIP_CPU_SYNC");
        break;
      case 5:
        m.attrs = in_.number(0x3ff);
        break;
      default:
        break;
    }
    syncs(m);
    if (in_.rarely(10)) {  // the scenario ends with the list mapped
      finished_ = true;
      return;
    }
    sgp_op& u = model::add_op(s_, SGP_OP_UNMAP);
    u.device = m.device;
    u.dir = m.dir;
    u.attrs = m.attrs;
  }

  /// What happens between the map call and its unmap, which has its place already.
  void syncs(const sgp_op& map) {
    const std::uint64_t device = map.device, dir = map.dir;
    while (in_.rarely(3) && left() > 1) {
      static constexpr std::array<sgp_opcode, 4> kCodes = {
          SGP_OP_SYNC_CPU, SGP_OP_SYNC_DEVICE, SGP_OP_SYNC_PART_CPU, SGP_OP_SYNC_PART_DEVICE};
      const sgp_opcode code = in_.pick(kCodes);
      const unsigned entry = in_.below(static_cast<unsigned>(s_.nents));
      if (bus_range_in_pool()) return;
      sgp_op& op = model::add_op(s_, code);
      op.device = device;
      op.dir = dir;
      if (!model::is_part_sync(code)) continue;
      const std::uint64_t whole = entries_[entry].length;
      op.entry = entry;
      op.offset = std::min(offset(whole), whole - 1);
      op.length =
          std::clamp<std::uint64_t>(length(op.offset, whole - op.offset), 1, whole - op.offset);
    }
  }

  [[nodiscard]] bool bus_range_in_pool() const {
    for (std::uint64_t k = 0; k < s_.nproviders; ++k) {
      const sgp_provider& p = s_.world.providers[k];
      if (p.bus_start < s_.world.swiotlb_end && s_.world.swiotlb_start < p.bus_start + p.size)
        return true;
    }
    return false;
  }

  void set_page(unsigned entry) {
    const unsigned page = in_.below(static_cast<unsigned>(s_.npages));
    sgp_op& op = model::add_op(s_, SGP_OP_SET_PAGE, entry, page);
    const std::uint64_t room = std::min<std::uint64_t>(limits_.room[page], 0xffffffffULL - kPage);
    op.offset = std::min(offset(room), room - 1);
    const std::uint64_t longest = std::min(room - op.offset, limits_.length);
    op.length = std::clamp<std::uint64_t>(length(op.offset, longest), 1, longest);
    entries_[entry].assigned = true;
    entries_[entry].length = op.length;
  }

  std::uint64_t offset(std::uint64_t room) {
    switch (in_.below(8)) {
      case 1:
        return in_.byte() * 16ULL;
      case 2:
        return kPage - 2 + in_.below(4);
      case 3:
        return in_.number(kPage - 1);
      case 4:
        return 0x10000 - 2 + in_.below(4);
      case 5:
        return in_.number(room - 1);
      default:
        return 0;
    }
  }

  std::uint64_t length(std::uint64_t offset, std::uint64_t longest) {
    switch (in_.below(8)) {
      case 1:
        return 1 + in_.byte();
      case 2:
        return kPage - 2 + in_.below(4);
      case 3:
        return kPage - offset % kPage;
      case 4:
        return 0x10000 - 2 + in_.below(4);
      case 5:
        return longest - in_.below(2);
      case 6:
        return in_.number(longest);
      default:
        return kPage;
    }
  }

  void prior(unsigned entry) {
    model::add_op(s_, SGP_OP_PRIOR, entry);
    sgp_prior& p = s_.world.prior[entry];
    p.page = in_.below(static_cast<unsigned>(s_.npages));
    p.offset = in_.number(0xffffffff);
    p.length = in_.number(0xffffffff);
    p.dma_address = in_.number(facts_.at("SIZEOF_DMA_ADDR_T") == 8 ? ~0ULL : 0xffffffffULL);
    p.dma_length = in_.number(0xffffffff);
    entries_[entry].assigned = false;
  }

  /// One operation on the encoding of an entry.
  void encoding(unsigned entry) {
    Entry& e = entries_[entry];
    const unsigned what = in_.below(9);
    if (what < 4) {
      if (e.chained || e.odd) return;
      assign(entry, what);
      return;
    }
    if (e.chained && (what == 6 || what == 7)) return;
    by_hand_ = true;
    switch (what) {
      case 4:
        model::add_op(s_, SGP_OP_MARK_END, entry);
        e.chained = false;
        break;
      case 5:
        model::add_op(s_, SGP_OP_UNMARK_END, entry);
        break;
      case 6:
        model::add_op(s_, SGP_OP_MARK_BUS, entry);
        break;
      case 7:
        model::add_op(s_, SGP_OP_UNMARK_BUS, entry);
        break;
      default: {
        sgp_op& op = model::add_op(s_, SGP_OP_CHAIN, entry);
        op.raw = pointer(op.code);
        e.chained = true;
        e.odd = e.odd || (op.raw & (facts_.at("ALIGNOF_SCATTERLIST") - 1)) != 0;
      }
    }
  }

  void assign(unsigned entry, unsigned what) {
    switch (what) {
      case 1:
        set_page(entry);
        if (left() > 0) model::add_op(s_, SGP_OP_PHYS, entry);
        return;
      case 2:
        return prior(entry);
      case 3: {
        sgp_op& op = model::add_op(s_, SGP_OP_ASSIGN_RAW, entry);
        op.raw = pointer(op.code);
        finished_ = entries_[entry].odd = (op.raw & (facts_.at("ALIGNOF_PAGE") - 1)) != 0;
        break;
      }
      default:
        model::add_op(s_, SGP_OP_ASSIGN_PAGE, entry, in_.below(static_cast<unsigned>(s_.npages)));
    }
    entries_[entry].assigned = false;
  }

  /// A pointer: aligned, misaligned by a little, or anything.
  std::uint64_t pointer(std::uint64_t code) {
    const std::uint64_t mask = facts_.word_mask();
    const std::uint64_t usual = neutral_raw(facts_, code);
    switch (in_.below(5)) {
      case 1:
        return usual + in_.below(64);
      case 2:
        return in_.number(mask) & ~63ULL;
      case 3:
        return in_.number(mask);
      case 4:
        return (in_.number(mask) & ~15ULL) | in_.below(16);
      default:
        return usual + 64ULL * in_.below(256);
    }
  }

  /// Puts the limit of a device at the end of a segment, give or take a byte.
  void boundary() {
    sgp_device& dev = s_.world.devices[in_.rarely(4)];
    const sgp_op& op = s_.ops[in_.below(static_cast<unsigned>(s_.nops))];
    if (op.code != SGP_OP_SET_PAGE) return;
    const std::uint64_t end = (s_.world.pages[op.page].pfn << 12) + op.offset + op.length;
    const std::uint64_t limit = end - in_.below(3);
    if (limit == 0 || (dev.swiotlb_active && limit < s_.world.swiotlb_end)) return;
    if (in_.flag() || limit > dev.dma_mask)
      dev.bus_dma_limit = limit;
    else
      dev.dma_mask = limit;
  }

  Bytes& in_;
  const model::Facts& facts_;
  const Limits& limits_;
  sgp_scenario& s_;
  std::array<Entry, SGP_MAX_NENTS> entries_{};
  bool by_hand_ = false;  ///< since the last init
  bool finished_ = false;
  std::uint64_t bounces_ = 0;  ///< calls of swiotlb_map() so far, at most
};

}  // namespace

sgp_scenario decode(std::span<const std::uint8_t> bytes, const model::Facts& facts) {
  Bytes operations(bytes.first(std::min(bytes.size(), kOperationBytes)));
  const unsigned nents = 1 + operations.below(kDrawnNents);
  const unsigned split = operations.rarely(3) ? operations.below(nents) : 0;
  const unsigned npages = std::min(nents + operations.below(3), unsigned{SGP_MAX_PAGES});
  sgp_scenario s = model::blank_scenario(facts, nents, 0, npages);
  s.split = split;
  Bytes world(bytes.subspan(std::min(bytes.size(), kOperationBytes)));
  const Limits limits = decode_world(world, facts, s);
  Operations(operations, facts, limits, s).decode();
  return s;
}

}  // namespace sgproof::properties
