/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations on the table of a scenario (SGP_OP_TABLE_*): allocated, extended, walked, split and
 * freed through the kernel's own functions. Part of sgp_ops.h, so the extraction harness and the
 * runner in a booted kernel do the same.
 *
 * Chunks, the arrays that a table consists of, are numbered in the order in which they are asked
 * for; an array that the caller has is number 1. Those of TABLE_CHUNKS come from memory of the
 * scenario, each with a guard behind it. The others are the kernel's: whoever sees its allocator
 * (an environment contract, probes) reports them here while `calling` is set.
 */
#ifndef SGP_TABLE_OPS_H
#define SGP_TABLE_OPS_H

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "sgp_abi.h"
#include "sgp_accessors.h"
#include "sgp_copy_ops.h"

#define SGP_MAX_CHUNKS 40
#define SGP_MAX_OWN_CHUNK 32 /* entries of a chunk of TABLE_CHUNKS */
#define SGP_GUARD 32	     /* entries' worth of guard behind each of those */
#define SGP_MAX_OWN_CHUNKS 16
#define SGP_MAX_RUN 512	     /* pages of one TABLE_APPEND */
#define SGP_MAX_VISITS 2048  /* entries or pages that a walk goes through at most */
#define SGP_MAX_STEP (1ULL << 40) /* bytes between visits that are one event */
#define SGP_SPLITS 2
#define SGP_MAX_RUNS SGP_MAX_OPS

#define SGP_VISIT_BUS 1
#define SGP_VISIT_CHAIN 2
#define SGP_VISIT_END 4
#define SGP_VISIT_OUTSIDE 8 /* no entry of a chunk that is there: the walk ended here */

#define SGP_GUARD_BYTE 0x5a
#define SGP_FRESH_BYTE 0xa5
#define SGP_FREED_BYTE 0x6b

/* Memory that operations on a table need; whoever runs scenarios has one of it. */
struct sgp_table_memory {
	struct scatterlist chunks[SGP_MAX_OWN_CHUNKS][SGP_MAX_OWN_CHUNK + SGP_GUARD];
	struct page *pages[SGP_MAX_RUN];
	unsigned char buffer[SGP_COPY_BYTES + SGP_COPY_GUARD];
};

struct sgp_chunk {
	void *at;
	sgp_u64 bytes;
	bool pages; /* whole pages, not from the slab */
	bool own;   /* in struct sgp_table_memory */
	bool live;
};

enum sgp_table_kind { SGP_TABLE_NONE, SGP_TABLE_PLAIN, SGP_TABLE_CHUNKED, SGP_TABLE_APPENDED };

struct sgp_table {
	struct sg_append_table append;
	struct sgp_table_memory *memory;
	enum sgp_table_kind kind;
	bool usable; /* it was made without an error */
	bool calling; /* a function of the kernel is under way */
	bool apart; /* symbolic: chunks have memory of their own, visits are told one by one */
	unsigned int max_ents, first_ents; /* of SGP_TABLE_CHUNKED */
	unsigned int asked; /* allocations, for alloc_fails_at */
	unsigned int nown;
	unsigned int nchunks;
	unsigned int nruns;
	sgp_u64 fails_at; /* of the scenario's world */
	struct sgp_page_run runs[SGP_MAX_RUNS]; /* what SGP_TABLE_APPENDED was made of */
	struct sgp_chunk chunks[SGP_MAX_CHUNKS];
};

/* Whether the operands fit the memory that there is. */
static inline bool sgp_table_op_fits(const struct sgp_op *op)
{
	switch (op->code) {
	case SGP_OP_TABLE_APPEND:
		if (op->attrs == SGP_PAGES_APART ? op->page + op->raw > SGP_MAX_PAGES :
						   op->attrs > SGP_MAX_RUN)
			return false;
		return op->raw && op->raw <= SGP_MAX_RUN && op->dir <= SGP_MAX_RUN &&
		       op->offset < PAGE_SIZE && op->length <= op->raw * PAGE_SIZE;
	case SGP_OP_TABLE_COPY_OUT:
	case SGP_OP_TABLE_COPY_IN:
	case SGP_OP_TABLE_ZERO:
	case SGP_OP_TABLE_MITER:
		return op->length <= SGP_COPY_BYTES && op->offset <= 2 * SGP_COPY_BYTES;
	case SGP_OP_TABLE_CHUNKS:
		/* in a first chunk of one entry there is no place for anything but the link */
		return op->offset >= 2 && op->offset <= SGP_MAX_OWN_CHUNK && op->raw != 1 &&
		       op->raw <= SGP_MAX_OWN_CHUNK;
	default:
		return true;
	}
}

/* Visits that only differ in address and place, by the same step: one event, unless apart. */
struct sgp_visits {
	sgp_u64 phys, bytes, marks, place, count, step;
	bool apart;
};

/* An allocation for the table is asked for; whether it must fail. */
static inline bool sgp_chunk_fails(struct sgp_table *t, sgp_u64 bytes, bool pages)
{
	if (!sgp_case(++t->asked == t->fails_at))
		return false;
	sgp_event(SGP_EV_CHUNK_ALLOC, bytes, pages, 0, 0, 0);
	return true;
}

static inline struct sgp_chunk *sgp_chunk_add(struct sgp_table *t, void *at, sgp_u64 bytes)
{
	struct sgp_chunk *chunk;

	if (t->nchunks == SGP_MAX_CHUNKS)
		return NULL;
	chunk = &t->chunks[t->nchunks++];
	chunk->at = at;
	chunk->bytes = bytes;
	chunk->pages = false;
	chunk->own = false;
	chunk->live = true;
	return chunk;
}

/* The allocation was answered: `at`, or NULL where there was no memory. */
static inline void sgp_chunk_given(struct sgp_table *t, void *at, sgp_u64 bytes, bool pages)
{
	struct sgp_chunk *chunk = at ? sgp_chunk_add(t, at, bytes) : NULL;

	if (chunk)
		chunk->pages = pages;
	sgp_event(SGP_EV_CHUNK_ALLOC, bytes, pages, 0, 0, chunk ? t->nchunks : 0);
}

/* Memory is given back; `bytes` is 0 where whoever frees need not know. The latest that was there
 * is meant, since an address can be given out again.
 */
static inline struct sgp_chunk *sgp_chunk_taken(struct sgp_table *t, const void *at, sgp_u64 bytes,
						bool pages)
{
	unsigned int i = t->nchunks;

	while (i && t->chunks[i - 1].at != at)
		i--;
	if (i && !t->chunks[i - 1].live)
		i = 0; /* twice */
	sgp_event(SGP_EV_CHUNK_FREE, bytes, pages, 0, 0, i);
	if (!i)
		return NULL;
	t->chunks[i - 1].live = false;
	return &t->chunks[i - 1];
}

/* The chunk in which there is such an entry, numbered from 1; 0: in none. */
static inline unsigned int sgp_chunk_of(const struct sgp_table *t, const struct scatterlist *sg)
{
	unsigned long address = (unsigned long)sg;
	unsigned int i;

	for (i = t->nchunks; i; i--) {
		const struct sgp_chunk *chunk = &t->chunks[i - 1];
		unsigned long start = (unsigned long)chunk->at;

		if (chunk->live && address >= start && (address - start) % sizeof(*sg) == 0 &&
		    address - start + sizeof(*sg) <= chunk->bytes)
			return i;
	}
	return 0;
}

/* An array of the scenario's own memory, with its guard. */
static inline struct sgp_chunk *sgp_own_chunk(struct sgp_table *t, unsigned int nents)
{
	struct sgp_chunk *chunk;
	char *at;

	if (!nents || nents > SGP_MAX_OWN_CHUNK || t->nown == SGP_MAX_OWN_CHUNKS)
		return NULL;
	if (t->apart) {
		t->nown++;
		return sgp_chunk_add(t, sgp_object(nents * sizeof(struct scatterlist)),
				     nents * sizeof(struct scatterlist));
	}
	at = (char *)t->memory->chunks[t->nown];
	chunk = sgp_chunk_add(t, at, nents * sizeof(struct scatterlist));
	if (!chunk)
		return NULL;
	chunk->own = true;
	t->nown++;
	memset(at, SGP_FRESH_BYTE, chunk->bytes);
	memset(at + chunk->bytes, SGP_GUARD_BYTE, SGP_GUARD * sizeof(struct scatterlist));
	return chunk;
}

/* The functions of TABLE_CHUNKS have no argument that says whose chunks they are. */
static struct sgp_table *sgp_current_table;

static inline struct scatterlist *sgp_alloc_fn(unsigned int nents, gfp_t gfp_mask)
{
	struct sgp_table *t = sgp_current_table;
	sgp_u64 bytes = (sgp_u64)nents * sizeof(struct scatterlist);
	struct sgp_chunk *chunk;

	if (sgp_chunk_fails(t, bytes, false))
		return NULL;
	chunk = sgp_own_chunk(t, nents);
	sgp_event(SGP_EV_CHUNK_ALLOC, bytes, 0, 0, 0, chunk ? t->nchunks : 0);
	return chunk ? chunk->at : NULL;
}

static inline void sgp_free_fn(struct scatterlist *sgl, unsigned int nents)
{
	struct sgp_table *t = sgp_current_table;
	struct sgp_chunk *chunk = sgp_chunk_taken(t, sgl, (sgp_u64)nents * sizeof(*sgl), false);

	if (chunk && t->apart)
		sgp_object_gone(chunk->at);
	else if (chunk && chunk->own)
		memset(chunk->at, SGP_FREED_BYTE, chunk->bytes);
}

/* What was written behind own chunks since the last time, in words of the machine. */
static inline void sgp_check_guards(struct sgp_table *t)
{
	const unsigned long untouched = SGP_GUARD_BYTE * (~0UL / 0xff);
	unsigned int i, j;

	for (i = 0; i < t->nchunks; i++) {
		const struct sgp_chunk *chunk = &t->chunks[i];
		unsigned long *guard = (unsigned long *)((char *)chunk->at + chunk->bytes);
		unsigned int changed = 0;

		if (!chunk->own)
			continue;
		for (j = 0; j < SGP_GUARD * sizeof(struct scatterlist) / sizeof(*guard); j++)
			if (guard[j] != untouched) {
				guard[j] = untouched;
				changed++;
			}
		if (changed)
			sgp_event(SGP_EV_MEMORY, 0, changed * sizeof(*guard), i + 1, 0, 0);
	}
}

static inline void sgp_report_visits(const struct sgp_visits *v)
{
	if (v->count)
		sgp_event(SGP_EV_VISIT, v->phys, v->bytes, v->marks | v->step << 8, v->place,
			  v->count);
}

#define SGP_PLACE(list, chunk, slot) ((list) | (sgp_u64)(chunk) << 8 | (sgp_u64)(slot) << 32)

/* Adds a visit; reports those before it if it is of another kind, or not the next one. */
static inline void sgp_visit(struct sgp_visits *v, sgp_u64 phys, sgp_u64 bytes, sgp_u64 marks,
			     sgp_u64 place, bool slots)
{
	sgp_u64 next_place = slots ? v->place + (v->count << 32) : v->place;
	sgp_u64 step = v->count == 1 ? phys - v->phys : v->step;

	if (v->count && !v->apart && v->bytes == bytes && v->marks == marks &&
	    step < SGP_MAX_STEP && v->phys + v->count * step == phys && next_place == place) {
		v->step = step;
		v->count++;
		return;
	}
	sgp_report_visits(v);
	v->phys = phys;
	v->bytes = bytes;
	v->marks = marks;
	v->place = place;
	v->step = 0;
	v->count = 1;
}

static inline sgp_u64 sgp_marks(struct scatterlist *sg)
{
	return (SGP_IS_BUS(sg) ? SGP_VISIT_BUS : 0) | (sg_is_chain(sg) ? SGP_VISIT_CHAIN : 0) |
	       (sg_is_last(sg) ? SGP_VISIT_END : 0);
}

/*
 * Goes through `nents` entries, of a list of its own (not 0) only to its END; the last one that was
 * there, or NULL where something was visited that is no entry. Uses no memory outside the chunks.
 */
static inline struct scatterlist *sgp_walk(struct sgp_table *t, struct scatterlist *sgl,
					   unsigned int nents, unsigned int list)
{
	struct sgp_visits v = { .apart = t->apart };
	struct scatterlist *sg, *last = NULL;
	unsigned int i;

	for_each_sg(sgl, sg, min_t(unsigned int, nents, SGP_MAX_VISITS), i) {
		unsigned int chunk = sg ? sgp_chunk_of(t, sg) : 0;
		sgp_u64 phys = 0, slot;

		if (!chunk) {
			sgp_visit(&v, 0, 0, SGP_VISIT_OUTSIDE, SGP_PLACE(list, 0, 0), true);
			last = NULL;
			break;
		}
		if (!sg_is_chain(sg) && sg_page(sg))
			phys = sg_phys(sg);
		slot = sg - (struct scatterlist *)t->chunks[chunk - 1].at;
		sgp_visit(&v, phys, sg->length, sgp_marks(sg), SGP_PLACE(list, chunk, slot), true);
		last = sg;
		if (list && sg_is_last(sg))
			break;
	}
	sgp_report_visits(&v);
	return last;
}

static inline void sgp_table_walk(struct sgp_table *t, struct sgp_step *step)
{
	struct sg_table *sgt = &t->append.sgt;
	struct scatterlist *last = sgp_walk(t, sgt->sgl, sgt->orig_nents, 0), *sg;

	/* on a list without an end, the functions below would leave it */
	step->ret = ~0ULL;
	if (!last || !sg_is_last(last))
		return;
	step->ret = (long long)sg_nents(sgt->sgl);
	last = sg_last(sgt->sgl, sgt->orig_nents);
	for (sg = sgt->sgl; sg; sg = sg_next(sg)) {
		step->out_nents++; /* the number of the entry that sg_last() gives */
		if (sg == last)
			break;
	}
}

static inline void sgp_table_pages(struct sgp_table *t)
{
	struct sgp_visits v = { .apart = t->apart };
	struct sg_page_iter iter;
	unsigned int n = 0;

	for_each_sgtable_page(&t->append.sgt, &iter, 0) {
		if (n++ == SGP_MAX_VISITS)
			break;
		sgp_visit(&v, page_to_phys(sg_page_iter_page(&iter)), PAGE_SIZE, 0, 0, false);
	}
	sgp_report_visits(&v);
}

/* Notes what pages the table has now, and which of their bytes. */
static inline void sgp_table_has(struct sgp_table *t, const struct sgp_op *op,
				 struct page *const *pages)
{
	sgp_u64 skip = op->offset, left = op->length;
	unsigned int i;

	if (op->attrs != SGP_PAGES_APART) {
		if (t->nruns < SGP_MAX_RUNS)
			t->runs[t->nruns++] = (struct sgp_page_run){ pages[0], op->attrs, op->raw,
								     skip, left };
		return;
	}
	for (i = 0; i < op->raw && t->nruns < SGP_MAX_RUNS; i++) {
		sgp_u64 bytes = min_t(sgp_u64, left, PAGE_SIZE - skip);

		t->runs[t->nruns++] = (struct sgp_page_run){ pages[i], 1, 1, skip, bytes };
		left -= bytes;
		skip = 0;
	}
}

/* Page `i` of what a call brings; `pages` are the scenario's from op->page on. */
static inline struct page *sgp_page_of_run(const struct sgp_op *op, struct page *const *pages,
					   unsigned int i)
{
	if (op->attrs == SGP_PAGES_APART)
		return pages[i];
	return pfn_to_page(page_to_pfn(pages[0]) + i * op->attrs);
}

static inline void sgp_table_append(struct sgp_table *t, const struct sgp_world *world,
				    const struct sgp_op *op, struct page *const *pages,
				    struct sgp_step *step)
{
	unsigned int max_segment = world->devices[op->device].max_segment ?: SZ_64K;
	unsigned int i;

	if (t->kind != SGP_TABLE_APPENDED)
		memset(&t->append, 0, sizeof(t->append));
	else if (!t->usable)
		return; /* after a failure the caller has to free it */
	t->kind = SGP_TABLE_APPENDED;
	for (i = 0; i < op->raw; i++)
		t->memory->pages[i] = sgp_page_of_run(op, pages, i);
	t->calling = true;
	step->ret = (long long)sg_alloc_append_table_from_pages(&t->append, t->memory->pages,
								op->raw, op->offset, op->length,
								max_segment, op->dir, GFP_KERNEL);
	t->calling = false;
	t->usable = !step->ret;
	step->out_nents = sgp_case(t->append.sgt.orig_nents);
	if (t->usable)
		sgp_table_has(t, op, pages);
}

static inline void sgp_table_chunks(struct sgp_table *t, const struct sgp_op *op,
				    struct sgp_step *step)
{
	struct sgp_chunk *first = NULL;

	t->kind = SGP_TABLE_CHUNKED;
	t->max_ents = op->offset;
	t->first_ents = op->raw;
	if (op->raw)
		first = sgp_own_chunk(t, op->raw);
	t->calling = true;
	step->ret = (long long)__sg_alloc_table(&t->append.sgt, op->length, t->max_ents,
						first ? first->at : NULL, t->first_ents, GFP_KERNEL,
						sgp_alloc_fn);
	t->calling = false;
	t->usable = !step->ret;
	step->out_nents = t->append.sgt.orig_nents;
}

static inline void sgp_table_free(struct sgp_table *t)
{
	unsigned int i;

	t->calling = true;
	if (t->kind == SGP_TABLE_PLAIN)
		sg_free_table(&t->append.sgt);
	else if (t->kind == SGP_TABLE_CHUNKED)
		__sg_free_table(&t->append.sgt, t->max_ents, t->first_ents, sgp_free_fn,
				t->append.sgt.orig_nents);
	else if (t->kind == SGP_TABLE_APPENDED)
		sg_free_append_table(&t->append);
	t->calling = false;
	sgp_check_guards(t);
	for (i = 0; i < t->nchunks; i++) /* the caller's own, and what was forgotten */
		t->chunks[i].live = false;
	memset(&t->append, 0, sizeof(t->append));
	t->kind = SGP_TABLE_NONE;
	t->usable = false;
	t->nruns = 0;
}

/* Operations on bytes; false where the table has more pages than can be looked at. */
static inline bool sgp_table_bytes(struct sgp_table *t, const struct sgp_op *op,
				   struct sgp_step *step)
{
	struct sgp_bytes others = { .kind = SGP_EV_MEMORY };
	struct scatterlist *sgl = t->append.sgt.sgl;
	unsigned int nents = t->append.sgt.orig_nents, i;
	unsigned char *buffer = t->memory->buffer;
	sgp_u64 pages = 0, n = 0;

	if (t->apart) {
		sgp_bytes_told(t, op, step);
		return true;
	}
	for (i = 0; i < t->nruns; i++)
		pages += t->runs[i].count;
	if (pages > SGP_COPY_PAGES)
		return false;
	sgp_pattern_pages(t->runs, t->nruns, NULL);
	sgp_mark_beside(t->runs, t->nruns);
	memset(buffer, SGP_UNTOUCHED, sizeof(t->memory->buffer));
	switch (op->code) {
	case SGP_OP_TABLE_COPY_OUT:
		step->ret = sg_pcopy_to_buffer(sgl, nents, buffer, op->length, op->offset);
		n = sgp_use_bytes(t->runs, t->nruns, op->offset, op->length, buffer,
				  SGP_LOOK_BUFFER);
		break;
	case SGP_OP_TABLE_COPY_IN:
		n = sgp_use_bytes(t->runs, t->nruns, op->offset, op->length, buffer,
				  SGP_PUT_CHANGED);
		step->ret = sg_pcopy_from_buffer(sgl, nents, buffer, op->length, op->offset);
		sgp_use_bytes(t->runs, t->nruns, op->offset, op->length, buffer, SGP_LOOK_PAGES);
		sgp_use_bytes(t->runs, t->nruns, op->offset, op->length, buffer, SGP_PUT_BACK);
		break;
	case SGP_OP_TABLE_ZERO:
		step->ret = sg_zero_buffer(sgl, nents, op->length, op->offset);
		sgp_use_bytes(t->runs, t->nruns, op->offset, op->length, buffer, SGP_LOOK_ZERO);
		sgp_use_bytes(t->runs, t->nruns, op->offset, op->length, buffer, SGP_PUT_BACK);
		break;
	default:
		step->ret = sgp_miter(sgl, nents, op->offset, op->length, op->raw);
		break;
	}
	sgp_check_buffer(buffer, n);
	sgp_pattern_pages(t->runs, t->nruns, &others);
	sgp_report_bytes(&others);
	sgp_look_beside();
	return true;
}

/*
 * Where symbolic: how many pages each entry has, in which page of the table the first byte lies, and
 * where the last ones end is followed one by one.
 */
static inline void sgp_cases_of_bytes(struct sgp_table *t, const struct sgp_op *op, sgp_u64 more)
{
	sgp_u64 first = t->nruns ? t->runs[0].offset + op->offset : 0;
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg(t->append.sgt.sgl, sg, t->append.sgt.orig_nents, i)
		(void)sgp_case((sg->offset + sg->length + PAGE_SIZE - 1) >> PAGE_SHIFT);
	(void)sgp_case(min_t(sgp_u64, first >> PAGE_SHIFT, t->nruns));
	(void)sgp_case(min_t(sgp_u64, (first + op->length) >> PAGE_SHIFT, t->nruns));
	if (more)
		(void)sgp_case(min_t(sgp_u64, (first + op->length + more) >> PAGE_SHIFT, t->nruns));
}

/*
 * What released kernels get wrong: the first part begins where a segment ends, or the last part
 * ends inside a segment and others follow (corpus/known/split-*.json).
 */
static inline bool sgp_split_known(struct sgp_table *t, const struct sgp_op *op)
{
	unsigned int nents = t->append.sgt.orig_nents, i;
	sgp_u64 end = op->offset + op->length + op->raw, start = 0;
	bool begins = false, inside = false;
	struct scatterlist *sg;

	for_each_sg(t->append.sgt.sgl, sg, nents, i) {
		sgp_u64 next = start + sg->length;

		if (i + 1 < nents) {
			begins |= op->offset == next;
			inside |= start < end && end < next;
		}
		start = next;
	}
	return (begins && end <= start) || inside;
}

/* The lists that a split gives are the caller's to free. */
static inline void sgp_table_split(struct sgp_table *t, const struct sgp_op *op,
				   struct sgp_step *step)
{
	const size_t sizes[SGP_SPLITS] = { op->length, op->raw };
	struct scatterlist *out[SGP_SPLITS] = {};
	int n = sgp_case(op->raw ? 2 : 1), i;

	/* of what is split it must be known where segments end */
	sgp_walk(t, t->append.sgt.sgl, t->append.sgt.orig_nents, 0);
	if (t->apart) {
		sgp_cases_of_bytes(t, op, n == 2 ? op->raw : 0);
		sgp_legal_split(!sgp_split_known(t, op));
	}
	t->calling = true;
	step->ret = (long long)sg_split(t->append.sgt.sgl, 0, op->offset, n, sizes, out, NULL,
					GFP_KERNEL);
	t->calling = false;
	if (step->ret)
		return;
	for (i = 0; i < n; i++) {
		unsigned int chunk = sgp_chunk_of(t, out[i]);

		if (chunk)
			sgp_walk(t, out[i], (size_t)t->chunks[chunk - 1].bytes / sizeof(*out[i]),
				 i + 1);
	}
	t->calling = true;
	for (i = 0; i < n; i++)
		kfree(out[i]);
	t->calling = false;
}

/*
 * Performs one operation on the table; false for a code it does not know. `pages` are those of the
 * scenario from op->page on.
 */
static inline bool sgp_do_table_op(struct sgp_table *t, const struct sgp_world *world,
				   const struct sgp_op *op, struct page *const *pages,
				   struct sgp_step *step)
{
	sgp_current_table = t;
	t->fails_at = world->alloc_fails_at;
	switch (op->code) {
	case SGP_OP_TABLE_ALLOC:
		t->kind = SGP_TABLE_PLAIN;
		t->calling = true;
		step->ret = (long long)sg_alloc_table(&t->append.sgt, op->length, GFP_KERNEL);
		t->calling = false;
		t->usable = !step->ret;
		step->out_nents = t->append.sgt.orig_nents;
		break;
	case SGP_OP_TABLE_CHUNKS:
		sgp_table_chunks(t, op, step);
		break;
	case SGP_OP_TABLE_APPEND:
		sgp_table_append(t, world, op, pages, step);
		break;
	case SGP_OP_TABLE_FREE:
		sgp_table_free(t);
		break;
	/* The others do nothing unless a table is there that was made without an error. */
	case SGP_OP_TABLE_WALK:
		if (t->usable)
			sgp_table_walk(t, step);
		break;
	case SGP_OP_TABLE_LENGTH:
		if (t->usable)
			step->ret = (long long)sg_nents_for_len(t->append.sgt.sgl, op->length);
		break;
	case SGP_OP_TABLE_PAGES:
		if (t->usable)
			sgp_table_pages(t);
		break;
	case SGP_OP_TABLE_SPLIT:
		if (t->usable)
			sgp_table_split(t, op, step);
		break;
	case SGP_OP_TABLE_COPY_OUT:
	case SGP_OP_TABLE_COPY_IN:
	case SGP_OP_TABLE_ZERO:
	case SGP_OP_TABLE_MITER:
		if (t->usable && !sgp_table_bytes(t, op, step))
			return false;
		break;
	default:
		return false;
	}
	sgp_check_guards(t);
	return true;
}

#endif /* SGP_TABLE_OPS_H */
