// SPDX-License-Identifier: GPL-2.0
/*
 * The runner inside a booted kernel: takes scenarios from the mailbox (mailbox.h), builds each
 * one's world from what the machine has, performs the operations through sgp_ops.h - the code that
 * the native and the symbolic engine run too - and leaves a record.
 *
 * The init program calls ioctl(SGP_IOC_RUN) on /dev/sgproof from a child. When an operation kills
 * the child (BUG, oops), the next call finds the unfinished record, closes it as stopped, and goes
 * on with the next scenario.
 */
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/version.h>
#include "runner.h"

static struct sgp_mbox_header *mailbox;
static struct sgp_run *run;
static struct sgp_table_memory table_memory;
static bool in_flight, atomic;
static int console_level; /* of the command line */

static struct sgp_scenario *scenario_at(u64 index)
{
	return (void *)((char *)mailbox + mailbox->scenarios_off + index * mailbox->scenario_size);
}

static struct sgp_record *record_at(u64 index)
{
	return (void *)((char *)mailbox + mailbox->records_off + index * mailbox->record_size);
}

/* Ten times a second at most: each sound is a system call of QEMU, and wakes the host up. */
static void ring_sometimes(void)
{
	static unsigned long next_ring = INITIAL_JIFFIES;

	if (time_before(jiffies, next_ring))
		return;
	next_ring = jiffies + HZ / 10;
	sgp_bell(SGP_BELL_SCENARIO);
}

static void close_record(struct sgp_record *record)
{
	record->state = SGP_RECORD_COMPLETE;
	record->seal = sgp_record_seal(record);
	record->magic = SGP_RECORD_MAGIC;
	in_flight = false;
	mailbox->next++;
	ring_sometimes();
}

/* Nothing of what was observed is kept. */
static void refuse(struct sgp_record *record, enum sgp_status status, sgp_reason reason)
{
	struct sgp_report *report = &record->report;

	memset(report->steps, 0, sizeof(report->steps));
	memset(report->events, 0, sizeof(report->events));
	memset(record->step_seal, 0, sizeof(record->step_seal));
	report->status = status;
	report->nevents = 0;
	report->steps[0].ret = reason;
	record->step_seal[0] = sgp_seal(&report->steps[0], sizeof(report->steps[0]));
}

/* The realised world, for the invariants: everything else is as the scenario has it. */
static void describe_world(struct sgp_report *report)
{
	struct sgp_world *real = &report->world;
	const struct sgp_scenario *s = &run->scenario;
	unsigned int i;

	for (i = 0; i < SGP_MAX_DEVICES; i++) {
		struct device *dev = run->ctx.devices[i];

		if (!run->device_used[i])
			continue;
		real->devices[i].is_pci = dev_is_pci(dev);
		real->devices[i].dma_mask = *dev->dma_mask;
		real->devices[i].bus_dma_limit = dev->bus_dma_limit;
		if (real->iommu) {
			real->iommu_granule = sgp_iommu_granule(dev);
			real->iommu_one_group = sgp_iommu_one_group(run);
		}
		if (!IS_ENABLED(CONFIG_SWIOTLB))
			real->devices[i].swiotlb_active = real->devices[i].force_bounce = 0;
	}
	for (i = 0; i < s->npages; i++) {
		if (!run->ctx.pages[i])
			continue;
		real->pages[i].pfn = page_to_pfn(run->ctx.pages[i]);
		report->pages[i].pointer = (unsigned long)run->ctx.pages[i];
		report->pages[i].phys = page_to_phys(run->ctx.pages[i]);
		report->pages[i].kind = s->world.pages[i].kind;
	}
	sgp_bounce_pool(&real->swiotlb_start, &real->swiotlb_end);
	real->cpu_forwards_p2p = sgp_cpu_forwards();
	real->two_host_bridges = 0;
	for (i = 0; i < 2; i++)
		real->host_bridge[i] = SGP_HOST_BRIDGE_UNLISTED;
	for (i = 0; i < SGP_MAX_DEVICES; i++)
		real->devices[i].port_acs = SGP_ACS_NONE;
	for (i = 0; i < SGP_MAX_PROVIDERS; i++)
		real->providers[i].port_acs = SGP_ACS_NONE;
}

static sgp_reason build_world(void)
{
	sgp_reason reason;

	if (sgp_behind_iommu() != !!run->scenario.world.iommu ||
	    (sgp_behind_iommu() && !sgp_iommu_probed()))
		return SGP_UNREPLAYABLE_IOMMU;
	sgp_collect_uses(run);
	if (IS_ENABLED(CONFIG_DMA_API_DEBUG) && sgp_uses_overlap(run))
		return SGP_UNREPLAYABLE_PAGE; /* dma-debug forbids it on every machine */
	if (run->scenario.world.iommu && !sgp_iommu_observable(run))
		return SGP_UNREPLAYABLE_PAGE;
	if (!sgp_providers_present() && (run->provider_used[0] || run->provider_used[1]))
		return SGP_UNREPLAYABLE_NO_P2PDMA;
	reason = sgp_pick_devices(run);
	if (!reason)
		reason = sgp_place_ram(run);
	if (!reason)
		reason = sgp_place_providers(run);
	if (!reason)
		reason = sgp_set_limits(run);
	if (!reason && !run->scenario.world.iommu && !sgp_bus_and_pool_kept(run))
		reason = SGP_UNREPLAYABLE_BOUNCE;
	if (!reason)
		reason = sgp_set_map_types(run);
	return reason;
}

/* Entries of the list's two tables; the second is not used where there is no split. */
static size_t first_entries(const struct sgp_scenario *s)
{
	return s->split ? s->split + 1 : s->nents;
}

static size_t second_entries(const struct sgp_scenario *s)
{
	return s->nents - s->split;
}

static bool allocate_tables(void)
{
	const struct sgp_scenario *s = &run->scenario;

	run->ctx.table.memory = &table_memory;
	run->ctx.nents = s->nents;
	run->ctx.split = s->split;
	run->ctx.first = sgp_list_take(first_entries(s));
	run->ctx.second = sgp_list_take(second_entries(s));
	return run->ctx.first && run->ctx.second;
}

/* What the DMA API allows in atomic context; a debug kernel shows there what could sleep. */
static bool is_atomic(u64 code)
{
	return code >= SGP_OP_MAP_SGTABLE && code <= SGP_OP_SYNC_PART_DEVICE;
}

bool sgp_atomic(void)
{
	return atomic;
}

/*
 * Behind an IOMMU entries are joined: a part of an entry that has no addresses, or fewer than it
 * has bytes, is not one that a driver may ask for.
 */
static bool has_no_such_part(const struct sgp_op *op)
{
	if (!run->scenario.world.iommu ||
	    (op->code != SGP_OP_SYNC_PART_CPU && op->code != SGP_OP_SYNC_PART_DEVICE))
		return false;
	return op->offset + op->length > sg_dma_len(sgp_entry(&run->ctx, op->entry));
}

/*
 * A lock that the operation has taken and not released leaves interrupts off, or preemption where the
 * kernel counts it; one that it released once too often does the opposite.
 */
static bool perform_locked(const struct sgp_op *op, struct sgp_step *step)
{
	int depth = preempt_count();
	bool off = irqs_disabled();
	bool known = sgp_do_op(&run->ctx, &run->scenario.world, op, step);

	if (preempt_count() == depth && irqs_disabled() == off)
		return known;
	sgp_event(SGP_EV_WARN, irqs_disabled(), SGP_WARN_LOCKED, preempt_count() - depth, 0, 0);
	preempt_count_set(depth);
	if (off)
		local_irq_disable();
	else
		local_irq_enable();
	return known;
}

static bool perform_one(const struct sgp_op *op, struct sgp_step *step)
{
	bool known;

	if (has_no_such_part(op))
		return true;
	if (!is_atomic(op->code))
		return perform_locked(op, step);
	preempt_disable();
	atomic = true;
	known = perform_locked(op, step);
	atomic = false;
	preempt_enable();
	return known;
}

struct performance {
	const struct sgp_op *op;
	struct sgp_step *step;
	bool known;
};

static void perform_guarded(void *argument)
{
	struct performance *p = argument;

	p->known = perform_one(p->op, p->step);
}

/* dma-debug remembers what is mapped, and would see the next scenario's pages mapped twice. */
static void unmap_rest(void)
{
	const struct sgp_op *last = NULL;
	unsigned int i;

	if (!IS_ENABLED(CONFIG_DMA_API_DEBUG) || !run->ctx.mapped)
		return;
	for (i = 0; i < run->scenario.nops; i++)
		if (sgp_is_map(&run->scenario.ops[i]))
			last = &run->scenario.ops[i];
	sgp_observe_undo();
	if (last)
		dma_unmap_sg_attrs(run->ctx.devices[last->device], run->ctx.first, run->ctx.nents,
				   last->dir, last->attrs);
}

/* False: a BUG ended an operation, and this task goes on. */
static bool perform(struct sgp_record *record)
{
	struct sgp_report *report = &record->report;
	const struct sgp_scenario *s = &run->scenario;
	unsigned int i;

	sgp_transfers_begin();
	for (i = 0; s->world.iommu && i < SGP_MAX_DEVICES; i++)
		sgp_iommu_fresh(run->ctx.devices[i]);
	for (i = 0; i < s->nops; i++) {
		struct sgp_step *step = &report->steps[i];
		struct performance p = { .op = &s->ops[i], .step = step };

		if (s->world.real_dma)
			sgp_transfers_before(run, &s->ops[i]);
		sgp_observe_at(i);
		if (s->world.iommu)
			sgp_iommu_device(run->ctx.devices[s->ops[i].device]);
		if (!s->world.real_dma) /* else a device says what is in the slots */
			sgp_bounce_before(run, &s->ops[i]);
		sgp_observe_step(i);
		if (!sgp_guarded(perform_guarded, &p))
			return false;
		if (p.known)
			sgp_observe(&run->ctx, step);
		sgp_observe_pause();
		sgp_references_restore();
		if (!s->world.real_dma) /* before anything else touches the memory */
			sgp_bounce_after(run, &s->ops[i]);
		sgp_iommu_translations();
		if (!p.known) {
			refuse(record, SGP_STATUS_NOT_REPLAYABLE, SGP_UNREPLAYABLE_OP);
			return true;
		}
		record->step_seal[i] = sgp_seal(step, sizeof(*step));
		if (s->world.real_dma && !sgp_transfers_after(run, &s->ops[i], step)) {
			refuse(record, SGP_STATUS_NONE, SGP_UNREPLAYABLE_NONE);
			return true;
		}
	}
	report->status = SGP_STATUS_COMPLETE;
	return true;
}

/* Only what the scenario uses: copying is what short scenarios would spend their time on. */
static void take_scenario(u64 index)
{
	const struct sgp_scenario *s = scenario_at(index);
	size_t head = offsetof(struct sgp_scenario, ops);

	memset(&run->ctx, 0, sizeof(run->ctx));
	memcpy(&run->scenario, s, head);
	memcpy((char *)&run->scenario + head, s->ops,
	       min_t(u64, s->nops, SGP_MAX_OPS) * sizeof(s->ops[0]));
}

static void run_one(u64 index)
{
	struct sgp_record *record = record_at(index);
	struct sgp_report *report = &record->report;
	sgp_reason reason;
	u64 begin = get_cycles();

	take_scenario(index);
	run->record = record; /* the host gave us zeroes */
	record->nonce = mailbox->nonce;
	record->index = index;
	record->state = SGP_RECORD_STARTED;
	record->stopped_before = mailbox->stopped;
	report->magic = SGP_MAGIC_REPORT;
	report->id = run->scenario.id;
	report->nents = run->scenario.nents;
	report->nops = run->scenario.nops;
	report->world = run->scenario.world;
	record->magic = SGP_RECORD_MAGIC;
	in_flight = true;
	atomic = false;

	sgp_references_begin();
	if (!sgp_scenario_legal(&run->scenario)) {
		refuse(record, SGP_STATUS_ILLEGAL, SGP_UNREPLAYABLE_NONE);
	} else {
		reason = build_world();
		if (reason) {
			refuse(record, SGP_STATUS_NOT_REPLAYABLE, reason);
		} else if (allocate_tables()) {
			describe_world(report);
			sgp_observe_begin(run);
			sgp_bounce_begin(run);
			if (!perform(record)) {
				sgp_close_stopped();
				return;
			}
			unmap_rest();
			sgp_observe_end();
			if (sgp_swiotlb_refused())
				refuse(record, SGP_STATUS_NOT_REPLAYABLE, SGP_UNREPLAYABLE_CHOICE);
		} else {
			refuse(record, SGP_STATUS_NONE, SGP_UNREPLAYABLE_NONE);
		}
		sgp_release_devices(run);
		sgp_list_give_back(run->ctx.first, first_entries(&run->scenario));
		sgp_list_give_back(run->ctx.second, second_entries(&run->scenario));
	}
	sgp_references_end();
	record->cycles = get_cycles() - begin;
	close_record(record);
}

/* The current scenario's operation did not return: its tables are leaked on purpose. */
void sgp_close_stopped(void)
{
	struct sgp_record *record = record_at(mailbox->next);
	unsigned int i;

	sgp_observe_end();
	sgp_references_end();
	sgp_release_devices(run);
	console_loglevel = console_level; /* an oops makes the console tell everything: slow */
	for (i = 0; i < SGP_MAX_OPS; i++) /* the step that did not return */
		if (!record->step_seal[i])
			memset(&record->report.steps[i], 0, sizeof(record->report.steps[i]));
	record->report.status = SGP_STATUS_STOPPED;
	mailbox->stopped++;
	close_record(record);
}

static long sgp_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != SGP_IOC_RUN)
		return -ENOTTY;
	if (in_flight)
		sgp_close_stopped();
	mailbox->state = SGP_MBOX_RUNNING;
	while (mailbox->next < mailbox->count) {
		run_one(mailbox->next);
		cond_resched();
	}
	mailbox->state = SGP_MBOX_FINISHED;
	sgp_bell(SGP_BELL_DONE);
	return 0;
}

static const struct file_operations sgp_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = sgp_ioctl,
};

static struct miscdevice sgp_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "sgproof",
	.fops = &sgp_fops,
};

static bool array_fits(u64 off, u64 stride, u64 count)
{
	return off >= sizeof(*mailbox) && off <= mailbox->size &&
	       count <= div64_u64(mailbox->size - off, stride);
}

static int open_mailbox(void)
{
	u64 length;

	mailbox = sgp_shared_memory(&length);
	if (IS_ERR(mailbox))
		return PTR_ERR(mailbox);
	if (mailbox->magic != SGP_MBOX_MAGIC || mailbox->version != SGP_MBOX_VERSION ||
	    mailbox->size > length || mailbox->scenario_size != sizeof(struct sgp_scenario) ||
	    mailbox->record_size != sizeof(struct sgp_record) ||
	    !array_fits(mailbox->scenarios_off, mailbox->scenario_size, mailbox->count) ||
	    !array_fits(mailbox->records_off, mailbox->record_size, mailbox->count))
		return -EINVAL;
	return 0;
}

static void introduce(void)
{
	mailbox->word_bits = BITS_PER_LONG;
	mailbox->page_struct_size = sizeof(struct page);
	mailbox->memmap_base = (unsigned long)pfn_to_page(0);
	mailbox->linux_version = LINUX_VERSION_CODE;
	sgp_bounce_pool(&mailbox->swiotlb_start, &mailbox->swiotlb_end);
	mailbox->flags = (sgp_providers_present() ? SGP_GUEST_P2PDMA : 0) |
			 (mailbox->swiotlb_end ? SGP_GUEST_SWIOTLB : 0) |
			 (sgp_cpu_forwards() ? SGP_GUEST_FORWARDS : 0) |
			 (sgp_behind_iommu() ? SGP_GUEST_IOMMU : 0) |
			 (sgp_memory_high() ? SGP_GUEST_HIGH_RAM : 0) |
			 (sgp_swiotlb_probed() ? SGP_GUEST_SWIOTLB_PROBED : 0) |
			 (sgp_iommu_probed() ? SGP_GUEST_IOMMU_PROBED : 0);
	mailbox->state = SGP_MBOX_IDLE;
	mailbox->next = 0;
	mailbox->guest_magic = SGP_GUEST_MAGIC;
	sgp_bell(SGP_BELL_READY);
}

static int __init sgp_init(void)
{
	int (*const parts[])(void) = { open_mailbox,	   sgp_symbols_init, sgp_memory_init,
				       sgp_lists_init,   sgp_pattern_init,
				       sgp_providers_init, sgp_devices_init, sgp_probes_init,
				       sgp_bounce_init,	   sgp_faults_init };
	unsigned int i;
	int ret;

	console_level = console_loglevel;
	run = kzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		ret = parts[i]();
		if (ret) {
			pr_err("sgproof: part %u of the runner failed: %d\n", i, ret);
			return ret; /* the machine is powered off next: nothing is undone */
		}
	}
	ret = misc_register(&sgp_misc);
	if (!ret)
		introduce();
	return ret;
}

module_init(sgp_init);
MODULE_DESCRIPTION("Runs scatterlist scenarios and reports what was observed");
MODULE_LICENSE("GPL");
