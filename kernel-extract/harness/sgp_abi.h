/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Binary interface between the host and every place that executes a scenario: the extracted code
 * run natively or symbolically, and the runner inside a booted kernel. Included from kernel C and
 * from C++; every field is an unsigned 64-bit integer, so the layout is the same for ILP32, LP64
 * and both byte orders (each side uses its own order; records never cross machines unconverted).
 *
 * A scenario is a world and a list of operations. A report is what was observed after each
 * operation. What was not observed is not claimed: see `done` in struct sgp_step.
 */
#ifndef SGP_ABI_H
#define SGP_ABI_H

#ifdef __cplusplus
#include <cstdint>
typedef std::uint64_t sgp_u64;
#else
typedef unsigned long long sgp_u64;
#endif

#define SGP_MAGIC_SCENARIO 0x7367702d73636e31ULL /* "sgp-scn1" */
#define SGP_MAGIC_REPORT 0x7367702d72657031ULL   /* "sgp-rep1" */

#define SGP_MAX_DEVICES 2
#define SGP_MAX_PROVIDERS 2
#define SGP_MAX_PAGES 9
#define SGP_MAX_NENTS 8
#define SGP_MAX_OPS 24
#define SGP_MAX_EVENTS 64
#define SGP_MAX_CHOICES 16
#define SGP_MAX_BOUNCED 8 /* bounce slots behind an IOMMU that a scenario chooses */
#define SGP_PROOF_IOVAS 4 /* IOVA allocations that a proof follows, each with any result */
#define SGP_PAGES_APART 0x1000 /* attrs of TABLE_APPEND: the scenario's pages, wherever they are */
#define SGP_OUTSIDE_TABLE 2
#define SGP_ANY_OTHER_PAGE 2 /* of the other entry of a list of any length */
#define SGP_BOUNCE_SLOTS 8 /* of a pool whose code is executed */
#define SGP_BOUNCE_SLOT 2048 /* bytes, IO_TLB_SIZE */

/* Operations; each is one call of the kernel's own API. */
enum sgp_opcode {
	SGP_OP_NOP = 0,
	SGP_OP_INIT,	    /* sg_init_table(list, nents) */
	SGP_OP_PRIOR,	    /* entry: an earlier legal use left these field values (see sgp_prior) */
	SGP_OP_SET_PAGE,    /* sg_set_page(entry, page, length, offset) */
	SGP_OP_ASSIGN_PAGE, /* sg_assign_page(entry, page) */
	SGP_OP_ASSIGN_RAW,  /* sg_assign_page(entry, (struct page *)raw) */
	SGP_OP_MARK_END,    /* sg_mark_end(entry) */
	SGP_OP_UNMARK_END,  /* sg_unmark_end(entry) */
	SGP_OP_CHAIN,	    /* sg_chain(entry, 1, (struct scatterlist *)raw) */
	SGP_OP_MARK_BUS,    /* the tree's accessor that marks a bus address */
	SGP_OP_UNMARK_BUS,  /* the tree's accessor that clears that mark */
	SGP_OP_PHYS,	    /* ret = sg_phys(entry), of an entry that sg_set_page() was called for */
	SGP_OP_MAP_SGTABLE, /* dma_map_sgtable(dev, {list, nents}, dir, attrs); ret is its result */
	SGP_OP_MAP_SG,	    /* dma_map_sg_attrs(dev, list, nents, dir, attrs); ret is its count */
	SGP_OP_UNMAP,	    /* undoes the map call before it, if that succeeded; nothing otherwise:
			     * dma_unmap_sgtable() after MAP_SGTABLE, dma_unmap_sg_attrs() after MAP_SG */
	/* The next four do nothing unless a map call before them succeeded. */
	SGP_OP_SYNC_CPU,    /* dma_sync_sg_for_cpu(dev, list, nents, dir) */
	SGP_OP_SYNC_DEVICE, /* dma_sync_sg_for_device(dev, list, nents, dir) */
	SGP_OP_SYNC_PART_CPU,	 /* dma_sync_single_range_for_cpu(dev, dma_address of entry, offset,
				  * length, dir); nothing if the entry holds a bus address */
	SGP_OP_SYNC_PART_DEVICE, /* the same with dma_sync_single_range_for_device() */
	/* Operations on the table of the scenario, which is not the list above; they report by events. */
	SGP_OP_TABLE_ALLOC,    /* sg_alloc_table(table, length); ret, out_nents = orig_nents, as below */
	SGP_OP_TABLE_CHUNKS,   /* __sg_alloc_table(table, length entries, at most offset in a chunk, a first
				* chunk of raw entries that the caller has (0: none)) */
	SGP_OP_TABLE_APPEND,   /* sg_alloc_append_table_from_pages(): raw pages from `page` on, every attrs-th
				* frame; offset, length (bytes); dir: pages to follow; max_segment */
	SGP_OP_TABLE_FREE,     /* frees the table in the way that fits how it was allocated */
	SGP_OP_TABLE_WALK,     /* for_each_sg(); ret = sg_nents(), out_nents = which, from 1, is sg_last() */
	SGP_OP_TABLE_LENGTH,   /* ret = sg_nents_for_len(list, length) */
	SGP_OP_TABLE_PAGES,    /* visits the pages with for_each_sgtable_page() */
	SGP_OP_TABLE_COPY_OUT, /* sg_pcopy_to_buffer(list, length bytes, offset bytes in); ret */
	SGP_OP_TABLE_COPY_IN,  /* sg_pcopy_from_buffer(), likewise */
	SGP_OP_TABLE_ZERO,     /* sg_zero_buffer(), likewise */
	SGP_OP_TABLE_MITER,    /* sg_miter_start(), sg_miter_skip(offset), sg_miter_next() for length bytes */
	SGP_OP_TABLE_SPLIT,    /* sg_split(): skip offset bytes, then length bytes, then raw bytes */
	/* Operations on bounce buffers as code (kernel/dma/swiotlb.c), below the mapping of lists. */
	SGP_OP_BOUNCE_POOL,	  /* a pool of SGP_BOUNCE_SLOTS at swiotlb_start, all free: raw areas, segments
				   * of length slots, searched from slot offset on */
	SGP_OP_BOUNCE_MAP,	  /* swiotlb_map() of length bytes at raw, 0: as many as are advertised; entry:
				   * which mapping it is; ret = its address, out_nents = bytes */
	SGP_OP_BOUNCE_MAP_ALIGNED, /* the same with swiotlb_tbl_map_single(), aligned to offset + 1 */
	SGP_OP_BOUNCE_UNMAP,	  /* swiotlb_tbl_unmap_single() of mapping entry, where that succeeded */
	SGP_OP_BOUNCE_SYNC_CPU,	  /* swiotlb_sync_single_for_cpu(), likewise; offset, length within it */
	SGP_OP_BOUNCE_SYNC_DEVICE, /* swiotlb_sync_single_for_device(), likewise */
	SGP_OP_BOUNCE_LOOK,	  /* tells each slot; ret = what areas count as used, 0: none */
	/* In proofs alone: the list is one of any length (sgp_any_list.h), of which the scenario has one
	 * entry, any. The first that a map call fails for, if it is another one, is the segment of page
	 * SGP_ANY_OTHER_PAGE, offset and length. */
	SGP_OP_ANY_LIST,
	/* In proofs alone, see sgp_pieces.h. */
	SGP_OP_IOMMU_MAP,   /* iommu_map() of length bytes from raw on, to offset; ret */
	SGP_OP_IOMMU_UNMAP, /* iommu_unmap() of what the operation before has mapped; ret */
	/* Addresses of a domain that are not handed out, where no map call is made. */
	SGP_OP_IOVA_WINDOW, /* the device's host bridge has a window of length bytes at CPU address raw,
			     * which is offset more than its bus address; attrs: enum sgp_window */
	SGP_OP_IOVA_SETUP,  /* iommu_dma_init_domain() of the device's domain; ret */
	SGP_OP_COUNT
};

/* Events: calls of the environment that the invariants look at. */
enum sgp_event_kind {
	SGP_EV_NONE = 0,
	SGP_EV_SWIOTLB_MAP,	/* a=phys b=size c=dir d=attrs ret=dma address or ~0 */
	SGP_EV_SWIOTLB_UNMAP,	/* a=dma/tlb address b=size c=dir d=attrs */
	SGP_EV_SWIOTLB_SYNC_CPU,/* a=tlb address b=size c=dir */
	SGP_EV_SWIOTLB_SYNC_DEV,/* a=tlb address b=size c=dir */
	SGP_EV_CACHE_SYNC,	/* a=phys b=size c=dir d=0 for cpu, 1 for device */
	SGP_EV_BUG,		/* a=line; the operation did not return */
	SGP_EV_WARN,		/* a=line b=0; not a WARN but b=1: what may sleep in atomic context,
				 * b=2: what the operation left off (a=1: interrupts c=preemption depth) */
	SGP_EV_OOPS,		/* a=fault address where known; the operation did not return */
	SGP_EV_UNDEF,		/* an undefined or poison value was used */
	SGP_EV_UNMODELLED,	/* reached something that has no body */
	SGP_EV_IOVA_ALLOC,	/* a=size b=highest address allowed, ret=IOVA or 0 */
	SGP_EV_IOVA_FREE,	/* a=IOVA b=size */
	SGP_EV_IOMMU_MAP,	/* the driver's map_pages: a=IOVA b=phys c=size d=prot |SGP_IOMMU_ERROR
				 * |SGP_IOMMU_OTHER_DOMAIN,
				 * ret=bytes mapped */
	SGP_EV_IOMMU_UNMAP,	/* the driver's unmap_pages: a=IOVA b=size d=0 |SGP_IOMMU_OTHER_DOMAIN,
				 * ret=bytes unmapped */
	SGP_EV_IOMMU_FLUSH,	/* the driver flushed what was unmapped from the IOTLB */
	SGP_EV_IOMMU_PIECES,	/* after the operation: a=bytes that the driver was told to map, b=bytes that
				 * it was told to unmap, c=1: a call was not for the next piece, or not legal;
				 * d=1: the driver reported an error, ret=bytes that were asked for */
	SGP_EV_TRANSLATES,	/* after the operation, a=IOVA translates to b=phys for c bytes; only
				 * ranges are looked at that were handed out since the list was made */
	/* A device's own transfer through the addresses of a mapped list (real_dma): a=first byte,
	 * counted over the list, b=bytes, c=0 read by the device, 1 written by it, 2 read beside it (zeroes),
	 * d=the first byte that was wrong, ~0: none; ret=bytes that were wrong. */
	SGP_EV_TRANSFER,
	SGP_EV_IOMMU_FAULT,	/* the IOMMU refused an access: a=IOVA b=reason c=requester d=1: write */
	SGP_EV_MEMORY,		/* memory outside what may be touched has changed: a=phys b=bytes c=after chunk;
				 * d=SGP_OUTSIDE_TABLE: of a page that is not the table's */
	SGP_EV_CHUNK_ALLOC,	/* of a table: a=bytes b=1: whole pages, 0: slab; ret=which (from 1), 0: failed */
	SGP_EV_CHUNK_FREE,	/* of a table: a=bytes (0: unknown) b as above; ret=which, 0: none of ours */
	SGP_EV_VISIT,		/* of a table: a=phys b=bytes c=marks (1 bus, 2 chain, 4 END, 8 no entry) |step<<8
				 * d=list|chunk<<8|slot<<32; ret=how many such, each `step` bytes further */
	SGP_EV_BYTES,		/* of a table: a=phys b=bytes that were touched, c=1: as they must be */
	SGP_EV_REFERENCE,	/* to a device (struct device): a=its address, ret=1: taken, 0: dropped */
	SGP_EV_COPIED,		/* between a bounce slot and a buffer: a=from phys b=to phys c=bytes */
	SGP_EV_SLOT,		/* a=index b=free slots from it on c=orig_addr d=alloc_size ret=pad_slots */
	SGP_EV_CLEARED,		/* of a bounce slot behind an IOMMU: a=phys b=bytes that are set to zero */
	SGP_EV_ENDLESS,		/* the operation did not return: it goes on and on */
	SGP_EV_IOVA_RESERVED,	/* reserve_iova(): a=first address b=bytes, ret=1: done, 0: no memory */
	SGP_EV_COUNT
};

/* Values of enum pci_p2pdma_map_type, checked against the tree by the harness. */
enum sgp_map_type {
	SGP_TYPE_UNKNOWN = 0,
	SGP_TYPE_NOT_SUPPORTED = 1,
	SGP_TYPE_BUS_ADDR = 2,
	SGP_TYPE_THRU_HOST_BRIDGE = 3
};

/* Access control (ACS) of the switch port above a function. */
enum sgp_port_acs {
	SGP_ACS_NONE = 0,	 /* no such capability */
	SGP_ACS_HARMLESS = 1,	 /* enabled, but it redirects nothing */
	SGP_ACS_REQUESTS = 2,	 /* redirects peer-to-peer requests */
	SGP_ACS_COMPLETIONS = 3, /* redirects peer-to-peer completions */
	SGP_ACS_EGRESS = 4,	 /* controls egress */
	SGP_ACS_LAST = SGP_ACS_EGRESS
};

/* The first device on a root bus, by which the kernel knows the host bridge. */
enum sgp_host_bridge {
	SGP_HOST_BRIDGE_UNLISTED = 0,	 /* function 00.0, not in the tree's list */
	SGP_HOST_BRIDGE_EMPTY = 1,	 /* there is no device */
	SGP_HOST_BRIDGE_LISTED_SAME = 2, /* 00.0, listed for traffic between its own ports only */
	SGP_HOST_BRIDGE_LISTED = 3,	 /* 00.0, listed */
	SGP_HOST_BRIDGE_LISTED_PORT = 4, /* a root port elsewhere, listed */
	SGP_HOST_BRIDGE_OTHER = 5,	 /* its ids are listed, but it is neither 00.0 nor a root port */
	SGP_HOST_BRIDGE_LAST = SGP_HOST_BRIDGE_OTHER
};

struct sgp_device {
	sgp_u64 is_pci;		/* 0: not a PCI device */
	sgp_u64 dma_mask;	/* *dev->dma_mask, highest address reachable */
	sgp_u64 bus_dma_limit;	/* dev->bus_dma_limit, 0: none */
	sgp_u64 force_bounce;	/* swiotlb bounces every mapping of this device */
	sgp_u64 swiotlb_active; /* the device has a swiotlb pool */
	sgp_u64 port_acs;	/* enum sgp_port_acs */
	sgp_u64 max_segment;	/* longest DMA segment, bytes; 0: the kernel's default */
	sgp_u64 segment_boundary; /* mask that no DMA segment crosses; 0: the kernel's default */
	sgp_u64 untrusted;	/* 1: an external device, behind an IOMMU it gets bounce buffers */
	sgp_u64 min_align;	/* dma_parms->min_align_mask: low bits that a bounced address keeps */
	sgp_u64 noncoherent;	/* 1: it does not see what is in the caches of the CPU, nor they what it writes */
};

struct sgp_provider {
	sgp_u64 cpu_start; /* physical address of the BAR range, page aligned */
	sgp_u64 size;	   /* bytes, page aligned */
	sgp_u64 bus_start; /* PCI bus address of the same byte */
	/* Map type towards each device as the tree's cache (xarray) has it; 0: not cached, then the
	 * topology decides: same switch and nothing redirects -> BUS_ADDR, else host bridge. */
	sgp_u64 cached_type[SGP_MAX_DEVICES];
	sgp_u64 same_switch[SGP_MAX_DEVICES];
	sgp_u64 port_acs; /* enum sgp_port_acs */
};

struct sgp_page {
	sgp_u64 kind; /* 0: RAM, 1+k: P2PDMA memory of provider k */
	sgp_u64 pfn;  /* page frame number */
};

/* What an earlier legal use can have left in an entry besides its marks. */
struct sgp_prior {
	sgp_u64 page; /* index into pages */
	sgp_u64 offset;
	sgp_u64 length;
	sgp_u64 dma_address;
	sgp_u64 dma_length;
};

/* In events: the driver reported an error; it was called for a domain that is not that of the
 * operation's device. */
#define SGP_IOMMU_ERROR (1ULL << 32)
#define SGP_IOMMU_OTHER_DOMAIN (1ULL << 33)

enum sgp_window {
	SGP_WINDOW_MEMORY = 0, /* memory of the bus */
	SGP_WINDOW_PORTS = 1,  /* I/O ports: no address of memory */
	SGP_WINDOW_DRIVER = 2, /* no window: a region of addresses that the IOMMU's driver reserves */
	SGP_WINDOW_LAST = SGP_WINDOW_DRIVER
};

enum sgp_iommu {
	SGP_IOMMU_NONE = 0,
	SGP_IOMMU_TABLES = 1, /* with page tables, whose contents are told after each step */
	SGP_IOMMU_CALLS = 2   /* only calls of its driver are told (proofs): they say what translates */
};

struct sgp_world {
	struct sgp_device devices[SGP_MAX_DEVICES];
	struct sgp_provider providers[SGP_MAX_PROVIDERS];
	struct sgp_page pages[SGP_MAX_PAGES];
	struct sgp_prior prior[SGP_MAX_NENTS];
	sgp_u64 swiotlb_start;	    /* physical range of the bounce pool [start, end) */
	sgp_u64 swiotlb_end;
	sgp_u64 cpu_forwards_p2p;   /* the CPU is on the list that forwards peer traffic */
	sgp_u64 two_host_bridges;   /* 1: each switch is below a host bridge of its own */
	sgp_u64 host_bridge[2];	    /* enum sgp_host_bridge; the second only where there are two */
	/* 1: the devices are behind an IOMMU, each list gets addresses (IOVAs) of a translated domain,
	 * and what is unmapped is flushed at once (strict). */
	sgp_u64 iommu; /* enum sgp_iommu */
	sgp_u64 iommu_granule;	    /* smallest page of the IOMMU, bytes */
	sgp_u64 iommu_one_group;    /* 1: the devices are in one group, and so in one domain */
	sgp_u64 iova_fails_in;	    /* 1+s: every IOVA allocation of step s fails; 0: none */
	sgp_u64 iommu_fails_in;	    /* 1+s: in step s the IOMMU driver fails to map, 0: never, … */
	sgp_u64 iommu_fails_at;	    /* … at this call of map_pages, from 0, … */
	sgp_u64 iommu_part;	    /* … which enters so many pages all the same, … */
	sgp_u64 iommu_part_ok;	    /* … 1: and reports success: it is asked for the rest */
	sgp_u64 iommu_unmaps_part;  /* pages that a step's first call of unmap_pages removes, 0: all */
	sgp_u64 real_dma;	    /* 1: after each map call a real device goes through its addresses */
	sgp_u64 alloc_fails_at;	    /* 1+k: allocation k of chunks of tables, or of reserve_iova(),
				     * fails, from 0; 0: none */
	sgp_u64 choices[SGP_MAX_CHOICES]; /* results of swiotlb_map in call order, ~0: pool full */
	/* Behind an IOMMU: those of swiotlb_tbl_map_single() in call order, 0: the lowest that is free. */
	sgp_u64 bounce_slots[SGP_MAX_BOUNCED];
};

struct sgp_op {
	sgp_u64 code; /* enum sgp_opcode */
	sgp_u64 device;
	sgp_u64 entry;
	sgp_u64 page; /* index into pages */
	sgp_u64 offset;
	sgp_u64 length;
	sgp_u64 dir;
	sgp_u64 attrs;
	sgp_u64 raw;
};

struct sgp_scenario {
	sgp_u64 magic;
	sgp_u64 id;
	sgp_u64 nents; /* entries of the list, 1..SGP_MAX_NENTS */
	sgp_u64 nops;
	sgp_u64 npages;	   /* pages[0..npages) are built */
	sgp_u64 nproviders;
	sgp_u64 split; /* 0: one table; k: the first table holds k entries and a chain entry to a second
			* table with the rest; 1 <= k < nents */
	struct sgp_world world;
	struct sgp_op ops[SGP_MAX_OPS];
};

struct sgp_entry_obs {
	sgp_u64 page;	     /* sg_page(), as an integer */
	sgp_u64 chain;	     /* sg_chain_ptr(), as an integer */
	sgp_u64 offset;
	sgp_u64 length;
	sgp_u64 dma_address;
	sgp_u64 dma_length;
	sgp_u64 is_bus;	     /* the tree's own accessor, 0 or 1 */
	sgp_u64 is_chain;
	sgp_u64 is_last;
};

struct sgp_step {
	sgp_u64 done;	   /* 1: the operation returned and everything below was observed */
	sgp_u64 ret;	   /* result, sign-extended to 64 bits */
	sgp_u64 out_nents; /* sgt->nents after SGP_OP_MAP_SGTABLE */
	struct sgp_entry_obs entries[SGP_MAX_NENTS];
};

struct sgp_event {
	sgp_u64 kind; /* enum sgp_event_kind */
	sgp_u64 step; /* operation during which it happened */
	sgp_u64 a, b, c, d, ret;
};

/* The world as it was really built: what the invariants use. */
struct sgp_real_page {
	sgp_u64 pointer; /* struct page *, as an integer */
	sgp_u64 phys;	 /* physical address of the page's first byte */
	sgp_u64 kind;	 /* as asked for, see sgp_page */
};

struct sgp_report {
	sgp_u64 magic;
	sgp_u64 id;
	sgp_u64 status;	     /* enum sgp_status */
	sgp_u64 nents;
	sgp_u64 nops;
	sgp_u64 nevents;     /* may exceed SGP_MAX_EVENTS: then events were lost */
	struct sgp_world world; /* realised devices, providers, swiotlb range */
	struct sgp_real_page pages[SGP_MAX_PAGES];
	struct sgp_step steps[SGP_MAX_OPS];
	struct sgp_event events[SGP_MAX_EVENTS];
};

enum sgp_status {
	SGP_STATUS_NONE = 0,	     /* nothing ran */
	SGP_STATUS_COMPLETE = 1,     /* all operations returned */
	SGP_STATUS_STOPPED = 2,	     /* BUG or oops; later steps have done == 0 */
	SGP_STATUS_ILLEGAL = 3,	     /* the scenario is outside the stated assumptions */
	SGP_STATUS_NOT_REPLAYABLE = 4, /* this machine cannot build that world; nevents == 0,
					* steps[0].ret tells which part (enum sgp_unreplayable) */
	SGP_STATUS_UNMODELLED = 5    /* reached code without a body; nothing is claimed */
};

enum sgp_unreplayable {
	SGP_UNREPLAYABLE_NONE = 0,
	SGP_UNREPLAYABLE_MAP_TYPE = 1,	/* no device with that map type in this topology */
	SGP_UNREPLAYABLE_BOUNCE = 2,	/* bounce state not available */
	SGP_UNREPLAYABLE_PAGE = 3,	/* no such page (kind, or outside the device's mask) */
	SGP_UNREPLAYABLE_OFFSET = 4,	/* that bus offset cannot be given to a provider */
	SGP_UNREPLAYABLE_OP = 5,	/* operation unknown to the runner */
	SGP_UNREPLAYABLE_NO_P2PDMA = 6, /* kernel without P2PDMA */
	SGP_UNREPLAYABLE_CHOICE = 7,	/* environment result that cannot be forced (pool full) */
	SGP_UNREPLAYABLE_IOMMU = 8,	/* no IOMMU in this boot, or one where there should be none */
	SGP_UNREPLAYABLE_DEVICE = 9	/* no such device */
};

#endif /* SGP_ABI_H */
