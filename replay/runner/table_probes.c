// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's allocator as a table sees it: what the functions under way ask for and give back
 * become events, and the allocation that must fail in this scenario does.
 */
#include <linux/kprobes.h>
#include "sgp_accessors.h"
#include "runner.h"

#if SGP_HAS_NOPROF
#define KMALLOC "__kmalloc_noprof"
#define GET_FREE_PAGES "get_free_pages_noprof"
#else
#define KMALLOC "__kmalloc"
#define GET_FREE_PAGES "__get_free_pages"
#endif

static bool nested; /* one allocator calls another */

/* The table whose function is under way in this task, if any. */
static struct sgp_table *table_under_way(void)
{
	struct sgp_run *run = sgp_observed();

	return run && run->ctx.table.calling && !nested ? &run->ctx.table : NULL;
}

static void return_null(struct pt_regs *regs)
{
	regs->ax = 0;
	regs->ip = *(unsigned long *)regs->sp; /* as if the function had returned */
	regs->sp += sizeof(unsigned long);
}

/* void *__kmalloc(size_t size, gfp_t flags): entered before kmalloc_entry. */
static int kmalloc_choice(struct kprobe *probe, struct pt_regs *regs)
{
	struct sgp_table *t = table_under_way();

	if (!t || !sgp_chunk_fails(t, regs_get_kernel_argument(regs, 0), false))
		return 0;
	return_null(regs);
	return 1;
}

/* unsigned long __get_free_pages(gfp_t gfp_mask, unsigned int order) */
static int pages_choice(struct kprobe *probe, struct pt_regs *regs)
{
	struct sgp_table *t = table_under_way();

	if (!t || !sgp_chunk_fails(t, PAGE_SIZE << (u32)regs_get_kernel_argument(regs, 1), true))
		return 0;
	return_null(regs);
	return 1;
}

static int kmalloc_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if (!table_under_way())
		return 1; /* no return handler */
	*(u64 *)instance->data = regs_get_kernel_argument(regs, 0);
	nested = true;
	return 0;
}

static int pages_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if (!table_under_way())
		return 1;
	*(u64 *)instance->data = PAGE_SIZE << (u32)regs_get_kernel_argument(regs, 1);
	nested = true;
	return 0;
}

static void given(struct kretprobe_instance *instance, struct pt_regs *regs, bool pages)
{
	struct sgp_run *run = sgp_observed();

	nested = false;
	if (run)
		sgp_chunk_given(&run->ctx.table, (void *)regs_return_value(regs),
				*(u64 *)instance->data, pages);
}

static int kmalloc_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	given(instance, regs, false);
	return 0;
}

static int pages_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	given(instance, regs, true);
	return 0;
}

/* void kfree(const void *object) */
static int kfree_entry(struct kprobe *probe, struct pt_regs *regs)
{
	struct sgp_table *t = table_under_way();
	const void *object = (void *)regs_get_kernel_argument(regs, 0);

	if (t && object)
		sgp_chunk_taken(t, object, 0, false);
	return 0;
}

/* void free_pages(unsigned long addr, unsigned int order) */
static int free_pages_entry(struct kprobe *probe, struct pt_regs *regs)
{
	struct sgp_table *t = table_under_way();
	unsigned long addr = regs_get_kernel_argument(regs, 0);

	if (t && addr)
		sgp_chunk_taken(t, (void *)addr, PAGE_SIZE << (u32)regs_get_kernel_argument(regs, 1),
				true);
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

/* A function that did not return may have left an allocator. */
void sgp_table_begin(void)
{
	nested = false;
}
