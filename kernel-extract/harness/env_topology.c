// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: the PCI topology. A root bus with two root ports; below each a bus. Client 0 is on the
 * first, client 1 on the second; a provider is on one of them. No port redirects by ACS, and the
 * host bridge is on no list, so that a path through it is allowed only if the CPU forwards peer
 * traffic (drivers/pci/p2pdma.c: cpu_supports_p2pdma). Richer topologies: other harnesses.
 */
#include <linux/pci.h>
#include "sgp_env.h"
#ifdef CONFIG_X86
#include <asm/processor.h>
#include <asm/pci.h>
#endif

static struct pci_host_bridge sgp_host_bridge SGP_ARBITRARY;
static struct pci_bus sgp_root_bus SGP_ARBITRARY;
static struct pci_bus sgp_port_bus[2] SGP_ARBITRARY;
static struct pci_dev sgp_root_port[2] SGP_ARBITRARY;
static struct pci_dev sgp_client_dev[SGP_MAX_DEVICES] SGP_ARBITRARY;

struct bus_type pci_bus_type SGP_ARBITRARY;

struct pci_dev *sgp_client(unsigned int device)
{
	return &sgp_client_dev[device];
}

/* drivers/pci/host-bridge.c */
struct pci_host_bridge *pci_find_host_bridge(struct pci_bus *bus)
{
	while (bus->parent)
		bus = bus->parent;
	return to_pci_host_bridge(bus->bridge);
}

/* Objects live as long as the run: reference counts are not observed here. */
struct device *get_device(struct device *dev)
{
	return dev;
}

void put_device(struct device *dev)
{
}

#ifdef CONFIG_X86
struct cpuinfo_x86 boot_cpu_data SGP_ARBITRARY;
static struct pci_sysdata sgp_sysdata SGP_ARBITRARY;

static void sgp_build_cpu(const struct sgp_world *world)
{
	boot_cpu_data.x86_vendor = world->cpu_forwards_p2p ? X86_VENDOR_AMD : X86_VENDOR_INTEL;
	boot_cpu_data.x86 = world->cpu_forwards_p2p ? 0x17 : 6;
}
#else
static void sgp_build_cpu(const struct sgp_world *world)
{
}
#endif

static void sgp_build_bus(struct pci_bus *bus, struct pci_bus *parent, struct pci_dev *self, int nr)
{
	bus->parent = parent;
	bus->self = self;
	bus->number = nr;
	INIT_LIST_HEAD(&bus->devices);
#ifdef CONFIG_X86
	sgp_sysdata.domain = 0;
	bus->sysdata = &sgp_sysdata;
#endif
}

static void sgp_build_pci_dev(struct pci_dev *pdev, struct pci_bus *bus, unsigned int devfn)
{
	pdev->bus = bus;
	pdev->devfn = devfn;
	pdev->acs_cap = 0;
	pdev->dev.bus = &pci_bus_type;
	pdev->dev.parent = NULL;
	pdev->dev.init_name = NULL;
	pdev->dev.kobj.name = "sgp";
}

void sgp_build_topology(const struct sgp_world *world)
{
	unsigned int i;

	sgp_build_bus(&sgp_root_bus, NULL, NULL, 0);
	sgp_root_bus.bridge = &sgp_host_bridge.dev;
	sgp_host_bridge.bus = &sgp_root_bus;
	for (i = 0; i < 2; i++) {
		sgp_build_pci_dev(&sgp_root_port[i], &sgp_root_bus, PCI_DEVFN(i + 1, 0));
		sgp_build_bus(&sgp_port_bus[i], &sgp_root_bus, &sgp_root_port[i], i + 1);
	}
	for (i = 0; i < SGP_MAX_DEVICES; i++)
		sgp_build_pci_dev(&sgp_client_dev[i], &sgp_port_bus[i], PCI_DEVFN(3, 0));
	sgp_build_cpu(world);
}

void sgp_place_provider(struct pci_dev *provider, bool with_device_0)
{
	provider->bus = &sgp_port_bus[with_device_0 ? 0 : 1];
	provider->devfn = PCI_DEVFN(4, 0);
	provider->dev.init_name = NULL;
	provider->dev.kobj.name = "sgp";
}
