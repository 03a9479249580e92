/* SPDX-License-Identifier: GPL-2.0 */
/* What a legal input is: the assumptions that the run (tu_run.c) makes before each operation. */
#ifndef SGP_LEGAL_H
#define SGP_LEGAL_H

#include "sgp_env.h"

/* legal.c */
bool sgp_overlaps(sgp_u64 a, sgp_u64 a_size, sgp_u64 b, sgp_u64 b_size);
void sgp_forget_map(void);
void sgp_legal_op(const struct sgp_scenario *in, const struct sgp_op *op);
void sgp_legal_page(const struct sgp_scenario *in, sgp_u64 index);
void sgp_legal_frame(sgp_u64 frame);

/* legal_iommu.c: lists behind an IOMMU, in proofs */
void sgp_note_list(const struct sgp_scenario *in);
void sgp_kind_apart(const struct sgp_scenario *in, unsigned int j);
void sgp_note_segment(const struct sgp_scenario *in, const struct sgp_op *op);
void sgp_note_mapped(void);
void sgp_legal_last_entry(const struct sgp_scenario *in, const struct sgp_op *map);
void sgp_legal_reuse(const struct sgp_scenario *in, const struct sgp_op *map);

/* legal_table.c: a call that extends a table */
void sgp_legal_run(const struct sgp_scenario *in, const struct sgp_op *op);

#endif /* SGP_LEGAL_H */
