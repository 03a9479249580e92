// The steps of the structural shrink, biggest first.
#include <algorithm>
#include <bit>
#include <cstring>

#include "model/invariants/context.hpp"
#include "model/scenario.hpp"
#include "properties/roles.hpp"
#include "properties/shrink.hpp"

namespace sgproof::properties {
namespace {

constexpr std::uint64_t kPageMask = 0xfff;

bool same(const sgp_scenario& a, const sgp_scenario& b) { return !std::memcmp(&a, &b, sizeof(a)); }

bool is_map(const sgp_op& op) { return model::is_map(static_cast<sgp_opcode>(op.code)); }

/// A call that has a device and a direction.
bool is_call(const sgp_op& op) {
  return is_map(op) || op.code == SGP_OP_UNMAP || model::is_sync(static_cast<sgp_opcode>(op.code));
}

/// A call for the list as a whole.
bool is_for_list(const sgp_op& op) {
  return is_call(op) && !model::is_part_sync(static_cast<sgp_opcode>(op.code));
}

/// Proposes scenarios until one is taken.
class Moves {
 public:
  Moves(const sgp_scenario& s, const model::Facts& facts,
        const std::function<bool(const sgp_scenario&)>& take)
      : s_(s),
        facts_(facts),
        take_(take),
        blank_(model::blank_scenario(facts, static_cast<unsigned>(s.nents),
                                     static_cast<unsigned>(s.nproviders),
                                     static_cast<unsigned>(s.npages))) {}

  bool propose() {
    return operations() || tables() || entries() || pages() || providers() || host_bridges() ||
           devices() || pool() || calls() || neutral_words() || numbers();
  }

 private:
  /// Offers a changed copy of the scenario.
  template <class Change>
  bool offer(const Change& change) {
    sgp_scenario next = s_;
    change(next);
    return !same(next, s_) && take_(next);
  }

  static void drop(sgp_scenario& s, std::uint64_t first, std::uint64_t count) {
    std::copy(s.ops + first + count, s.ops + s.nops, s.ops + first);
    std::fill(s.ops + (s.nops - count), s.ops + s.nops, sgp_op{});
    s.nops -= count;
  }

  /// Fewer operations: ranges, longest first; then pairs that belong together.
  bool operations() {
    for (std::uint64_t count = s_.nops; count > 0; --count)
      for (std::uint64_t first = 0; first + count <= s_.nops; ++first)
        if (offer([&](sgp_scenario& s) { drop(s, first, count); })) return true;
    for (std::uint64_t i = 0; i < s_.nops; ++i)
      for (std::uint64_t j = i + 2; j < s_.nops; ++j)
        if (offer([&](sgp_scenario& s) { drop(s, j, 1), drop(s, i, 1); })) return true;
    return false;
  }

  /// Fewer pages for the table, and no more announced than come; then no odd ends.
  bool tables() {
    for (std::uint64_t i = 0; i < s_.nops; ++i) {
      if (s_.ops[i].code != SGP_OP_TABLE_APPEND) continue;
      const std::uint64_t raw = s_.ops[i].raw;
      const auto fewer = [&](std::uint64_t pages) {
        return pages != 0 && pages < raw && offer([&](sgp_scenario& s) {
                 s.ops[i].length -= (raw - pages) * (kPageMask + 1);
                 s.ops[i].raw = pages;
                 announce(s);
               });
      };
      if (offer([&](sgp_scenario& s) { drop(s, i, 1), announce(s); }) ||
          offer([&](sgp_scenario& s) { announce(s); }) || fewer(1) || fewer(raw / 2) ||
          fewer(raw - raw / 4) || fewer(raw - 1) || offer([&](sgp_scenario& s) {
            s.ops[i].offset = 0;
            s.ops[i].length = raw * (kPageMask + 1);
          }) ||
          (s_.ops[i].dir > 1 && offer([&](sgp_scenario& s) { s.ops[i].dir /= 2; })) ||
          (s_.ops[i].dir > 0 && offer([&](sgp_scenario& s) { --s.ops[i].dir; })) ||
          (s_.ops[i].device != 0 && offer([&](sgp_scenario& s) {
             for (std::uint64_t k = 0; k < s.nops; ++k)
               if (s.ops[k].code == SGP_OP_TABLE_APPEND) s.ops[k].device = 0;
             s.world.devices[0].max_segment = s_.world.devices[s_.ops[i].device].max_segment;
           })))
        return true;
    }
    return false;
  }

  /// Each call says how many pages follow: those of later calls on the same table.
  static void announce(sgp_scenario& s) {
    std::uint64_t follow = 0;
    for (std::uint64_t i = s.nops; i-- > 0;) {
      if (s.ops[i].code == SGP_OP_TABLE_FREE) follow = 0;
      if (s.ops[i].code != SGP_OP_TABLE_APPEND) continue;
      s.ops[i].dir = follow;
      follow += s.ops[i].raw;
    }
  }

  /// Fewer entries, with what is done to them; one table.
  bool entries() {
    for (std::uint64_t e = 0; e < s_.nents && s_.nents > 1; ++e)
      if (offer([&](sgp_scenario& s) { drop_entry(s, e); })) return true;
    return offer([](sgp_scenario& s) { s.split = 0; }) ||
           (s_.split > 1 && offer([](sgp_scenario& s) { s.split = 1; }));
  }

  static void drop_entry(sgp_scenario& s, std::uint64_t entry) {
    for (std::uint64_t i = s.nops; i-- > 0;) {
      sgp_op& op = s.ops[i];
      const bool own = !is_for_list(op) && op.code != SGP_OP_INIT && op.code != SGP_OP_NOP;
      if (own && op.entry == entry)
        drop(s, i, 1);
      else if (op.entry > entry)
        --op.entry;
      else if (!own)
        op.entry = 0;
    }
    std::copy(s.world.prior + entry + 1, s.world.prior + s.nents, s.world.prior + entry);
    s.world.prior[s.nents - 1] = {};
    --s.nents;
    if (s.split > entry) --s.split;
    if (s.split >= s.nents) s.split = 0;
  }

  /// Fewer pages: one that nothing refers to is dropped, references go to earlier pages.
  bool pages() {
    for (std::uint64_t j = s_.npages; j-- > 0;) {
      if (offer([&](sgp_scenario& s) { drop_page(s, j); })) return true;
    }
    for (std::uint64_t j = 0; j < s_.npages; ++j)
      if (offer([&](sgp_scenario& s) {
            s.world.pages[j] = {0, 0};
            s.world.pages[j].pfn = neutral_frame(facts_, s, static_cast<unsigned>(j));
          }) ||
          offer([&](sgp_scenario& s) {
            s.world.pages[j].pfn = neutral_frame(facts_, s, static_cast<unsigned>(j));
          }) ||
          (s_.world.pages[j].kind == 2 && offer([&](sgp_scenario& s) {
             s.world.pages[j].kind = 1;
             s.world.pages[j].pfn = neutral_frame(facts_, s, static_cast<unsigned>(j));
           })))
        return true;
    return false;
  }

  /// Without page `j`; what referred to it refers to the page before it.
  static void drop_page(sgp_scenario& s, std::uint64_t j) {
    if (s.npages == 1) return;
    const auto renumber = [&](std::uint64_t& page) {
      if (page >= j && page > 0) --page;
    };
    for (std::uint64_t i = 0; i < s.nops; ++i) renumber(s.ops[i].page);
    for (std::uint64_t e = 0; e < s.nents; ++e) renumber(s.world.prior[e].page);
    std::copy(s.world.pages + j + 1, s.world.pages + s.npages, s.world.pages + j);
    s.world.pages[--s.npages] = {};
  }

  bool providers() {
    for (std::uint64_t k = s_.nproviders; k-- > 0;)
      if (offer([&](sgp_scenario& s) { drop_provider(s, k); })) return true;
    for (std::uint64_t k = 0; k < s_.nproviders; ++k) {
      const sgp_provider& blank = blank_.world.providers[k];
      const auto at = [k](sgp_scenario& s) -> sgp_provider& { return s.world.providers[k]; };
      if (offer([&](sgp_scenario& s) { move_bar(s, k, blank.cpu_start), at(s) = blank; }) ||
          offer([&](sgp_scenario& s) { at(s).bus_start = at(s).cpu_start; }) ||
          offer([&](sgp_scenario& s) { move_bar(s, k, blank.cpu_start); }) ||
          offer([&](sgp_scenario& s) {
            move_bar(s, k, blank.cpu_start);
            at(s).size = blank.size;
          }) ||
          offer([&](sgp_scenario& s) { at(s).size = blank.size; }) ||
          offer([&](sgp_scenario& s) { at(s).port_acs = SGP_ACS_NONE; }) ||
          offer([&](sgp_scenario& s) {
            for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d)
              at(s).same_switch[d] = blank.same_switch[d];
          }))
        return true;
    }
    return false;
  }

  /// Without provider `k`, which no page may belong to; a later one takes its place.
  static void drop_provider(sgp_scenario& s, std::uint64_t k) {
    for (std::uint64_t j = 0; j < s.npages; ++j) {
      sgp_page& page = s.world.pages[j];
      if (page.kind == k + 1) return;
      if (page.kind > k + 1) --page.kind;
    }
    std::rotate(s.world.providers + k, s.world.providers + k + 1, s.world.providers + s.nproviders);
    s.world.providers[--s.nproviders] = {};
  }

  /// Moves a BAR, with its pages and its bus addresses.
  static void move_bar(sgp_scenario& s, std::uint64_t k, std::uint64_t to) {
    sgp_provider& p = s.world.providers[k];
    for (std::uint64_t j = 0; j < s.npages; ++j)
      if (s.world.pages[j].kind == k + 1) s.world.pages[j].pfn += (to - p.cpu_start) >> 12;
    p.bus_start += to - p.cpu_start;
    p.cpu_start = to;
    for (std::uint64_t j = 0; j < s.npages; ++j) s.world.pages[j].pfn &= (1ULL << 52) - 1;
  }

  bool host_bridges() {
    return offer([](sgp_scenario& s) { s.world.two_host_bridges = 0; }) ||
           offer([](sgp_scenario& s) { s.world.host_bridge[0] = SGP_HOST_BRIDGE_UNLISTED; }) ||
           offer([](sgp_scenario& s) { s.world.host_bridge[1] = SGP_HOST_BRIDGE_UNLISTED; });
  }

  bool devices() {
    for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d) {
      const sgp_device& blank = blank_.world.devices[d];
      if (offer([&](sgp_scenario& s) { s.world.devices[d] = blank; }) ||
          offer([&](sgp_scenario& s) {
            s.world.devices[d].force_bounce = s.world.devices[d].swiotlb_active = 0;
          }) ||
          offer([&](sgp_scenario& s) { s.world.devices[d].dma_mask = blank.dma_mask; }) ||
          offer([&](sgp_scenario& s) { s.world.devices[d].bus_dma_limit = 0; }) ||
          offer([&](sgp_scenario& s) { s.world.devices[d].is_pci = 1; }) ||
          offer([&](sgp_scenario& s) { s.world.devices[d].port_acs = SGP_ACS_NONE; }) ||
          offer([&](sgp_scenario& s) { s.world.devices[d].min_align = 0; }) ||
          offer([&](sgp_scenario& s) { s.world.devices[d].noncoherent = 0; }) ||
          offer([&](sgp_scenario& s) { s.world.devices[d].untrusted = 0; }) ||
          offer([&](sgp_scenario& s) { s.world.devices[d].force_bounce = 0; }))
        return true;
    }
    return false;
  }

  /// The usual pool, with the usual slots; first without, then with the calls that find it full.
  bool pool() {
    const auto usual = [&](sgp_scenario& s, bool keep_full) {
      s.world.swiotlb_start = blank_.world.swiotlb_start;
      s.world.swiotlb_end = blank_.world.swiotlb_end;
      for (unsigned c = 0; c < SGP_MAX_CHOICES; ++c)
        if (!keep_full || s.world.choices[c] != ~0ULL) s.world.choices[c] = blank_.world.choices[c];
    };
    return offer([](sgp_scenario& s) { std::ranges::fill(s.world.bounce_slots, 0); }) ||
           offer([&](sgp_scenario& s) { usual(s, false); }) ||
           offer([&](sgp_scenario& s) { usual(s, true); });
  }

  /// Arguments of map, sync and unmap: of all calls together, then of each map with what follows.
  bool calls() {
    const std::uint64_t dir = facts_.at("DMA_TO_DEVICE");
    const auto each = [&](const auto& change) {
      if (offer([&](sgp_scenario& s) {
            for (std::uint64_t i = 0; i < s.nops; ++i)
              if (is_call(s.ops[i])) change(s.ops[i]);
          }))
        return true;
      for (std::uint64_t i = 0; i < s_.nops; ++i) {
        if (!is_map(s_.ops[i])) continue;
        if (offer([&](sgp_scenario& s) {
              change(s.ops[i]);
              for (std::uint64_t k = i + 1; k < s.nops && is_call(s.ops[k]) && !is_map(s.ops[k]);
                   ++k)
                change(s.ops[k]);
            }))
          return true;
      }
      return false;
    };
    if (each([&](sgp_op& op) { op.dir = dir; }) || each([](sgp_op& op) { op.attrs = 0; }) ||
        each([](sgp_op& op) { op.device = 0; }))
      return true;
    for (std::uint64_t bit = 1; bit < 0x400; bit <<= 1)
      if (each([&](sgp_op& op) {
            if ((op.attrs & bit) && op.attrs != bit) op.attrs &= ~bit;
          }))
        return true;
    return false;
  }

  /// Every other input by itself.
  bool neutral_words() {
    for (const Role& role : roles(facts_, s_))
      if (offer([&](sgp_scenario& s) { word_of(s, role.word) = role.neutral; })) return true;
    return false;
  }

  /// What cannot be neutral comes nearer to it: to a small part of the distance, or by a part of
  /// it.
  bool numbers() {
    for (const Role& role : roles(facts_, s_)) {
      if (role.name == "BAR address" || role.name == "pool address" || role.name == "DMA mask")
        continue;
      const std::uint64_t value = word_of(s_, role.word);
      const bool below = value < role.neutral;
      const std::uint64_t distance = below ? role.neutral - value : value - role.neutral;
      const bool pages = role.name == "bus offset" || role.name == "BAR size";
      std::uint64_t last = 0;
      const auto nearer = [&](std::uint64_t to) {
        if (pages) to &= ~kPageMask;
        if (to <= last || to >= distance) return false;
        last = to;
        return offer([&](sgp_scenario& s) {
          word_of(s, role.word) = below ? role.neutral - to : role.neutral + to;
        });
      };
      for (unsigned k = 63; k > 0; --k)
        if (nearer(distance >> k)) return true;
      for (unsigned k = 2; k < 64; ++k)
        if (nearer(distance - (distance >> k))) return true;
      if (nearer(distance - 1)) return true;
    }
    return masks();
  }

  /// DMA masks without holes, and as wide as can be.
  bool masks() {
    for (auto& dev : s_.world.devices) {
      const auto d = &dev - s_.world.devices;
      const unsigned width = static_cast<unsigned>(std::bit_width(dev.dma_mask));
      const std::uint64_t ones = width >= 64 ? ~0ULL : (1ULL << width) - 1;
      if (offer([&](sgp_scenario& s) { s.world.devices[d].dma_mask = ones; })) return true;
      for (unsigned wider = 63; wider > width; --wider)
        if ((1ULL << wider) - 1 <= blank_.world.devices[d].dma_mask &&
            offer([&](sgp_scenario& s) { s.world.devices[d].dma_mask = (1ULL << wider) - 1; }))
          return true;
    }
    return false;
  }

  const sgp_scenario& s_;
  const model::Facts& facts_;
  const std::function<bool(const sgp_scenario&)>& take_;
  sgp_scenario blank_;
};

}  // namespace

bool smaller_scenarios(const sgp_scenario& scenario, const model::Facts& facts,
                       const std::function<bool(const sgp_scenario&)>& take) {
  return Moves(scenario, facts, take).propose();
}

}  // namespace sgproof::properties
