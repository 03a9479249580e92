#include "properties/decode_world.hpp"

#include <algorithm>
#include <vector>

namespace sgproof::properties {
namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t k4G = 1ULL << 32;
constexpr std::uint64_t kLongest = 0xffffffffULL - kPage;

struct Range {
  std::uint64_t start = 0, end = 0;  ///< [start, end)
};

std::uint64_t page_down(std::uint64_t a) { return a & ~(kPage - 1); }

class World {
 public:
  World(Bytes& bytes, const model::Facts& facts, sgp_scenario& s)
      : in_(bytes),
        s_(s),
        world_(s.world),
        wide_(facts.at("WORD_BITS") == 64),
        top_(facts.frames() * kPage - (facts.get("SIZEOF_PHYS_ADDR_T", 8) == 4 ? kPage : 0)),
        has_pool_(facts.has_pool()),
        noncoherent_(facts.has_noncoherent()),
        forwards_(facts.get("CPU_NEVER_FORWARDS", 0) == 0),
        wide_dma_(facts.at("SIZEOF_DMA_ADDR_T") == 8) {}

  Limits decode(bool providers) {
    for (auto& dev : world_.devices) device(dev);
    if (has_pool_)
      pool();
    else
      world_.swiotlb_start = world_.swiotlb_end = 0;
    world_.cpu_forwards_p2p = in_.flag() && forwards_;
    world_.two_host_bridges = in_.rarely(4);
    for (auto& bridge : world_.host_bridge) bridge = in_.below(SGP_HOST_BRIDGE_LAST + 1);
    if (providers)
      for (std::uint64_t wanted = in_.below(3); s_.nproviders < wanted;)
        if (!provider(static_cast<unsigned>(s_.nproviders))) break;
    Limits limits;
    for (unsigned j = 0; j < s_.npages; ++j) limits.room[j] = page(j);
    limits.length = pool_is_used() ? slot_ : kLongest;
    return limits;
  }

 private:
  void device(sgp_device& dev) {
    static constexpr std::array<unsigned, 12> kWide = {64, 64, 64, 32, 24, 28,
                                                       36, 44, 52, 64, 40, 31};
    static constexpr std::array<unsigned, 6> kNarrow = {32, 32, 24, 28, 30, 31};
    const auto ones = [](unsigned n) { return n == 64 ? ~0ULL : (1ULL << n) - 1; };
    dev.dma_mask = ones(wide_ ? in_.pick(kWide) : in_.pick(kNarrow));
    dev.bus_dma_limit = in_.rarely(6) ? ones(wide_ ? in_.pick(kWide) : in_.pick(kNarrow)) : 0;
    dev.is_pci = !in_.rarely(10);
    dev.swiotlb_active = in_.flag() && has_pool_;
    dev.force_bounce = dev.swiotlb_active && in_.rarely(3);
    static constexpr std::array<std::uint64_t, 3> kAlign = {0xfff, 0x1ff, 0x7ff};
    dev.min_align = in_.rarely(4) ? in_.pick(kAlign) : 0;
    dev.port_acs = in_.rarely(4) ? in_.below(SGP_ACS_LAST + 1) : std::uint64_t{SGP_ACS_NONE};
    if (noncoherent_) dev.noncoherent = in_.flag();
  }

  static std::uint64_t reach(const sgp_device& dev) {
    return dev.bus_dma_limit ? std::min(dev.bus_dma_limit, dev.dma_mask) : dev.dma_mask;
  }

  [[nodiscard]] bool pool_is_used() const {
    return std::any_of(std::begin(world_.devices), std::end(world_.devices),
                       [](const sgp_device& dev) { return dev.swiotlb_active != 0; });
  }

  /// Within reach of every device that has it; 16 slots of equal size, in either order.
  void pool() {
    static constexpr std::array<std::uint64_t, 6> kSizes = {1ULL << 26, 1ULL << 20, 1ULL << 22,
                                                            1ULL << 30, 1ULL << 36, 1ULL << 40};
    std::uint64_t end = top_;
    for (const auto& dev : world_.devices)
      if (dev.swiotlb_active && reach(dev) < end) end = page_down(reach(dev) + 1);
    const std::uint64_t size =
        std::min<std::uint64_t>(in_.pick(kSizes), page_down(end / 4) & ~0xffffULL);
    std::uint64_t start = world_.swiotlb_start;
    switch (in_.below(6)) {
      case 1:
        start = end - size;
        break;
      case 2:
        start = k4G - size;
        break;
      case 3:
        start = k4G;
        break;
      case 4:
        start = page_down(in_.number(end));
        break;
      case 5:
        start = 1ULL << 20;
        break;
      default:
        break;
    }
    world_.swiotlb_start = std::min(start, end - size);
    world_.swiotlb_end = world_.swiotlb_start + size;
    slot_ = size / SGP_MAX_CHOICES;
    const bool reversed = in_.flag();
    const bool some_full = in_.rarely(4) && wide_dma_;
    for (unsigned c = 0; c < SGP_MAX_CHOICES; ++c) {
      const unsigned index = reversed ? SGP_MAX_CHOICES - 1 - c : c;
      const bool full = some_full && in_.rarely(3);
      world_.choices[c] = full ? ~0ULL : world_.swiotlb_start + index * slot_;
    }
    taken_.push_back({world_.swiotlb_start, world_.swiotlb_end});
  }

  [[nodiscard]] const Range* blocker(std::uint64_t start, std::uint64_t end) const {
    for (const Range& r : taken_)
      if (start < r.end && r.start < end) return &r;
    return nullptr;
  }

  /// The first free place of that size at or after `start`, else from 0; nothing if there is none.
  [[nodiscard]] std::optional<std::uint64_t> place(std::uint64_t start, std::uint64_t size) const {
    for (const std::uint64_t from : {start, std::uint64_t{0}}) {
      std::uint64_t at = from;
      while (at <= top_ && size <= top_ - at) {
        const Range* r = blocker(at, at + size);
        if (!r) return at;
        at = r->end;
      }
    }
    return {};
  }

  std::uint64_t before(std::uint64_t end, std::uint64_t size) {
    return end > size ? end - size : 0;
  }

  bool provider(unsigned k) {
    sgp_provider& p = world_.providers[k];
    switch (in_.below(8)) {
      case 1:
        p.size = kPage;
        break;
      case 2:
        p.size = 2 * kPage;
        break;
      case 3:
        p.size = 1ULL << 21;
        break;
      case 4:
        p.size = k4G;
        break;
      case 5:
        p.size = 1ULL << 40;
        break;
      case 6:
        p.size = kPage + page_down(in_.number(2 * k4G));
        break;
      default:
        break;
    }
    std::uint64_t start = p.cpu_start;
    const sgp_provider& other = world_.providers[0];
    switch (in_.below(10)) {
      case 1:
        start = 0;
        break;
      case 2:
        start = world_.swiotlb_end;
        break;
      case 3:
        start = before(world_.swiotlb_start, p.size);
        break;
      case 4:
        start = before(k4G, p.size);
        break;
      case 5:
        start = k4G;
        break;
      case 6:
        start = top_ - p.size;
        break;
      case 7:
        start = k ? other.cpu_start + other.size : 0xe0000000;
        break;
      case 8:
        start = k ? before(other.cpu_start, p.size) : 0xf0000000;
        break;
      case 9:
        start = page_down(in_.number(top_ - 1));
        break;
      default:
        break;
    }
    const auto at = place(start, p.size);
    if (!at) return false;
    p.cpu_start = *at;
    bus(p);
    static constexpr std::array<std::uint64_t, 8> kTypes = {
        SGP_TYPE_BUS_ADDR, SGP_TYPE_UNKNOWN,  SGP_TYPE_THRU_HOST_BRIDGE, SGP_TYPE_BUS_ADDR,
        SGP_TYPE_UNKNOWN,  SGP_TYPE_BUS_ADDR, SGP_TYPE_NOT_SUPPORTED,    SGP_TYPE_THRU_HOST_BRIDGE};
    for (auto& type : p.cached_type) type = in_.pick(kTypes);
    p.same_switch[0] = (k == 0) != in_.flag();
    p.same_switch[1] = !p.same_switch[0];
    p.port_acs = in_.rarely(4) ? in_.below(SGP_ACS_LAST + 1) : std::uint64_t{SGP_ACS_NONE};
    taken_.push_back({p.cpu_start, p.cpu_start + p.size});
    ++s_.nproviders;
    return true;
  }

  void bus(sgp_provider& p) {
    std::uint64_t offset = 0;
    switch (in_.below(10)) {
      case 1:
        offset = kPage;
        break;
      case 2:
        offset = 0 - kPage;
        break;
      case 3:
        offset = 1ULL << 31;
        break;
      case 4:
        offset = 0 - (1ULL << 31);
        break;
      case 5:
        offset = 1ULL << (32 + in_.below(32));
        break;
      case 6:
        offset = 0 - p.cpu_start;
        break;  // bus address 0
      case 7:
        offset = 0 - p.cpu_start - p.size;
        break;  // up to the last bus address
      case 8:
      case 9:
        offset = page_down(in_.word());
        break;
      default:
        break;
    }
    p.bus_start = p.cpu_start + offset;
    if (p.bus_start + (p.size - 1) < p.bus_start) p.bus_start = 0 - p.size;
  }

  /// Chooses page `j`; returns the bytes from its start to the end of its range.
  std::uint64_t page(unsigned j) {
    sgp_page& page = world_.pages[j];
    const unsigned how = in_.below(8);
    if (j && how >= 5) {
      page = world_.pages[j - 1];
      const std::uint64_t next = how == 6 ? page.pfn + 1 : page.pfn - 1;
      if (how != 5 && next < (top_ >> 12) && kind_of(next << 12) == page.kind) page.pfn = next;
    } else if (const std::uint64_t kind = in_.below(static_cast<unsigned>(s_.nproviders) + 1)) {
      page.kind = kind;
      page.pfn = peer_frame(world_.providers[kind - 1]);
    } else {
      page.pfn = ram_frame(page.pfn);
    }
    const std::uint64_t phys = page.pfn << 12;
    if (page.kind) {
      const sgp_provider& p = world_.providers[page.kind - 1];
      return p.cpu_start + p.size - phys;
    }
    std::uint64_t end = top_;
    for (const Range& r : taken_)
      if (r.start > phys) end = std::min(end, r.start);
    return end - phys;
  }

  /// The kind of memory at that address; nothing inside the pool.
  [[nodiscard]] std::optional<std::uint64_t> kind_of(std::uint64_t phys) const {
    if (phys >= world_.swiotlb_start && phys < world_.swiotlb_end) return {};
    for (unsigned k = 0; k < s_.nproviders; ++k) {
      const sgp_provider& p = world_.providers[k];
      if (phys >= p.cpu_start && phys - p.cpu_start < p.size) return k + 1;
    }
    return 0;
  }

  std::uint64_t peer_frame(const sgp_provider& p) {
    const std::uint64_t first = p.cpu_start >> 12, count = p.size >> 12;
    return first + in_.number(count - 1);
  }

  /// A frame of RAM: near the interesting addresses, or the default one.
  std::uint64_t ram_frame(std::uint64_t usual) {
    std::uint64_t frame = usual;
    switch (in_.below(12)) {
      case 1:
        frame = in_.number((top_ >> 12) - 1);
        break;
      case 2:
        frame = 0;
        break;
      case 3:
        frame = (top_ >> 12) - 1;
        break;
      case 4:
        frame = (k4G >> 12) - in_.below(3);
        break;
      case 5:
      case 6:
        if (!taken_.empty()) frame = edge(taken_[in_.below(static_cast<unsigned>(taken_.size()))]);
        break;
      case 7:
        frame = (reach(world_.devices[0]) >> 12) + in_.below(2);
        break;
      case 8:
        frame = (reach(world_.devices[1]) >> 12) + in_.below(2);
        break;
      case 9:
        frame = 0x100000ULL + in_.below(8);
        break;
      default:
        break;
    }
    frame = std::min(frame, (top_ >> 12) - 1);
    const auto at = place(frame << 12, kPage);
    return at ? *at >> 12 : 0;
  }

  /// The frame just before or just after a range.
  std::uint64_t edge(const Range& r) {
    return in_.flag() && r.start ? (r.start >> 12) - 1 : r.end >> 12;
  }

  Bytes& in_;
  sgp_scenario& s_;
  sgp_world& world_;
  bool wide_;
  std::uint64_t top_;  ///< end of physical memory
  bool has_pool_;
  bool noncoherent_;  ///< whether devices can be not coherent
  bool forwards_;     ///< whether there are processors that forward peer traffic
  bool wide_dma_;
  std::uint64_t slot_ = 0;
  std::vector<Range> taken_;  ///< the pool and the BARs
};

}  // namespace

Limits decode_world(Bytes& bytes, const model::Facts& facts, sgp_scenario& scenario) {
  return World(bytes, facts, scenario).decode(facts.has_peers());
}

}  // namespace sgproof::properties
