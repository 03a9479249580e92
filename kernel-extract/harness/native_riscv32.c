/*
 * What native_main.c uses of the C library, on Linux for 32-bit RISC-V, of which Debian has no C
 * library: system calls, and the functions that the compiler calls. Declared by the headers of the
 * C library for 64-bit RISC-V, which know both. Nothing is ever freed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#if __riscv_xlen != 32
#error "others have a C library"
#endif

/* include/uapi/asm-generic/unistd.h */
enum { NR_READ = 63, NR_WRITE = 64, NR_EXIT_GROUP = 94, NR_SIGALTSTACK = 132, NR_SIGACTION = 134,
       NR_MMAP2 = 222, NR_PRLIMIT64 = 261 };

#define MMAP2_UNIT 4096

static long system_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d, a4 __asm__("a4") = e, a5 __asm__("a5") = f;
	register long a7 __asm__("a7") = number;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
			 : "memory");
	return a0;
}

static int error;

int *__errno_location(void)
{
	return &error;
}

static long result(long value)
{
	if (value < 0 && value > -MMAP2_UNIT) {
		error = (int)-value;
		return -1;
	}
	return value;
}

ssize_t read(int fd, void *buffer, size_t size)
{
	return result(system_call(NR_READ, fd, (long)buffer, (long)size, 0, 0, 0));
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	return result(system_call(NR_WRITE, fd, (long)buffer, (long)size, 0, 0, 0));
}

void _exit(int status)
{
	for (;;)
		system_call(NR_EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

void abort(void)
{
	_exit(4);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return (void *)result(system_call(NR_MMAP2, (long)at, (long)size, protection, flags, fd,
					  (long)(offset / MMAP2_UNIT)));
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	const uint64_t both[2] = {limit->rlim_cur, limit->rlim_max};

	return (int)result(system_call(NR_PRLIMIT64, 0, resource, (long)both, 0, 0, 0));
}

int sigaltstack(const stack_t *own, stack_t *old)
{
	return (int)result(system_call(NR_SIGALTSTACK, (long)own, (long)old, 0, 0, 0, 0));
}

/* arch/riscv has no field for what a handler returns to. */
int sigaction(int signal, const struct sigaction *own, struct sigaction *old)
{
	const struct {
		void (*handler)(int, siginfo_t *, void *);
		unsigned long flags;
		uint64_t mask;
	} kernels = {own->sa_sigaction, (unsigned long)own->sa_flags, 0};

	(void)old;
	return (int)result(system_call(NR_SIGACTION, signal, (long)&kernels, 0, sizeof(uint64_t), 0, 0));
}

/* No mask is kept: handlers are entered with SA_NODEFER, and block nothing. */
__attribute__((naked, returns_twice)) int __sigsetjmp(struct __jmp_buf_tag *at, int mask)
{
	__asm__("sw ra, 0(a0)\n sw sp, 4(a0)\n"
		"sw s0, 8(a0)\n sw s1, 12(a0)\n sw s2, 16(a0)\n sw s3, 20(a0)\n"
		"sw s4, 24(a0)\n sw s5, 28(a0)\n sw s6, 32(a0)\n sw s7, 36(a0)\n"
		"sw s8, 40(a0)\n sw s9, 44(a0)\n sw s10, 48(a0)\n sw s11, 52(a0)\n"
		"li a0, 0\n ret");
}

__attribute__((naked, noreturn)) void siglongjmp(sigjmp_buf at, int value)
{
	__asm__("lw ra, 0(a0)\n lw sp, 4(a0)\n"
		"lw s0, 8(a0)\n lw s1, 12(a0)\n lw s2, 16(a0)\n lw s3, 20(a0)\n"
		"lw s4, 24(a0)\n lw s5, 28(a0)\n lw s6, 32(a0)\n lw s7, 36(a0)\n"
		"lw s8, 40(a0)\n lw s9, 44(a0)\n lw s10, 48(a0)\n lw s11, 52(a0)\n"
		"mv a0, a1\n ret");
}

void *malloc(size_t size)
{
	void *at = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

void *memset(void *at, int byte, size_t size)
{
	unsigned char *p = at;

	while (size--)
		*p++ = (unsigned char)byte;
	return at;
}

void *memcpy(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	while (size--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *t = (unsigned char *)to + size;
	const unsigned char *f = (const unsigned char *)from + size;

	if (to <= from)
		return memcpy(to, from, size);
	while (size--)
		*--t = *--f;
	return to;
}

int memcmp(const void *one, const void *other, size_t size)
{
	const unsigned char *a = one, *b = other;

	for (; size; size--, a++, b++)
		if (*a != *b)
			return *a - *b;
	return 0;
}

size_t strlen(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

FILE *stderr;

static void say(const char *text)
{
	(void)!write(2, text, strlen(text));
}

void perror(const char *what)
{
	say(what);
	say("\n");
}

/* Of the formats, those with one %s. */
int fprintf(FILE *file, const char *format, ...)
{
	va_list arguments;

	(void)file;
	va_start(arguments, format);
	for (; *format; format++) {
		if (format[0] == '%' && format[1] == 's') {
			say(va_arg(arguments, const char *));
			format++;
		} else {
			(void)!write(2, format, 1);
		}
	}
	va_end(arguments);
	return 0;
}

int main(void);

__attribute__((used)) static void start(void)
{
	_exit(main());
}

__attribute__((naked, noreturn)) void _start(void)
{
	__asm__(".option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n"
		"andi sp, sp, -16\n tail %0" : : "i"(start));
}
