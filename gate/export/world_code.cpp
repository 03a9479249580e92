#include "gate/export/world_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gate/export/peer_helpers.hpp"

namespace sgproof::gate {
namespace {

bool any_bounce(const World& w, Bounce bounce) {
  return std::ranges::any_of(w.clients,
                             [&](const Client& c) { return c.used && c.bounce == bounce; });
}

/// Some mapped byte is looked up in the device's reach.
bool any_reach(const World& w) {
  return std::ranges::any_of(w.clients,
                             [](const Client& c) { return c.reach.kind != Reach::Kind::Unused; });
}

class WorldWriter {
 public:
  WorldWriter(CText& out, const World& w, std::string name)
      : out_(out), w_(w), n_(w), name_(std::move(name)) {}

  void write() {
    variables();
    out_.blank();
    if (!w_.peers.empty()) helpers();
    build();
    out_.blank();
    release();
  }

 private:
  template <class F>
  void each_client(const F& f) {
    for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d)
      if (w_.clients[d].used) f(d, w_.clients[d]);
  }

  /// Whether the saved state of the client has a field to restore.
  static bool saves_mask(const Client& c) {
    return c.is_pci && c.reach.kind != Reach::Kind::Unused;
  }
  static bool saves_limit(const Client& c) {
    return c.is_pci && c.reach.kind == Reach::Kind::BusLimit;
  }
  static bool changes_pool(const Client& c) {
    return c.bounce == Bounce::Forced || c.bounce == Bounce::NoPool;
  }

  void variables() {
    for (std::size_t i = 0; i < w_.peers.size(); ++i) {
      out_.line(0, fmt::format("static struct pci_dev *{};", n_.peer(i)));
      out_.line(0, fmt::format("static int {};", n_.bar(i)));
      out_.line(0, fmt::format("static void *{};", n_.resources(i)));
      for (const PeerRange& r : w_.peers[i].ranges)
        out_.line(0, fmt::format("static u64 {};", n_.bus_offset(r.provider)));
    }
    each_client([&](unsigned d, const Client& c) {
      if (c.is_pci) out_.line(0, fmt::format("static struct pci_dev *{};", n_.client(d)));
      out_.line(0, fmt::format("static struct device *{};", n_.device(d)));
      if (!c.is_pci) out_.line(0, fmt::format("static u64 {}_mask;", n_.device(d)));
      if (saves_mask(c)) out_.line(0, fmt::format("static u64 {}_saved_mask;", n_.device(d)));
      if (saves_limit(c)) out_.line(0, fmt::format("static u64 {}_saved_limit;", n_.device(d)));
      if (c.is_pci && changes_pool(c))
        out_.line(0, fmt::format("static struct io_tlb_mem *{}_saved_pool;", n_.device(d)));
      if (c.bounce == Bounce::Forced)
        out_.line(0, fmt::format("static struct io_tlb_mem {}_pool;", n_.device(d)));
    });
    if (block()) out_.line(0, "static struct page *block;");
    for (unsigned k = 0; k < SGP_MAX_PAGES; ++k)
      if (w_.pages[k].used && w_.pages[k].same_as == k)
        out_.line(0, fmt::format("static struct page *{};", n_.page(k)));
  }

  /// Whether the block of RAM has a name apart from its one page.
  [[nodiscard]] bool block() const { return w_.ram_order && n_.page(only_ram()) != "ram"; }
  [[nodiscard]] unsigned only_ram() const {
    for (unsigned k = 0; k < SGP_MAX_PAGES; ++k)
      if (w_.pages[k].used && !w_.pages[k].provider) return k;
    return 0;
  }
  [[nodiscard]] std::string ram_start() const { return block() ? "block" : "ram"; }

  void helpers() {
    out_.block(peer_helpers(w_));
    find_devices();
    out_.blank();
  }

  /// Conditions of which none may hold for a client and provider of that map type.
  static std::vector<std::string> wrong_type(unsigned type, const std::string& client,
                                             const std::string& provider) {
    const auto same = fmt::format("below_one_switch({}, {})", client, provider);
    const auto forwarded = fmt::format("is_forwarded({}, {})", client, provider);
    if (type == SGP_TYPE_BUS_ADDR) return {"!" + same};
    if (type == SGP_TYPE_THRU_HOST_BRIDGE) return {same, "!" + forwarded};
    return {forwarded};
  }

  void skip_if(unsigned indent, const std::vector<std::string>& conditions) {
    const auto joined = fmt::format("if ({})", fmt::join(conditions, " || "));
    if (joined.size() + std::size_t{8} * indent <= 80) {
      out_.line(indent, joined);
    } else {
      for (std::size_t i = 0; i < conditions.size(); ++i)
        out_.line(indent, fmt::format("{}{}{}", i == 0 ? "if (" : "    ", conditions[i],
                                      i + 1 == conditions.size() ? ")" : " ||"));
    }
    out_.line(indent + 1, "continue;");
  }

  /// Loops inside one another, so that every combination is tried.
  void find_devices() {
    out_.line(0, "static bool find_devices(void)");
    out_.line(0, "{");
    unsigned indent = 1;
    std::vector<std::string> taken;
    std::vector<std::pair<unsigned, std::string>> clients;
    for (std::size_t i = 0; i < w_.peers.size(); ++i) {
      out_.line(indent, fmt::format("for_each_pci_dev({}) {{", n_.peer(i)));
      ++indent;
      out_.line(indent, fmt::format("{} = free_bar({}, {});", n_.bar(i), n_.peer(i),
                                    c_number(w_.peers[i].bytes())));
      skip_if(indent, among(n_.bar(i) + " < 0", n_.peer(i), taken));
      for (const auto& [d, client] : clients)
        skip_if(indent, wrong_type(w_.peers[i].type[d], client, n_.peer(i)));
      taken.push_back(n_.peer(i));
      if (i != 0) continue;
      each_client([&](unsigned d, const Client& c) {
        if (!c.is_pci) return;
        out_.line(indent, fmt::format("for_each_pci_dev({}) {{", n_.client(d)));
        ++indent;
        skip_if(indent, among(fmt::format("!free_client({})", n_.client(d)), n_.client(d), taken));
        skip_if(indent, wrong_type(w_.peers[0].type[d], n_.client(d), n_.peer(0)));
        taken.push_back(n_.client(d));
        clients.emplace_back(d, n_.client(d));
      });
    }
    out_.line(indent, "return true;");
    while (indent > 1) out_.line(--indent, "}");
    out_.line(1, "return false;");
    out_.line(0, "}");
  }

  static std::vector<std::string> among(std::string first, const std::string& name,
                                        const std::vector<std::string>& taken) {
    std::vector<std::string> out{std::move(first)};
    for (const auto& other : taken) out.push_back(fmt::format("{} == {}", name, other));
    return out;
  }

  void fail_if(const std::string& condition, const std::string& why) {
    out_.line(1, fmt::format("if ({})", condition));
    out_.line(2, fmt::format("return \"{}\";", why));
  }

  void build() {
    out_.comment(0, {"Returns why this machine will not do, or NULL."});
    out_.line(0, "static const char *build_world(void)");
    out_.line(0, "{");
    if (!w_.peers.empty()) {
      fail_if("!IS_ENABLED(CONFIG_PCI_P2PDMA)", "needs CONFIG_PCI_P2PDMA");
      fail_if("!find_devices()", "no PCI devices without driver that fit");
    }
    each_client([&](unsigned d, const Client& c) { make_device(d, c); });
    for (std::size_t i = 0; i < w_.peers.size(); ++i) make_peer(i);
    cache_types();
    make_ram();
    each_client([&](unsigned d, const Client& c) { set_reach(d, c); });
    each_client([&](unsigned d, const Client& c) { set_bounce(d, c); });
    out_.line(1, "return NULL;");
    out_.line(0, "}");
  }

  void make_device(unsigned d, const Client& c) {
    const auto dev = n_.device(d);
    if (c.is_pci) {
      out_.line(1, fmt::format("{} = &{}->dev;", dev, n_.client(d)));
      if (saves_mask(c)) out_.line(1, fmt::format("{0}_saved_mask = *{0}->dma_mask;", dev));
      if (saves_limit(c)) out_.line(1, fmt::format("{0}_saved_limit = {0}->bus_dma_limit;", dev));
      if (changes_pool(c)) out_.line(1, fmt::format("{0}_saved_pool = {0}->dma_io_tlb_mem;", dev));
      out_.blank();
      return;
    }
    // KUnit may run before the module is in sysfs, where the device's owner would be linked
    out_.line(1, fmt::format("{} = __root_device_register(\"{}{}\", NULL);", dev, name_,
                             dev == "dev" ? "" : fmt::format("_{}", d)));
    out_.line(1, fmt::format("if (IS_ERR({})) {{", dev));
    out_.line(2, fmt::format("{} = NULL;", dev));
    out_.line(2, "return \"no device can be made\";");
    out_.line(1, "}");
    out_.line(1, fmt::format("{0}_mask = DMA_BIT_MASK(64);", dev));
    out_.line(1, fmt::format("{0}->dma_mask = &{0}_mask;", dev));
    fail_if(fmt::format("get_dma_ops({0}) || device_iommu_mapped({0})", dev),
            "dma-direct does not serve the device");
    out_.blank();
  }

  void make_peer(std::size_t i) {
    const PeerDevice& peer = w_.peers[i];
    out_.line(1, fmt::format("{} = devres_open_group(&{}->dev, NULL, GFP_KERNEL);", n_.resources(i),
                             n_.peer(i)));
    fail_if(fmt::format("!{}", n_.resources(i)), "out of memory");
    for (const PeerRange& r : peer.ranges) {
      const auto offset = n_.bus_offset(r.provider);
      std::vector<std::string> arguments = {n_.peer(i), n_.bar(i), c_number(r.size),
                                            c_number(r.start)};
      if (r.bus_offset == 0) {
        out_.line(1, fmt::format("{} = pci_bus_address({}, {}) -", offset, n_.peer(i), n_.bar(i)));
        out_.line(1, fmt::format("{}pci_resource_start({}, {});", std::string(1, '\t') + "     ",
                                 n_.peer(i), n_.bar(i)));
        out_.call(1, "if (pci_p2pdma_add_resource", arguments, ")");
      } else {
        const bool negative = (r.bus_offset >> 63) != 0;
        out_.line(1, fmt::format("{} = {}{};", offset, negative ? "-" : "",
                                 c_wide(negative ? 0 - r.bus_offset : r.bus_offset)));
        arguments.push_back(offset);
        out_.call(1, "if (add_peer_memory", arguments, ")");
      }
      out_.line(2, "return \"the BAR cannot be registered\";");
    }
    out_.line(1, fmt::format("devres_close_group(&{}->dev, {});", n_.peer(i), n_.resources(i)));
    for (unsigned k = 0; k < SGP_MAX_PAGES; ++k) {
      const PagePlace& page = w_.pages[k];
      if (!page.used || page.same_as != k || !page.provider) continue;
      const auto it = std::ranges::find(peer.ranges, *page.provider, &PeerRange::provider);
      if (it == peer.ranges.end()) continue;
      const std::uint64_t byte = it->start + page.index * 4096;
      out_.line(1,
                fmt::format("{} = pfn_to_page(PHYS_PFN(pci_resource_start({}, {}){}));", n_.page(k),
                            n_.peer(i), n_.bar(i), byte == 0 ? "" : " + " + c_number(byte)));
    }
    out_.blank();
  }

  /// Map types that the scenario has in the kernel's cache: the distance is asked for once more,
  /// now that the provider can keep it.
  void cache_types() {
    bool any = false;
    for (std::size_t i = 0; i < w_.peers.size(); ++i)
      each_client([&](unsigned d, const Client& c) {
        if (!c.is_pci || !w_.peers[i].cached[d]) return;
        if (!any) out_.comment(1, {"The map type is known before the list is mapped."});
        any = true;
        out_.line(1, fmt::format("pci_p2pdma_distance_many({}, &{}, 1, false);", n_.peer(i),
                                 n_.device(d)));
      });
    if (any) out_.blank();
  }

  void make_ram() {
    if (!w_.ram_order) return;
    out_.line(1, fmt::format("{} = alloc_pages(GFP_KERNEL, {});", ram_start(), *w_.ram_order));
    fail_if("!" + ram_start(), "out of memory");
    if (block())
      for (unsigned k = 0; k < SGP_MAX_PAGES; ++k)
        if (w_.pages[k].used && w_.pages[k].same_as == k && !w_.pages[k].provider)
          out_.line(1,
                    fmt::format("{} = block{};", n_.page(k),
                                w_.pages[k].index == 0 ? "" : " + " + c_number(w_.pages[k].index)));
    out_.blank();
  }

  void set_reach(unsigned d, const Client& c) {
    const auto dev = n_.device(d);
    if (c.reach.kind == Reach::Kind::Unused) return;
    if (c.is_pci && c.reach.kind != Reach::Kind::Mask)
      out_.line(1, fmt::format("*{}->dma_mask = DMA_BIT_MASK(64);", dev));
    if (c.reach.kind == Reach::Kind::All) return;
    out_.line(1, fmt::format("{} = page_to_phys({}) + {};",
                             c.reach.kind == Reach::Kind::Mask ? fmt::format("*{}->dma_mask", dev)
                                                               : dev + "->bus_dma_limit",
                             ram_start(), c_number(c.reach.bytes)));
  }

  void set_bounce(unsigned d, const Client& c) {
    const auto dev = n_.device(d);
    switch (c.bounce) {
      case Bounce::AsIs:
        if (c.reach.kind != Reach::Kind::Unused)
          fail_if(fmt::format("is_swiotlb_force_bounce({})", dev), "all mappings are bounced");
        break;
      case Bounce::Forced:
        fail_if(fmt::format("!is_swiotlb_active({})", dev), "there are no bounce buffers");
        out_.line(1, fmt::format("{0}_pool = *{0}->dma_io_tlb_mem;", dev));
        out_.line(1, fmt::format("{}_pool.force_bounce = true;", dev));
        out_.line(1, fmt::format("{0}->dma_io_tlb_mem = &{0}_pool;", dev));
        break;
      case Bounce::OutOfReach:
        fail_if(fmt::format("!is_swiotlb_active({0}) || is_swiotlb_force_bounce({0})", dev),
                "there are no bounce buffers, or they are forced");
        fail_if(fmt::format("!upper_32_bits(page_to_phys({}))", ram_start()),
                "no memory that is surely above the bounce buffers");
        break;
      case Bounce::NoPool:
        out_.line(0, "#ifdef CONFIG_SWIOTLB");
        out_.line(1, fmt::format("{}->dma_io_tlb_mem = NULL;", dev));
        out_.line(0, "#endif");
        break;
    }
  }

  void release() {
    out_.line(0, "static void release_world(void)");
    out_.line(0, "{");
    for (std::size_t i = w_.peers.size(); i-- > 0;) {
      out_.line(1, fmt::format("if ({})", n_.resources(i)));
      out_.line(2, fmt::format("devres_release_group(&{}->dev, {});", n_.peer(i), n_.resources(i)));
      out_.line(1, fmt::format("{} = NULL;", n_.resources(i)));
    }
    each_client([&](unsigned d, const Client& c) { release_device(d, c); });
    for (std::size_t i = 0; i < w_.peers.size(); ++i) {
      out_.line(1, fmt::format("pci_dev_put({});", n_.peer(i)));
      out_.line(1, fmt::format("{} = NULL;", n_.peer(i)));
    }
    if (w_.ram_order) {
      out_.line(1, fmt::format("if ({})", ram_start()));
      out_.line(2, fmt::format("__free_pages({}, {});", ram_start(), *w_.ram_order));
      out_.line(1, fmt::format("{} = NULL;", ram_start()));
    }
    out_.line(0, "}");
  }

  void release_device(unsigned d, const Client& c) {
    const auto dev = n_.device(d);
    if (!c.is_pci) {
      out_.line(1, fmt::format("if ({})", dev));
      out_.line(2, fmt::format("root_device_unregister({});", dev));
      out_.line(1, fmt::format("{} = NULL;", dev));
      return;
    }
    std::vector<std::string> restore;
    if (saves_mask(c)) restore.push_back(fmt::format("*{0}->dma_mask = {0}_saved_mask;", dev));
    if (saves_limit(c))
      restore.push_back(fmt::format("{0}->bus_dma_limit = {0}_saved_limit;", dev));
    if (changes_pool(c))
      restore.push_back(fmt::format("{0}->dma_io_tlb_mem = {0}_saved_pool;", dev));
    if (!restore.empty())
      out_.line(1, fmt::format("if ({}){}", dev, restore.size() > 1 ? " {" : ""));
    for (const auto& statement : restore) out_.line(2, statement);
    if (restore.size() > 1) out_.line(1, "}");
    out_.line(1, fmt::format("{} = NULL;", dev));
    out_.line(1, fmt::format("pci_dev_put({});", n_.client(d)));
    out_.line(1, fmt::format("{} = NULL;", n_.client(d)));
  }

  CText& out_;
  const World& w_;
  Names n_;
  std::string name_;
};

}  // namespace

Names::Names(const World& world) : world_(world) {
  one_device_ = std::ranges::count_if(world.clients, &Client::used) <= 1;
  one_peer_ = world.peers.size() <= 1;
  std::size_t ranges = 0;
  for (const PeerDevice& peer : world.peers) ranges += peer.ranges.size();
  one_range_ = ranges <= 1;
}

std::string Names::numbered(std::string_view name, bool one, std::size_t index) const {
  return one ? std::string(name) : fmt::format("{}{}", name, index);
}

std::string Names::page(unsigned page) const {
  const unsigned same = world_.pages[page].same_as;
  const bool peer = world_.pages[same].provider.has_value();
  std::size_t all = 0, index = 0;
  for (unsigned k = 0; k < SGP_MAX_PAGES; ++k) {
    const PagePlace& p = world_.pages[k];
    if (!p.used || p.same_as != k || p.provider.has_value() != peer) continue;
    if (k < same) ++index;
    ++all;
  }
  if (all > 1) return fmt::format("{}{}", peer ? "peer" : "ram", index);
  if (peer) return "peer";
  return world_.pages[same].index == 0 ? "ram" : "page";  // "ram" is the block itself
}

std::string Names::device(unsigned device) const { return numbered("dev", one_device_, device); }
std::string Names::client(unsigned device) const { return numbered("client", one_device_, device); }
std::string Names::peer(std::size_t peer) const { return numbered("provider", one_peer_, peer); }
std::string Names::bar(std::size_t peer) const { return numbered("provider_bar", one_peer_, peer); }
std::string Names::resources(std::size_t peer) const {
  return numbered("resources", one_peer_, peer);
}
std::string Names::bus_offset(unsigned provider) const {
  return numbered("bus_offset", one_range_, provider);
}

std::set<std::string> world_headers(const World& world) {
  std::set<std::string> out;
  const bool maps = std::ranges::any_of(world.clients, &Client::used);
  if (maps) out.insert({"linux/device.h", "linux/dma-map-ops.h", "linux/dma-mapping.h"});
  if (any_reach(world)) out.insert({"linux/dma-direct.h", "linux/swiotlb.h"});
  if (world.ram_order) out.insert({"linux/gfp.h", "linux/mm.h"});
  if (!world.peers.empty())
    out.insert(
        {"linux/memremap.h", "linux/mm.h", "linux/pci.h", "linux/pci-p2pdma.h", "linux/sizes.h"});
  return out;
}

std::vector<std::string> world_needs(const World& world) {
  std::vector<std::string> out;
  if (!world.peers.empty()) out.emplace_back("CONFIG_PCI_P2PDMA");
  for (const PeerDevice& peer : world.peers) {
    std::vector<std::string> clients;
    for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d) {
      if (!world.clients[d].is_pci) continue;
      clients.emplace_back(peer.type[d] == SGP_TYPE_BUS_ADDR ? "one below the same switch"
                           : peer.type[d] == SGP_TYPE_THRU_HOST_BRIDGE
                               ? "one from which the host bridge forwards to it"
                               : "one from which the host bridge does not forward to it");
    }
    out.push_back(fmt::format("a PCI device without driver with a memory BAR of {} MiB{}{}",
                              std::max<std::uint64_t>(peer.bytes() >> 20, 2),
                              clients.empty() ? "" : ", and ", fmt::join(clients, ", and ")));
  }
  if (any_bounce(world, Bounce::Forced)) out.emplace_back("CONFIG_SWIOTLB with a bounce pool");
  if (any_bounce(world, Bounce::OutOfReach))
    out.emplace_back("CONFIG_SWIOTLB with a bounce pool, and memory above 4 GiB");
  return out;
}

void write_world(CText& out, const World& world, const std::string& name) {
  WorldWriter(out, world, name).write();
}

}  // namespace sgproof::gate
