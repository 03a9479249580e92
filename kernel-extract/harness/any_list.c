// SPDX-License-Identifier: GPL-2.0
/*
 * A list of any length, see sgp_any_list.h: which slots its named entries are in, and what they
 * hold. Everything that is not said of an entry is arbitrary.
 */
#include "sgp_env.h"
#include "sgp_any_list.h"
#include "sgp_ops.h"

unsigned long sgp_list_array; /* where the engine has the slots */
struct sgp_any_list sgp_any_list;

static_assert((int)SGP_ANY_OTHER == SGP_ANY_OTHER_PAGE);

/* Conditions are joined without branches: an engine that follows them all meets fewer. */
struct sgp_any_segment {
	sgp_u64 offset;
	sgp_u64 length;
	sgp_u64 marked; /* it held a bus address before */
	sgp_u64 pfn;	/* of an entry without a page in the scenario */
};

static struct scatterlist *sgp_slot(sgp_u64 slot)
{
	return (struct scatterlist *)sgp_list_array + slot;
}

struct scatterlist *sgp_any_observed(void)
{
	return sgp_slot(sgp_any_list.entries[SGP_ANY_OBSERVED].slot);
}

static bool sgp_is_end(const struct sgp_any_entry *e)
{
	return (bool)sgp_any_list.ends & (e->position == sgp_any_list.nents - 1);
}

/* The order of the list, and that of the slots. */
static void sgp_place_entry(struct sgp_any_entry *e, sgp_u64 first_slot)
{
	SGP_ASSUME(ANY_LENGTH, (e->linked <= 1) & (e->slot < SGP_ANY_SLOTS - 2) &
			       (e->next_slot < SGP_ANY_SLOTS) & (e->position < 1ULL << 32));
	SGP_ASSUME(ANY_LENGTH, (bool)e->linked | (e->next_slot == e->slot + 1));
	SGP_ASSUME(ANY_LENGTH, (e->position == 0) == (e->slot == first_slot));
	e->next = sgp_is_end(e) ? 0 : (unsigned long)sgp_slot(e->next_slot);
}

static void sgp_place_pair(const struct sgp_any_entry *a, const struct sgp_any_entry *b)
{
	SGP_ASSUME(ANY_LENGTH, (a->slot != b->slot) & (a->position != b->position));
	SGP_ASSUME(ANY_LENGTH, !a->linked | (a->slot + 1 != b->slot));
	SGP_ASSUME(ANY_LENGTH, (b->position != a->position + 1) | (a->next_slot == b->slot));
}

static void sgp_fill_entry(struct sgp_any_entry *e, struct page *page,
			   const struct sgp_any_segment *segment)
{
	struct scatterlist *sg = sgp_slot(e->slot), *behind = sg + 1;

	sg->page_link = sgp_is_end(e) ? SG_END : 0;
	SGP_UNMARK_BUS(sg);
	if (page) {
		sg_set_page(sg, page, segment->length, segment->offset);
		if (segment->marked)
			SGP_MARK_BUS(sg);
	}
	if (e->linked)
		behind->page_link = (unsigned long)sgp_slot(e->next_slot) | SG_CHAIN;
	else
		SGP_ASSUME(ANY_LENGTH, !(behind->page_link & SG_CHAIN));
}

static void sgp_note_entry(struct sgp_any_entry *e)
{
	struct scatterlist *sg = sgp_slot(e->slot);

	e->page_link = sg->page_link;
	e->offset = sg->offset;
	e->length = sg->length;
}

/*
 * What is not said of the earlier and of the later entry is arbitrary: their segments can be any.
 * Pages are what they are for all entries.
 */
static void sgp_legal_earlier(const struct sgp_scenario *in)
{
	const struct sgp_page *pages = in->world.pages, *earlier = &pages[SGP_ANY_EARLIER];
	unsigned int i;

	for (i = 0; i < SGP_ANY_NAMES; i++)
		if (i == SGP_ANY_OBSERVED || i == SGP_ANY_OTHER)
			SGP_ASSUME(ANY_LENGTH, (pages[i].pfn != earlier->pfn) |
					       (pages[i].kind == earlier->kind));
}

void sgp_build_any_list(const struct sgp_scenario *in, const struct sgp_op *op, struct page **pages)
{
	struct sgp_any_list *list = &sgp_any_list;
	struct sgp_any_segment segments[SGP_ANY_NAMES];
	struct sgp_op other = *op;
	struct page *page[SGP_ANY_NAMES];
	sgp_u64 first_slot;
	unsigned int i, j;

	sgp_havoc(list, sizeof(*list));
	sgp_havoc(&first_slot, sizeof(first_slot));
	sgp_havoc(segments, sizeof(segments));
	SGP_ASSUME(ANY_LENGTH, (list->nents != 0) & (list->nents <= SGP_ANY_MAX_NENTS) &
			       (list->ends <= 1) & (first_slot < SGP_ANY_SLOTS) &
			       (list->entries[SGP_ANY_OBSERVED].position < list->nents));
	for (i = 0; i < in->nproviders; i++)
		SGP_ASSUME(ANY_LENGTH, in->world.providers[i].cached_type[op->device] != SGP_TYPE_UNKNOWN);
	list->first = (unsigned long)sgp_slot(first_slot);
	list->page_link_at = offsetof(struct scatterlist, page_link);
	list->offset_at = offsetof(struct scatterlist, offset);
	list->length_at = offsetof(struct scatterlist, length);
	list->word = sizeof(unsigned long);
	list->chain = SG_CHAIN;
	for (i = 0; i < SGP_ANY_NAMES; i++) {
		sgp_place_entry(&list->entries[i], first_slot);
		for (j = 0; j < SGP_ANY_NAMES; j++)
			if (j != i)
				sgp_place_pair(&list->entries[i], &list->entries[j]);
	}
	other.page = SGP_ANY_OTHER;
	sgp_legal_segment(in, &other);
	segments[SGP_ANY_OTHER].offset = other.offset;
	segments[SGP_ANY_OTHER].length = other.length;
	sgp_legal_earlier(in);
	SGP_ASSUME(ANY_LENGTH, segments[SGP_ANY_OTHER_LATER].pfn < SGP_PFN_LIMIT);
	page[SGP_ANY_OBSERVED] = NULL; /* the scenario gives it one */
	page[SGP_ANY_EARLIER] = pages[SGP_ANY_EARLIER];
	page[SGP_ANY_OTHER] = pages[SGP_ANY_OTHER];
	page[SGP_ANY_OTHER_LATER] =
		pfn_to_page((unsigned long)segments[SGP_ANY_OTHER_LATER].pfn);
	for (i = 0; i < SGP_ANY_NAMES; i++)
		sgp_fill_entry(&list->entries[i], page[i], &segments[i]);
	for (i = 0; i < SGP_ANY_NAMES; i++)
		sgp_note_entry(&list->entries[i]);
}
