// SPDX-License-Identifier: GPL-2.0
/*
 * The allocator's calls (table_watch.c) where there are no kprobes: the functions begin with a jump
 * to those here, which put the old code back while they call them. There is one processor, and the
 * kernel is not preempted.
 */
#include <linux/irqflags.h>
#include <linux/slab.h>
#include <os.h>
#include "runner.h"

#define JUMP_BYTES 13

struct hook {
	const char *symbol;
	void *function; /* of ours */
	void *at;
	u8 jump[JUMP_BYTES], code[JUMP_BYTES]; /* code: what the jump replaces */
};

static void *hooked_kmalloc(size_t size, gfp_t flags);
static unsigned long hooked_get_free_pages(gfp_t flags, unsigned int order);
static void hooked_kfree(const void *object);
static void hooked_free_pages(unsigned long addr, unsigned int order);

enum { HOOK_KMALLOC, HOOK_GET_FREE_PAGES, HOOK_KFREE, HOOK_FREE_PAGES };
static struct hook hooks[] = {
	[HOOK_KMALLOC] = { KMALLOC, hooked_kmalloc },
	[HOOK_GET_FREE_PAGES] = { GET_FREE_PAGES, hooked_get_free_pages },
	[HOOK_KFREE] = { "kfree", hooked_kfree },
	[HOOK_FREE_PAGES] = { "free_pages", hooked_free_pages },
};

static void put(const struct hook *hook, const u8 *bytes)
{
	unsigned long flags;

	local_irq_save(flags); /* nobody calls a function that is half one, half the other */
	memcpy(hook->at, bytes, JUMP_BYTES);
	local_irq_restore(flags);
}

static void *hooked_kmalloc(size_t size, gfp_t flags)
{
	struct hook *hook = &hooks[HOOK_KMALLOC];
	void *(*real)(size_t size, gfp_t flags) = hook->at;
	bool watched;
	void *memory;

	if (allocation_fails(size, false))
		return NULL;
	watched = allocation_begins();
	put(hook, hook->code);
	memory = real(size, flags);
	put(hook, hook->jump);
	if (watched)
		allocation_ends(memory, size, false);
	return memory;
}

static unsigned long hooked_get_free_pages(gfp_t flags, unsigned int order)
{
	struct hook *hook = &hooks[HOOK_GET_FREE_PAGES];
	unsigned long (*real)(gfp_t flags, unsigned int order) = hook->at;
	unsigned long memory;
	bool watched;

	if (allocation_fails(PAGE_SIZE << order, true))
		return 0;
	watched = allocation_begins();
	put(hook, hook->code);
	memory = real(flags, order);
	put(hook, hook->jump);
	if (watched)
		allocation_ends((void *)memory, PAGE_SIZE << order, true);
	return memory;
}

static void hooked_kfree(const void *object)
{
	struct hook *hook = &hooks[HOOK_KFREE];
	void (*real)(const void *object) = hook->at;

	given_back(object, 0, false);
	put(hook, hook->code);
	real(object);
	put(hook, hook->jump);
}

static void hooked_free_pages(unsigned long addr, unsigned int order)
{
	struct hook *hook = &hooks[HOOK_FREE_PAGES];
	void (*real)(unsigned long addr, unsigned int order) = hook->at;

	given_back((void *)addr, PAGE_SIZE << order, true);
	put(hook, hook->code);
	real(addr, order);
	put(hook, hook->jump);
}

/* movabs $function, %r11; jmp *%r11: the only register that is nobody's at a function's entry. */
static void make_jump(struct hook *hook)
{
	static const u8 template[JUMP_BYTES] = { 0x49, 0xbb, [10] = 0x41, 0xff, 0xe3 };

	memcpy(hook->jump, template, JUMP_BYTES);
	put_unaligned((u64)hook->function, (u64 *)&hook->jump[2]);
}

int sgp_table_probe(void)
{
	int (*protect)(void *addr, unsigned long len, int r, int w, int x) =
		(void *)sgp_symbol("os_protect_memory");
	unsigned long first;
	unsigned int i;
	int ret;

	BUILD_BUG_ON(!IS_ENABLED(CONFIG_64BIT));
	if (!protect)
		return -ENOENT;
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		hooks[i].at = (void *)sgp_symbol(hooks[i].symbol);
		if (!hooks[i].at)
			return -ENOENT;
		first = (unsigned long)hooks[i].at & PAGE_MASK;
		ret = protect((void *)first, 2 * PAGE_SIZE, 1, 1, 1);
		if (ret)
			return ret;
		memcpy(hooks[i].code, hooks[i].at, JUMP_BYTES);
		make_jump(&hooks[i]);
	}
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		put(&hooks[i], hooks[i].jump);
	return 0;
}
