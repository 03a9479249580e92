// SPDX-License-Identifier: GPL-2.0
/*
 * References to devices that are taken and dropped, as events. What was dropped without having been
 * taken is put right behind each step, so that no device goes away while others still have it: also
 * what the tree's code drops while a world is made. What was taken too often stays.
 */
#include <linux/device.h>
#include <linux/kprobes.h>
#include "runner.h"

static struct {
	struct device *dev;
	int taken; /* less than 0: dropped more often */
} references[SGP_MAX_EVENTS];
static unsigned int nreferences;
static struct task_struct *counting; /* who executes the scenario in progress */

static void count(struct device *dev, int taken)
{
	unsigned int i;

	for (i = 0; i < nreferences; i++)
		if (references[i].dev == dev)
			break;
	if (i == ARRAY_SIZE(references))
		return; /* more than the record has room for: the run lost events */
	if (i == nreferences) {
		references[i].dev = dev;
		references[i].taken = 0;
		nreferences++;
	}
	references[i].taken += taken;
}

static int seen(struct kprobe *probe, struct pt_regs *regs)
{
	struct device *dev = (struct device *)regs_get_kernel_argument(regs, 0);
	bool taken = probe->symbol_name[0] == 'g';

	if (!dev || current != counting)
		return 0;
	if (sgp_observed())
		sgp_event(SGP_EV_REFERENCE, (unsigned long)dev, 0, 0, 0, taken);
	count(dev, taken ? 1 : -1);
	return 0;
}

static struct kprobe get_probe = { .symbol_name = "get_device", .pre_handler = seen };
static struct kprobe put_probe = { .symbol_name = "put_device", .pre_handler = seen };

int sgp_references_probe(void)
{
	return register_kprobe(&get_probe) ?: register_kprobe(&put_probe);
}

void sgp_references_begin(void)
{
	nreferences = 0;
	counting = current;
}

void sgp_references_restore(void)
{
	unsigned int i;
	int missing;

	for (i = 0; i < nreferences; i++) {
		for (missing = -references[i].taken; missing > 0; missing--)
			get_device(references[i].dev);
		references[i].taken = max(references[i].taken, 0);
	}
}

void sgp_references_end(void)
{
	counting = NULL;
	sgp_references_restore();
}
