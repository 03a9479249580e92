// SPDX-License-Identifier: GPL-2.0
/*
 * Calls into the bounce buffers as events. A scenario that wants a full pool gets it here:
 * swiotlb_map() returns DMA_MAPPING_ERROR without running.
 */
#include <linux/kprobes.h>
#include <linux/swiotlb.h>
#include "runner.h"

#ifdef CONFIG_SWIOTLB
static bool inside_map, choice_failed;
static unsigned int maps; /* calls of swiotlb_map() in this run */
static struct sgp_bounced bounced[SGP_MAX_EVENTS];
static unsigned int nbounced;

struct map_call {
	struct device *dev;
	u64 phys, size, dir, attrs;
};

/*
 * All of these functions take a device, a physical address, which with PAE is two words, a size and a
 * direction; some take attributes then.
 */
#define ADDRESS_WORDS (sizeof(phys_addr_t) / sizeof(unsigned long))

static u64 word(struct pt_regs *regs, unsigned int n)
{
	return (unsigned long)regs_get_kernel_argument(regs, n);
}

static u64 address_of(struct pt_regs *regs)
{
	return word(regs, 1) | (ADDRESS_WORDS == 2 ? word(regs, 2) << 32 : 0);
}

static u64 size_of(struct pt_regs *regs)
{
	return word(regs, 1 + ADDRESS_WORDS);
}

static u64 direction_of(struct pt_regs *regs)
{
	return (u32)word(regs, 2 + ADDRESS_WORDS);
}

static u64 attributes_of(struct pt_regs *regs)
{
	return word(regs, 3 + ADDRESS_WORDS);
}

static u64 address_returned(const struct pt_regs *regs)
{
	u64 low = (unsigned long)regs->ax;

	return low | (ADDRESS_WORDS == 2 ? (u64)regs->dx << 32 : 0);
}

static int map_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct map_call *call = (void *)instance->data;

	if (!sgp_observed())
		return 1; /* no return handler */
	*call = (struct map_call){ (struct device *)(unsigned long)word(regs, 0), address_of(regs),
				   size_of(regs), direction_of(regs), attributes_of(regs) };
	inside_map = true;
	return 0;
}

static int map_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct map_call *call = (void *)instance->data;
	struct sgp_run *run = sgp_observed();
	u64 ret = address_returned(regs);

	inside_map = false;
	if (!run)
		return 0;
	sgp_event(SGP_EV_SWIOTLB_MAP, call->phys, call->size, call->dir, call->attrs, ret);
	if (ret != DMA_MAPPING_ERROR && nbounced < ARRAY_SIZE(bounced))
		bounced[nbounced++] = (struct sgp_bounced){ call->dev, ret, call->phys, call->size, call->dir };
	else if (ret == DMA_MAPPING_ERROR)
		choice_failed = true;
	if (maps <= SGP_MAX_CHOICES)
		run->record->report.world.choices[maps - 1] = ret;
	return 0;
}

/* Entered before map_entry: counts the call and makes the pool full where the scenario says so. */
static int map_choice(struct kprobe *probe, struct pt_regs *regs)
{
	struct sgp_run *run = sgp_observed();

	if (!run)
		return 0;
	maps++;
	if (maps > SGP_MAX_CHOICES || run->scenario.world.choices[maps - 1] != ~0ULL)
		return 0;
	sgp_event(SGP_EV_SWIOTLB_MAP, address_of(regs), size_of(regs), direction_of(regs),
		  attributes_of(regs), DMA_MAPPING_ERROR);
	run->record->report.world.choices[maps - 1] = ~0ULL;
	regs->ax = (unsigned long)DMA_MAPPING_ERROR;
	if (ADDRESS_WORDS == 2)
		regs->dx = (unsigned long)DMA_MAPPING_ERROR;
	regs->ip = *(unsigned long *)regs->sp; /* as if the function had returned */
	regs->sp += sizeof(unsigned long);
	return 1;
}

static int unmap_entry(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned int i;

	if (!sgp_tracked() || inside_map)
		return 0;
	if (sgp_observed())
		sgp_event(SGP_EV_SWIOTLB_UNMAP, address_of(regs), size_of(regs),
			  direction_of(regs), attributes_of(regs), 0);
	for (i = 0; i < nbounced; i++)
		if (bounced[i].address == address_of(regs)) {
			bounced[i] = bounced[--nbounced];
			break;
		}
	return 0;
}

static int sync_cpu_entry(struct kprobe *probe, struct pt_regs *regs)
{
	if (sgp_observed() && !inside_map)
		sgp_event(SGP_EV_SWIOTLB_SYNC_CPU, address_of(regs), size_of(regs),
			  direction_of(regs), 0, 0);
	return 0;
}

static int sync_device_entry(struct kprobe *probe, struct pt_regs *regs)
{
	if (sgp_observed() && !inside_map)
		sgp_event(SGP_EV_SWIOTLB_SYNC_DEV, address_of(regs), size_of(regs),
			  direction_of(regs), 0, 0);
	return 0;
}

#if SGP_HAS_FOUND_POOL
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
	.post_handler = sgp_keep_breakpoint,
};
static struct kprobe call_probes[] = {
	{ .symbol_name = SWIOTLB_("tbl_unmap_single"), .pre_handler = unmap_entry },
	{ .symbol_name = SWIOTLB_("sync_single_for_cpu"), .pre_handler = sync_cpu_entry },
	{ .symbol_name = SWIOTLB_("sync_single_for_device"), .pre_handler = sync_device_entry },
};
static bool probed;

/* All or nothing: half of the events would look like a defect. The machine lives for one run, so
 * what was registered before a failure stays, unused.
 */
void sgp_swiotlb_probe(void)
{
	unsigned int i;

	if (register_kretprobe(&map_probe) || register_kprobe(&choice_probe))
		return;
	for (i = 0; i < ARRAY_SIZE(call_probes); i++)
		if (register_kprobe(&call_probes[i]))
			return;
	probed = true;
}

bool sgp_swiotlb_probed(void)
{
	return probed;
}

void sgp_swiotlb_begin(void)
{
	inside_map = choice_failed = false;
	maps = nbounced = 0;
}

/* Whether the kernel's pool refused what the scenario says it gives. */
bool sgp_swiotlb_refused(void)
{
	return choice_failed;
}

/* The mappings that the scenario has not undone. */
const struct sgp_bounced *sgp_bounced(unsigned int *count)
{
	*count = nbounced;
	return bounced;
}

/* Gives a slot back, without copying it. */
static void give_back(struct device *dev, u64 address, u64 size, u64 dir)
{
#if SGP_HAS_FOUND_POOL
	void (*unmap)(struct device *, phys_addr_t, size_t, enum dma_data_direction, unsigned long,
		      struct io_tlb_pool *) = (void *)call_probes[0].addr;

	unmap(dev, address, size, dir, DMA_ATTR_SKIP_CPU_SYNC, &dev->dma_io_tlb_mem->defpool);
#else
	void (*unmap)(struct device *, phys_addr_t, size_t, enum dma_data_direction,
		      unsigned long) = (void *)call_probes[0].addr;

	unmap(dev, address, size, dir, DMA_ATTR_SKIP_CPU_SYNC);
#endif
}

void sgp_swiotlb_give_back(struct device *dev, u64 address, u64 size)
{
	give_back(dev, address, size, DMA_TO_DEVICE);
}

/* Gives back what the scenario left bounced, so that the next one finds the pool as it was. */
void sgp_swiotlb_release(void)
{
	while (nbounced) {
		const struct sgp_bounced *b = &bounced[--nbounced];

		give_back(b->dev, b->address, b->size, b->dir);
	}
}
#else
void sgp_swiotlb_probe(void)
{
}

bool sgp_swiotlb_probed(void)
{
	return false;
}

void sgp_swiotlb_begin(void)
{
}

void sgp_swiotlb_give_back(struct device *dev, u64 address, u64 size)
{
}

bool sgp_swiotlb_refused(void)
{
	return false;
}

void sgp_swiotlb_release(void)
{
}
#endif /* CONFIG_SWIOTLB */
