#include "gate/export/peer_helpers.hpp"

#include <string_view>

namespace sgproof::gate {
namespace {

constexpr std::string_view kFreeBar =
    R"(/* A large enough memory BAR of a device without driver, or -1. */
static int free_bar(struct pci_dev *pdev, u64 size)
{
	int bar;

	for (bar = 0; !pdev->driver && bar < PCI_STD_NUM_BARS; bar++)
		if ((pci_resource_flags(pdev, bar) & IORESOURCE_MEM) &&
		    IS_ALIGNED(pci_resource_start(pdev, bar), SZ_2M) &&
		    pci_resource_len(pdev, bar) >= size)
			return bar;
	return -1;
}

)";

constexpr std::string_view kFreeClient = R"(/* A device without driver that dma-direct serves. */
static bool free_client(struct pci_dev *pdev)
{
	return !pdev->driver && pdev->hdr_type == PCI_HEADER_TYPE_NORMAL &&
	       !get_dma_ops(&pdev->dev) && !device_iommu_mapped(&pdev->dev);
}

)";

constexpr std::string_view kSwitch = R"(/* Whether the port sends peer-to-peer traffic upwards. */
static bool redirects(struct pci_dev *port)
{
	int acs = pci_find_ext_capability(port, PCI_EXT_CAP_ID_ACS);
	u16 control = 0;

	if (acs)
		pci_read_config_word(port, acs + PCI_ACS_CTRL, &control);
	return control & (PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC);
}

static bool below_one_switch(struct pci_dev *client, struct pci_dev *provider)
{
	struct pci_dev *a, *b;

	for (a = client; a; a = pci_upstream_bridge(a)) {
		for (b = provider; b; b = pci_upstream_bridge(b)) {
			if (a == b)
				return true;
			if (redirects(b))
				break;
		}
		if (redirects(a))
			break;
	}
	return false;
}

)";

constexpr std::string_view kReaches =
    R"(/* Whether the host bridge forwards the client's traffic to the provider. */
static bool is_forwarded(struct pci_dev *client, struct pci_dev *provider)
{
	struct device *dev = &client->dev;

	return pci_p2pdma_distance_many(provider, &dev, 1, false) >= 0;
}

)";

constexpr std::string_view kAddAtOffset = R"(/*
 * Makes peer memory whose bus address is the CPU's plus bus_offset: so says the
 * window of the host bridge while the memory is registered.
 */
static int add_peer_memory(struct pci_dev *pdev, int bar, u64 size, u64 start,
			   u64 bus_offset)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(pdev->bus);
	struct resource_entry *window;
	resource_size_t saved;
	int ret;

	resource_list_for_each_entry(window, &bridge->windows) {
		if (!resource_contains(window->res, &pdev->resource[bar]))
			continue;
		saved = window->offset;
		window->offset = -bus_offset;
		ret = pci_p2pdma_add_resource(pdev, bar, size, start);
		window->offset = saved;
		return ret;
	}
	return -ENODEV;
}

)";

bool any_type(const World& w, unsigned type) {
  for (const PeerDevice& peer : w.peers)
    for (unsigned d = 0; d < SGP_MAX_DEVICES; ++d)
      if (w.clients[d].is_pci && peer.type[d] == type) return true;
  return false;
}

bool any_offset(const World& w) {
  for (const PeerDevice& peer : w.peers)
    for (const PeerRange& r : peer.ranges)
      if (r.bus_offset != 0) return true;
  return false;
}

}  // namespace

std::string peer_helpers(const World& world) {
  const bool bus = any_type(world, SGP_TYPE_BUS_ADDR);
  const bool forwarded = any_type(world, SGP_TYPE_THRU_HOST_BRIDGE);
  std::string out(kFreeBar);
  if (world.has_pci_client()) out += kFreeClient;
  if (bus || forwarded) out += kSwitch;
  if (forwarded || any_type(world, SGP_TYPE_NOT_SUPPORTED)) out += kReaches;
  if (any_offset(world)) out += kAddAtOffset;
  return out;
}

}  // namespace sgproof::gate
