// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: execution is sequential (assumption SEQUENTIAL): nobody else wants the CPU, no lock is
 * held by another, time passes at once (kernel/sched/core.c, kernel/locking/mutex.c,
 * kernel/time/timer.c). Whether these may be called at all is CTX-1, which debug kernels look at.
 */
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/sched.h>

int __cond_resched(void)
{
	return 0;
}

void schedule(void)
{
}

void msleep(unsigned int msecs)
{
}

#ifndef CONFIG_DEBUG_LOCK_ALLOC
void mutex_lock(struct mutex *lock)
{
}
#endif

void mutex_unlock(struct mutex *lock)
{
}
