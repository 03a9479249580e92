// SPDX-License-Identifier: GPL-2.0
/*
 * What the IOMMU core does for a list, as events: addresses (IOVAs) taken and given back, what the
 * driver is told to map and unmap, flushes; and after each operation what translates, in all ranges
 * that were handed out since the run began. A scenario's failures are made here: an allocation that
 * finds no address, a driver that cannot map, or does a part of what it is asked for.
 */
#include <linux/iommu.h>
#include <linux/iova.h>
#include <linux/kprobes.h>
#include <linux/version.h>
#include "runner.h"

#if defined(CONFIG_IOMMU_DMA) && defined(CONFIG_64BIT)
#define SGP_MAX_IOVAS 16
#define MOST_BYTES (8ULL << 20) /* of a list: every page of it is looked up after each step */

/* A range that was handed out; `live` until it is given back. */
struct iova_range {
	struct iova_domain *space;
	struct iommu_domain *domain;
	u64 start, size;
	bool live;
};

static struct iova_range handed_out[SGP_MAX_IOVAS];
static unsigned int nranges;
static unsigned int step_maps;   /* calls of map_pages in this step */
static unsigned int step_unmaps; /* and of unmap_pages */
static unsigned int probed_step;
static struct iommu_domain *list_domain; /* of the device that maps */
static struct device *list_device;
static bool probed;

#define ARG(regs, type, n) ((type)regs_get_kernel_argument(regs, n))

static unsigned int this_step(void)
{
	return sgp_current_step();
}

/* Remembers a range; one that covers an older one, given back meanwhile, takes its place. */
static void keep(struct iova_range range)
{
	unsigned int i;

	for (i = 0; i < nranges; i++) {
		const struct iova_range *old = &handed_out[i];

		if (!old->live && old->domain == range.domain && old->start >= range.start &&
		    old->start + old->size <= range.start + range.size)
			break;
	}
	if (i == SGP_MAX_IOVAS)
		return;
	handed_out[i] = range;
	nranges = max(nranges, i + 1);
}

struct alloc_call {
	struct iova_domain *space;
	u64 pages, limit;
};

static int alloc_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct alloc_call *call = (void *)instance->data;

	if (!sgp_observed())
		return 1;
	*call = (struct alloc_call){ ARG(regs, struct iova_domain *, 0), ARG(regs, u64, 1),
				     ARG(regs, u64, 2) };
	return 0;
}

static int alloc_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct alloc_call *call = (void *)instance->data;
	unsigned long shift = iova_shift(call->space);
	u64 start = (u64)regs_return_value(regs) << shift, size = call->pages << shift;

	if (!sgp_observed())
		return 0;
	sgp_event(SGP_EV_IOVA_ALLOC, size, ((call->limit + 1) << shift) - 1, 0, 0, start);
	if (start)
		keep((struct iova_range){ call->space, list_domain, start, size, true });
	return 0;
}

/* As if the function had returned. */
static void skip_call(struct pt_regs *regs)
{
	regs->ip = *(unsigned long *)regs->sp;
	regs->sp += sizeof(unsigned long);
}

/* Entered before alloc_entry. */
static int alloc_choice(struct kprobe *probe, struct pt_regs *regs)
{
	struct sgp_run *run = sgp_observed();
	struct iova_domain *space = ARG(regs, struct iova_domain *, 0);
	unsigned long shift;

	if (!run || run->scenario.world.iova_fails_in != this_step() + 1)
		return 0;
	shift = iova_shift(space);
	sgp_event(SGP_EV_IOVA_ALLOC, ARG(regs, u64, 1) << shift,
		  ((ARG(regs, u64, 2) + 1) << shift) - 1, 0, 0, 0);
	regs->ax = 0;
	skip_call(regs);
	return 1;
}

/*
 * What was not taken as it is given back is not given back: else the same addresses would be handed
 * out twice, and later scenarios would suffer.
 */
static int free_entry(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned long shift = iova_shift(ARG(regs, struct iova_domain *, 0));
	u64 start = ARG(regs, u64, 1) << shift, size = ARG(regs, u64, 2) << shift;
	unsigned int i;

	if (!sgp_tracked())
		return 0;
	if (sgp_observed())
		sgp_event(SGP_EV_IOVA_FREE, start, size, 0, 0, 0);
	for (i = 0; i < nranges; i++)
		if (handed_out[i].live && handed_out[i].start == start && handed_out[i].size == size) {
			handed_out[i].live = false;
			return 0;
		}
	if (nranges == SGP_MAX_IOVAS)
		return 0; /* it may be one that there was no room for */
	skip_call(regs);
	return 1;
}

/* Whether the driver is called for another domain than that of the operation's device. */
static u64 other_domain(struct pt_regs *regs)
{
	return ARG(regs, struct iommu_domain *, 0) != list_domain ? SGP_IOMMU_OTHER_DOMAIN : 0;
}

struct pages_call {
	u64 iova, phys, size, flags;
	size_t *mapped;
	bool fails;
};

/*
 * A call that the driver is to do a part of: what the core asked for, kept from the probe that
 * lowers the number of pages (entered first) to the one that sees the call.
 */
static struct {
	u64 size; /* 0: none */
	bool fails;
} part_call;

static u64 size_asked(u64 size)
{
	u64 asked = part_call.size ?: size;

	part_call.size = 0;
	return asked;
}

static void begin_step(void)
{
	if (probed_step == this_step())
		return;
	probed_step = this_step();
	step_maps = step_unmaps = 0;
}

/* int map_pages(domain, iova, paddr, pgsize, pgcount, prot, gfp, size_t *mapped) */
static int map_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct pages_call *call = (void *)instance->data;

	if (!sgp_observed())
		return 1;
	call->fails = part_call.size && part_call.fails;
	*call = (struct pages_call){ ARG(regs, u64, 1), ARG(regs, u64, 2),
				     size_asked(ARG(regs, u64, 3) * ARG(regs, u64, 4)),
				     ARG(regs, u32, 5) | other_domain(regs),
				     (size_t *)regs_get_kernel_stack_nth(regs, 2), call->fails };
	return 0;
}

static int map_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct pages_call *call = (void *)instance->data;

	if (!sgp_observed())
		return 0;
	if (call->fails)
		regs->ax = (unsigned long)-ENOMEM;
	sgp_event(SGP_EV_IOMMU_MAP, call->iova, call->phys, call->size,
		  call->flags | ((int)regs_return_value(regs) ? SGP_IOMMU_ERROR : 0),
		  *call->mapped);
	return 0;
}

static int map_choice(struct kprobe *probe, struct pt_regs *regs)
{
	struct sgp_run *run = sgp_observed();
	const struct sgp_world *w;
	u64 part;

	if (!run)
		return 0;
	begin_step();
	w = &run->scenario.world;
	if (w->iommu_fails_in != this_step() + 1 || w->iommu_fails_at != step_maps++)
		return 0;
	part = w->iommu_part_ok ? max(w->iommu_part, 1ULL) : w->iommu_part;
	if (part) {
		part_call.size = ARG(regs, u64, 3) * ARG(regs, u64, 4);
		part_call.fails = !w->iommu_part_ok;
		regs->r8 = min_t(u64, regs->r8, part); /* pgcount */
		return 0;
	}
	sgp_event(SGP_EV_IOMMU_MAP, ARG(regs, u64, 1), ARG(regs, u64, 2),
		  ARG(regs, u64, 3) * ARG(regs, u64, 4),
		  ARG(regs, u32, 5) | SGP_IOMMU_ERROR | other_domain(regs), 0);
	regs->ax = (unsigned long)-ENOMEM;
	skip_call(regs);
	return 1;
}

/* size_t unmap_pages(domain, iova, pgsize, pgcount, gather) */
static int unmap_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct pages_call *call = (void *)instance->data;

	if (!sgp_observed())
		return 1;
	*call = (struct pages_call){ ARG(regs, u64, 1), 0,
				     size_asked(ARG(regs, u64, 2) * ARG(regs, u64, 3)),
				     other_domain(regs), NULL, false };
	return 0;
}

static int unmap_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct pages_call *call = (void *)instance->data;

	if (sgp_observed())
		sgp_event(SGP_EV_IOMMU_UNMAP, call->iova, call->size, 0, call->flags,
			  regs_return_value(regs));
	return 0;
}

static int unmap_choice(struct kprobe *probe, struct pt_regs *regs)
{
	struct sgp_run *run = sgp_observed();

	if (!run)
		return 0;
	begin_step();
	if (step_unmaps++ || !run->scenario.world.iommu_unmaps_part)
		return 0;
	part_call.size = ARG(regs, u64, 2) * ARG(regs, u64, 3);
	regs->cx = min_t(u64, regs->cx, run->scenario.world.iommu_unmaps_part); /* pgcount */
	return 0;
}

static int flush_entry(struct kprobe *probe, struct pt_regs *regs)
{
	if (sgp_observed())
		sgp_event(SGP_EV_IOMMU_FLUSH, 0, 0, 0, 0, 0);
	return 0;
}

static struct kretprobe alloc_probe = {
	.kp.symbol_name = "alloc_iova_fast",
	.entry_handler = alloc_entry,
	.handler = alloc_return,
	.data_size = sizeof(struct alloc_call),
	.maxactive = 4,
};
static struct kretprobe map_probe = {
	.entry_handler = map_entry,
	.handler = map_return,
	.data_size = sizeof(struct pages_call),
	.maxactive = 4,
};
static struct kretprobe unmap_probe = {
	.entry_handler = unmap_entry,
	.handler = unmap_return,
	.data_size = sizeof(struct pages_call),
	.maxactive = 4,
};
static struct kprobe alloc_choice_probe = {
	.symbol_name = "alloc_iova_fast",
	.pre_handler = alloc_choice,
	.post_handler = sgp_keep_breakpoint,
};
static struct kprobe map_choice_probe = {
	.pre_handler = map_choice,
	.post_handler = sgp_keep_breakpoint,
};
static struct kprobe unmap_choice_probe = {
	.pre_handler = unmap_choice,
	.post_handler = sgp_keep_breakpoint,
};
static struct kprobe free_probe = {
	.symbol_name = "free_iova_fast",
	.pre_handler = free_entry,
	.post_handler = sgp_keep_breakpoint,
};
static struct kprobe sync_probe = { .pre_handler = flush_entry };
static struct kprobe flush_probe = { .pre_handler = flush_entry };

/* All or nothing, as for the bounce buffers: half of the events would look like a defect. */
/*
 * How many entries dma_unmap_sg_attrs() is asked to undo: it must be those that the map call was
 * given, not those that it made of them (Documentation/core-api/dma-api.rst).
 */
static int unmap_call_entry(struct kprobe *probe, struct pt_regs *regs)
{
	if (sgp_observed())
		sgp_event(SGP_EV_VISIT, 0, 0, 0, 0, (u32)regs_get_kernel_argument(regs, 2));
	return 0;
}

static struct kprobe unmap_call_probe = { .symbol_name = "dma_unmap_sg_attrs",
					  .pre_handler = unmap_call_entry };

void sgp_iommu_probe(void)
{
	struct pci_dev *client = sgp_client(0, 0);
	struct iommu_domain *domain = client ? iommu_get_domain_for_dev(&client->dev) : NULL;

	if (!domain || !sgp_behind_iommu())
		return;
	map_probe.kp.addr = map_choice_probe.addr = (kprobe_opcode_t *)domain->ops->map_pages;
	unmap_probe.kp.addr = unmap_choice_probe.addr =
		(kprobe_opcode_t *)domain->ops->unmap_pages;
	sync_probe.addr = (kprobe_opcode_t *)domain->ops->iotlb_sync;
	flush_probe.addr = (kprobe_opcode_t *)domain->ops->flush_iotlb_all;
	if (!map_probe.kp.addr || !unmap_probe.kp.addr || !sync_probe.addr || !flush_probe.addr)
		return;
	if (register_kretprobe(&alloc_probe) || register_kprobe(&alloc_choice_probe) ||
	    register_kretprobe(&map_probe) || register_kprobe(&map_choice_probe) ||
	    register_kretprobe(&unmap_probe) || register_kprobe(&unmap_choice_probe) ||
	    register_kprobe(&free_probe) ||
	    register_kprobe(&sync_probe) || register_kprobe(&flush_probe) ||
	    register_kprobe(&unmap_call_probe))
		return;
	probed = true;
}

bool sgp_iommu_probed(void)
{
	return probed;
}

u64 sgp_iommu_granule(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain ? 1ULL << __ffs(domain->pgsize_bitmap) : 0;
}

/* Whether the devices of the scenario are in one domain. */
bool sgp_iommu_one_group(const struct sgp_run *run)
{
	struct device *const *devices = run->ctx.devices;

	return devices[0] && devices[1] &&
	       iommu_get_domain_for_dev(devices[0]) == iommu_get_domain_for_dev(devices[1]);
}

/* Whether lists of this size can be observed to the last page. */
bool sgp_iommu_observable(const struct sgp_run *run)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < run->nuses; i++)
		bytes += run->uses[i].length;
	return bytes <= MOST_BYTES;
}

void sgp_iommu_begin(void)
{
	nranges = 0;
	step_maps = step_unmaps = 0;
	part_call.size = 0;
	probed_step = ~0U;
}

/* A PCI device that once had no address below 4 GiB asks for none from then on: here it does. */
void sgp_iommu_fresh(struct device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	if (dev && dev->iommu)
		dev->iommu->pci_32bit_workaround = dev_is_pci(dev);
#endif
}

/* The domain to which the next operation belongs. */
void sgp_iommu_device(struct device *dev)
{
	list_device = dev;
	list_domain = dev ? iommu_get_domain_for_dev(dev) : NULL;
}

/* One event for each run of pages that are adjacent on both sides. */
void sgp_iommu_translations(void)
{
	unsigned int i;

	for (i = 0; i < nranges; i++) {
		const struct iova_range *r = &handed_out[i];
		u64 at, iova = 0, phys = 0, size = 0;

		for (at = r->start; at < r->start + r->size; at += PAGE_SIZE) {
			u64 to = iommu_iova_to_phys(r->domain, at);

			if (size && to && to == phys + size) {
				size += PAGE_SIZE;
				continue;
			}
			if (size)
				sgp_event(SGP_EV_TRANSLATES, iova, phys, size, 0, 0);
			iova = at;
			phys = to;
			size = to ? PAGE_SIZE : 0;
		}
		if (size)
			sgp_event(SGP_EV_TRANSLATES, iova, phys, size, 0, 0);
	}
}

/* The slots of bounce buffers that a range leads to. */
static void release_slots(const struct iova_range *r)
{
	u64 phys = iommu_iova_to_phys(r->domain, r->start), start, end;

	sgp_bounce_pool(&start, &end);
	if (phys >= start && phys < end)
		sgp_swiotlb_give_back(list_device, phys, r->size);
}

/* What still translates in a range, which may have holes: iommu_unmap() would stop at the first. */
static void unmap_rest(const struct iova_range *r)
{
	u64 at;

	for (at = r->start; at < r->start + r->size; at += PAGE_SIZE)
		if (iommu_iova_to_phys(r->domain, at))
			iommu_unmap(r->domain, at, PAGE_SIZE);
}

/* Gives back what the run left behind, so that the next one finds the machine as it was. */
void sgp_iommu_release(void)
{
	unsigned int i;

	for (i = 0; i < nranges; i++) {
		const struct iova_range *r = &handed_out[i];

		if (!r->live)
			continue;
		release_slots(r);
		unmap_rest(r);
		free_iova_fast(r->space, r->start >> iova_shift(r->space),
			       r->size >> iova_shift(r->space));
	}
	nranges = 0;
}
#else
void sgp_iommu_probe(void)
{
}

bool sgp_iommu_probed(void)
{
	return false;
}

u64 sgp_iommu_granule(struct device *dev)
{
	return 0;
}

bool sgp_iommu_one_group(const struct sgp_run *run)
{
	return false;
}

bool sgp_iommu_observable(const struct sgp_run *run)
{
	return false;
}

void sgp_iommu_begin(void)
{
}

void sgp_iommu_fresh(struct device *dev)
{
}

void sgp_iommu_device(struct device *dev)
{
}

void sgp_iommu_translations(void)
{
}

void sgp_iommu_release(void)
{
}
#endif
