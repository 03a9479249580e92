#include "model/facts.hpp"

#include "model/error.hpp"

namespace sgproof::model {

std::uint64_t Facts::at(const std::string& name) const {
  if (const auto it = values.find(name); it != values.end()) return it->second;
  throw Error(ErrorKind::Unsupported, "SGP-E0201", "facts",
              "the tree under check gives no fact named " + name);
}

std::uint64_t Facts::get(const std::string& name, std::uint64_t otherwise) const {
  const auto it = values.find(name);
  return it == values.end() ? otherwise : it->second;
}

bool Facts::enabled(const std::string& symbol) const {
  const auto found = kconfig.find(symbol);
  return found != kconfig.end() && found->second == "y";
}

bool Facts::has_bus_mark() const {
  return enabled("PCI_P2PDMA") || (get("SG_PCI_P2PDMA", 0) | get("SG_DMA_BUS_ADDRESS", 0)) != 0;
}

bool Facts::maps_lists() const { return has_peers() || get("MAPS_LISTS", 0) != 0; }

bool Facts::has_peers() const { return enabled("PCI_P2PDMA"); }

bool Facts::has_pool() const { return enabled("SWIOTLB"); }

bool Facts::unmaps() const {
  return has_pool() || enabled("ARCH_HAS_SYNC_DMA_FOR_CPU") ||
         enabled("ARCH_HAS_SYNC_DMA_FOR_CPU_ALL");
}

bool Facts::has_noncoherent() const {
  return enabled("ARCH_HAS_SYNC_DMA_FOR_DEVICE") && maps_lists();
}

std::uint64_t Facts::link_mask() const {
  return at("SG_CHAIN") | at("SG_END") | get("SG_PCI_P2PDMA", 0) | get("SG_PAGE_LINK_MASK", 0);
}

std::uint64_t Facts::frames() const {
  return get("PFN_LIMIT", at("WORD_BITS") == 64 ? std::uint64_t{1} << 40 : std::uint64_t{1} << 20);
}

std::uint64_t Facts::word_mask() const {
  return at("WORD_BITS") == 64 ? ~std::uint64_t{0} : 0xffffffffULL;
}

}  // namespace sgproof::model
