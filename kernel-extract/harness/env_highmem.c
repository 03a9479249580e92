// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: mapping a page gives its memory (include/linux/highmem-internal.h). A page keeps its
 * contents while it is not mapped; faults are off while it is mapped atomically. Pages that are not
 * part of the table must not be asked for.
 */
#include <linux/mm.h>
#include "sgp_env.h"
#include "sgp_table_ops.h"
#include "env_highmem.h"

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

/* For the code under check. */
void *sgp_kmap(struct page *page)
{
	void *memory = sgp_find_page(page);

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

void sgp_kunmap_atomic(const void *memory)
{
	sgp_atomic_maps--;
}

bool sgp_faults_off(void)
{
	return sgp_atomic_maps != 0;
}
