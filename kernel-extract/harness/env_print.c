// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: printing has no effect that the invariants look at (kernel/printk, drivers/base/core.c).
 */
#include <linux/device.h>
#include <linux/printk.h>

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

const char *dev_driver_string(const struct device *dev)
{
	return "sgp";
}
