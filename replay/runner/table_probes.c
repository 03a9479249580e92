// SPDX-License-Identifier: GPL-2.0
/* The allocator's calls (table_watch.c), seen by kprobes. */
#include <linux/kprobes.h>
#include "runner.h"

static void return_null(struct pt_regs *regs)
{
	regs->ax = 0;
	regs->ip = *(unsigned long *)regs->sp; /* as if the function had returned */
	regs->sp += sizeof(unsigned long);
}

/* void *__kmalloc(size_t size, gfp_t flags): entered before kmalloc_entry. */
static int kmalloc_choice(struct kprobe *probe, struct pt_regs *regs)
{
	if (!allocation_fails(regs_get_kernel_argument(regs, 0), false))
		return 0;
	return_null(regs);
	return 1;
}

/* unsigned long __get_free_pages(gfp_t gfp_mask, unsigned int order) */
static int pages_choice(struct kprobe *probe, struct pt_regs *regs)
{
	if (!allocation_fails(PAGE_SIZE << (u32)regs_get_kernel_argument(regs, 1), true))
		return 0;
	return_null(regs);
	return 1;
}

static int kmalloc_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if (!allocation_begins())
		return 1; /* no return handler */
	*(u64 *)instance->data = regs_get_kernel_argument(regs, 0);
	return 0;
}

static int pages_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if (!allocation_begins())
		return 1;
	*(u64 *)instance->data = PAGE_SIZE << (u32)regs_get_kernel_argument(regs, 1);
	return 0;
}

static int kmalloc_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	allocation_ends((void *)regs_return_value(regs), *(u64 *)instance->data, false);
	return 0;
}

static int pages_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	allocation_ends((void *)regs_return_value(regs), *(u64 *)instance->data, true);
	return 0;
}

/* void kfree(const void *object) */
static int kfree_entry(struct kprobe *probe, struct pt_regs *regs)
{
	given_back((void *)regs_get_kernel_argument(regs, 0), 0, false);
	return 0;
}

/* void free_pages(unsigned long addr, unsigned int order) */
static int free_pages_entry(struct kprobe *probe, struct pt_regs *regs)
{
	given_back((void *)regs_get_kernel_argument(regs, 0),
		   PAGE_SIZE << (u32)regs_get_kernel_argument(regs, 1), true);
	return 0;
}

static struct kretprobe allocations[] = {
	{
		.kp.symbol_name = KMALLOC,
		.entry_handler = kmalloc_entry,
		.handler = kmalloc_return,
		.data_size = sizeof(u64),
		.maxactive = 16,
	},
	{
		.kp.symbol_name = GET_FREE_PAGES,
		.entry_handler = pages_entry,
		.handler = pages_return,
		.data_size = sizeof(u64),
		.maxactive = 16,
	},
};

/* Registered after those above, and so entered before them. */
static struct kprobe calls[] = {
	{
		.symbol_name = KMALLOC,
		.pre_handler = kmalloc_choice,
		.post_handler = sgp_keep_breakpoint,
	},
	{
		.symbol_name = GET_FREE_PAGES,
		.pre_handler = pages_choice,
		.post_handler = sgp_keep_breakpoint,
	},
	{ .symbol_name = "kfree", .pre_handler = kfree_entry },
	{ .symbol_name = "free_pages", .pre_handler = free_pages_entry },
};

int sgp_table_probe(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(allocations); i++)
		ret = register_kretprobe(&allocations[i]);
	for (i = 0; !ret && i < ARRAY_SIZE(calls); i++)
		ret = register_kprobe(&calls[i]);
	return ret;
}
