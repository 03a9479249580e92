// SPDX-License-Identifier: GPL-2.0
/* As kallsyms.c, where there are no kprobes: the init program has read the one address needed. */
#include <linux/moduleparam.h>
#include "runner.h"

static unsigned long lookup; /* of kallsyms_lookup_name() */
module_param(lookup, ulong, 0);

int sgp_symbols_init(void)
{
	return lookup ? 0 : -ENOENT;
}

/* 0 if this kernel has no such symbol. */
unsigned long sgp_symbol(const char *name)
{
	return ((unsigned long (*)(const char *))lookup)(name);
}
