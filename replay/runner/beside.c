// SPDX-License-Identifier: GPL-2.0
/*
 * Pages beside those of a table, as far as they are ours: what an operation on the bytes of the
 * table writes there is of nobody, and becomes an event.
 */
#include "runner.h"

#define MOST_PAGES (2 * SGP_COPY_PAGES)

static struct page *beside[MOST_PAGES];
static unsigned int nbeside;

static bool is_of_table(const struct sgp_page_run *runs, unsigned int nruns, const struct page *page)
{
	unsigned int r;
	u64 i;

	for (r = 0; r < nruns; r++)
		for (i = 0; i < runs[r].count; i++)
			if (sgp_run_page(&runs[r], i) == page)
				return true;
	return false;
}

static void add(const struct sgp_page_run *runs, unsigned int nruns, unsigned long pfn)
{
	u64 phys = PFN_PHYS(pfn), start, end;
	struct page *page;
	unsigned int i;

	if (!sgp_owned(phys, &start, &end) || phys < start || phys + PAGE_SIZE > end)
		return;
	page = pfn_to_page(pfn);
	for (i = 0; i < nbeside; i++)
		if (beside[i] == page)
			return;
	if (!is_of_table(runs, nruns, page))
		beside[nbeside++] = page;
}

void sgp_mark_beside(const struct sgp_page_run *runs, unsigned int nruns)
{
	unsigned int r;
	u64 i;

	nbeside = 0;
	for (r = 0; r < nruns; r++)
		for (i = 0; i < runs[r].count && nbeside + 2 <= MOST_PAGES; i++) {
			unsigned long pfn = page_to_pfn(sgp_run_page(&runs[r], i));

			add(runs, nruns, pfn - 1);
			add(runs, nruns, pfn + 1);
		}
	for (i = 0; i < nbeside; i++)
		sgp_pattern_page(beside[i], NULL);
}

void sgp_look_beside(void)
{
	unsigned int i, k, count;

	for (i = 0; i < nbeside; i++) {
		u64 phys = page_to_phys(beside[i]);
		const u8 *bytes = sgp_map_page(beside[i]);

		for (k = count = 0; k < PAGE_SIZE; k++)
			count += bytes[k] != sgp_pattern_byte(phys + k);
		sgp_unmap_page(bytes);
		if (count)
			sgp_event(SGP_EV_MEMORY, phys, count, 0, SGP_OUTSIDE_TABLE, 0);
	}
}
