/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A list of any length, in proofs alone. Its entries are slots of one array of struct scatterlist
 * with any contents, in any tables and in any order; a few of them are known by name. The harness
 * (any_list.c) says what is known of these, the executor (smt/exec/exec_loops.hpp) reads it where a
 * loop over the list begins. Every field is an unsigned 64-bit integer.
 */
#ifndef SGP_ANY_LIST_H
#define SGP_ANY_LIST_H

#include "sgp_abi.h"

#define SGP_ANY_MAX_NENTS 0x7fffffffULL /* the calls take an int */

enum sgp_any_name {
	SGP_ANY_OBSERVED = 0, /* the entry that the claims are about: any of the list */
	SGP_ANY_EARLIER,      /* another, to say what an earlier iteration leaves behind */
	SGP_ANY_OTHER,	      /* another: what a loop does with it, it does with every other */
	SGP_ANY_OTHER_LATER,  /* the same, where the first was used up by a loop that ended with it */
	SGP_ANY_NAMES
};

struct sgp_any_entry {
	sgp_u64 position;  /* in the list, from 0; not below `nents`: there is no such entry */
	sgp_u64 slot;	   /* in the array */
	sgp_u64 linked;	   /* 1: the slot behind it is a chain entry */
	sgp_u64 next_slot; /* of the entry that follows */
	sgp_u64 next;	   /* its address; 0: this is the end */
	sgp_u64 page_link; /* contents that no iteration for another entry changes */
	sgp_u64 offset;
	sgp_u64 length;
};

struct sgp_any_list {
	sgp_u64 nents; /* 0: the list is as long as the scenario says */
	sgp_u64 first; /* address of entry 0 */
	sgp_u64 ends;  /* 1: the last of `nents` entries has the END mark; 0: the list is longer */
	/* Of struct scatterlist: bytes, and where its members are. */
	sgp_u64 page_link_at;
	sgp_u64 offset_at;
	sgp_u64 length_at;
	sgp_u64 word;  /* bytes of page_link */
	sgp_u64 chain; /* the bits of page_link that make a chain entry */
	struct sgp_any_entry entries[SGP_ANY_NAMES];
};

#ifndef __cplusplus
extern struct sgp_any_list sgp_any_list;
#endif

#endif /* SGP_ANY_LIST_H */
