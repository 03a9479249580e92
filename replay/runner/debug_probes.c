// SPDX-License-Identifier: GPL-2.0
/*
 * What a debug kernel finds, as events of the run in progress: a function that may sleep, called in
 * atomic context (DEBUG_ATOMIC_SLEEP), and accesses to memory that is not there (KASAN). Both say so
 * on the console once a second or once at all; here every one counts. Misuse of the DMA API
 * (DMA_API_DEBUG) is a WARN, as is that of scatterlists (DEBUG_SG, a BUG): probes.c has them.
 */
#include <linux/gfp.h>
#include <linux/kprobes.h>
#include "runner.h"

#ifdef CONFIG_DEBUG_ATOMIC_SLEEP
/* void __might_resched(const char *file, int line, unsigned int offsets) of kernel/sched/core.c */
static int may_sleep(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned int line = regs_get_kernel_argument(regs, 1);

	/* offsets: the preemption count that the caller knows to have, of a lock that it gives up */
	if (!sgp_observed() || !sgp_atomic() || (u32)regs_get_kernel_argument(regs, 2))
		return 0;
	sgp_event(SGP_EV_WARN, line, SGP_WARN_MAY_SLEEP, 0, 0, 0);
	sgp_diagnose(SGP_EV_WARN, (const char *)regs_get_kernel_argument(regs, 0), line,
		     regs_get_kernel_stack_nth(regs, 0));
	return 0;
}

static struct kprobe sleep_probe = { .symbol_name = "__might_resched", .pre_handler = may_sleep };

/*
 * void *xa_store(xa, index, entry, gfp): sleeps only when it runs out of nodes, and only then
 * says so. What counts is what it was allowed to do.
 */
static int may_store(struct kprobe *probe, struct pt_regs *regs)
{
	if (!sgp_observed() || !sgp_atomic() ||
	    !gfpflags_allow_blocking(regs_get_kernel_argument(regs, 3)))
		return 0;
	sgp_event(SGP_EV_WARN, 0, SGP_WARN_MAY_SLEEP, 0, 0, 0);
	sgp_diagnose(SGP_EV_WARN, NULL, 0, regs_get_kernel_stack_nth(regs, 0));
	return 0;
}

static struct kprobe store_probe = { .symbol_name = "xa_store", .pre_handler = may_store };
#endif

#ifdef CONFIG_KASAN
/* bool kasan_report(addr, size_t size, bool is_write, unsigned long ip) of mm/kasan/report.c */
static int bad_access(struct kprobe *probe, struct pt_regs *regs)
{
	if (!sgp_observed())
		return 0;
	sgp_event(SGP_EV_OOPS, regs_get_kernel_argument(regs, 0), regs_get_kernel_argument(regs, 1),
		  0, 0, 0);
	sgp_diagnose(SGP_EV_OOPS, NULL, 0, regs_get_kernel_argument(regs, 3));
	return 0;
}

static struct kprobe kasan_probe = { .symbol_name = "kasan_report", .pre_handler = bad_access };
#endif

int sgp_debug_probe(void)
{
	int ret = 0;

#ifdef CONFIG_DEBUG_ATOMIC_SLEEP
	ret = register_kprobe(&sleep_probe) ?: register_kprobe(&store_probe);
	if (ret)
		return ret;
#endif
#ifdef CONFIG_KASAN
	ret = register_kprobe(&kasan_probe);
	if (ret)
		return ret;
#endif
#ifdef CONFIG_DMA_API_DEBUG
	{
		u32 *all = (u32 *)sgp_symbol("show_all_errors"); /* kernel/dma/debug.c */

		if (!all)
			return -ENOENT;
		*all = 1;
	}
#endif
	return ret;
}
