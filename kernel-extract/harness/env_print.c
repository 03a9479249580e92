// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: printing has no effect that the invariants look at (kernel/printk, drivers/base/core.c).
 * A sequence buffer only gets longer, by a name such as "0000:01:03.0;" (lib/seq_buf.c).
 */
#include <linux/device.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/seq_buf.h>

#undef _printk
int _printk(const char *fmt, ...)
{
	return 0;
}

void __warn_printk(const char *fmt, ...)
{
}

void _dev_printk(const char *level, const struct device *dev, const char *fmt, ...)
{
}

#define SGP_DEV_PRINT(name) \
	void name(const struct device *dev, const char *fmt, ...) \
	{ \
	}
SGP_DEV_PRINT(_dev_emerg)
SGP_DEV_PRINT(_dev_alert)
SGP_DEV_PRINT(_dev_crit)
SGP_DEV_PRINT(_dev_err)
SGP_DEV_PRINT(_dev_warn)
SGP_DEV_PRINT(_dev_notice)
SGP_DEV_PRINT(_dev_info)

/* Whether there have been too many messages. */
int ___ratelimit(struct ratelimit_state *rs, const char *func)
{
	return 1;
}

const char *dev_driver_string(const struct device *dev)
{
	return "sgp";
}

#define SGP_NAME_LENGTH 13
int seq_buf_printf(struct seq_buf *s, const char *fmt, ...)
{
	if (s->len + SGP_NAME_LENGTH >= s->size) {
		s->len = s->size + 1; /* seq_buf_set_overflow() */
		return -1;
	}
	s->len += SGP_NAME_LENGTH;
	return 0;
}
