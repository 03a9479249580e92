// SPDX-License-Identifier: GPL-2.0
/*
 * Real DMA through the addresses of a mapped list (real_dma): what the device finds there right
 * after the map call, and whether what it writes is seen by the CPU once the list is synchronised
 * or unmapped, byte for byte. The input list says what must be where: the bytes of the output list,
 * in order, are those of the input list.
 *
 * An address that leads to memory that is nobody's here is not used: all its bytes are wrong. Bus
 * addresses are used where the machine decodes them, that is where they are the CPU's and no IOMMU
 * is in the way.
 */
#include <linux/iommu.h>
#include "runner.h"

#define MOST_LISTS 2 /* of a scenario: a report has room for so many events only */

enum access { FETCH, STORE, BESIDE };

/* An entry of the output list. */
struct output {
	u64 position, length, address;
	bool decoded; /* the device can be sent there */
	bool bounced;
	bool lost; /* it leads to nobody's memory, or the device refused it */
};

static struct output outputs[SGP_MAX_NENTS];
static unsigned int noutputs, lists;
static bool sampled, written;
static bool few; /* the device is slow */
static struct sgp_op mapping; /* the operation that mapped */
static u8 bytes[SGP_MAX_SAMPLED];
static struct sgp_piece pieces[SGP_MAX_PIECES], written_pieces[SGP_MAX_PIECES];
static bool broken;

/* Where a device's access leads, or 0. */
static u64 leads_to(struct device *dev, u64 address)
{
	return sgp_behind_iommu() ? iommu_iova_to_phys(iommu_get_domain_for_dev(dev), address) :
				    address;
}

static bool in_pool(u64 phys)
{
	u64 start, end;

	sgp_bounce_pool(&start, &end);
	return phys >= start && phys < end;
}

/* Whether all of it is memory that a transfer may go to; what an IOMMU refuses harms nobody. */
static bool harmless(struct device *dev, u64 address, u64 length)
{
	u64 at = address, start, end, phys;

	while (at - address < length) {
		phys = leads_to(dev, at);
		if ((phys || !sgp_behind_iommu()) && !in_pool(phys) && !sgp_owned(phys, &start, &end))
			return false;
		at = round_down(at, PAGE_SIZE) + PAGE_SIZE;
	}
	return true;
}

/*
 * Whether the device can be sent to output entry k, which begins at a position of the input list:
 * everywhere but to bus addresses that nothing here decodes.
 */
static bool decoded(struct sgp_run *run, unsigned int k, u64 position)
{
	struct scatterlist *sg = sgp_entry(&run->ctx, sgp_sample_entry(position));
	const struct sgp_provider *provider;
	unsigned int i;
	u64 kind;

	for (i = 0; i < SGP_MAX_PAGES; i++)
		if (run->extent[i] && run->ctx.pages[i] == sg_page(sg))
			break;
	kind = i < SGP_MAX_PAGES ? run->scenario.world.pages[i].kind : 0;
	if (!kind)
		return !SGP_IS_BUS(sgp_entry(&run->ctx, k));
	if (sgp_effective_type(run, mapping.device, kind - 1) != SGP_TYPE_BUS_ADDR)
		return true;
	provider = &run->record->report.world.providers[kind - 1];
	return !sgp_behind_iommu() && provider->bus_start == provider->cpu_start;
}

/* The samples within an output entry; their number. */
static unsigned int gather(const struct output *out, u32 *total)
{
	unsigned int n = 0, i, nsamples;
	const struct sgp_sample *s = sgp_samples(&nsamples);

	*total = 0;
	for (i = 0; i < nsamples; i++) {
		u64 from = max(s[i].position, out->position);
		u64 end = min(s[i].position + s[i].length, out->position + out->length);
		u64 written = min(s[i].position + s[i].written, end);

		if (from >= end)
			continue;
		pieces[n++] = (struct sgp_piece){
			.address = out->address + (from - out->position),
			.length = end - from,
			.written = max(written, from) - from,
			.phys = s[i].phys + (from - s[i].position),
		};
		*total += end - from;
	}
	return n;
}

/* Whose values bytes [k, *end) of a piece must have. */
static enum sgp_content right(const struct output *out, const struct sgp_piece *piece, u32 k,
			      enum access access, u32 *end)
{
	enum sgp_content content;
	u64 to = piece->phys + piece->length;

	*end = piece->length;
	if (access == FETCH)
		return SGP_OF_CALLER;
	if (sgp_samples_overlap()) {
		content = sgp_sample_becomes(piece->phys + k, &to);
		*end = to - piece->phys;
	} else if (k < piece->written) {
		content = SGP_OF_DEVICE;
		*end = piece->written;
	} else {
		content = SGP_OF_CALLER;
	}
	/* without a copy at the map call a slot holds nothing of the caller's */
	if (content == SGP_OF_CALLER && out->bounced && (mapping.attrs & DMA_ATTR_SKIP_CPU_SYNC))
		return SGP_OF_SOMEBODY;
	return content;
}

/* The first byte from k on, up to `end`, that is not right: of memory, or of what was found. */
static u32 next_wrong(const struct output *out, const struct sgp_piece *piece, u32 k, u32 end,
		      enum sgp_content content, const u8 *found)
{
	u64 phys = piece->phys + k;

	if (out->lost)
		return k;
	if (content == SGP_OF_SOMEBODY)
		return end;
	return k + sgp_sample_wrong(found ? found + k : sgp_sample_at(phys), phys, end - k, content);
}

/* Compares the bytes of the pieces with what they must be; `found` is NULL for memory itself. */
static void judge(const struct output *out, unsigned int n, enum access access, const u8 *found)
{
	u64 wrong = 0, first = ~0ULL;
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct sgp_piece *piece = &pieces[i];
		u32 k = 0, end;

		while (k < piece->length) {
			enum sgp_content content = right(out, piece, k, access, &end);

			k = next_wrong(out, piece, k, end, content, found);
			if (k == end)
				continue;
			if (!wrong++)
				first = out->position + (piece->address - out->address) + k;
			k++;
		}
		if (found)
			found += piece->length;
	}
	sgp_event(SGP_EV_TRANSFER, out->position, out->length, access, first, wrong);
}

/* What of the pieces the device writes. */
static unsigned int to_write(unsigned int n)
{
	unsigned int i, m = 0;

	for (i = 0; i < n; i++) {
		if (!pieces[i].written)
			continue;
		written_pieces[m] = pieces[i];
		written_pieces[m++].length = pieces[i].written;
	}
	return m;
}

static bool go(struct device *dev, struct output *out, unsigned int n, enum access access)
{
	unsigned int m = access == STORE ? to_write(n) : 0, i;
	int ret;

	for (i = 0; i < n && !out->lost; i++)
		out->lost = !harmless(dev, pieces[i].address, pieces[i].length);
	if (out->lost || (access == STORE && !m))
		return true;
	if (access == FETCH)
		ret = few ? sgp_edu_fetch(dev, pieces, n, bytes) : sgp_nvme_fetch(dev, pieces, n, bytes);
	else
		ret = few ? sgp_edu_store(dev, written_pieces, m, bytes) :
			    sgp_nvme_store(dev, written_pieces, m, bytes);
	sgp_faults_take();
	out->lost = ret > 0;
	broken = ret < 0;
	return !broken;
}

static void fetch(struct device *dev)
{
	unsigned int k, n;
	u32 total;

	for (k = 0; k < noutputs; k++) {
		struct output *out = &outputs[k];

		/* without a copy at the map call a slot holds nothing of the caller's */
		if (!out->decoded || (out->bounced && (mapping.attrs & DMA_ATTR_SKIP_CPU_SYNC)))
			continue;
		n = gather(out, &total);
		if (!n)
			continue;
		if (!go(dev, out, n, FETCH))
			return;
		judge(out, n, FETCH, bytes);
	}
}

/* Bytes that the device finds before or behind an entry, in the same page; none is anybody's. */
static bool beside(struct device *dev, u64 address, u32 length, u64 *visible, u64 *wrong)
{
	struct sgp_piece piece = { .address = address, .length = length };
	u32 k;

	if (!length)
		return true;
	broken = sgp_nvme_fetch(dev, &piece, 1, bytes) < 0;
	sgp_faults_take();
	for (k = 0; k < length; k++)
		*wrong += bytes[k] != 0;
	*visible += length;
	return !broken;
}

/* An untrusted device sees whole pages of its slots: what is beside the segment must be cleared. */
static void paddings(struct device *dev)
{
	unsigned int k;

	for (k = 0; k < noutputs; k++) {
		const struct output *out = &outputs[k];
		u64 end = out->address + out->length, visible = 0, wrong = 0;

		if (!out->bounced)
			continue;
		if (!beside(dev, round_down(out->address, PAGE_SIZE), offset_in_page(out->address), &visible,
			    &wrong) ||
		    !beside(dev, end, round_up(end, PAGE_SIZE) - end, &visible, &wrong))
			return;
		if (visible)
			sgp_event(SGP_EV_TRANSFER, out->position, visible, BESIDE, wrong ? 0 : ~0ULL, wrong);
	}
}

static void store(struct device *dev)
{
	unsigned int k, n, i;
	u32 total;

	for (k = 0; k < noutputs; k++) {
		u8 *next = bytes;

		n = outputs[k].decoded ? gather(&outputs[k], &total) : 0;
		if (!n)
			continue;
		for (i = 0; i < n; next += pieces[i++].written)
			sgp_sample_fill(next, pieces[i].phys, pieces[i].written, SGP_OF_DEVICE);
		if (!go(dev, &outputs[k], n, STORE))
			return;
	}
	written = true;
}

static bool maps(const struct sgp_op *op)
{
	return op->code == SGP_OP_MAP_SG || op->code == SGP_OP_MAP_SGTABLE;
}

void sgp_transfers_begin(void)
{
	sampled = written = broken = false;
	lists = 0;
}

/* Before an operation: a list that is about to be mapped gets its bytes. */
void sgp_transfers_before(struct sgp_run *run, const struct sgp_op *op)
{
	if (!maps(op) || broken)
		return;
	written = false;
	few = !sgp_is_nvme(run->ctx.devices[op->device]);
	sampled = lists < MOST_LISTS &&
		  (!few || sgp_edu_may(run->ctx.devices[op->device], run->ctx.nents)) &&
		  sgp_samples_begin(run, few);
}

static void mapped(struct sgp_run *run, const struct sgp_op *op, const struct sgp_step *step)
{
	struct device *dev = run->ctx.devices[op->device];
	unsigned int k, n = op->code == SGP_OP_MAP_SG ? step->ret : step->out_nents;
	u64 position = 0;

	mapping = *op;
	noutputs = min_t(unsigned int, n, run->ctx.nents);
	for (k = 0; k < noutputs; k++) {
		struct scatterlist *sg = sgp_entry(&run->ctx, k);

		outputs[k] = (struct output){
			.position = position,
			.length = sg_dma_len(sg),
			.address = sg_dma_address(sg),
			.decoded = decoded(run, k, position),
			.bounced = in_pool(leads_to(dev, sg_dma_address(sg))),
		};
		position += outputs[k].length;
	}
	lists++;
	if (op->dir != DMA_FROM_DEVICE)
		fetch(dev);
	if (op->dir != DMA_FROM_DEVICE && sgp_behind_iommu() && !few && !broken)
		paddings(dev);
	if (op->dir != DMA_TO_DEVICE && !broken)
		store(dev);
}

/* What the device has written is the CPU's again. */
static void handed_back(const struct sgp_op *op)
{
	bool skipped = op->code == SGP_OP_UNMAP && (op->attrs & DMA_ATTR_SKIP_CPU_SYNC);
	unsigned int k, n;
	u32 total;

	for (k = 0; written && k < noutputs; k++) {
		const struct output *out = &outputs[k];

		n = out->decoded && !(skipped && out->bounced) ? gather(out, &total) : 0;
		if (n)
			judge(out, n, STORE, NULL);
	}
	written = false;
	sgp_samples_around();
}

/* After an operation that returned. False: the controller does not answer any more. */
bool sgp_transfers_after(struct sgp_run *run, const struct sgp_op *op, const struct sgp_step *step)
{
	bool same = op->device == mapping.device && op->dir == mapping.dir;

	if (!sampled || broken)
		return !broken;
	switch (op->code) {
	case SGP_OP_MAP_SG:
	case SGP_OP_MAP_SGTABLE:
		if (run->ctx.mapped) {
			mapped(run, op, step);
		} else {
			sgp_samples_kept();
			sampled = false;
		}
		break;
	case SGP_OP_UNMAP:
		if (same)
			handed_back(op);
		sampled = false;
		break;
	case SGP_OP_SYNC_CPU:
		if (same)
			handed_back(op);
		break;
	case SGP_OP_SYNC_DEVICE: /* gives the device what the CPU has: ours is overwritten */
	case SGP_OP_SYNC_PART_CPU:
	case SGP_OP_SYNC_PART_DEVICE:
		written = false;
		break;
	}
	return !broken;
}
