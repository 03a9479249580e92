/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of the in-kernel runner; see main.c for how they play together. */
#ifndef SGP_RUNNER_H
#define SGP_RUNNER_H

#include <linux/device.h>
#include <linux/highmem.h>
#include <linux/pci.h>
#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h> /* before 6.12 */
#endif
#include "sgp_abi.h"
#include "mailbox.h"

void sgp_event(enum sgp_event_kind kind, u64 a, u64 b, u64 c, u64 d, u64 ret); /* observe.c */
#define sgp_map_page(page) kmap_local_page(page)
#define sgp_unmap_page(memory) kunmap_local(memory)
struct sgp_page_run;
void sgp_mark_beside(const struct sgp_page_run *runs, unsigned int nruns); /* beside.c */
void sgp_look_beside(void);
#define sgp_case(value) (value)
#define sgp_object(size) NULL /* of symbolic engines */
#define sgp_object_gone(object) ((void)(object))
#define sgp_bytes_told(table, op, step) ((void)(table))
#define sgp_legal_split(holds) ((void)(holds))
#include "sgp_ops.h"

/* Whether a step towards the realised world worked; else which part cannot be replayed. */
typedef enum sgp_unreplayable sgp_reason;

/* One use of a page by a mapping: what decides whether the device reaches it. */
struct sgp_use {
	unsigned int page;
	unsigned int device;
	u64 offset;
	u64 length;
};

#define SGP_MAX_USES (SGP_MAX_OPS * SGP_MAX_NENTS)
#define SGP_MOST_BOUNCED (256ULL << 10) /* bytes: IO_TLB_SEGSIZE slots; more is refused untouched */

/* The scenario being executed, its realised world and its record. */
struct sgp_run {
	struct sgp_scenario scenario;
	struct sgp_record *record; /* in the mailbox */
	struct sgp_ctx ctx;
	struct sgp_use uses[SGP_MAX_USES];
	unsigned int nuses;
	bool device_used[SGP_MAX_DEVICES]; /* by a map, unmap or sync call */
	bool provider_used[SGP_MAX_PROVIDERS];
	u64 extent[SGP_MAX_PAGES]; /* bytes from the page's start that operations refer to */
	u64 touched[SGP_MAX_PAGES]; /* the same, that bouncing may copy */
	unsigned int islands[SGP_MAX_DEVICES];
	unsigned int provider_islands[SGP_MAX_PROVIDERS];
};

/* kallsyms.c */
int sgp_symbols_init(void);
unsigned long sgp_symbol(const char *name);

/* link_pc.c, link_um.c: the memory and the bell that the host gave the machine. */
void *sgp_shared_memory(u64 *length);
void sgp_bell(char c);

/* uses.c: what the operations do with the pages, without executing them. */
bool sgp_scenario_legal(const struct sgp_scenario *s);
void sgp_collect_uses(struct sgp_run *run);
unsigned int sgp_effective_type(const struct sgp_run *run, unsigned int device,
				unsigned int provider);
bool sgp_type_needs_other_machine(const struct sgp_run *run, unsigned int device,
				  unsigned int provider);
bool sgp_use_bounces(const struct sgp_run *run, const struct sgp_use *use);
bool sgp_use_matters(const struct sgp_run *run, const struct sgp_use *use);
bool sgp_is_map(const struct sgp_op *op);
bool sgp_uses_overlap(const struct sgp_run *run);

/* memory.c: RAM pages below and above 4 GiB. */
u64 sgp_limit_of(const struct sgp_device *d); /* the last address that the device reaches */
int sgp_memory_init(void);
bool sgp_memory_high(void);
bool sgp_own_block(u64 phys, u64 *start, u64 *end);
void sgp_some_block(u64 *start, u64 *end);
sgp_reason sgp_place_ram(struct sgp_run *run);

/* lists.c: memory for the entries of lists. */
int sgp_lists_init(void);
struct scatterlist *sgp_list_take(size_t entries);
void sgp_list_give_back(struct scatterlist *list, size_t entries);

/* providers.c: P2PDMA ranges with the bus offsets that scenarios ask for. */
int sgp_providers_init(void);
bool sgp_providers_present(void);
sgp_reason sgp_place_providers(struct sgp_run *run);
bool sgp_provider_owned(u64 phys, u64 *start, u64 *end);
bool sgp_bus_and_pool_kept(const struct sgp_run *run);
sgp_reason sgp_set_map_types(struct sgp_run *run);
bool sgp_cpu_forwards(void);

/* devices.c: clients, their masks and their bounce state. */
int sgp_devices_init(void);
unsigned int sgp_island(struct pci_dev *pdev);
struct pci_dev *sgp_client(unsigned int island, unsigned int device);
bool sgp_behind_iommu(void);
void sgp_bounce_pool(u64 *start, u64 *end);
sgp_reason sgp_pick_devices(struct sgp_run *run);
sgp_reason sgp_set_limits(struct sgp_run *run);
void sgp_release_devices(struct sgp_run *run);

/* observe.c: events of the current run. */
struct sgp_run *sgp_observed(void);
bool sgp_tracked(void);
unsigned int sgp_current_step(void);
void sgp_diagnose(enum sgp_event_kind kind, const char *file, unsigned int line,
		  unsigned long address);
void sgp_warned(const char *file, unsigned int line, unsigned long address);
void sgp_stopped(enum sgp_event_kind kind, u64 a, u64 b, const char *file, unsigned int line,
		 unsigned long address);
void sgp_observe_begin(struct sgp_run *run);
void sgp_observe_at(unsigned int step);
void sgp_observe_step(unsigned int step);
void sgp_observe_pause(void);
void sgp_observe_undo(void);
void sgp_observe_end(void);

/* probes.c, um_probes.c: BUG, WARN and oops are such. */
int sgp_probes_init(void);
/* As its post_handler it keeps a probe from being optimised to a jump, which could not change the flow. */
struct kprobe;
void sgp_keep_breakpoint(struct kprobe *probe, struct pt_regs *regs, unsigned long flags);
void sgp_clear_once(void);

/* guard.c: a BUG does not end the task. */
struct pt_regs;
int sgp_guard_init(void);
bool sgp_guarded(void (*body)(void *argument), void *argument);
bool sgp_guard_leave(struct pt_regs *regs);

/* debug_probes.c: so does what a debug kernel finds. */
#define SGP_WARN_MAY_SLEEP 1 /* b of SGP_EV_WARN */
#define SGP_WARN_LOCKED 2
int sgp_debug_probe(void);

/* references.c: so are references to devices. */
int sgp_references_probe(void);
void sgp_references_begin(void);
void sgp_references_restore(void);
void sgp_references_end(void);

/* A bounced mapping that the scenario has not undone. */
struct sgp_bounced {
	struct device *dev;
	u64 address;
	u64 phys; /* of the caller's buffer */
	u64 size;
	u64 dir;
};

/* swiotlb_probes.c: so do calls into the bounce buffers. */
const struct sgp_bounced *sgp_bounced(unsigned int *count);
void sgp_swiotlb_probe(void);
bool sgp_swiotlb_probed(void);
void sgp_swiotlb_begin(void);
bool sgp_swiotlb_refused(void);
void sgp_swiotlb_give_back(struct device *dev, u64 address, u64 size);
void sgp_swiotlb_release(void);

/* pattern.c: values that show which bytes move where. */
#define SGP_MOST_PATTERN (SGP_MOST_BOUNCED + (16ULL << 10)) /* bytes with values in one run */
int sgp_pattern_init(void);
const u8 *sgp_pattern_at(u64 phys, u64 turn);
void sgp_fill(u8 *memory, const u8 *pattern, u64 size, u8 mask);
u64 sgp_first_other(const u8 *memory, const u8 *pattern, u64 size, u8 mask);

/* bounce_bytes.c: which bytes they copy. */
int sgp_bounce_init(void);
void sgp_bounce_begin(struct sgp_run *run);
void sgp_bounce_before(struct sgp_run *run, const struct sgp_op *op);
void sgp_bounce_after(struct sgp_run *run, const struct sgp_op *op);
unsigned long sgp_slots_taken(struct device *dev);

/* bounce_limits.c: whether the largest mapping fits. */
void sgp_largest_mapping(struct sgp_run *run, const struct sgp_op *op);

/* table_probes.c, um_hooks.c: so does what tables ask the allocator for. */
int sgp_table_probe(void);
void sgp_table_begin(void); /* table_watch.c */

/* iommu_probes.c: IOVAs, what the IOMMU driver maps, and what translates afterwards. */
void sgp_iommu_probe(void);
bool sgp_iommu_probed(void);
u64 sgp_iommu_granule(struct device *dev);
bool sgp_iommu_one_group(const struct sgp_run *run);
bool sgp_iommu_observable(const struct sgp_run *run);
void sgp_iommu_begin(void);
void sgp_iommu_fresh(struct device *dev);
void sgp_iommu_device(struct device *dev);
void sgp_iommu_translations(void);
void sgp_iommu_release(void);

/* nvme.c, edu.c: what a client finds at addresses, and makes it write there. 0: done; positive: the
 * controller refused the addresses; negative: it does not work any more.
 */
struct sgp_piece {
	u64 address; /* the device's */
	u32 length;
	u32 written; /* of these, from the first on, by a device that writes */
	u64 phys; /* where it must lead */
};

#define SGP_MAX_SAMPLES 144
#define SGP_MAX_PIECES SGP_MAX_SAMPLES
#define SGP_MAX_SAMPLED (128U << 10)
#define SGP_MAX_TRANSFER (SGP_MAX_SAMPLED + PAGE_SIZE) /* whole blocks, and a rest */

int sgp_nvme_start(struct pci_dev *pdev);
bool sgp_is_nvme(const struct device *dev);
int sgp_nvme_fetch(struct device *dev, const struct sgp_piece *pieces, unsigned int n, u8 *found);
int sgp_nvme_store(struct device *dev, const struct sgp_piece *pieces, unsigned int n,
		   const u8 *bytes);

#define SGP_FEW_BYTES 128U /* of a segment, for a device that is slow */

int sgp_edu_start(struct pci_dev *pdev);
bool sgp_edu_may(const struct device *dev, unsigned int segments);
int sgp_edu_fetch(struct device *dev, const struct sgp_piece *pieces, unsigned int n, u8 *found);
int sgp_edu_store(struct device *dev, const struct sgp_piece *pieces, unsigned int n,
		  const u8 *bytes);

/* samples.c: which bytes of a list real transfers look at, and what they hold. */
struct sgp_sample {
	u64 position; /* in the list, bytes from its start */
	u64 phys;
	u64 length;
	u64 written; /* by a device that writes: it leaves the end as it is */
};

enum sgp_content { SGP_OF_CALLER, SGP_OF_DEVICE, SGP_OF_NOBODY, SGP_OF_SOMEBODY };

bool sgp_owned(u64 phys, u64 *start, u64 *end);
bool sgp_samples_begin(struct sgp_run *run, bool few);
const struct sgp_sample *sgp_samples(unsigned int *n);
unsigned int sgp_sample_entry(u64 position);
u8 *sgp_sample_at(u64 phys);
void sgp_sample_fill(u8 *memory, u64 phys, u64 length, enum sgp_content content);
u64 sgp_sample_wrong(const u8 *memory, u64 phys, u64 length, enum sgp_content content);
bool sgp_samples_overlap(void);
enum sgp_content sgp_sample_becomes(u64 phys, u64 *end);
void sgp_samples_around(void);
void sgp_samples_kept(void);

/* faults.c: what the IOMMU refuses. */
int sgp_faults_init(void);
void sgp_faults_take(void);

/* transfers.c: real DMA through the addresses of a mapped list. */
void sgp_transfers_begin(void);
void sgp_transfers_before(struct sgp_run *run, const struct sgp_op *op);
bool sgp_transfers_after(struct sgp_run *run, const struct sgp_op *op, const struct sgp_step *step);

/* seal.c: by which the host sees that a record is as it was written. */
u64 sgp_seal(const void *data, size_t size);
u64 sgp_record_seal(const struct sgp_record *record);

/* main.c */
void sgp_close_stopped(void);
bool sgp_atomic(void);

#endif /* SGP_RUNNER_H */
