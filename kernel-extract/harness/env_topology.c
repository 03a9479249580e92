// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: the PCI topology. A root port for each client, below it a switch: an upstream port, and
 * a downstream port for the client and for each provider that is on this switch. Both root ports
 * are on one root bus, or each on its own, with its own host bridge. Only downstream ports have
 * access control. The first device of a root bus identifies the host bridge; its ids are from the
 * tree's own list (drivers/pci/p2pdma.c: pci_p2pdma_whitelist) or in no list.
 */
#include <linux/pci.h>
#include "sgp_env.h"
#ifdef CONFIG_X86
#include <asm/processor.h>
#include <asm/pci.h>
#elif defined(CONFIG_PPC)
#include <asm/pci-bridge.h>
#endif

#define SGP_SWITCHES 2
#define SGP_ACS_CAP 0x148 /* where a port has the capability */

static struct pci_host_bridge sgp_host_bridge[SGP_SWITCHES] SGP_ARBITRARY;
static struct pci_bus sgp_root_bus[SGP_SWITCHES] SGP_ARBITRARY;
static struct pci_dev sgp_root_device[SGP_SWITCHES] SGP_ARBITRARY;
static struct pci_dev sgp_root_port[SGP_SWITCHES] SGP_ARBITRARY;
static struct pci_bus sgp_port_bus[SGP_SWITCHES] SGP_ARBITRARY;
static struct pci_dev sgp_upstream_port[SGP_SWITCHES] SGP_ARBITRARY;
static struct pci_bus sgp_switch_bus[SGP_SWITCHES] SGP_ARBITRARY;
static struct pci_dev sgp_client_port[SGP_MAX_DEVICES] SGP_ARBITRARY;
static struct pci_bus sgp_client_bus[SGP_MAX_DEVICES] SGP_ARBITRARY;
static struct pci_dev sgp_client_dev[SGP_MAX_DEVICES] SGP_ARBITRARY;
static struct pci_dev sgp_provider_port[SGP_MAX_PROVIDERS] SGP_ARBITRARY;
static struct pci_bus sgp_provider_bus[SGP_MAX_PROVIDERS] SGP_ARBITRARY;

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

/*
 * drivers/base/core.c. Objects live as long as the run; that references are dropped exactly as often
 * as taken is what the invariants look at.
 */
struct device *get_device(struct device *dev)
{
	if (dev)
		sgp_event(SGP_EV_REFERENCE, (unsigned long)dev, 0, 0, 0, 1);
	return dev;
}

void put_device(struct device *dev)
{
	if (dev)
		sgp_event(SGP_EV_REFERENCE, (unsigned long)dev, 0, 0, 0, 0);
}

/* drivers/pci/pci-driver.c */
struct pci_dev *pci_dev_get(struct pci_dev *dev)
{
	if (dev)
		get_device(&dev->dev);
	return dev;
}

void pci_dev_put(struct pci_dev *dev)
{
	if (dev)
		put_device(&dev->dev);
}

static u16 sgp_acs_register(sgp_u64 acs, int reg)
{
	if (acs == SGP_ACS_NONE)
		return 0;
	switch (reg) {
	case 0: /* the capability's header */
		return PCI_EXT_CAP_ID_ACS;
	case PCI_ACS_CAP:
		return PCI_ACS_SV | PCI_ACS_TB | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF | PCI_ACS_EC |
		       PCI_ACS_DT;
	case PCI_ACS_CTRL:
		return acs == SGP_ACS_REQUESTS	  ? PCI_ACS_SV | PCI_ACS_RR :
		       acs == SGP_ACS_COMPLETIONS ? PCI_ACS_SV | PCI_ACS_CR :
		       acs == SGP_ACS_EGRESS	  ? PCI_ACS_EC :
						    PCI_ACS_SV | PCI_ACS_TB | PCI_ACS_UF | PCI_ACS_DT;
	default:
		return 0;
	}
}

/* drivers/pci/access.c: only downstream ports have registers that say anything. */
int pci_read_config_word(const struct pci_dev *dev, int where, u16 *val)
{
	int reg = where - SGP_ACS_CAP;
	unsigned int i;

	*val = 0;
	for (i = 0; i < SGP_MAX_DEVICES; i++)
		if (dev == &sgp_client_port[i])
			*val = sgp_acs_register(sgp_world->devices[i].port_acs, reg);
	for (i = 0; i < SGP_MAX_PROVIDERS; i++)
		if (dev == &sgp_provider_port[i])
			*val = sgp_acs_register(sgp_world->providers[i].port_acs, reg);
	return 0;
}

#ifdef CONFIG_X86
struct cpuinfo_x86 boot_cpu_data SGP_ARBITRARY;
#ifndef cpu_info /* newer trees: apart from the boot data even with a single CPU */
DEFINE_PER_CPU_READ_MOSTLY(struct cpuinfo_x86, cpu_info);
#endif
static struct pci_sysdata sgp_sysdata SGP_ARBITRARY;

static void sgp_set_cpu(struct cpuinfo_x86 *cpu, bool forwards)
{
	sgp_havoc(cpu, sizeof(*cpu));
	cpu->x86_vendor = forwards ? X86_VENDOR_AMD : X86_VENDOR_INTEL;
	cpu->x86 = forwards ? 0x17 : 6;
}

static void sgp_build_cpu(const struct sgp_world *world)
{
	sgp_set_cpu(&boot_cpu_data, world->cpu_forwards_p2p);
	sgp_set_cpu(&cpu_data(0), world->cpu_forwards_p2p);
}
#else
#ifdef CONFIG_PPC
static struct pci_controller sgp_controller SGP_ARBITRARY; /* whose number is the domain's */
#endif

/* drivers/pci/p2pdma.c: cpu_supports_p2pdma() knows processors of x86 alone. */
static void sgp_build_cpu(const struct sgp_world *world)
{
#ifdef CONFIG_PCI_P2PDMA
	SGP_ASSUME(TOPOLOGY, !world->cpu_forwards_p2p);
#endif
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
#elif defined(CONFIG_PCI_DOMAINS_GENERIC)
	bus->domain_nr = 0;
#elif defined(CONFIG_PPC)
	sgp_controller.global_number = 0;
	bus->sysdata = &sgp_controller;
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

/* A downstream port and the bus below it. */
static void sgp_build_port(struct pci_dev *port, struct pci_bus *bus, struct pci_bus *on,
			   unsigned int devfn, int nr, sgp_u64 acs)
{
	SGP_ASSUME(TOPOLOGY, acs <= SGP_ACS_LAST);
	sgp_build_pci_dev(port, on, devfn);
	port->acs_cap = acs == SGP_ACS_NONE ? 0 : SGP_ACS_CAP;
	sgp_build_bus(bus, on, port, nr);
}

static void sgp_build_host_bridge(unsigned int k, sgp_u64 kind)
{
	struct pci_bus *bus = &sgp_root_bus[k];
	struct pci_dev *first = &sgp_root_device[k];
	bool port = kind == SGP_HOST_BRIDGE_LISTED_PORT;
#ifdef CONFIG_PCI_P2PDMA
	unsigned int id = kind == SGP_HOST_BRIDGE_UNLISTED ? 0x1b360008 :
			  sgp_listed_host_bridge(kind == SGP_HOST_BRIDGE_LISTED_SAME);
#else
	unsigned int id = 0x1b360008;
#endif

	SGP_ASSUME(TOPOLOGY, kind <= SGP_HOST_BRIDGE_LAST && id);
	sgp_build_bus(bus, NULL, NULL, k << 6);
	bus->bridge = &sgp_host_bridge[k].dev;
	sgp_host_bridge[k].bus = bus;
	sgp_build_pci_dev(first, bus, port || kind == SGP_HOST_BRIDGE_OTHER ? PCI_DEVFN(5, 0) : 0);
	first->vendor = id >> 16;
	first->device = id & 0xffff;
	first->pcie_flags_reg = (port ? PCI_EXP_TYPE_ROOT_PORT : PCI_EXP_TYPE_RC_END) << 4;
	if (kind != SGP_HOST_BRIDGE_EMPTY)
		list_add(&first->bus_list, &bus->devices);
}

void sgp_build_topology(const struct sgp_world *world)
{
	unsigned int i;

	SGP_ASSUME(TOPOLOGY, world->two_host_bridges <= 1);
	for (i = 0; i < SGP_SWITCHES; i++) {
		struct pci_bus *root = &sgp_root_bus[i && world->two_host_bridges];

		sgp_build_host_bridge(i, world->host_bridge[i]);
		sgp_build_pci_dev(&sgp_root_port[i], root, PCI_DEVFN(i + 1, 0));
		sgp_build_bus(&sgp_port_bus[i], root, &sgp_root_port[i], i * 16 + 1);
		sgp_build_pci_dev(&sgp_upstream_port[i], &sgp_port_bus[i], 0);
		sgp_build_bus(&sgp_switch_bus[i], &sgp_port_bus[i], &sgp_upstream_port[i], i * 16 + 2);
	}
	for (i = 0; i < SGP_MAX_DEVICES; i++) {
		sgp_build_port(&sgp_client_port[i], &sgp_client_bus[i], &sgp_switch_bus[i],
			       PCI_DEVFN(3, 0), i * 16 + 3, world->devices[i].port_acs);
		sgp_build_pci_dev(&sgp_client_dev[i], &sgp_client_bus[i], 0);
	}
	sgp_build_cpu(world);
}

void sgp_place_provider(struct pci_dev *pdev, unsigned int k, const struct sgp_provider *provider)
{
	struct pci_bus *on = &sgp_switch_bus[provider->same_switch[0] ? 0 : 1];

	sgp_build_port(&sgp_provider_port[k], &sgp_provider_bus[k], on, PCI_DEVFN(4 + k, 0), 64 + k,
		       provider->port_acs);
	sgp_build_pci_dev(pdev, &sgp_provider_bus[k], 0);
}
