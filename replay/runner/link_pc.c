// SPDX-License-Identifier: GPL-2.0
/* What the host gave a virtual PC: the mailbox is a BAR of an ivshmem device, the bell a port. */
#include <linux/io.h>
#include "runner.h"

#define MAILBOX_BAR 2

void *sgp_shared_memory(u64 *length)
{
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(SGP_MBOX_SLOT, 0));
	void *memory;

	if (!pdev || pci_enable_device(pdev))
		return ERR_PTR(-ENODEV);
	*length = pci_resource_len(pdev, MAILBOX_BAR);
	memory = (void __force *)ioremap_cache(pci_resource_start(pdev, MAILBOX_BAR), *length);
	return memory ?: ERR_PTR(-ENOMEM);
}

void sgp_bell(char c)
{
	outb(c, SGP_BELL_PORT);
}
