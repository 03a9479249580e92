// SPDX-License-Identifier: GPL-2.0
/*
 * What the environment sees of an operation: WARN, BUG and oops here, calls into the bounce buffers
 * in swiotlb_probes.c. All become events of the run in progress, in the task that executes it and
 * only while an operation is under way.
 */
#include <linux/bug.h>
#include <linux/kallsyms.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <asm/traps.h>
#include "runner.h"

static struct sgp_run *current_run;
static struct task_struct *runner_task;
static unsigned int current_step;
static bool observing, warned;
static struct bug_entry *(*find_bug_entry)(unsigned long address);
static void (*clear_once)(void);
static char *start_once, *end_once; /* what dev_err_once() and its like remember */

/* The run to which what happens now belongs, if any. */
struct sgp_run *sgp_observed(void)
{
	return observing && current == runner_task ? current_run : NULL;
}

unsigned int sgp_current_step(void)
{
	return current_step;
}

void sgp_event(enum sgp_event_kind kind, u64 a, u64 b, u64 c, u64 d, u64 ret)
{
	struct sgp_report *report = &current_run->record->report;

	if (report->nevents < SGP_MAX_EVENTS)
		report->events[report->nevents] =
			(struct sgp_event){ kind, current_step, a, b, c, d, ret };
	report->nevents++;
}

void sgp_diagnose(enum sgp_event_kind kind, const char *file, unsigned int line,
		  unsigned long address)
{
	struct sgp_record *record = current_run->record;
	struct sgp_diag *diag = &record->diags[record->ndiags];
	char symbol[KSYM_SYMBOL_LEN];

	if (record->ndiags >= SGP_MAX_DIAGS)
		return;
	sprint_symbol(symbol, address);
	diag->kind = kind;
	diag->step = current_step;
	diag->line = line;
	diag->address = address;
	strscpy(diag->file, file ? file : "", sizeof(diag->file));
	strscpy(diag->function, symbol, sizeof(diag->function));
	record->ndiags++;
}

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
	warned = true;
	sgp_event(SGP_EV_WARN, line, 0, 0, 0, 0);
	sgp_diagnose(SGP_EV_WARN, (const char *)regs_get_kernel_argument(regs, 0), line,
		     regs_get_kernel_argument(regs, 2));
	regs->ip = *(unsigned long *)regs->sp; /* as if the function had returned */
	regs->sp += sizeof(unsigned long);
	return 1;
}

/* Its presence keeps the probe from being optimised to a jump, which could not change the flow. */
static void keep_breakpoint(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe warn_probe = {
	.symbol_name = "__warn",
	.pre_handler = warn_entry,
	.post_handler = keep_breakpoint,
};

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

static int died(struct notifier_block *block, unsigned long what, void *data)
{
	struct die_args *args = data;
	struct bug_entry *bug;
	const char *file = NULL;
	unsigned int line = 0;

	if (what != DIE_OOPS || !args->regs || !sgp_observed())
		return NOTIFY_DONE;
	bug = args->trapnr == X86_TRAP_UD ? find_bug_entry(instruction_pointer(args->regs)) : NULL;
	if (bug) {
		bug_place(bug, &file, &line);
		sgp_event(SGP_EV_BUG, line, 0, 0, 0, 0);
		sgp_diagnose(SGP_EV_BUG, file, line, instruction_pointer(args->regs));
	} else {
		sgp_event(SGP_EV_OOPS, args->trapnr == X86_TRAP_PF ? current->thread.cr2 : 0,
		      args->trapnr, 0, 0, 0);
		sgp_diagnose(SGP_EV_OOPS, NULL, 0, instruction_pointer(args->regs));
	}
	observing = false;
	sgp_bell(SGP_BELL_STOPPED);
	return NOTIFY_DONE;
}

static struct notifier_block die_block = { .notifier_call = died };

int sgp_probes_init(void)
{
	int ret;

	find_bug_entry = (void *)sgp_symbol("find_bug");
	clear_once = (void *)sgp_symbol("generic_bug_clear_once");
	start_once = (char *)sgp_symbol("__start_once");
	end_once = (char *)sgp_symbol("__end_once");
	if (!find_bug_entry || !clear_once || !start_once || end_once < start_once)
		return -ENOENT;
	ret = register_kprobe(&warn_probe);
	if (ret)
		return ret;
	ret = sgp_debug_probe() ?: sgp_table_probe();
	if (ret)
		return ret;
	sgp_swiotlb_probe();
	sgp_iommu_probe();
	return register_die_notifier(&die_block);
}

void sgp_observe_begin(struct sgp_run *run)
{
	current_run = run;
	runner_task = current;
	observing = warned = false;
	sgp_swiotlb_begin();
	sgp_iommu_begin();
	sgp_table_begin();
}

/* The step that events belong to from now on. */
void sgp_observe_at(unsigned int step)
{
	current_step = step;
}

void sgp_observe_step(unsigned int step)
{
	sgp_observe_at(step);
	observing = true;
}

void sgp_observe_pause(void)
{
	observing = false;
}

/* Every WARN_ON_ONCE() may fire again: each scenario is judged by itself. */
static void rearm_warnings(void)
{
	clear_once();
	memset(start_once, 0, end_once - start_once);
}

void sgp_observe_end(void)
{
	observing = false;
	if (warned)
		rearm_warnings();
	sgp_swiotlb_release();
	sgp_iommu_release();
}
