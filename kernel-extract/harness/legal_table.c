// SPDX-License-Identifier: GPL-2.0
/* What a legal call on a table is. */
#include "sgp_env.h"
#include "sgp_legal.h"
#include "sgp_ops.h"

void sgp_legal_split(bool holds)
{
	SGP_ASSUME(SPLIT_KNOWN, holds);
}

/* The last page of the table that is extended. */
static sgp_u64 sgp_table_end;

/*
 * Trees before 6.2 count the bytes behind the table's last page in an unsigned long:
 * append-behind-page-above-4g.
 */
static void sgp_legal_next_frame(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_page *pages = &in->world.pages[op->page];
	sgp_u64 next = sgp_table_end + 1;

	SGP_ASSUME(APPEND_KNOWN, SGP_HAS_NEXT_PFN || !sgp_symbolic() ||
				 sgp_table()->kind != SGP_TABLE_APPENDED || pages->pfn == next ||
				 pages->pfn != (next & (ULONG_MAX >> PAGE_SHIFT)));
	sgp_table_end = op->attrs == SGP_PAGES_APART ? pages[op->raw - 1].pfn :
						       pages->pfn + (op->raw - 1) * op->attrs;
}

/* Frames at the same distance from each other: all of the first one's kind. */
static void sgp_legal_frames(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_page *first = &in->world.pages[op->page];
	sgp_u64 start = first->pfn << PAGE_SHIFT, size;
	unsigned int i, k;

	size = ((op->raw - 1) * op->attrs + 1) << PAGE_SHIFT;
	SGP_ASSUME(PFN_RANGE, first->pfn + (size >> PAGE_SHIFT) <= SGP_PFN_LIMIT);
	sgp_legal_frame(first->pfn + (size >> PAGE_SHIFT) - 1);
	for (k = 0; k < in->nproviders; k++) {
		const struct sgp_provider *p = &in->world.providers[k];

		if (first->kind == k + 1)
			SGP_ASSUME(PAGE_KIND, start >= p->cpu_start &&
					      start + size <= p->cpu_start + p->size);
		else
			SGP_ASSUME(PAGE_KIND, !sgp_overlaps(start, size, p->cpu_start, p->size));
	}
	for (i = 0; i < op->raw; i++)
		sgp_make_page(pfn_to_page((unsigned long)(first->pfn + i * op->attrs)), first->kind);
}

/* A call that extends a table. */
void sgp_legal_run(const struct sgp_scenario *in, const struct sgp_op *op)
{
	const struct sgp_table *t = sgp_table();
	sgp_u64 longest = in->world.devices[op->device].max_segment, bytes = op->raw << PAGE_SHIFT;
	bool apart = op->attrs == SGP_PAGES_APART;
	unsigned int i;

	SGP_ASSUME(TABLE_CALLS, op->page + (apart ? op->raw : 1) <= in->npages &&
				op->length && op->offset + op->length <= bytes &&
				op->offset + op->length > bytes - PAGE_SIZE);
	SGP_ASSUME(TABLE_CALLS, !longest || (longest >= PAGE_SIZE && longest <= UINT_MAX));
	SGP_ASSUME(TABLE_CALLS, !op->dir || op->offset + op->length == bytes);
	if (t->kind == SGP_TABLE_APPENDED)
		SGP_ASSUME(TABLE_CALLS, !op->offset && op->length == bytes);
	/*
	 * Pages that no call brings can be the same frames as those that one does. A booted machine
	 * leaves them where the scenario had them.
	 */
	for (i = 0; i < in->npages; i++)
		if (sgp_symbolic() || (apart && i >= op->page && i < op->page + op->raw))
			sgp_legal_page(in, i);
	for (i = 0; apart && i < op->raw; i++) {
		const struct sgp_page *page = &in->world.pages[op->page + i];

		sgp_legal_frame(page->pfn);
		/* what becomes one entry: shapes of tables are followed one by one */
		if (i)
			sgp_case(page->pfn == page[-1].pfn + 1);
	}
	if (!apart)
		sgp_legal_frames(in, op);
	sgp_legal_next_frame(in, op);
}
