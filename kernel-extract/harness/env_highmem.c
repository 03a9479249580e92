// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: mapping a page gives its memory (include/linux/highmem-internal.h). A page keeps its
 * contents while it is not mapped; faults are off while it is mapped atomically. Pages that are not
 * part of the table must not be asked for. In proofs the bytes of pages are told, not touched: one
 * page at a time is mapped, at an address with nothing behind it. What bounce buffers copy is told.
 */
#include <linux/mm.h>
#include "sgp_env.h"
#include "sgp_table_ops.h"
#include "env_highmem.h"

#undef memcpy
#undef memset

static unsigned char sgp_memory[SGP_COPY_PAGES + 1][PAGE_SIZE] __aligned(PAGE_SIZE);
static struct page *sgp_memory_of[SGP_COPY_PAGES];
static unsigned int sgp_nmemory, sgp_atomic_maps;

void sgp_forget_pages(void)
{
	sgp_nmemory = 0;
	sgp_atomic_maps = 0;
}

static void *sgp_find_page(struct page *page)
{
	unsigned int i;

	for (i = 0; i < sgp_nmemory; i++)
		if (sgp_memory_of[i] == page)
			return sgp_memory[i];
	return NULL;
}

/* For the harness: every page that it asks for is one of the table. */
void *sgp_map_page(struct page *page)
{
	void *memory = sgp_find_page(page);

	if (memory)
		return memory;
	SGP_ASSUME(TABLE_SIZE, sgp_nmemory < SGP_COPY_PAGES);
	sgp_memory_of[sgp_nmemory] = page;
	return sgp_memory[sgp_nmemory++];
}

void sgp_unmap_page(const void *memory)
{
}

/* For the harness too: other pages are seen when they are asked for. */
void sgp_mark_beside(const struct sgp_page_run *runs, unsigned int nruns)
{
}

void sgp_look_beside(void)
{
}

/* Addresses that follow a page are told of too: they are not right. */
#define SGP_WINDOW (8 * PAGE_SIZE)

/* Of the operation under way, where its bytes are told. */
static struct {
	char *window;	   /* where pages are mapped; NULL: bytes are touched */
	struct page *page; /* that is mapped; NULL: none */
	sgp_u64 phys;	   /* of its first byte */
	const struct sgp_op *op;
	const char *buffer;
	sgp_u64 bytes; /* so far */
} sgp_telling;

/* Where a page of the table is; for others an event says that it was asked for. */
static sgp_u64 sgp_phys_of_table(struct page *page)
{
	const struct sgp_table *t = sgp_table();
	unsigned int r, i;

	for (r = 0; r < t->nruns; r++)
		for (i = 0; i < t->runs[r].count; i++) {
			struct page *own = t->runs[r].first + i * t->runs[r].stride;

			if (page == own)
				return page_to_phys(own);
		}
	sgp_event(SGP_EV_MEMORY, page_to_phys(page), PAGE_SIZE, 0, SGP_OUTSIDE_TABLE, 0);
	return page_to_phys(page);
}

bool sgp_told(const void *at)
{
	return sgp_telling.window &&
	       (unsigned long)at - (unsigned long)sgp_telling.window < SGP_WINDOW;
}

/* `bytes` are used, rightly or not. */
static void sgp_tell(const void *at, sgp_u64 bytes, bool right)
{
	sgp_u64 in_page = (unsigned long)at - (unsigned long)sgp_telling.window;

	right &= sgp_telling.page && in_page < PAGE_SIZE && bytes <= PAGE_SIZE - in_page;
	sgp_event(SGP_EV_BYTES, sgp_telling.phys + in_page, bytes, right, 0, 0);
	sgp_telling.bytes += bytes;
}

/* Into the buffer or out of it: as the operation wants, byte by byte, and not beyond its end. */
void *sgp_tell_copy(void *to, const void *from, size_t bytes)
{
	bool out = sgp_telling.op->code == SGP_OP_TABLE_COPY_OUT;
	const char *place = sgp_told(from) ? to : from;

	sgp_tell(sgp_told(from) ? from : to, bytes,
		 (out || sgp_telling.op->code == SGP_OP_TABLE_COPY_IN) && sgp_told(from) == out &&
		 place == sgp_telling.buffer + sgp_telling.bytes &&
		 sgp_telling.bytes + bytes <= sgp_telling.op->length);
	return to;
}

void *sgp_tell_fill(void *at, int byte, size_t bytes)
{
	sgp_tell(at, bytes, sgp_telling.op->code == SGP_OP_TABLE_ZERO && !(byte & 0xff));
	return at;
}

/* As sgp_miter(). */
static sgp_u64 sgp_miter_told(struct scatterlist *sgl, unsigned int nents, const struct sgp_op *op)
{
	struct sg_mapping_iter miter;
	sgp_u64 done = 0;

	sg_miter_start(&miter, sgl, nents, SG_MITER_ATOMIC | SG_MITER_FROM_SG);
	if (!sg_miter_skip(&miter, op->offset))
		return 0;
	while (done < op->length && sg_miter_next(&miter)) {
		sgp_u64 n = min_t(sgp_u64, miter.length, op->length - done);

		if (op->raw)
			n = min(n, op->raw);
		sgp_tell(miter.addr, n, sgp_told(miter.addr) && miter.page == sgp_telling.page);
		miter.consumed = n;
		done += n;
	}
	sg_miter_stop(&miter);
	return done;
}

void sgp_bytes_told(struct sgp_table *t, const struct sgp_op *op, struct sgp_step *step)
{
	struct scatterlist *sgl = t->append.sgt.sgl;
	unsigned int nents = t->append.sgt.orig_nents;
	void *buffer = t->memory->buffer;

	sgp_cases_of_bytes(t, op, 0);
	sgp_telling.window = sgp_object(SGP_WINDOW);
	sgp_object_gone(sgp_telling.window);
	sgp_telling.page = NULL;
	sgp_telling.phys = 0;
	sgp_telling.op = op;
	sgp_telling.buffer = buffer;
	sgp_telling.bytes = 0;
	switch (op->code) {
	case SGP_OP_TABLE_COPY_OUT:
		step->ret = sg_pcopy_to_buffer(sgl, nents, buffer, op->length, op->offset);
		break;
	case SGP_OP_TABLE_COPY_IN:
		step->ret = sg_pcopy_from_buffer(sgl, nents, buffer, op->length, op->offset);
		break;
	case SGP_OP_TABLE_ZERO:
		step->ret = sg_zero_buffer(sgl, nents, op->length, op->offset);
		break;
	default:
		step->ret = sgp_miter_told(sgl, nents, op);
		break;
	}
	sgp_telling.window = NULL;
}

/* For the code under check. */
void *sgp_kmap(struct page *page)
{
	void *memory;

	if (sgp_telling.window) {
		if (sgp_telling.page) /* several at once: nothing is said of where they are */
			return (void *)(unsigned long)beyond_the_contract();
		sgp_telling.page = page;
		sgp_telling.phys = sgp_phys_of_table(page);
		return sgp_telling.window;
	}
	memory = sgp_find_page(page);
	if (memory)
		return memory;
	sgp_event(SGP_EV_MEMORY, page_to_phys(page), PAGE_SIZE, 0, SGP_OUTSIDE_TABLE, 0);
	return sgp_memory[SGP_COPY_PAGES];
}

void *sgp_kmap_atomic(struct page *page)
{
	sgp_atomic_maps++;
	return sgp_kmap(page);
}

void sgp_kunmap(void)
{
	sgp_telling.page = NULL;
}

void sgp_kunmap_atomic(const void *memory)
{
	sgp_kunmap();
	sgp_atomic_maps--;
}

bool sgp_faults_off(void)
{
	return sgp_atomic_maps != 0;
}

/*
 * memcpy_from_page() and memcpy_to_page() for bounce buffers; all addresses are physical ones. What
 * lies behind the page is not mapped with it: VM_BUG_ON() where the kernel checks that.
 */
void sgp_copy_from_page(sgp_u64 page, size_t offset, sgp_u64 to, size_t bytes)
{
	BUG_ON(offset + bytes > PAGE_SIZE);
	sgp_event(SGP_EV_COPIED, page + offset, to, bytes, 0, 0);
}

void sgp_copy_to_page(sgp_u64 page, size_t offset, sgp_u64 from, size_t bytes)
{
	BUG_ON(offset + bytes > PAGE_SIZE);
	sgp_event(SGP_EV_COPIED, from, page + offset, bytes, 0, 0);
}
