// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: where an architecture has no trap for BUG(), it is a message and panic(), which does not
 * return (include/asm-generic/bug.h, kernel/panic.c). The trap here is one that the engines know;
 * it has the name of a header whose functions report the line of their caller.
 */
#include <linux/bug.h>
#include <linux/panic.h>

#ifdef HAVE_ARCH_BUG
#error "BUG() is a trap here, which the engines know"
#endif

#line 1 "asm/bug.h"
void panic(const char *fmt, ...)
{
	asm volatile(".byte 0x0f, 0x0b"); /* ud2 */
	__builtin_unreachable();
}
