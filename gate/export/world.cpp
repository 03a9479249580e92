#include "gate/export/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "model/error.hpp"

namespace sgproof::gate {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kGranule = 512;  ///< pages: least range that gets struct pages
constexpr std::uint64_t kLowBits = 16;   ///< page frame numbers keep their value modulo this
constexpr unsigned kLargestOrder = 10;   ///< of an allocation of pages
constexpr std::uint64_t kLargestSlot = 0x20000;  ///< bytes that surely fit a run of bounce slots

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::Unsupported, "SGP-E0622", "export",
              "no test can make this world on a real machine: " + why)
      .hint("`sgproof replay` executes the trace on a booted kernel, and can do more there");
}

bool is_map(std::uint64_t code) { return code == SGP_OP_MAP_SG || code == SGP_OP_MAP_SGTABLE; }

/// One segment of a map call.
struct Use {
  unsigned device, page;
  std::uint64_t offset, length;
  Place place;
};

class Realiser {
 public:
  Realiser(const sgp_scenario& s, const Reference& r) : s_(s), r_(r) {}

  World make() {
    collect();
    place_ram();
    place_peers();
    for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d)
      if (out_.clients[d].used) limit(d);
    check_pool();
    return std::move(out_);
  }

 private:
  void refer(unsigned page) {
    PagePlace& p = out_.pages[page];
    p.used = true;
    p.same_as = page;
    for (unsigned k = page; k-- > 0;)
      if (s_.world.pages[k].kind == s_.world.pages[page].kind &&
          s_.world.pages[k].pfn == s_.world.pages[page].pfn && out_.pages[k].used)
        p.same_as = k;
    if (s_.world.pages[page].kind != 0)
      p.provider = static_cast<unsigned>(s_.world.pages[page].kind - 1);
  }

  void collect() {
    for (std::size_t i = 0; i < s_.npages; ++i)
      if (s_.world.pages[i].kind > s_.nproviders) refuse("a page belongs to no provider");
    for (std::size_t i = 0; i < s_.nops; ++i) {
      const sgp_op& op = s_.ops[i];
      if (op.code >= SGP_OP_BOUNCE_POOL) refuse("its steps are below the DMA API");
      fits(op.offset, op.length);
      if (op.code == SGP_OP_PRIOR)
        fits(s_.world.prior[op.entry].offset, s_.world.prior[op.entry].length);
      if (op.code == SGP_OP_SET_PAGE || op.code == SGP_OP_ASSIGN_PAGE)
        refer(static_cast<unsigned>(op.page));
      if (op.code == SGP_OP_PRIOR) refer(static_cast<unsigned>(s_.world.prior[op.entry].page));
      if (is_map(op.code)) note_map(i);
    }
    for (unsigned k = 0; k < SGP_MAX_PAGES; ++k)  // in the order of pages, not of operations
      if (out_.pages[k].used) refer(k);
    // a device of ours does where no peer memory is
    const bool peers = std::ranges::any_of(
        out_.pages, [](const PagePlace& p) { return p.used && p.provider.has_value(); });
    for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d)
      out_.clients[d].is_pci = peers && out_.clients[d].used && s_.world.devices[d].is_pci != 0;
  }

  /// An entry has 32 bits for each; a test would silently be given others.
  static void fits(std::uint64_t offset, std::uint64_t length) {
    if (offset > 0xffffffff || length > 0xffffffff)
      refuse("an offset or length does not fit an entry");
  }

  void note_map(std::size_t step) {
    if (s_.ops[step].dir > 2) refuse("there is no such direction");
    const auto device = static_cast<unsigned>(s_.ops[step].device);
    out_.clients[device].used = true;
    for (const EntryState& e : r_.steps[step].entries)
      if (e.page) uses_.push_back({device, *e.page, e.offset, e.length, e.place});
  }

  /// Pages that mapped segments take from this one on.
  [[nodiscard]] std::uint64_t span(unsigned page) const {
    std::uint64_t pages = 1;
    for (const Use& u : uses_)
      if (u.page == page) pages = std::max(pages, (u.offset + u.length + kPage - 1) / kPage);
    return pages;
  }

  void place_ram() {
    std::vector<unsigned> order;
    for (unsigned k = 0; k < SGP_MAX_PAGES; ++k)
      if (out_.pages[k].used && !out_.pages[k].provider) order.push_back(k);
    if (order.empty()) return;
    const auto pfn = [&](unsigned k) { return s_.world.pages[k].pfn; };
    std::ranges::stable_sort(order, {}, pfn);
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      std::uint64_t index = pfn(order[i]) % kLowBits;
      if (i != 0) {
        const std::uint64_t before = out_.pages[order[i - 1]].index;
        const std::uint64_t gap = pfn(order[i]) - pfn(order[i - 1]);
        if (gap < kLowBits)
          index = before + gap;
        else
          while (index < end) index += kLowBits;
      }
      out_.pages[order[i]].index = index;
      end = std::max(end, index + span(order[i]));
    }
    out_.ram_order = static_cast<unsigned>(std::bit_width(end - 1));
    if (*out_.ram_order > kLargestOrder)
      refuse(fmt::format("its RAM takes {:#x} bytes at a stretch, more than the kernel allocates",
                         end * kPage));
  }

  void place_peers() {
    for (unsigned p = 0; p < s_.nproviders; ++p) {
      std::uint64_t first = ~0ULL, end = 0;
      for (unsigned k = 0; k < SGP_MAX_PAGES; ++k) {
        if (!out_.pages[k].used || out_.pages[k].provider != p) continue;
        const std::uint64_t index = s_.world.pages[k].pfn - s_.world.providers[p].cpu_start / kPage;
        if (index >= s_.world.providers[p].size / kPage)
          refuse(fmt::format("page {} is not in the BAR of its provider", k));
        out_.pages[k].index = index;
        first = std::min(first, index / kGranule * kGranule);
        end = std::max(end, index + span(k));
      }
      if (end == 0) continue;
      for (PagePlace& page : out_.pages)
        if (page.used && page.provider == p) page.index -= first;
      const std::uint64_t pages = (end - first + kGranule - 1) / kGranule * kGranule;
      add_range(p, pages * kPage);
    }
  }

  void add_range(unsigned p, std::uint64_t size) {
    PeerDevice wanted;
    for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d) {
      if (!out_.clients[d].is_pci) continue;
      check_topology(d, p);
      wanted.type[d] = effective_type(s_.world, d, p);
      wanted.cached[d] = s_.world.providers[p].cached_type[d] != 0;
      if (wanted.type[d] > SGP_TYPE_THRU_HOST_BRIDGE) refuse("an unknown map type is cached");
    }
    auto it = std::ranges::find_if(out_.peers, [&](const PeerDevice& peer) {
      return peer.type == wanted.type && peer.cached == wanted.cached;
    });
    if (it == out_.peers.end()) it = out_.peers.insert(it, wanted);
    it->ranges.push_back(
        {.provider = p,
         .start = it->bytes(),
         .size = size,
         .bus_offset = s_.world.providers[p].bus_start - s_.world.providers[p].cpu_start});
  }

  /// Access control, or host bridges, that a machine has or has not.
  void check_topology(unsigned d, unsigned p) const {
    const sgp_world& w = s_.world;
    if (w.providers[p].cached_type[d] != 0) return;
    if (w.devices[d].port_acs != 0 || w.providers[p].port_acs != 0)
      refuse("a switch port has access control");
    if (w.providers[p].same_switch[d] == 0 && w.cpu_forwards_p2p == 0 &&
        (w.two_host_bridges != 0 || w.host_bridge[0] != SGP_HOST_BRIDGE_UNLISTED))
      refuse("it asks for host bridges of a certain kind");
  }

  [[nodiscard]] std::uint64_t limit_of(unsigned d) const {
    const sgp_device& dev = s_.world.devices[d];
    return dev.bus_dma_limit != 0 ? std::min(dev.dma_mask, dev.bus_dma_limit) : dev.dma_mask;
  }

  /// Draws the line between what a device reaches and what not at the same place.
  void limit(unsigned d) {
    if (s_.world.devices[d].noncoherent) refuse("its device does not see the caches");
    const std::uint64_t limit0 = limit_of(d);
    std::optional<std::uint64_t> last_in, last_in0, first_out, first_out0;
    bool peer = false, bounced = false;
    for (const Use& u : uses_) {
      if (u.device != d) continue;
      const std::uint64_t bytes = u.offset + u.length - 1;
      const std::uint64_t end0 = s_.world.pages[u.page].pfn * kPage + bytes;
      if (const auto& provider = out_.pages[u.page].provider) {
        if (effective_type(s_.world, d, *provider) != SGP_TYPE_THRU_HOST_BRIDGE) continue;
        peer = true;
        if (end0 > limit0 || s_.world.devices[d].force_bounce != 0)
          refuse("peer memory behind a host bridge is out of the device's reach");
        continue;
      }
      if (u.place == Place::Slot) bounced = true;
      const std::uint64_t end = out_.pages[u.page].index * kPage + bytes;
      auto& mine = end0 <= limit0 ? last_in : first_out;
      auto& mine0 = end0 <= limit0 ? last_in0 : first_out0;
      const bool in = end0 <= limit0;
      if (!mine || (in ? end > *mine : end < *mine)) mine = end;
      if (!mine0 || (in ? end0 > *mine0 : end0 < *mine0)) mine0 = end0;
    }
    Client& client = out_.clients[d];
    if (!last_in && !first_out && !peer) return;
    const sgp_device& dev = s_.world.devices[d];
    const std::uint64_t below = last_in0 ? limit0 - *last_in0 : ~0ULL;
    const std::uint64_t above = first_out0 ? *first_out0 - limit0 : ~0ULL;
    client.reach.kind = Reach::Kind::All;
    if (first_out || below < kPage) {
      if (peer) refuse("RAM at the edge of the device's reach, and peer memory");
      client.reach.kind = dev.bus_dma_limit != 0 && dev.bus_dma_limit < dev.dma_mask
                              ? Reach::Kind::BusLimit
                              : Reach::Kind::Mask;
      client.reach.bytes = line(last_in, first_out, below, above);
    }
    if (dev.force_bounce != 0)
      client.bounce = Bounce::Forced;
    else if (first_out && dev.swiotlb_active == 0)
      client.bounce = Bounce::NoPool;
    else if (first_out || bounced)
      client.bounce = Bounce::OutOfReach;
  }

  /// The limit, from the start of the block of RAM. A byte next to it stays next to it.
  static std::uint64_t line(std::optional<std::uint64_t> last_in,
                            std::optional<std::uint64_t> first_out, std::uint64_t below,
                            std::uint64_t above) {
    const std::uint64_t least = last_in.value_or(0);
    const std::uint64_t most = first_out ? *first_out - 1 : ~0ULL;
    if (least > most) refuse("the order of its pages cannot be kept");
    if (first_out && above <= kPage && *first_out >= above) {
      const std::uint64_t at = *first_out - above;
      if (at >= least) return at;
    }
    if (last_in && below < kPage && *last_in + below <= most) return *last_in + below;
    return first_out ? most : least;
  }

  void check_pool() const {
    for (unsigned i = 0; i < r_.bounces; ++i)
      if (s_.world.choices[i] == ~0ULL)
        refuse("its bounce pool is full, which only a probe in the kernel can force");
    for (const Use& u : uses_)
      if (u.place == Place::Slot && u.length > kLargestSlot)
        refuse(fmt::format("a bounced segment of {:#x} bytes may not fit a real pool", u.length));
  }

  const sgp_scenario& s_;
  const Reference& r_;
  std::vector<Use> uses_;
  World out_;
};

}  // namespace

std::uint64_t PeerDevice::bytes() const {
  return ranges.empty() ? 0 : ranges.back().start + ranges.back().size;
}

bool World::has_pci_client() const { return std::ranges::any_of(clients, &Client::is_pci); }

World realise(const sgp_scenario& scenario, const Reference& reference) {
  return Realiser(scenario, reference).make();
}

}  // namespace sgproof::gate
