// SPDX-License-Identifier: GPL-2.0
/*
 * What the host gave a User Mode Linux: the mailbox is a file that is mapped at boot (iomem=), the
 * bell a file descriptor of the process.
 */
#include <linux/moduleparam.h>
#include <mem_user.h>
#include <os.h>
#include "runner.h"

static int bell = -1;
module_param(bell, int, 0);

void *sgp_shared_memory(u64 *length)
{
	unsigned long bytes = 0;
	unsigned long memory = find_iomem(SGP_UM_MAILBOX, &bytes);

	*length = bytes;
	return memory && bell >= 0 ? (void *)memory : ERR_PTR(-ENODEV);
}

void sgp_bell(char c)
{
	os_write_file(bell, &c, sizeof(c));
}
