// SPDX-License-Identifier: GPL-2.0
/*
 * Facts of the tree under check in this configuration, as constants that the host reads from the
 * bitcode. Only what the tree itself says; an optional fact is absent where the tree lacks it.
 */
#include <linux/mm.h>
#include <linux/memremap.h>
#include <linux/dma-mapping.h>
#include <linux/dma-map-ops.h>
#include <linux/scatterlist.h>
#include <linux/cache.h>
#include <linux/version.h>
#include "sgp_accessors.h"
#include "sgp_env.h"
#include "sgp_maps.h"

#define SGP_FACT(name, value) const unsigned long long sgp_fact_##name = (value)

SGP_FACT(WORD_BITS, BITS_PER_LONG);
SGP_FACT(PAGE_SHIFT, PAGE_SHIFT);
#if defined(CONFIG_ARM64) || defined(CONFIG_HIGHMEM)
SGP_FACT(PFN_LIMIT, SGP_PFN_LIMIT);
#endif
#ifdef CONFIG_ARM64 /* a constant there */
SGP_FACT(VMEMMAP_START, VMEMMAP_START);
#endif
#if defined(CONFIG_PCI_P2PDMA) && !defined(CONFIG_X86)
SGP_FACT(CPU_NEVER_FORWARDS, 1); /* as env_topology.c assumes */
#endif
#if SGP_MAPS_LISTS
SGP_FACT(MAPS_LISTS, 1);
#endif
SGP_FACT(SG_CHAIN, SG_CHAIN);
SGP_FACT(SG_END, SG_END);
#ifdef SG_PCI_P2PDMA
SGP_FACT(SG_PCI_P2PDMA, SG_PCI_P2PDMA);
#endif
#ifdef SG_DMA_BUS_ADDRESS /* marks in a word of their own, dma_flags */
SGP_FACT(SG_DMA_BUS_ADDRESS, SG_DMA_BUS_ADDRESS);
#endif
#ifdef SG_DMA_SWIOTLB
SGP_FACT(SG_DMA_SWIOTLB, SG_DMA_SWIOTLB);
#endif
#ifdef SG_PAGE_LINK_MASK
SGP_FACT(SG_PAGE_LINK_MASK, SG_PAGE_LINK_MASK);
#endif
SGP_FACT(LINUX_VERSION_CODE, LINUX_VERSION_CODE);
SGP_FACT(SG_MAX_SINGLE_ALLOC, SG_MAX_SINGLE_ALLOC);
SGP_FACT(SIZEOF_SCATTERLIST, sizeof(struct scatterlist));
SGP_FACT(ALIGNOF_SCATTERLIST, __alignof__(struct scatterlist));
SGP_FACT(OFFSETOF_SG_PAGE_LINK, offsetof(struct scatterlist, page_link));
SGP_FACT(OFFSETOF_SG_OFFSET, offsetof(struct scatterlist, offset));
SGP_FACT(OFFSETOF_SG_LENGTH, offsetof(struct scatterlist, length));
SGP_FACT(OFFSETOF_SG_DMA_ADDRESS, offsetof(struct scatterlist, dma_address));
SGP_FACT(SIZEOF_DMA_ADDR_T, sizeof(dma_addr_t));
SGP_FACT(SIZEOF_PHYS_ADDR_T, sizeof(phys_addr_t));
SGP_FACT(SIZEOF_PAGE, sizeof(struct page));
SGP_FACT(ALIGNOF_PAGE, __alignof__(struct page));
SGP_FACT(SMP_CACHE_BYTES, SMP_CACHE_BYTES);
SGP_FACT(SIZEOF_DEV_PAGEMAP, sizeof(struct dev_pagemap));
#ifdef CONFIG_ZONE_DEVICE
SGP_FACT(OFFSETOF_PAGE_PGMAP, offsetof(struct page, pgmap));
SGP_FACT(OFFSETOF_PAGEMAP_TYPE, offsetof(struct dev_pagemap, type));
#endif
SGP_FACT(OFFSETOF_PAGE_FLAGS, offsetof(struct page, flags));
#ifdef CONFIG_NEED_SG_DMA_LENGTH
SGP_FACT(OFFSETOF_SG_DMA_LENGTH, offsetof(struct scatterlist, dma_length));
#endif
SGP_FACT(DMA_MAPPING_ERROR, DMA_MAPPING_ERROR);
SGP_FACT(DMA_BIDIRECTIONAL, DMA_BIDIRECTIONAL);
SGP_FACT(DMA_TO_DEVICE, DMA_TO_DEVICE);
SGP_FACT(DMA_FROM_DEVICE, DMA_FROM_DEVICE);
SGP_FACT(DMA_ATTR_SKIP_CPU_SYNC, DMA_ATTR_SKIP_CPU_SYNC);
SGP_FACT(EINVAL, EINVAL);
SGP_FACT(ENOMEM, ENOMEM);
SGP_FACT(EIO, EIO);
SGP_FACT(EREMOTEIO, EREMOTEIO);
