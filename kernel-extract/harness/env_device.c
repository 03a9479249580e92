// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: the devices that map. A PCI device is the `dev` of a struct pci_dev; another device is
 * a bare struct device, so that treating it as a PCI device leaves its object. Fields that are not
 * set here are arbitrary.
 */
#include <linux/device.h>
#include <linux/dma-map-ops.h>
#include <linux/memblock.h>
#include "sgp_accessors.h"
#include "sgp_env.h"

static struct device sgp_plain_device[SGP_MAX_DEVICES] SGP_ARBITRARY;
static struct bus_type sgp_other_bus SGP_ARBITRARY;
static struct device_dma_parameters sgp_dma_parms[SGP_MAX_DEVICES];
static sgp_u64 sgp_dma_mask[SGP_MAX_DEVICES];

#ifdef CONFIG_X86
/* arch/x86/kernel/pci-dma.c: no platform-wide operations, so direct mapping. */
const struct dma_map_ops *dma_ops;
#endif

#ifndef CONFIG_ARCH_DMA_ADDR_T_64BIT
unsigned long min_low_pfn; /* mm/memblock.c: with it dma_capable() sees a sum that wrapped */
#endif

struct device *sgp_device(unsigned int device)
{
	if (sgp_world->devices[device].is_pci)
		return &sgp_client(device)->dev;
	return &sgp_plain_device[device];
}

static void sgp_build_device(struct device *dev, const struct sgp_device *in, unsigned int index)
{
	dev->bus = in->is_pci ? &pci_bus_type : &sgp_other_bus;
	dev->parent = NULL;
	dev->init_name = NULL;
	dev->kobj.name = "sgp";
	dev->dma_mask = (u64 *)&sgp_dma_mask[index];
	dev->dma_parms = &sgp_dma_parms[index];
	dev->dma_parms->max_segment_size = in->max_segment;
	dev->dma_parms->min_align_mask = in->min_align;
	dev->dma_parms->segment_boundary_mask = in->segment_boundary;
	dev->bus_dma_limit = in->bus_dma_limit;
	dev->dma_range_map = NULL;
	set_dma_ops(dev, NULL);
	dev->iommu_group = NULL;
#if SGP_HAS_NONCOHERENT
	dev->dma_coherent = !in->noncoherent;
#ifdef CONFIG_DMA_NEED_SYNC
	dev->dma_skip_sync = dev->dma_coherent; /* dma_setup_need_sync() */
#endif
#endif
#ifdef CONFIG_PPC
	dev->archdata.dma_offset = 0; /* the bus of direct mappings is the CPU's own */
#endif
#ifdef CONFIG_DMA_OPS_BYPASS
	dev->dma_ops_bypass = false;
#endif
	sgp_attach_swiotlb(dev, in);
}

void sgp_build_devices(const struct sgp_world *world)
{
	unsigned int i;

#if !defined(CONFIG_ARCH_DMA_ADDR_T_64BIT) && defined(CONFIG_FLATMEM)
	min_low_pfn = ARCH_PFN_OFFSET; /* where RAM begins, as setup code of the architecture has it */
#endif
	for (i = 0; i < SGP_MAX_DEVICES; i++) {
		const struct sgp_device *in = &world->devices[i];

		SGP_ASSUME(DEVICE, in->is_pci <= 1 && in->force_bounce <= in->swiotlb_active &&
				   in->swiotlb_active <= IS_ENABLED(CONFIG_SWIOTLB) && in->dma_mask &&
				   in->noncoherent <= SGP_HAS_NONCOHERENT &&
				   !(in->segment_boundary & (in->segment_boundary + 1)));
		sgp_dma_mask[i] = in->dma_mask;
		sgp_build_device(sgp_device(i), in, i);
	}
}

unsigned int sgp_device_index(struct device *dev)
{
	return dev == sgp_device(0) ? 0 : 1;
}
