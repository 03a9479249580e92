// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: memory for the chunks of a table (mm/slab_common.c, mm/slub.c, mm/slob.c,
 * mm/page_alloc.c). An allocation
 * gives memory that nobody else has, with arbitrary contents unless __GFP_ZERO asks for
 * zeroes, or NULL where the scenario says so; every call is an event. What was freed is never given
 * out again, and poisoned: who uses it afterwards is seen.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include "sgp_accessors.h"
#include "sgp_env.h"
#include "sgp_table_ops.h"

#define SGP_HEAP_PAGES 24
#define SGP_SLAB_ALIGN 64

static unsigned char sgp_heap[SGP_HEAP_PAGES * PAGE_SIZE] __aligned(PAGE_SIZE);
static unsigned int sgp_heap_used;

void sgp_empty_heap(void)
{
	sgp_heap_used = 0;
}

/* Where each allocation is an object of its own, the engine sees what it must not be used for. */
static void *sgp_give_apart(size_t asked, gfp_t flags, bool pages)
{
	struct sgp_table *t = sgp_table();
	size_t size = sgp_case(asked);
	void *at;

	if (sgp_chunk_fails(t, size, pages))
		return NULL;
	SGP_ASSUME(TABLE_SIZE, size && size <= SGP_HEAP_PAGES * PAGE_SIZE);
	at = sgp_object(size);
	if (flags & __GFP_ZERO)
		memset(at, 0, size);
	sgp_chunk_given(t, at, size, pages);
	return at;
}

static void *sgp_give(size_t size, gfp_t flags, bool pages)
{
	struct sgp_table *t = sgp_table();
	unsigned int start = ALIGN(sgp_heap_used, pages ? PAGE_SIZE : SGP_SLAB_ALIGN);

#ifdef CONFIG_SLOB /* mm/slob.c: the allocation's size, ARCH_KMALLOC_MINALIGN bytes, is before it */
	if (!pages && !is_power_of_2(size))
		start += ARCH_KMALLOC_MINALIGN;
#endif
	if (t->apart)
		return sgp_give_apart(size, flags, pages);
	if (sgp_chunk_fails(t, size, pages))
		return NULL;
	/* more than a scenario can ask for: nothing is claimed about it */
	SGP_ASSUME(TABLE_SIZE, start <= sizeof(sgp_heap) && size <= sizeof(sgp_heap) - start);
	sgp_heap_used = start + size + SGP_SLAB_ALIGN;
	memset(sgp_heap + start, flags & __GFP_ZERO ? 0 : SGP_FRESH_BYTE, size);
	sgp_chunk_given(t, sgp_heap + start, size, pages);
	return sgp_heap + start;
}

static void sgp_take(const void *at, sgp_u64 size, bool pages)
{
	struct sgp_chunk *chunk;

	if (!at)
		return;
	chunk = sgp_chunk_taken(sgp_table(), at, size, pages);
	if (chunk && sgp_table()->apart)
		sgp_object_gone(chunk->at);
	else if (chunk)
		memset(chunk->at, SGP_FREED_BYTE, chunk->bytes);
}

/* The names below the macros that profile allocations. */
#if SGP_HAS_NOPROF
#define sgp_kmalloc __kmalloc_noprof
#define sgp_kmalloc_trace __kmalloc_cache_noprof
#define sgp_kmalloc_large __kmalloc_large_noprof
#define sgp_get_free_pages get_free_pages_noprof
#else
#define sgp_kmalloc __kmalloc
#define sgp_kmalloc_trace kmalloc_trace
#define sgp_kmalloc_large kmalloc_large
#define sgp_get_free_pages __get_free_pages
#endif

void *sgp_kmalloc(size_t size, gfp_t flags)
{
	return sgp_give(size, flags, false);
}

/* Sizes that the compiler knows. */
void *sgp_kmalloc_trace(struct kmem_cache *s, gfp_t flags, size_t size)
{
	return sgp_give(size, flags, false);
}

void *sgp_kmalloc_large(size_t size, gfp_t flags)
{
	return sgp_give(size, flags, false);
}

void kfree(const void *object)
{
	sgp_take(object, 0, false);
}

unsigned long sgp_get_free_pages(gfp_t gfp_mask, unsigned int order)
{
	return (unsigned long)sgp_give(PAGE_SIZE << order, gfp_mask, true);
}

void free_pages(unsigned long addr, unsigned int order)
{
	sgp_take((void *)addr, PAGE_SIZE << order, true);
}
