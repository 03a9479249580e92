// SPDX-License-Identifier: GPL-2.0
/*
 * What a record is sealed with: XXH64 by the tree's lib/xxhash.c, for kernels into which nothing has
 * selected it too. An emulated machine is several times faster with it than with a CRC.
 */
#include <linux/export.h>
#include <linux/xxhash.h>
#include "runner.h"

#if !IS_BUILTIN(CONFIG_XXHASH)
#undef EXPORT_SYMBOL
#define EXPORT_SYMBOL(name)
#include "lib/xxhash.c"
#endif

u64 sgp_seal(const void *data, size_t size)
{
	return xxh64(data, size, 0);
}

u64 sgp_record_seal(const struct sgp_record *record)
{
	unsigned long length;
	const void *part;
	unsigned int i;
	u64 seal = 0;

	for (i = 0; i < SGP_RECORD_PARTS; i++) {
		part = sgp_record_part(record, i, &length);
		seal = xxh64(part, length, seal);
	}
	return seal;
}
