/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loops that do their work piece by piece, in proofs alone. While `unit` is not 0, the executor
 * (smt/exec/exec_pieces.hpp) cuts loops that call functions at their header: `done` says how far
 * the work is, whatever its pieces were, and all else that changes goes along with it.
 */
#ifndef SGP_PIECES_H
#define SGP_PIECES_H

#include "sgp_abi.h"

struct sgp_pieces {
	sgp_u64 unit; /* bytes, a power of two: pieces are multiples of it; 0: loops are followed */
	sgp_u64 done; /* bytes; a loop makes it grow in each iteration, or shrink in each */
	sgp_u64 most; /* bytes that there are to do */
};

#ifndef __cplusplus
extern struct sgp_pieces sgp_pieces;
#endif

#endif /* SGP_PIECES_H */
