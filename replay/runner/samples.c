// SPDX-License-Identifier: GPL-2.0
/*
 * The bytes of a list that a real transfer looks at, and what they hold. Short segments are looked at
 * in full, of long ones the beginning, the end and the surroundings of page boundaries; only memory
 * of our own is ever touched. A value follows from the physical address of its byte, so a page may
 * be in the list several times, and a byte from elsewhere is noticed. Beside the segments lie bytes
 * that nothing may change. A device that writes leaves the end of each sample out: what it does not
 * write stays the caller's.
 */
#include <linux/mm.h>
#include "runner.h"

#define WHOLE (16ULL << 10) /* a segment up to this length is looked at in full */
#define ENDS PAGE_SIZE
#define NEAR 32ULL	    /* bytes on each side of a page boundary */
#define BOUNDARIES 16
#define MARGIN 256ULL	    /* bytes before and behind a segment */
#define LEFT_OUT(bytes) ((bytes) < 64 ? 0 : (bytes) / 8)
#define MOST_PER_SEGMENT (2 + BOUNDARIES)
static_assert(SGP_MAX_NENTS * MOST_PER_SEGMENT <= SGP_MAX_SAMPLES);
static_assert(2 * ENDS + BOUNDARIES * 2 * NEAR <= WHOLE);
static_assert(SGP_MAX_NENTS * WHOLE <= SGP_MAX_SAMPLED);

struct segment {
	u64 phys, length;
};

static struct segment segments[SGP_MAX_NENTS];
static unsigned int nsegments;
static bool overlap; /* some memory is in several segments */
static struct sgp_sample samples[SGP_MAX_SAMPLES];
static unsigned int nsamples;
static u64 list_turn; /* what earlier lists left behind is no right value */
/* No byte can be taken for another one's. */
static const u8 apart[] = { [SGP_OF_CALLER] = 0, [SGP_OF_DEVICE] = 0x5a, [SGP_OF_NOBODY] = 0xa5 };

/* Gives memory of ours, or a copy of it, the values that bytes from `phys` on have. */
void sgp_sample_fill(u8 *memory, u64 phys, u64 length, enum sgp_content content)
{
	sgp_fill(memory, sgp_pattern_at(phys, list_turn), length, apart[content]);
}

/* Index of the first byte that has not its value, `length` if all have. */
u64 sgp_sample_wrong(const u8 *memory, u64 phys, u64 length, enum sgp_content content)
{
	return sgp_first_other(memory, sgp_pattern_at(phys, list_turn), length, apart[content]);
}

/* The memory of our own around an address: RAM of ours, or a range of a provider. */
bool sgp_owned(u64 phys, u64 *start, u64 *end)
{
	return sgp_own_block(phys, start, end) || sgp_provider_owned(phys, start, end);
}

u8 *sgp_sample_at(u64 phys)
{
	return phys_to_virt(phys);
}

/* Bytes [from, end) of a segment that begins at `position` in the list. */
static void add(const struct segment *seg, u64 position, u64 *done, u64 from, u64 end)
{
	from = max(from, *done);
	if (from >= end)
		return;
	samples[nsamples++] = (struct sgp_sample){ position + from, seg->phys + from, end - from,
						    end - from - LEFT_OUT(end - from) };
	*done = end;
}

static void choose(const struct segment *seg, u64 position, bool few)
{
	u64 start, end, length, done = 0, boundary;
	unsigned int i;

	if (!sgp_owned(seg->phys, &start, &end))
		return;
	length = min(seg->length, end - seg->phys);
	if (few)
		length = min_t(u64, length, SGP_FEW_BYTES);
	if (length <= WHOLE) {
		add(seg, position, &done, 0, length);
		return;
	}
	add(seg, position, &done, 0, ENDS);
	boundary = round_up(seg->phys + 1, PAGE_SIZE) - seg->phys;
	for (i = 0; i < BOUNDARIES && boundary + NEAR < length; i++, boundary += PAGE_SIZE)
		if (boundary > NEAR)
			add(seg, position, &done, boundary - NEAR, boundary + NEAR);
	add(seg, position, &done, length - ENDS, length);
}

static int page_of(const struct sgp_run *run, struct scatterlist *sg)
{
	unsigned int i;

	for (i = 0; i < SGP_MAX_PAGES; i++)
		if (run->ctx.pages[i] && run->extent[i] && sg_page(sg) == run->ctx.pages[i])
			return i;
	return -1;
}

/* Skips segments that the address is in; then up to where it is in none. */
static u64 up_to_segment(u64 *from, u64 end)
{
	unsigned int i;

	for (i = 0; i < nsegments; i++) /* again from the first one on when one was skipped */
		if (*from >= segments[i].phys && *from - segments[i].phys < segments[i].length) {
			*from = segments[i].phys + segments[i].length;
			i = -1;
		}
	for (i = 0; i < nsegments; i++)
		if (segments[i].phys >= *from)
			end = min(end, segments[i].phys);
	return end;
}

static bool find_overlap(void)
{
	unsigned int i, k;

	for (i = 0; i < nsegments; i++)
		for (k = 0; k < i; k++)
			if (segments[i].phys < segments[k].phys + segments[k].length &&
			    segments[k].phys < segments[i].phys + segments[i].length)
				return true;
	return false;
}

/* Whether some memory is in several segments. */
bool sgp_samples_overlap(void)
{
	return overlap;
}

/* Whether an address is in [first, first + size); from where on that is otherwise, at most `end`. */
static bool inside(u64 phys, u64 first, u64 size, u64 *end)
{
	bool in = phys >= first && phys - first < size;

	if (in)
		*end = min(*end, first + size);
	else if (first > phys && size)
		*end = min(*end, first);
	return in;
}

/*
 * Whose values bytes have after a device has written all samples, from an address up to where that
 * changes, at most `end`. Where a byte is in several segments, and only some of them were written
 * there, any of them may be copied back last.
 */
enum sgp_content sgp_sample_becomes(u64 phys, u64 *end)
{
	unsigned int i, k, in = 0, written = 0;

	for (i = 0; i < nsegments; i++)
		in += inside(phys, segments[i].phys, segments[i].length, end);
	for (k = 0; k < nsamples; k++)
		written += inside(phys, samples[k].phys, samples[k].written, end);
	return !written ? SGP_OF_CALLER : written == in ? SGP_OF_DEVICE : SGP_OF_SOMEBODY;
}

/* Memory beside a segment, as far as it is ours. */
static bool memory_beside(const struct segment *seg, bool behind, u64 *from, u64 *to)
{
	u64 last = seg->phys + seg->length - 1, start, end;

	if (!sgp_owned(behind ? last : seg->phys, &start, &end))
		return false;
	*from = behind ? last + 1 : max(start, seg->phys - min(seg->phys, MARGIN));
	*to = behind ? min(end, last + 1 + MARGIN) : seg->phys;
	return true;
}

/* Calls `visit` for the bytes beside the segments. */
static void surroundings(void (*visit)(u64 phys, u64 length, enum sgp_content content))
{
	u64 from, to, end;
	unsigned int i;

	for (i = 0; i < 2 * nsegments; i++) {
		if (!memory_beside(&segments[i / 2], i % 2, &from, &to))
			continue;
		for (; from < to; from = end) {
			end = up_to_segment(&from, to);
			if (from < end)
				visit(from, end - from, SGP_OF_NOBODY);
		}
	}
}

static void mark(u64 phys, u64 length, enum sgp_content content)
{
	sgp_sample_fill(sgp_sample_at(phys), phys, length, content);
}

/*
 * Looks at the list as it is before a map call and gives its bytes their values, few only for a slow
 * device; false where an entry is not of pages that are there.
 */
bool sgp_samples_begin(struct sgp_run *run, bool few)
{
	u64 position = 0;
	unsigned int i;

	nsamples = nsegments = 0;
	list_turn++;
	for (i = 0; i < run->ctx.nents; i++) {
		struct scatterlist *sg = sgp_entry(&run->ctx, i);
		struct segment *seg = &segments[i];

		if (sg_is_chain(sg) || page_of(run, sg) < 0 || !sg->length)
			return false;
		*seg = (struct segment){ page_to_phys(sg_page(sg)) + sg->offset, sg->length };
		choose(seg, position, few);
		position += seg->length;
	}
	nsegments = run->ctx.nents;
	overlap = find_overlap();
	for (i = 0; i < nsamples; i++)
		mark(samples[i].phys, samples[i].length, SGP_OF_CALLER);
	surroundings(mark);
	return true;
}

const struct sgp_sample *sgp_samples(unsigned int *n)
{
	*n = nsamples;
	return samples;
}

/* Index of the entry that the byte at a position of the list belongs to, from 0. */
unsigned int sgp_sample_entry(u64 position)
{
	unsigned int i;

	for (i = 0; i + 1 < nsegments && position >= segments[i].length; i++)
		position -= segments[i].length;
	return i;
}

static u64 changed_from, changed_bytes;

static void report_change(void)
{
	if (changed_bytes)
		sgp_event(SGP_EV_MEMORY, changed_from, changed_bytes, 0, 0, 0);
	changed_bytes = 0;
}

static void changed(u64 phys)
{
	if (changed_bytes && phys != changed_from + changed_bytes)
		report_change();
	if (!changed_bytes++)
		changed_from = phys;
}

static void compare(u64 phys, u64 length, enum sgp_content content)
{
	u64 k = 0;

	for (;; k++) {
		k += sgp_sample_wrong(sgp_sample_at(phys + k), phys + k, length - k, content);
		if (k == length)
			break;
		changed(phys + k);
	}
	mark(phys, length, content); /* said once */
}

/* What has changed beside the segments. */
void sgp_samples_around(void)
{
	surroundings(compare);
	report_change();
}

/* What has changed at all, though nothing was mapped. */
void sgp_samples_kept(void)
{
	unsigned int i;

	for (i = 0; i < nsamples; i++)
		compare(samples[i].phys, samples[i].length, SGP_OF_CALLER);
	report_change();
	sgp_samples_around();
}
