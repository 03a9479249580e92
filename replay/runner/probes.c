// SPDX-License-Identifier: GPL-2.0
/*
 * What the environment sees of an operation: calls into the bounce buffers, WARN, BUG and oops. All
 * become events of the run in progress, in the task that executes it and only while an operation
 * is under way. A scenario that wants a full pool gets it here: swiotlb_map() returns
 * DMA_MAPPING_ERROR without running.
 */
#include <linux/bug.h>
#include <linux/kallsyms.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/swiotlb.h>
#include <linux/version.h>
#include <asm/traps.h>
#include "runner.h"

struct outstanding {
	struct device *dev;
	u64 address;
	u64 size;
	u64 dir;
};

static struct sgp_run *current_run;
static struct task_struct *runner_task;
static unsigned int current_step;
static bool observing, inside_map, warned;
static unsigned int maps; /* calls of swiotlb_map() in this run */
static struct outstanding bounced[SGP_MAX_EVENTS];
static unsigned int nbounced;
static struct bug_entry *(*find_bug_entry)(unsigned long address);
static void (*clear_once)(void);

static struct sgp_run *observed(void)
{
	return observing && current == runner_task ? current_run : NULL;
}

static void event(enum sgp_event_kind kind, u64 a, u64 b, u64 c, u64 d, u64 ret)
{
	struct sgp_report *report = &current_run->record->report;

	if (report->nevents < SGP_MAX_EVENTS)
		report->events[report->nevents] =
			(struct sgp_event){ kind, current_step, a, b, c, d, ret };
	report->nevents++;
}

static void diagnose(enum sgp_event_kind kind, const char *file, unsigned int line,
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

#ifdef CONFIG_SWIOTLB
struct map_call {
	struct device *dev;
	u64 phys, size, dir, attrs;
};

#define ARG(regs, type, n) ((type)regs_get_kernel_argument(regs, n))

static int map_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct map_call *call = (void *)instance->data;

	if (!observed())
		return 1; /* no return handler */
	*call = (struct map_call){ ARG(regs, struct device *, 0), ARG(regs, u64, 1),
				   ARG(regs, u64, 2), ARG(regs, u32, 3), ARG(regs, u64, 4) };
	inside_map = true;
	return 0;
}

static int map_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct map_call *call = (void *)instance->data;
	u64 ret = regs_return_value(regs);

	inside_map = false;
	event(SGP_EV_SWIOTLB_MAP, call->phys, call->size, call->dir, call->attrs, ret);
	if (ret != DMA_MAPPING_ERROR && nbounced < ARRAY_SIZE(bounced))
		bounced[nbounced++] = (struct outstanding){ call->dev, ret, call->size, call->dir };
	if (maps <= SGP_MAX_CHOICES)
		current_run->record->report.world.choices[maps - 1] = ret;
	return 0;
}

/* Entered before map_entry: counts the call and makes the pool full where the scenario says so. */
static int map_choice(struct kprobe *probe, struct pt_regs *regs)
{
	if (!observed())
		return 0;
	maps++;
	if (maps > SGP_MAX_CHOICES || current_run->scenario.world.choices[maps - 1] != ~0ULL)
		return 0;
	event(SGP_EV_SWIOTLB_MAP, ARG(regs, u64, 1), ARG(regs, u64, 2), ARG(regs, u32, 3),
	      ARG(regs, u64, 4), DMA_MAPPING_ERROR);
	current_run->record->report.world.choices[maps - 1] = ~0ULL;
	regs->ax = DMA_MAPPING_ERROR;
	regs->ip = *(unsigned long *)regs->sp; /* as if the function had returned */
	regs->sp += sizeof(unsigned long);
	return 1;
}

/* Its presence keeps the probe from being optimised to a jump, which could not change the flow. */
static void keep_breakpoint(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static int unmap_entry(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned int i;

	if (!observed() || inside_map)
		return 0;
	event(SGP_EV_SWIOTLB_UNMAP, ARG(regs, u64, 1), ARG(regs, u64, 2), ARG(regs, u32, 3),
	      ARG(regs, u64, 4), 0);
	for (i = 0; i < nbounced; i++)
		if (bounced[i].address == ARG(regs, u64, 1)) {
			bounced[i] = bounced[--nbounced];
			break;
		}
	return 0;
}

static int sync_cpu_entry(struct kprobe *probe, struct pt_regs *regs)
{
	if (observed() && !inside_map)
		event(SGP_EV_SWIOTLB_SYNC_CPU, ARG(regs, u64, 1), ARG(regs, u64, 2),
		      ARG(regs, u32, 3), 0, 0);
	return 0;
}

static int sync_device_entry(struct kprobe *probe, struct pt_regs *regs)
{
	if (observed() && !inside_map)
		event(SGP_EV_SWIOTLB_SYNC_DEV, ARG(regs, u64, 1), ARG(regs, u64, 2),
		      ARG(regs, u32, 3), 0, 0);
	return 0;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define SWIOTLB_(name) "__swiotlb_" name
#else
#define SWIOTLB_(name) "swiotlb_" name
#endif

static struct kretprobe map_probe = {
	.kp.symbol_name = "swiotlb_map",
	.entry_handler = map_entry,
	.handler = map_return,
	.data_size = sizeof(struct map_call),
	.maxactive = 4,
};
static struct kprobe choice_probe = {
	.symbol_name = "swiotlb_map",
	.pre_handler = map_choice,
	.post_handler = keep_breakpoint,
};
static struct kprobe call_probes[] = {
	{ .symbol_name = SWIOTLB_("tbl_unmap_single"), .pre_handler = unmap_entry },
	{ .symbol_name = SWIOTLB_("sync_single_for_cpu"), .pre_handler = sync_cpu_entry },
	{ .symbol_name = SWIOTLB_("sync_single_for_device"), .pre_handler = sync_device_entry },
};
static unsigned int call_probed;
static bool map_probed, choice_probed;

static void unprobe_swiotlb(void)
{
	while (call_probed)
		unregister_kprobe(&call_probes[--call_probed]);
	if (choice_probed)
		unregister_kprobe(&choice_probe);
	if (map_probed)
		unregister_kretprobe(&map_probe);
	map_probed = choice_probed = false;
}

static void probe_swiotlb(void)
{
	map_probed = !register_kretprobe(&map_probe);
	choice_probed = map_probed && !register_kprobe(&choice_probe);
	while (choice_probed && call_probed < ARRAY_SIZE(call_probes) &&
	       !register_kprobe(&call_probes[call_probed]))
		call_probed++;
	if (call_probed != ARRAY_SIZE(call_probes))
		unprobe_swiotlb();
}

bool sgp_probes_swiotlb(void)
{
	return call_probed == ARRAY_SIZE(call_probes);
}

/* Gives back what the scenario left bounced, so that the next one finds the pool as it was. */
static void release_bounced(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	void (*unmap)(struct device *, phys_addr_t, size_t, enum dma_data_direction, unsigned long,
		      struct io_tlb_pool *) = (void *)call_probes[0].addr;

	while (nbounced--)
		unmap(bounced[nbounced].dev, bounced[nbounced].address, bounced[nbounced].size,
		      bounced[nbounced].dir, DMA_ATTR_SKIP_CPU_SYNC,
		      &bounced[nbounced].dev->dma_io_tlb_mem->defpool);
#else
	void (*unmap)(struct device *, phys_addr_t, size_t, enum dma_data_direction,
		      unsigned long) = (void *)call_probes[0].addr;

	while (nbounced--)
		unmap(bounced[nbounced].dev, bounced[nbounced].address, bounced[nbounced].size,
		      bounced[nbounced].dir, DMA_ATTR_SKIP_CPU_SYNC);
#endif
	nbounced = 0;
}
#else
static void probe_swiotlb(void)
{
}

static void unprobe_swiotlb(void)
{
}

bool sgp_probes_swiotlb(void)
{
	return false;
}

static void release_bounced(void)
{
}
#endif /* CONFIG_SWIOTLB */

/* void __warn(const char *file, int line, void *caller, ...) of kernel/panic.c */
static int warn_entry(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned int line = regs_get_kernel_argument(regs, 1);

	if (!observed())
		return 0;
	warned = true;
	event(SGP_EV_WARN, line, 0, 0, 0, 0);
	diagnose(SGP_EV_WARN, (const char *)regs_get_kernel_argument(regs, 0), line,
		 regs_get_kernel_argument(regs, 2));
	return 0;
}

static struct kprobe warn_probe = { .symbol_name = "__warn", .pre_handler = warn_entry };

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

	if (what != DIE_OOPS || !args->regs || !observed())
		return NOTIFY_DONE;
	bug = args->trapnr == X86_TRAP_UD ? find_bug_entry(instruction_pointer(args->regs)) : NULL;
	if (bug) {
		bug_place(bug, &file, &line);
		event(SGP_EV_BUG, line, 0, 0, 0, 0);
		diagnose(SGP_EV_BUG, file, line, instruction_pointer(args->regs));
	} else {
		event(SGP_EV_OOPS, args->trapnr == X86_TRAP_PF ? current->thread.cr2 : 0,
		      args->trapnr, 0, 0, 0);
		diagnose(SGP_EV_OOPS, NULL, 0, instruction_pointer(args->regs));
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
	if (!find_bug_entry || !clear_once)
		return -ENOENT;
	ret = register_kprobe(&warn_probe);
	if (ret)
		return ret;
	probe_swiotlb();
	return register_die_notifier(&die_block);
}

void sgp_observe_begin(struct sgp_run *run)
{
	current_run = run;
	runner_task = current;
	observing = inside_map = warned = false;
	maps = nbounced = 0;
}

void sgp_observe_step(unsigned int step)
{
	current_step = step;
	observing = true;
}

void sgp_observe_pause(void)
{
	observing = false;
}

/* Every WARN_ON_ONCE() may fire again: each scenario is judged by itself. */
static void rearm_warnings(void)
{
	char *start = (char *)sgp_symbol("__start_once"), *end = (char *)sgp_symbol("__end_once");

	clear_once();
	if (start && end > start)
		memset(start, 0, end - start);
}

void sgp_observe_end(void)
{
	observing = inside_map = false;
	if (warned)
		rearm_warnings();
	release_bounced();
}
