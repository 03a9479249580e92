// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: what an architecture has in assembly (arch/mips/lib, arch/x86/um) does as the C library's function
 * of that name, which the engines know as the compiler's builtin.
 */
#include <linux/string.h>

#ifndef __HAVE_ARCH_MEMSET
#error "lib/string.c has them"
#endif

void *memset(void *s, int c, size_t n)
{
	return __builtin_memset(s, c, n);
}

void *memcpy(void *to, const void *from, size_t n)
{
	return __builtin_memcpy(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
	return __builtin_memmove(to, from, n);
}
