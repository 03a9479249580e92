/*
 * The native runner: executes the extracted code as machine code in a process of its own. Reads
 * struct sgp_scenario records from standard input and writes one struct sgp_report for each to
 * standard output, until end of file. A scenario that stops (BUG, fault) or leaves the assumptions
 * ends by a jump back here; hangs are ended by the parent's deadline. Plain libc; no kernel headers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sgp_abi.h"

/* Compiled with the kernel's flags; on i386 it is declared regparm(0), so plain cdecl. */
void sgp_run(const struct sgp_scenario *in, struct sgp_report *out);

/* Limits of the objects in the arbitrary section; absent when the module has none. */
extern unsigned char __start_sgp_arbitrary[] __attribute__((weak));
extern unsigned char __stop_sgp_arbitrary[] __attribute__((weak));

/* The module's other variables, restored to their initial contents before every scenario. */
extern unsigned char __start_sgp_data[] __attribute__((weak));
extern unsigned char __stop_sgp_data[] __attribute__((weak));
static unsigned char *initial_data;

static struct sgp_scenario scenario;
static struct sgp_report report;
static sigjmp_buf escape;
static volatile sig_atomic_t running;
static sgp_u64 step;

/* The kernel's `struct page` array: reserved whole, populated on touch. */
#if UINTPTR_MAX > 0xffffffff
#define PAGE_ARRAY_BYTES (1ULL << 46) /* 2^40 pages of 64 bytes */
#elif defined(__i386__)
#define PAGE_ARRAY_BYTES (256UL << 20) /* 2^22 pages of at most 64 bytes */
#else
#define PAGE_ARRAY_BYTES (64UL << 20) /* 2^20 pages of at most 64 bytes */
#endif
/* Where the code looks for it: one of these (the last one by env_pages.c). */
uintptr_t vmemmap_base, mem_map, sgp_page_array;

#if UINTPTR_MAX > 0xffffffff && !defined(__x86_64__)
/*
 * Emulators keep a record of every page that is mapped: nothing is, until it is touched. The place
 * is one where neither they nor the process have anything.
 */
#define PAGE_ARRAY_AT 0x200000000000ULL

static void reserve_page_array(void)
{
	vmemmap_base = mem_map = sgp_page_array = PAGE_ARRAY_AT;
}

static int populate(uintptr_t address)
{
	const uintptr_t chunk = 1 << 16; /* of all page sizes */
	void *at = (void *)(address & ~(chunk - 1));

	return address - PAGE_ARRAY_AT < PAGE_ARRAY_BYTES &&
	       mmap(at, chunk, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) == at;
}
#else
static int populate(uintptr_t address)
{
	(void)address;
	return 0;
}

static void reserve_page_array(void)
{
	void *p = mmap(NULL, PAGE_ARRAY_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("sgproof native runner: cannot reserve the page array");
		_exit(3);
	}
	vmemmap_base = mem_map = sgp_page_array = (uintptr_t)p;
}
#endif

void sgp_havoc(void *object, sgp_u64 size);

static void keep_initial_data(void)
{
	if (!__start_sgp_data)
		return;
	initial_data = malloc((size_t)(__stop_sgp_data - __start_sgp_data));
	if (!initial_data)
		_exit(3);
	memcpy(initial_data, __start_sgp_data, (size_t)(__stop_sgp_data - __start_sgp_data));
}

static void restore_initial_data(void)
{
	if (initial_data)
		memcpy(__start_sgp_data, initial_data,
		       (size_t)(__stop_sgp_data - __start_sgp_data));
	if (__start_sgp_arbitrary)
		sgp_havoc(__start_sgp_arbitrary, (sgp_u64)(__stop_sgp_arbitrary - __start_sgp_arbitrary));
}

static void stop(sgp_u64 status)
{
	report.status = status;
	siglongjmp(escape, 1);
}

void sgp_event(sgp_u64 kind, sgp_u64 a, sgp_u64 b, sgp_u64 c, sgp_u64 d, sgp_u64 ret)
{
	sgp_u64 n = report.nevents++;

	if (n < SGP_MAX_EVENTS)
		report.events[n] = (struct sgp_event){kind, step, a, b, c, d, ret};
}

void sgp_assume(sgp_u64 condition)
{
	if (!condition)
		stop(SGP_STATUS_ILLEGAL);
}

void sgp_step(sgp_u64 i)
{
	step = i;
}

/* Arbitrary contents: a fixed pattern that is neither zero nor a pointer. */
void sgp_havoc(void *object, sgp_u64 size)
{
	unsigned char *p = object;
	sgp_u64 i;

	for (i = 0; i < size; i++)
		p[i] = (unsigned char)(0xa5 + i * 7);
}

/* One input at a time: what symbolic engines are asked for is not needed. */
sgp_u64 sgp_symbolic(void)
{
	return 0;
}

sgp_u64 sgp_case(sgp_u64 value)
{
	return value;
}

sgp_u64 sgp_either(sgp_u64 condition, sgp_u64 yes, sgp_u64 no)
{
	return condition ? yes : no;
}

void sgp_pages_built(void)
{
}

void *sgp_object(sgp_u64 size)
{
	(void)size;
	abort();
}

void sgp_object_gone(void *object)
{
	(void)object;
	abort();
}

void sgp_native_bug(sgp_u64 line)
{
	sgp_event(SGP_EV_BUG, line, 0, 0, 0, 0);
	stop(SGP_STATUS_STOPPED);
}

void sgp_native_warn(sgp_u64 line)
{
	sgp_event(SGP_EV_WARN, line, 0, 0, 0, 0);
}

/* BUG_ON() where that is one instruction. */
void sgp_native_bug_on(sgp_u64 line, sgp_u64 condition)
{
	if (condition)
		sgp_native_bug(line);
}

/* A bug-table entry: BUGFLAG_WARNING (include/linux/bug.h) tells WARN from BUG. */
void sgp_native_trap(sgp_u64 line, sgp_u64 flags)
{
	if (flags & 1)
		sgp_native_warn(line);
	else
		sgp_native_bug(line);
}

sgp_u64 sgp_native_unmodelled(const char *name)
{
	fprintf(stderr, "unmodelled: %s\n", name);
	sgp_event(SGP_EV_UNMODELLED, 0, 0, 0, 0, 0);
	stop(SGP_STATUS_UNMODELLED);
	return 0;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (!running)
		_exit(4);
	if (signal == SIGSEGV && populate((uintptr_t)info->si_addr))
		return; /* and executes the instruction again */
	sgp_event(SGP_EV_OOPS, (uintptr_t)info->si_addr, signal, 0, 0, 0);
	stop(SGP_STATUS_STOPPED);
}

static void catch_faults(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	static unsigned char stack[1 << 16];
	stack_t alternative = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_sigaction = on_fault,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	size_t i;

	sigaltstack(&alternative, NULL);
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}

static int transfer(int fd, void *buffer, size_t size, int writing)
{
	char *p = buffer;

	while (size) {
		ssize_t n = writing ? write(fd, p, size) : read(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int main(void)
{
	const struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	keep_initial_data();
	reserve_page_array();
	catch_faults();
	while (!transfer(0, &scenario, sizeof(scenario), 0)) {
		if (scenario.magic != SGP_MAGIC_SCENARIO)
			return 2;
		memset(&report, 0, sizeof(report));
		report.magic = SGP_MAGIC_REPORT;
		report.id = scenario.id;
		step = 0;
		restore_initial_data();
		running = 1;
		if (!sigsetjmp(escape, 1))
			sgp_run(&scenario, &report);
		running = 0;
		if (transfer(1, &report, sizeof(report), 1))
			return 1;
	}
	return 0;
}
