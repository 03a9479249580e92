// SPDX-License-Identifier: GPL-2.0
/*
 * What the environment sees of an operation: WARN, BUG and oops here, calls into the bounce buffers
 * in swiotlb_probes.c. All become events of the run in progress (observe.c).
 */
#include <linux/bug.h>
#include <linux/kallsyms.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <asm/traps.h>
#include "runner.h"

static struct bug_entry *(*find_bug_entry)(unsigned long address);
static void (*clear_once)(void);
static char *start_once, *end_once; /* what dev_err_once() and its like remember */

/*
 * void __warn(const char *file, int line, void *caller, ...) of kernel/panic.c. It would describe
 * the machine on the console, of which nobody sees anything: warnings are below its level. That
 * takes an emulated machine a hundred times as long as a scenario, so it is left out.
 */
static int warn_entry(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned int line = regs_get_kernel_argument(regs, 1);

	if (!sgp_observed())
		return 0;
	sgp_warned((const char *)regs_get_kernel_argument(regs, 0), line,
		   regs_get_kernel_argument(regs, 2));
	regs->ip = *(unsigned long *)regs->sp; /* as if the function had returned */
	regs->sp += sizeof(unsigned long);
	return 1;
}

void sgp_keep_breakpoint(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe warn_probe = {
	.symbol_name = "__warn",
	.pre_handler = warn_entry,
	.post_handler = sgp_keep_breakpoint,
};

/*
 * An oops makes the console tell everything, and describes the machine. What stopped the scenario is
 * in its record, and text takes an emulated machine long: only emergencies are told, like the reason
 * of a panic. oops_begin() calls bust_spinlocks() right after it has raised the console's level.
 */
static int oops_entry(struct kprobe *probe, struct pt_regs *regs)
{
	if (sgp_observed() && regs_get_kernel_argument(regs, 0))
		console_loglevel = 1;
	return 0;
}

static struct kprobe oops_probe = { .symbol_name = "bust_spinlocks", .pre_handler = oops_entry };

static void bug_place(const struct bug_entry *bug, const char **file, unsigned int *line)
{
	*file = NULL;
	*line = 0;
#ifdef CONFIG_DEBUG_BUGVERBOSE
#ifdef CONFIG_GENERIC_BUG_RELATIVE_POINTERS
	*file = (const char *)&bug->file_disp + bug->file_disp;
#else
	*file = bug->file;
#endif
	*line = bug->line;
#endif
}

static void stopped_by_bug(const struct bug_entry *bug, unsigned long address)
{
	const char *file;
	unsigned int line;

	bug_place(bug, &file, &line);
	sgp_stopped(SGP_EV_BUG, line, 0, file, line, address);
}

static int died(struct notifier_block *block, unsigned long what, void *data)
{
	struct die_args *args = data;
	struct bug_entry *bug;
	unsigned long address;

	if ((what != DIE_OOPS && what != DIE_TRAP) || !args->regs || !sgp_observed())
		return NOTIFY_DONE;
	address = instruction_pointer(args->regs);
	bug = args->trapnr == X86_TRAP_UD ? find_bug_entry(address) : NULL;
	if (what == DIE_TRAP) { /* an oops follows, unless the operation is left here */
		if (!bug || !sgp_guard_leave(args->regs))
			return NOTIFY_DONE;
		stopped_by_bug(bug, address);
		return NOTIFY_STOP;
	}
	if (bug) {
		stopped_by_bug(bug, address);
	} else {
		sgp_stopped(SGP_EV_OOPS, args->trapnr == X86_TRAP_PF ? current->thread.cr2 : 0,
			    args->trapnr, NULL, 0, address);
	}
	sgp_bell(SGP_BELL_STOPPED);
	return NOTIFY_DONE;
}

static struct notifier_block die_block = { .notifier_call = died };

void sgp_clear_once(void)
{
	clear_once();
	memset(start_once, 0, end_once - start_once);
}

int sgp_probes_init(void)
{
	int ret;

	find_bug_entry = (void *)sgp_symbol("find_bug");
	clear_once = (void *)sgp_symbol("generic_bug_clear_once");
	start_once = (char *)sgp_symbol("__start_once");
	end_once = (char *)sgp_symbol("__end_once");
	if (!find_bug_entry || !clear_once || !start_once || end_once < start_once)
		return -ENOENT;
	ret = register_kprobe(&warn_probe) ?: register_kprobe(&oops_probe);
	if (ret)
		return ret;
	ret = sgp_guard_init() ?: sgp_debug_probe() ?: sgp_table_probe() ?: sgp_references_probe();
	if (ret)
		return ret;
	sgp_swiotlb_probe();
	sgp_iommu_probe();
	return register_die_notifier(&die_block);
}
