// SPDX-License-Identifier: GPL-2.0
/*
 * RAM pages for scenarios: blocks of 4 MiB below and above 4 GiB. Placing keeps what can matter of
 * a scenario's pages: which are equal, adjacent or near each other, their order, and the low 9 bits
 * of the page frame number (on 32 bits with an odd sizeof(struct page) those decide the low bits
 * of the page pointer). Pages out of reach of a device are placed above 4 GiB, where words have 64
 * bits. Where they have 32 and there is memory above, a table's pages keep on which side they are,
 * and their distance without the bits above 4 GiB, which a word does not hold.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sort.h>
#include "runner.h"

#define BLOCK_ORDER 10
#define BLOCK_PAGES (1UL << BLOCK_ORDER)
#define LOW_BITS 512UL /* page frame numbers keep their value modulo this */
#define NEAR 64UL      /* pages nearer than this keep their distance */
#define MOST 64UL      /* pages of a segment that are kept apart from the next ones' */

enum { LEVEL_LOW, LEVEL_HIGH, LEVELS };

struct pool {
	struct page *blocks[SGP_MAX_PAGES]; /* ascending */
	unsigned int count;
};

static struct pool pools[LEVELS];

#if defined(CONFIG_HIGHMEM) && defined(CONFIG_PHYS_ADDR_T_64BIT)
#define WORD_FRAMES (1UL << (BITS_PER_LONG - PAGE_SHIFT)) /* whose addresses fit a word */
#define MOST_ABOVE 64

static unsigned long above[MOST_ABOVE]; /* first frames of blocks above 4 GiB */
static unsigned int nabove;

static void fill_above(void)
{
	while (nabove < MOST_ABOVE) {
		struct page *page = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN | __GFP_NORETRY,
						BLOCK_ORDER);

		if (!page)
			break;
		if (page_to_pfn(page) < WORD_FRAMES) {
			__free_pages(page, BLOCK_ORDER);
			break;
		}
		above[nabove++] = page_to_pfn(page);
	}
}

static bool is_ours_above(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < nabove; i++)
		if (pfn - above[i] < BLOCK_PAGES)
			return true;
	return false;
}

/* What is placed above 4 GiB of a scenario: pages of tables that no device reads. */
static u64 frames_above(const struct sgp_run *run, unsigned int page)
{
	return run->nuses ? 0 : run->scenario.world.pages[page].pfn & ~(u64)(WORD_FRAMES - 1);
}

/* Of pages that a device reads none is placed above 4 GiB, where its high bits would matter. */
static bool must_be_above(const struct sgp_run *run, unsigned int page)
{
	return run->nuses && run->scenario.world.pages[page].pfn >= WORD_FRAMES;
}
#else
static void fill_above(void)
{
}

static bool is_ours_above(unsigned long pfn)
{
	return false;
}

static u64 frames_above(const struct sgp_run *run, unsigned int page)
{
	return 0;
}

static bool must_be_above(const struct sgp_run *run, unsigned int page)
{
	return false;
}
#endif

/* A page frame number by which pages are near each other. */
static u64 place_of(const struct sgp_run *run, unsigned int page)
{
	return run->scenario.world.pages[page].pfn - frames_above(run, page);
}

static int by_pfn(const void *a, const void *b)
{
	unsigned long x = page_to_pfn(*(struct page *const *)a);
	unsigned long y = page_to_pfn(*(struct page *const *)b);

	return x < y ? -1 : x > y;
}

static void fill(struct pool *pool, gfp_t gfp, bool high)
{
	while (pool->count < SGP_MAX_PAGES) {
		struct page *page = alloc_pages(gfp | __GFP_NOWARN | __GFP_NORETRY, BLOCK_ORDER);

		if (!page)
			break;
		if (high && (u64)page_to_phys(page) >> 32 == 0) {
			__free_pages(page, BLOCK_ORDER);
			break;
		}
		pool->blocks[pool->count++] = page;
	}
	sort(pool->blocks, pool->count, sizeof(pool->blocks[0]), by_pfn, NULL);
}

int sgp_memory_init(void)
{
	if (IS_ENABLED(CONFIG_64BIT)) {
		fill(&pools[LEVEL_LOW], GFP_KERNEL | GFP_DMA32, false);
		fill(&pools[LEVEL_HIGH], GFP_KERNEL, true);
	} else {
		fill(&pools[LEVEL_LOW], GFP_KERNEL, false);
		fill_above();
	}
	return pools[LEVEL_LOW].count ? 0 : -ENOMEM;
}

bool sgp_memory_high(void)
{
	return pools[LEVEL_HIGH].count != 0;
}

static bool block_of(const struct page *block, u64 phys, u64 *start, u64 *end)
{
	*start = page_to_phys(block);
	*end = *start + (BLOCK_PAGES << PAGE_SHIFT);
	return phys >= *start && phys < *end;
}

/* The block that the address lies in: memory that nobody else uses. */
bool sgp_own_block(u64 phys, u64 *start, u64 *end)
{
	unsigned int level, i;

	for (level = 0; level < LEVELS; level++)
		for (i = 0; i < pools[level].count; i++)
			if (block_of(pools[level].blocks[i], phys, start, end))
				return true;
	return false;
}

void sgp_some_block(u64 *start, u64 *end)
{
	block_of(pools[LEVEL_LOW].blocks[0], 0, start, end);
}

u64 sgp_limit_of(const struct sgp_device *d)
{
	return min_not_zero(d->dma_mask, d->bus_dma_limit);
}

/* A page that some mapping of the scenario cannot reach has to be above 4 GiB. */
static bool out_of_reach(const struct sgp_run *run, unsigned int page)
{
	const struct sgp_world *w = &run->scenario.world;
	unsigned int i;

	for (i = 0; i < run->nuses; i++) {
		const struct sgp_use *u = &run->uses[i];

		if (!w->iommu && u->page == page && (w->pages[page].pfn << PAGE_SHIFT) + u->offset + u->length - 1 >
					       sgp_limit_of(&w->devices[u->device]))
			return true;
	}
	return false;
}

/*
 * Where words have 32 bits all pages are below 4 GiB, in ascending order as in the scenario: the
 * device's limit is moved between those that it reaches and the others (devices.c).
 */
static unsigned int level_for(const struct sgp_run *run, unsigned int page)
{
	return IS_ENABLED(CONFIG_64BIT) && out_of_reach(run, page) ? LEVEL_HIGH : LEVEL_LOW;
}

/* Pages from this one on that must be ours: those that may be copied, and some of the segment. */
static u64 span(const struct sgp_run *run, unsigned int page)
{
	return max_t(u64, min_t(u64, DIV_ROUND_UP_ULL(run->extent[page], PAGE_SIZE), MOST),
		     DIV_ROUND_UP_ULL(run->touched[page], PAGE_SIZE));
}

/* Indices of the RAM pages in use, by ascending page frame number. */
static unsigned int sorted_pages(const struct sgp_run *run, unsigned int *order)
{
	const struct sgp_page *pages = run->scenario.world.pages;
	unsigned int n = 0, i, k;

	for (i = 0; i < SGP_MAX_PAGES; i++) {
		if (pages[i].kind || !run->extent[i])
			continue;
		for (k = n++; k && place_of(run, order[k - 1]) > place_of(run, i); k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	return n;
}

/* Whether a segment of these pages, placed from `at` on, would lie over the bounce pool. */
static bool over_pool(const struct sgp_run *run, const unsigned int *order, unsigned int n, u64 at)
{
	const struct sgp_page *pages = run->scenario.world.pages;
	u64 start, end;
	unsigned int i;

	sgp_bounce_pool(&start, &end);
	for (i = 0; i < n; i++) {
		u64 first = at + ((pages[order[i]].pfn - pages[order[0]].pfn) << PAGE_SHIFT);

		if (first < end && first + run->extent[order[i]] > start)
			return true;
	}
	return false;
}

/* Whether what is above 4 GiB of these pages, placed from `at` on, is ours. */
static bool fits_above(const struct sgp_run *run, const struct page *block, u64 low,
		       const unsigned int *order, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		u64 high = frames_above(run, order[i]), k;
		u64 first = page_to_pfn(block) + low + place_of(run, order[i]) - place_of(run, order[0]);

		for (k = 0; high && k < span(run, order[i]); k++)
			if (!is_ours_above(first + high + k))
				return false;
	}
	return true;
}

sgp_reason sgp_place_ram(struct sgp_run *run)
{
	unsigned int order[SGP_MAX_PAGES], used[LEVELS] = {}, n, first, last, i;

	n = sorted_pages(run, order);
	for (i = 0; i < n; i++)
		if (must_be_above(run, order[i]))
			return SGP_UNREPLAYABLE_PAGE;
	for (first = 0; first < n; first = last) {
		u64 base = place_of(run, order[first]), end = base + span(run, order[first]);
		unsigned int level = level_for(run, order[first]);
		unsigned long low = base % LOW_BITS;
		struct page *block;

		for (last = first + 1; last < n && place_of(run, order[last]) < end + NEAR; last++) {
			end = max(end, place_of(run, order[last]) + span(run, order[last]));
			level = max(level, level_for(run, order[last]));
		}
		if (level == LEVEL_LOW && used[LEVEL_HIGH] < pools[LEVEL_HIGH].count &&
		    used[LEVEL_LOW] < pools[LEVEL_LOW].count &&
		    over_pool(run, order + first, last - first,
			      page_to_phys(pools[LEVEL_LOW].blocks[used[LEVEL_LOW]]) +
				      (low << PAGE_SHIFT)))
			level = LEVEL_HIGH;
		while (used[level] < pools[level].count &&
		       !fits_above(run, pools[level].blocks[used[level]], low, order + first,
				   last - first))
			used[level]++;
		if (used[level] == pools[level].count || low + (end - base) > BLOCK_PAGES)
			return SGP_UNREPLAYABLE_PAGE;
		block = pools[level].blocks[used[level]++];
		for (i = first; i < last; i++)
			run->ctx.pages[order[i]] =
				pfn_to_page(page_to_pfn(block) + low + (place_of(run, order[i]) - base) +
					    frames_above(run, order[i]));
	}
	return SGP_UNREPLAYABLE_NONE;
}
