// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: where an architecture has no trap of its own for WARN(), it is this call (kernel/panic.c).
 * It reports, taints and goes on; the invariants look at that it was made, and at which line.
 */
#include <linux/bug.h>
#include "sgp_env.h"

#ifdef __WARN_FLAGS
#error "WARN() is a trap here, which the engines know"
#endif

void warn_slowpath_fmt(const char *file, const int line, unsigned int taint, const char *fmt, ...)
{
	sgp_event(SGP_EV_WARN, line, 0, 0, 0, 0);
}
