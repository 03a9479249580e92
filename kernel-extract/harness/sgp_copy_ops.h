/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations on the bytes of a table (TABLE_COPY_OUT, TABLE_COPY_IN, TABLE_ZERO, TABLE_MITER). Part
 * of sgp_table_ops.h. Before each one every byte of the table's pages has a value that follows from
 * its physical address; afterwards each byte that was to be touched is looked at in the order of
 * the pages that the table was made of (SGP_EV_BYTES), and then all others (SGP_EV_MEMORY). Of pages
 * beside the table's an environment contract sees every use, a booted kernel what is written.
 */
#ifndef SGP_COPY_OPS_H
#define SGP_COPY_OPS_H

#define SGP_COPY_PAGES 8	 /* pages of a table whose bytes are looked at */
#define SGP_COPY_BYTES (SGP_COPY_PAGES * PAGE_SIZE)
#define SGP_COPY_GUARD 64	 /* bytes behind the buffer */
#define SGP_UNTOUCHED 0xff	 /* of the buffer; no byte of a page is like this */
#define SGP_CHANGED 0x80	 /* what is copied into pages differs in this bit from what they hold */

/* The pages of one TABLE_APPEND. */
struct sgp_page_run {
	struct page *first;
	sgp_u64 stride, count, offset, length;
};

/* Bytes that follow each other and are alike in being right: one event. */
struct sgp_bytes {
	sgp_u64 kind, phys, count, right;
};

static inline struct page *sgp_run_page(const struct sgp_page_run *run, sgp_u64 i)
{
	return pfn_to_page(page_to_pfn(run->first) + (unsigned long)(i * run->stride));
}

/* Neither 0 nor SGP_UNTOUCHED, and without SGP_CHANGED, in any byte. */
static inline sgp_u64 sgp_pattern(sgp_u64 phys)
{
	sgp_u64 x = (phys >> 3) * 0x9e3779b97f4a7c15ULL;

	return ((x ^ x >> 29) & 0x7f7f7f7f7f7f7f7fULL) | 0x0101010101010101ULL;
}

static inline unsigned char sgp_pattern_byte(sgp_u64 phys)
{
	sgp_u64 word = sgp_pattern(phys);

	return ((unsigned char *)&word)[phys & 7];
}

static inline void sgp_report_bytes(const struct sgp_bytes *b)
{
	if (b->count)
		sgp_event(b->kind, b->phys, b->count, b->right, 0, 0);
}

static inline void sgp_add_byte(struct sgp_bytes *b, sgp_u64 phys, bool right)
{
	if (b->count && b->phys + b->count == phys && b->right == right) {
		b->count++;
		return;
	}
	sgp_report_bytes(b);
	b->phys = phys;
	b->count = 1;
	b->right = right;
}

/* Writes its pattern into a page; or what differs from it becomes an event. */
static inline void sgp_pattern_page(struct page *page, struct sgp_bytes *differing)
{
	sgp_u64 phys = page_to_phys(page), *words = sgp_map_page(page);
	unsigned int i, k;

	for (i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
		sgp_u64 word = sgp_pattern(phys + i * sizeof(*words));

		if (differing && words[i] != word)
			for (k = 0; k < sizeof(*words); k++)
				if (((unsigned char *)&words[i])[k] != ((unsigned char *)&word)[k])
					sgp_add_byte(differing, phys + i * sizeof(*words) + k, false);
		words[i] = word;
	}
	sgp_unmap_page(words);
}

static inline void sgp_pattern_pages(const struct sgp_page_run *runs, unsigned int nruns,
				     struct sgp_bytes *differing)
{
	unsigned int r, i;

	for (r = 0; r < nruns; r++)
		for (i = 0; i < runs[r].count; i++)
			sgp_pattern_page(sgp_run_page(&runs[r], i), differing);
}

/*
 * The page with byte `n` of the table, where in the page it is, and how many bytes follow there;
 * NULL behind the last one.
 */
static inline struct page *sgp_byte_at(const struct sgp_page_run *runs, unsigned int nruns,
				       sgp_u64 n, unsigned int *in_page, sgp_u64 *room)
{
	unsigned int r;

	for (r = 0; r < nruns; n -= runs[r++].length) {
		sgp_u64 at = runs[r].offset + n;

		if (n >= runs[r].length)
			continue;
		*in_page = at & (PAGE_SIZE - 1);
		*room = min_t(sgp_u64, PAGE_SIZE - *in_page, runs[r].length - n);
		return sgp_run_page(&runs[r], at >> PAGE_SHIFT);
	}
	return NULL;
}

/* What is done with the bytes of a range. */
enum sgp_byte_use {
	SGP_PUT_CHANGED, /* the buffer gets what the pages are to be changed to */
	SGP_LOOK_BUFFER, /* the buffer must hold what the pages do */
	SGP_LOOK_PAGES,	 /* the pages must hold what is in the buffer */
	SGP_LOOK_ZERO,	 /* the pages must be zero */
	SGP_PUT_BACK,	 /* the pages get their own contents again */
};

/* Goes through `length` bytes from `start` on, as far as the table has them; how many it has. */
static inline sgp_u64 sgp_use_bytes(const struct sgp_page_run *runs, unsigned int nruns,
				    sgp_u64 start, sgp_u64 length, unsigned char *buffer,
				    enum sgp_byte_use use)
{
	struct sgp_bytes seen = { .kind = SGP_EV_BYTES };
	sgp_u64 n = 0, room, i;
	unsigned int in_page;
	struct page *page;

	while (n < length && (page = sgp_byte_at(runs, nruns, start + n, &in_page, &room))) {
		sgp_u64 phys = page_to_phys(page) + in_page;
		unsigned char *memory = (unsigned char *)sgp_map_page(page) + in_page;

		for (i = 0; i < room && n < length; i++, n++) {
			unsigned char own = sgp_pattern_byte(phys + i);

			switch (use) {
			case SGP_PUT_CHANGED:
				buffer[n] = own ^ SGP_CHANGED;
				break;
			case SGP_LOOK_BUFFER:
				if (buffer[n] != SGP_UNTOUCHED)
					sgp_add_byte(&seen, phys + i, buffer[n] == own);
				break;
			case SGP_LOOK_PAGES:
				if (memory[i] != own)
					sgp_add_byte(&seen, phys + i, memory[i] == buffer[n]);
				break;
			case SGP_LOOK_ZERO:
				if (memory[i] != own)
					sgp_add_byte(&seen, phys + i, !memory[i]);
				break;
			case SGP_PUT_BACK:
				memory[i] = own;
				break;
			}
		}
		sgp_unmap_page(memory - in_page);
	}
	sgp_report_bytes(&seen);
	return n;
}

/* The rest of the buffer must be as it was. */
static inline void sgp_check_buffer(const unsigned char *buffer, sgp_u64 from)
{
	sgp_u64 i, changed = 0;

	for (i = from; i < SGP_COPY_BYTES + SGP_COPY_GUARD; i++)
		changed += buffer[i] != SGP_UNTOUCHED;
	if (changed)
		sgp_event(SGP_EV_MEMORY, 0, changed, 0, 1, 0);
}

/* sg_miter_next() over `length` bytes, of which each step consumes `most` at most (0: all). */
static inline sgp_u64 sgp_miter(struct scatterlist *sgl, unsigned int nents, sgp_u64 skip,
				sgp_u64 length, sgp_u64 most)
{
	struct sgp_bytes seen = { .kind = SGP_EV_BYTES };
	struct sg_mapping_iter miter;
	sgp_u64 done = 0;

	sg_miter_start(&miter, sgl, nents, SG_MITER_ATOMIC | SG_MITER_FROM_SG);
	if (!sg_miter_skip(&miter, skip))
		return 0;
	while (done < length && sg_miter_next(&miter)) {
		sgp_u64 n = min_t(sgp_u64, miter.length, length - done), i;
		sgp_u64 phys = page_to_phys(miter.page) + offset_in_page(miter.addr);

		if (most)
			n = min(n, most);
		for (i = 0; i < n; i++)
			sgp_add_byte(&seen, phys + i, ((unsigned char *)miter.addr)[i] ==
							      sgp_pattern_byte(phys + i));
		miter.consumed = n;
		done += n;
	}
	sg_miter_stop(&miter);
	sgp_report_bytes(&seen);
	return done;
}

#endif /* SGP_COPY_OPS_H */
