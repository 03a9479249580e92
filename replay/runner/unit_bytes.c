// SPDX-License-Identifier: GPL-2.0
/* Bytes that devices move. */
#include "bounce_bytes.c"
#include "bounce_limits.c"
#include "nvme.c"
#include "edu.c"
#include "samples.c"
#include "transfers.c"
#include "faults.c"
