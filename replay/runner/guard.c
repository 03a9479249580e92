// SPDX-License-Identifier: GPL-2.0
/*
 * An operation that ends in a BUG comes back here. What the BUG tells is all that a scenario wants of
 * it; the oops and the end of the task that follow take an emulated machine a hundred times as long
 * as most scenarios. What the operation had taken (memory, locks) stays taken, as it would if the
 * task had ended.
 *
 * Kernels that keep books of what a task is doing (KASAN, lockdep, preemptible RCU) and other
 * machines let the task end: sgp_guard_leave() is false there.
 */
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <asm/linkage.h>
#include <asm/processor-flags.h>
#include "runner.h"

#if defined(CONFIG_X86_64) && !defined(CONFIG_KASAN) && !defined(CONFIG_LOCKDEP) && \
	!defined(CONFIG_PREEMPT_RCU) && !defined(CONFIG_DEBUG_ATOMIC_SLEEP)
#define CAN_LEAVE 1
#else
#define CAN_LEAVE 0
#endif

#if CAN_LEAVE
/* bool sgp_guard_call(void (*body)(void *), void *argument); sgp_guard_landed is its other end. */
asmlinkage bool sgp_guard_call(void (*body)(void *argument), void *argument);
asmlinkage void sgp_guard_landed(void);
unsigned long sgp_guard_stack; /* pointer to it at the call; 0: no call under way */

asm(".pushsection .text, \"ax\"\n"
    ".global sgp_guard_call\n"
    "sgp_guard_call:\n"
    "	push %rbp\n"
    "	push %rbx\n"
    "	push %r12\n"
    "	push %r13\n"
    "	push %r14\n"
    "	push %r15\n"
    "	sub $8, %rsp\n" /* calls are made with an aligned stack */
    "	mov %rsp, sgp_guard_stack(%rip)\n"
    "	mov %rdi, %rax\n"
    "	mov %rsi, %rdi\n"
    "	call *%rax\n"
    "	mov $1, %eax\n"
    "	jmp 1f\n"
    ".global sgp_guard_landed\n"
    "sgp_guard_landed:\n"
    "	xor %eax, %eax\n"
    "1:	movq $0, sgp_guard_stack(%rip)\n"
    "	add $8, %rsp\n"
    "	pop %r15\n"
    "	pop %r14\n"
    "	pop %r13\n"
    "	pop %r12\n"
    "	pop %rbx\n"
    "	pop %rbp\n"
    "	" ASM_RET
    ".popsection\n");

static void (*flush_returns)(struct task_struct *task);
static const int *panics; /* panic_on_oops: a BUG must be the machine's end */
static struct task_struct *guarded;

/* Calls body(argument); false if a BUG ended it, and sgp_guard_leave() was told. */
bool sgp_guarded(void (*body)(void *argument), void *argument)
{
	int preempt = preempt_count(), no_faults = current->pagefault_disabled;
	bool returned;

	guarded = current;
	returned = sgp_guard_call(body, argument);
	guarded = NULL;
	if (!returned) {
		preempt_count_set(preempt);
		current->pagefault_disabled = no_faults;
		flush_returns(current); /* of probed functions that it was in */
	}
	return returned;
}

/* From the trap of a BUG: whether what `regs` go on with is the end of sgp_guarded(). */
bool sgp_guard_leave(struct pt_regs *regs)
{
	if (!sgp_guard_stack || current != guarded || !in_task() || *panics)
		return false;
	regs->ip = (unsigned long)sgp_guard_landed;
	regs->sp = sgp_guard_stack;
	regs->flags = (regs->flags | X86_EFLAGS_IF) & ~(X86_EFLAGS_DF | X86_EFLAGS_AC);
	return true;
}

int sgp_guard_init(void)
{
	flush_returns = (void *)sgp_symbol("rethook_flush_task");
	if (!flush_returns)
		flush_returns = (void *)sgp_symbol("kprobe_flush_task");
	panics = (const int *)sgp_symbol("panic_on_oops");
	return flush_returns && panics ? 0 : -ENOENT;
}
#else
bool sgp_guarded(void (*body)(void *argument), void *argument)
{
	body(argument);
	return true;
}

bool sgp_guard_leave(struct pt_regs *regs)
{
	return false;
}

int sgp_guard_init(void)
{
	return 0;
}
#endif
