// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's allocator as a table sees it: what the functions under way ask for and give back
 * become events, and the allocation that must fail in this scenario does. How the calls are seen
 * depends on the machine: table_probes.c, or um_hooks.c.
 */
#include "sgp_accessors.h"
#include "runner.h"

#if SGP_HAS_NOPROF
#define KMALLOC "__kmalloc_noprof"
#define GET_FREE_PAGES "get_free_pages_noprof"
#else
#define KMALLOC "__kmalloc"
#define GET_FREE_PAGES "__get_free_pages"
#endif

static bool nested; /* one allocator calls another */

/* The table whose function is under way in this task, if any. */
static struct sgp_table *table_under_way(void)
{
	struct sgp_run *run = sgp_observed();

	return run && run->ctx.table.calling && !nested ? &run->ctx.table : NULL;
}

/* Whether the allocation that is asked for must fail. */
static bool allocation_fails(u64 bytes, bool pages)
{
	struct sgp_table *t = table_under_way();

	return t && sgp_chunk_fails(t, bytes, pages);
}

/* Whether allocation_ends() must be told what becomes of it. */
static bool allocation_begins(void)
{
	if (!table_under_way())
		return false;
	nested = true;
	return true;
}

static void allocation_ends(void *memory, u64 bytes, bool pages)
{
	struct sgp_run *run = sgp_observed();

	nested = false;
	if (run)
		sgp_chunk_given(&run->ctx.table, memory, bytes, pages);
}

static void given_back(const void *memory, u64 bytes, bool pages)
{
	struct sgp_table *t = table_under_way();

	if (t && memory)
		sgp_chunk_taken(t, memory, bytes, pages);
}

/* A function that did not return may have left an allocator. */
void sgp_table_begin(void)
{
	nested = false;
}
