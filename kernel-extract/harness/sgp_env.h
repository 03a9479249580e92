/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The environment of the extracted code: what the engines provide (intrinsics), and what the
 * environment contracts (env_*.c) share with the harness (tu_run.c).
 */
#ifndef SGP_ENV_H
#define SGP_ENV_H

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/mm.h>
#include "sgp_abi.h"
#include "sgp_maps.h"

#ifdef CONFIG_X86_32
#define SGP_CALL __attribute__((regparm(0)))
#else
#define SGP_CALL
#endif

/* Intrinsics: executed by the engine itself. */
SGP_CALL void sgp_assume(sgp_u64 condition);
SGP_CALL void sgp_event(sgp_u64 kind, sgp_u64 a, sgp_u64 b, sgp_u64 c, sgp_u64 d, sgp_u64 ret);
SGP_CALL void sgp_step(sgp_u64 step);
SGP_CALL void sgp_havoc(void *object, sgp_u64 size);
SGP_CALL sgp_u64 sgp_symbolic(void); /* 1: the engine follows all inputs at once */
SGP_CALL sgp_u64 sgp_either(sgp_u64 condition, sgp_u64 yes, sgp_u64 no); /* one value, no branch */
SGP_CALL sgp_u64 sgp_case(sgp_u64 value); /* the value; where symbolic, each is followed apart */
/* Only where symbolic: memory with nothing around it, in use until it is gone. */
SGP_CALL void *sgp_object(sgp_u64 size);
SGP_CALL void sgp_object_gone(void *object);
/* Pages that are the same were built the same, which is taken note of where it can be shown. */
SGP_CALL void sgp_pages_built(void);

/* Names the assumption, for readers; the texts are in assumptions.def. */
enum sgp_assumption {
#define SGP_ASSUMPTION(name, text) SGP_ASSUMPTION_##name,
#include "assumptions.def"
#undef SGP_ASSUMPTION
	SGP_ASSUMPTION_COUNT
};
#define SGP_ASSUME(name, condition) ((void)SGP_ASSUMPTION_##name, sgp_assume((condition) ? 1 : 0))

/* No engine has a body of it: what a contract does not cover is reached, nothing is claimed then. */
sgp_u64 beyond_the_contract(void);

/* Objects in this section start with arbitrary contents. */
#define SGP_ARBITRARY __attribute__((section("sgp_arbitrary")))

#define SGP_PHYS_LIMIT (1ULL << 52)

/* Frames that have a `struct page`. */
#if defined(CONFIG_ARM64)
#define SGP_PFN_LIMIT ((unsigned long long)VMEMMAP_SIZE / sizeof(struct page))
#elif defined(CONFIG_64BIT)
#define SGP_PFN_LIMIT (1ULL << 40)
#elif defined(CONFIG_HIGHMEM) && defined(CONFIG_PHYS_ADDR_T_64BIT)
#define SGP_PFN_LIMIT (1ULL << 22) /* memory whose struct page fit below all of it */
#else
#define SGP_PFN_LIMIT (1ULL << 20)
#endif

/* Whether there are devices that do not see the caches, and behind an IOMMU untrusted ones. */
#if defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) && SGP_MAPS_LISTS
#define SGP_HAS_NONCOHERENT 1
#else
#define SGP_HAS_NONCOHERENT 0
#endif

/* The world of the running scenario, for the contracts. */
extern const struct sgp_world *sgp_world;

/* env_device.c */
void sgp_build_devices(const struct sgp_world *world);
struct device *sgp_device(unsigned int device);
struct pci_dev *sgp_client(unsigned int device);
unsigned int sgp_device_index(struct device *dev);

/* tu_run.c: the table and the step of the running scenario */
struct sgp_table *sgp_table(void);
unsigned int sgp_current_step(void);
void sgp_make_page(struct page *p, sgp_u64 kind);

/* legal_iommu.c */
bool sgp_proves_list(void); /* of several entries, behind an IOMMU */

/* legal_table.c */
void sgp_legal_split(bool holds);

/* env_iommu.c */
void sgp_build_iommu(const struct sgp_world *world, unsigned int nproviders);
void sgp_begin_iommu_step(unsigned int device);
void sgp_translations(void);

/* env_iommu_bounce.c */
void sgp_build_iommu_bounce(const struct sgp_world *world);
void sgp_clear_padding(sgp_u64 phys, sgp_u64 bytes);

/* env_iommu_pieces.c: iommu_map() and iommu_unmap() by themselves */
bool sgp_do_range_op(const struct sgp_op *op, bool ok, struct sgp_step *step);
bool sgp_do_window_op(struct device *dev, const struct sgp_op *op, struct sgp_step *step);

/* env_pages.c */
#if defined(CONFIG_SPARSEMEM_VMEMMAP) && !defined(CONFIG_X86)
extern unsigned long sgp_page_array; /* where the engine has the `struct page` array */
void sgp_place_pages(void);
#else
#define sgp_place_pages() do { } while (0)
#endif

/* any_list.c: a list of any length, in proofs */
#if defined(CONFIG_HAS_DMA) && defined(CONFIG_PCI_P2PDMA)
#define SGP_HAS_ANY_LIST 1
#else
#define SGP_HAS_ANY_LIST 0
#endif
#ifdef CONFIG_64BIT
#define SGP_ANY_SLOTS (1ULL << 33)
#else
#define SGP_ANY_SLOTS (1ULL << 20)
#endif
struct scatterlist *sgp_any_observed(void);
void sgp_build_any_list(const struct sgp_scenario *in, const struct sgp_op *op, struct page **pages);

/* legal.c: the assumptions about a segment */
void sgp_legal_segment(const struct sgp_scenario *in, const struct sgp_op *op);

/* env_slab.c */
void sgp_empty_heap(void);

/* env_highmem.c */
void sgp_forget_pages(void);
void *sgp_map_page(struct page *page);
void sgp_unmap_page(const void *memory);
struct sgp_page_run;
void sgp_mark_beside(const struct sgp_page_run *runs, unsigned int nruns);
void sgp_look_beside(void);
struct sgp_op;
struct sgp_step;
void sgp_bytes_told(struct sgp_table *t, const struct sgp_op *op, struct sgp_step *step);

/* env_swiotlb.c */
void sgp_build_swiotlb(const struct sgp_world *world);
void sgp_attach_swiotlb(struct device *dev, const struct sgp_device *device);

/* tu_swiotlb.c: operations on bounce buffers as code; false for a code it does not know */
bool sgp_do_bounce_op(struct device *dev, const struct sgp_op *op, struct sgp_step *step);

/* env_topology.c */
void sgp_build_topology(const struct sgp_world *world);
void sgp_place_provider(struct pci_dev *pdev, unsigned int k, const struct sgp_provider *provider);

/* tu_p2pdma.c: knows the private structures of drivers/pci/p2pdma.c */
/* Vendor << 16 | device of a host bridge in the tree's list, for its own ports only or for all. */
unsigned int sgp_listed_host_bridge(bool own_ports_only);
void sgp_build_providers(const struct sgp_world *world, unsigned int nproviders);
struct dev_pagemap *sgp_provider_pgmap(unsigned int provider);
int sgp_provider_of_cache(const void *xarray);

#endif /* SGP_ENV_H */
