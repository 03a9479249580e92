// SPDX-License-Identifier: GPL-2.0
/*
 * Without kprobes, WARN and BUG are read off the console: they are messages there with file and
 * line, printed before anything else happens (include/asm-generic/bug.h, kernel/panic.c). BUG and
 * oops end in a panic, which is the end of this machine.
 */
#include <linux/console.h>
#include <linux/panic_notifier.h>
#include "runner.h"

#define LONGEST 1024

static bool heard; /* a WARN, whoever it belongs to */
static bool bug;
static char bug_file[SGP_DIAG_TEXT];
static unsigned int bug_line;

/* Splits "FILE:LINE" behind `words`; false where the text says no such thing. */
static bool place_after(const char *text, const char *words, char *file, unsigned int *line)
{
	const char *at = strstr(text, words), *colon;
	size_t length;

	if (!at)
		return false;
	at += strlen(words);
	length = strcspn(at, ": \n");
	colon = at + length;
	if (*colon != ':' || length >= SGP_DIAG_TEXT || sscanf(colon, ":%u", line) != 1)
		return false;
	memcpy(file, at, length);
	file[length] = 0;
	return true;
}

static void hear(const char *text)
{
	char file[SGP_DIAG_TEXT] = "";
	unsigned int line = 0;

	if (strstr(text, "WARNING: ")) {
		place_after(text, " at ", file, &line);
		heard = true;
		if (sgp_observed())
			sgp_warned(file, line, 0);
	} else if (strstr(text, "BUG: failure at ")) {
		bug = place_after(text, "BUG: failure at ", bug_file, &bug_line);
	}
}

static void console_write(struct console *console, const char *text, unsigned int length)
{
	static char line[LONGEST]; /* the console lock is held */

	length = min_t(unsigned int, length, LONGEST - 1);
	memcpy(line, text, length);
	line[length] = 0;
	hear(line);
}

static struct console listener = {
	.name = "sgproof",
	.write = console_write,
	.flags = CON_ENABLED | CON_ANYTIME,
	.index = -1,
};

static int panicked(struct notifier_block *block, unsigned long unused, void *message)
{
	if (!sgp_observed())
		return NOTIFY_DONE;
	if (bug)
		sgp_stopped(SGP_EV_BUG, bug_line, 0, bug_file, bug_line, 0);
	else
		sgp_stopped(SGP_EV_OOPS, 0, 0, NULL, 0, 0);
	sgp_bell(SGP_BELL_STOPPED);
	sgp_close_stopped(); /* no other task will */
	return NOTIFY_DONE;
}

/* Before the one that ends the process (arch/um/kernel/um_arch.c). */
static struct notifier_block panic_block = { .notifier_call = panicked, .priority = INT_MAX };

int sgp_probes_init(void)
{
	register_console(&listener);
	WARN(1, "this one shows that warnings are heard\n");
	if (!heard)
		return -EIO;
	return sgp_table_probe() ?:
	       atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}

/* Every warning that fires once may fire again. */
void sgp_clear_once(void)
{
	char *start = (char *)sgp_symbol("__start_once"), *end = (char *)sgp_symbol("__end_once");

	if (start && end > start)
		memset(start, 0, end - start);
}

/* A BUG is the end of this machine. */
bool sgp_guarded(void (*body)(void *argument), void *argument)
{
	body(argument);
	return true;
}

/* There are no devices to take references to. */
void sgp_references_begin(void)
{
}

void sgp_references_restore(void)
{
}

void sgp_references_end(void)
{
}
