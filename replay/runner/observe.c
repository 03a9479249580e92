// SPDX-License-Identifier: GPL-2.0
/*
 * The run in progress, as far as events need it: they belong to a step of it, to the task that
 * executes it, and to the time in which an operation is under way. Who sees them depends on the
 * machine: probes.c, or um_probes.c.
 */
#include <linux/bug.h>
#include <linux/kallsyms.h>
#include "runner.h"

static struct sgp_run *current_run;
static struct task_struct *runner_task;
static unsigned int current_step;
static bool observing, undoing, warned;

/* The run to which what happens now belongs, if any. */
struct sgp_run *sgp_observed(void)
{
	return observing && current == runner_task ? current_run : NULL;
}

/* Whether what is given back now must be remembered: also what is undone behind the last step. */
bool sgp_tracked(void)
{
	return (observing || undoing) && current == runner_task;
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

/* A WARN at this place; it may have been one that fires once. */
void sgp_warned(const char *file, unsigned int line, unsigned long address)
{
	warned = true;
	sgp_event(SGP_EV_WARN, line, 0, 0, 0, 0);
	sgp_diagnose(SGP_EV_WARN, file, line, address);
}

/* The operation does not return. */
void sgp_stopped(enum sgp_event_kind kind, u64 a, u64 b, const char *file, unsigned int line,
		 unsigned long address)
{
	sgp_event(kind, a, b, 0, 0, 0);
	sgp_diagnose(kind, file, line, address);
	observing = false;
}

void sgp_observe_begin(struct sgp_run *run)
{
	current_run = run;
	runner_task = current;
	observing = undoing = warned = false;
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

/* From here to the end of the run nothing is an event, but what is given back is gone. */
void sgp_observe_undo(void)
{
	undoing = true;
}

void sgp_observe_end(void)
{
	observing = undoing = false;
	if (warned)
		sgp_clear_once(); /* each scenario is judged by itself */
	sgp_swiotlb_release();
	sgp_iommu_release();
}
