// SPDX-License-Identifier: GPL-2.0
/*
 * Which bytes the bounce buffers copy. Before each operation on a bounced list the caller's buffers
 * and their slots are filled, every byte of a slot with the complement of the byte that belongs
 * there, and with other values for each operation. What has changed afterwards was copied, from the
 * other side if it has the other side's value. What lies around buffers and slots must not change.
 *
 * Events of it, for each bounced mapping of the list:
 *   SGP_EV_BYTES   a=slot b=bytes copied c=enum copied d=the first of them, counted in the mapping
 *   SGP_EV_MEMORY  a=phys of the first byte that changed and is not of the mapping b=how many such
 * and once after an unmap or a failed map:
 *   SGP_EV_BYTES   a=0 ret=slots that are taken and were not before the scenario
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/swiotlb.h>
#include <linux/vmalloc.h>
#include "runner.h"

#ifdef CONFIG_SWIOTLB
#include "swiotlb_offsets.h"

#define AROUND 4096ULL /* bytes on each side of a buffer and of its slots that are watched */
#define MOST_NEAR (SGP_MOST_BOUNCED + 2 * IO_TLB_SIZE + 2 * AROUND)
#define COMPLEMENT 0xff
#define EACH (~0UL / 0xff) /* times a byte: that byte in each place of a word */
static_assert(MOST_NEAR <= SGP_MOST_PATTERN);

enum copied { NOTHING = 0, TO_BUFFER = 1, TO_SLOT = 2, OTHER = 3 };

struct span {
	u64 first, end; /* physical */
};

struct watched {
	u64 slot; /* 0: not mapped yet */
	struct span buffer, slots; /* of the mapping alone */
	struct span near_buffer; /* with what is watched around it, all of it ours */
	struct span own, near_slots; /* slots as they are handed out; with what is watched around */
	u8 *before; /* near_slots as they were; MOST_NEAR bytes, kept from list to list */
	bool shared; /* another buffer of the list overlaps: who copied what is not seen */
};

static struct watched watched[SGP_MAX_NENTS];
static unsigned int nwatched;
static bool active;
static u32 turn; /* other values for each operation */
static unsigned long taken_before;

/* What buffers hold in this turn, from this byte on. */
static const u8 *belongs(u64 phys)
{
	return sgp_pattern_at(phys, turn);
}

static u8 *bytes_at(u64 phys)
{
	return phys_to_virt(phys);
}

static u64 size_of(const struct span *s)
{
	return s->end - s->first;
}

static bool within(const struct span *s, u64 at)
{
	return at >= s->first && at < s->end;
}

#if SGP_HAS_IO_TLB_POOL
#define SGP_POOL(mem) (&(mem)->defpool)
#else
#define SGP_POOL(mem) (mem)
#endif

/* Slots of the device's pool that are taken. */
unsigned long sgp_slots_taken(struct device *dev)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < SGP_POOL(dev->dma_io_tlb_mem)->nareas; i++)
		sum += *(unsigned long *)((char *)SGP_POOL(dev->dma_io_tlb_mem)->areas +
					  i * SGP_SIZEOF_AREA + SGP_AREA_USED);
	return sum;
}

static void watch(u64 buffer, u64 size, u64 slot)
{
	struct watched *w = &watched[nwatched];
	u64 start, end;

	if (nwatched == ARRAY_SIZE(watched) || !size || size > SGP_MOST_BOUNCED ||
	    !sgp_own_block(buffer, &start, &end) || end - buffer < size)
		return;
	*w = (struct watched){ .slot = slot,
			       .buffer = { buffer, buffer + size },
			       .before = w->before };
	w->near_buffer.first = max(start, buffer - min(buffer, AROUND));
	w->near_buffer.end = min(end, buffer + size + AROUND);
	nwatched++;
	if (!slot)
		return;
	sgp_bounce_pool(&start, &end);
	w->slots = (struct span){ slot, slot + size };
	w->own.first = round_down(slot, IO_TLB_SIZE);
	w->own.end = round_up(slot + size, IO_TLB_SIZE);
	w->near_slots.first = max(start, w->own.first - AROUND);
	w->near_slots.end = min(end, w->own.end + AROUND);
}

/* The entries of the list that the map call will bounce, in a kernel that is right. */
static void watch_entries(struct sgp_run *run, const struct sgp_op *op)
{
	unsigned int i, page;

	for (i = 0; i < run->ctx.nents; i++) {
		struct scatterlist *sg = sgp_entry(&run->ctx, i);
		struct sgp_use use = { .device = op->device };

		if (sg_is_chain(sg))
			continue;
		for (page = 0; page < SGP_MAX_PAGES; page++)
			if (run->extent[page] && run->ctx.pages[page] == sg_page(sg))
				break;
		if (page == SGP_MAX_PAGES)
			continue;
		use.page = page;
		use.offset = sg->offset;
		use.length = sg->length;
		if (sgp_use_bounces(run, &use))
			watch(sg_phys(sg), sg->length, 0);
	}
}

static void watch_mapped(void)
{
	const struct sgp_bounced *all;
	unsigned int n, i, k;

	all = sgp_bounced(&n);
	for (i = 0; i < n && n <= SGP_MAX_NENTS; i++)
		watch(all[i].phys, all[i].size, all[i].address);
	for (i = 0; i < nwatched; i++)
		for (k = 0; k < nwatched; k++)
			if (i != k && watched[i].buffer.first < watched[k].buffer.end &&
			    watched[k].buffer.first < watched[i].buffer.end)
				watched[i].shared = true;
}

static void fill(struct watched *w)
{
	sgp_fill(bytes_at(w->near_buffer.first), belongs(w->near_buffer.first),
		 size_of(&w->near_buffer), 0);
	if (w->slot) /* also around the mapping, where nothing belongs */
		sgp_fill(bytes_at(w->own.first),
			 belongs(w->buffer.first - (w->slots.first - w->own.first)),
			 size_of(&w->own), COMPLEMENT);
}

static void remember(struct watched *w)
{
	if (w->slot)
		sgp_fill(w->before, bytes_at(w->near_slots.first), size_of(&w->near_slots), 0);
}

static bool is_map(const struct sgp_op *op)
{
	return op->code == SGP_OP_MAP_SG || op->code == SGP_OP_MAP_SGTABLE;
}

static bool concerns_mapping(const struct sgp_op *op)
{
	return is_map(op) || op->code == SGP_OP_UNMAP || op->code == SGP_OP_SYNC_CPU ||
	       op->code == SGP_OP_SYNC_DEVICE || op->code == SGP_OP_SYNC_PART_CPU ||
	       op->code == SGP_OP_SYNC_PART_DEVICE;
}

int sgp_bounce_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(watched); i++) {
		watched[i].before = vmalloc(MOST_NEAR);
		if (!watched[i].before)
			return -ENOMEM;
	}
	return 0;
}

void sgp_bounce_begin(struct sgp_run *run)
{
	unsigned int d;

	taken_before = 0;
	for (d = 0; d < SGP_MAX_DEVICES; d++)
		if (run->ctx.devices[d] && run->ctx.devices[d]->dma_io_tlb_mem)
			taken_before = sgp_slots_taken(run->ctx.devices[d]);
}

void sgp_bounce_before(struct sgp_run *run, const struct sgp_op *op)
{
	struct device *dev = run->ctx.devices[op->device];
	unsigned int i;

	active = !run->scenario.world.iommu && sgp_swiotlb_probed() && concerns_mapping(op) && dev &&
		 dev->dma_io_tlb_mem;
	nwatched = 0;
	if (!active)
		return;
	turn++;
	if (is_map(op)) {
		sgp_largest_mapping(run, op);
		watch_entries(run, op);
	} else {
		watch_mapped();
	}
	for (i = 0; i < nwatched; i++)
		fill(&watched[i]);
	for (i = 0; i < nwatched; i++)
		remember(&watched[i]);
}

/*
 * Up to where a sync or unmap may change bytes from this one on, which is 0 if it may not change
 * this one: any buffer, and the mapping's own slots; other mappings say themselves what changed in
 * theirs. A map call changes no buffer.
 */
static u64 may_change_until(const struct watched *w, u64 at, bool in_pool)
{
	unsigned int k;

	for (k = 0; k < nwatched; k++) {
		const struct span *s = !in_pool		? &watched[k].buffer :
				       &watched[k] == w ? &w->slots :
							  &watched[k].own;

		if (watched[k].slot && within(s, at))
			return s->end;
	}
	return 0;
}

static void report_outside(const struct watched *w, const struct span *s, const u8 *before,
			   bool in_pool)
{
	u64 at = s->first, first = 0, count = 0, until;

	for (;;) {
		at += sgp_first_other(bytes_at(at), before + (at - s->first), s->end - at, 0);
		if (at == s->end)
			break;
		until = may_change_until(w, at, in_pool);
		if (!until && !count++)
			first = at;
		at = until ? min(until, s->end) : at + 1;
	}
	if (count)
		sgp_event(SGP_EV_MEMORY, first, count, 0, 0, 0);
}

/* What the bytes of a word say, if all say the same; else OTHER. */
static enum copied copied_here(unsigned long right, unsigned long buffer, unsigned long slot)
{
	if (slot == ~right)
		return buffer == right ? NOTHING : buffer == ~right ? TO_BUFFER : OTHER;
	return slot == right && buffer == right ? TO_SLOT : OTHER;
}

static void report_copied(const struct watched *w)
{
	const u8 *right = belongs(w->buffer.first), *buffer = bytes_at(w->buffer.first);
	const u8 *slot = bytes_at(w->slots.first);
	u64 size = size_of(&w->buffer), at, first = size, last = 0, count = 0;
	enum copied copied = NOTHING;
	unsigned int bytes;

	for (at = 0; at < size; at += bytes) {
		enum copied here = OTHER;

		bytes = sizeof(unsigned long);
		if (at + bytes <= size)
			here = copied_here(get_unaligned((const unsigned long *)(right + at)),
					   get_unaligned((const unsigned long *)(buffer + at)),
					   get_unaligned((const unsigned long *)(slot + at)));
		if (here == OTHER) {
			bytes = 1;
			here = copied_here(right[at] * EACH, buffer[at] * EACH, slot[at] * EACH);
		}
		if (here == NOTHING)
			continue;
		copied = copied == NOTHING || copied == here ? here : OTHER;
		first = min(first, at);
		last = at + bytes - 1;
		count += bytes;
	}
	if (count && last - first + 1 != count)
		copied = OTHER; /* with holes */
	sgp_event(SGP_EV_BYTES, w->slot, count, copied, count ? first : 0, 0);
}

/* A map call copies the whole buffer into a slot, of which nobody knows what it held before. */
static void report_mapped(const struct watched *w)
{
	const struct sgp_bounced *all;
	unsigned int n, i;

	all = sgp_bounced(&n);
	for (i = 0; i < n; i++) {
		if (all[i].phys != w->buffer.first || all[i].size != size_of(&w->buffer))
			continue;
		sgp_event(SGP_EV_BYTES, all[i].address,
			  sgp_first_other(bytes_at(all[i].address), belongs(all[i].phys),
					  all[i].size, 0),
			  TO_SLOT, 0, 0);
	}
}

void sgp_bounce_after(struct sgp_run *run, const struct sgp_op *op)
{
	struct device *dev = run->ctx.devices[op->device];
	unsigned int i, k;

	if (!active)
		return;
	active = false;
	for (i = 0; i < nwatched; i++) {
		struct watched *w = &watched[i];

		report_outside(w, &w->near_buffer, belongs(w->near_buffer.first), false);
		if (w->slot)
			report_outside(w, &w->near_slots, w->before, true);
		if (w->slot && !w->shared)
			report_copied(w);
		/* two entries with one buffer have the same two slots */
		for (k = 0; k < i; k++)
			if (watched[k].buffer.first == w->buffer.first &&
			    watched[k].buffer.end == w->buffer.end)
				break;
		if (is_map(op) && k == i)
			report_mapped(w);
	}
	if (op->code == SGP_OP_UNMAP || (is_map(op) && !run->ctx.mapped))
		sgp_event(SGP_EV_BYTES, 0, 0, NOTHING, 0, sgp_slots_taken(dev) - taken_before);
}
#else
int sgp_bounce_init(void)
{
	return 0;
}

void sgp_bounce_begin(struct sgp_run *run)
{
}

void sgp_bounce_before(struct sgp_run *run, const struct sgp_op *op)
{
}

void sgp_bounce_after(struct sgp_run *run, const struct sgp_op *op)
{
}
#endif /* CONFIG_SWIOTLB */
