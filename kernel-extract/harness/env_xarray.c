// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: the map-type cache of a provider (struct pci_p2pdma.map_types), lib/xarray.c.
 * xa_load() gives what was stored under an index, or NULL; xa_store() replaces it. It is only ever
 * used by drivers/pci/p2pdma.c with the index of map_types_idx(): domain << 16 | bus << 8 | devfn.
 * Storing can fail for lack of memory; then the cache stays as it was, which callers ignore.
 */
#include <linux/xarray.h>
#include "sgp_env.h"

/* What the code under check has stored since the run began: value + 1, 0 for nothing. */
static sgp_u64 sgp_stored[SGP_MAX_PROVIDERS][SGP_MAX_DEVICES];

static int sgp_client_of_index(unsigned long index)
{
	int d;

	for (d = 0; d < SGP_MAX_DEVICES; d++) {
		struct pci_dev *client = sgp_client(d);

		if (index == (((unsigned long)pci_domain_nr(client->bus) << 16) |
			      ((unsigned long)client->bus->number << 8) | client->devfn))
			return d;
	}
	return -1;
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	int k = sgp_provider_of_cache(xa);
	int d = sgp_client_of_index(index);
	sgp_u64 type;

	if (k < 0 || d < 0)
		return NULL;
	if (sgp_stored[k][d])
		return xa_mk_value(sgp_stored[k][d] - 1);
	type = sgp_world->providers[k].cached_type[d];
	return type ? xa_mk_value(type) : NULL;
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	int k = sgp_provider_of_cache(xa);
	int d = sgp_client_of_index(index);
	void *old = xa_load(xa, index);

	if (k >= 0 && d >= 0)
		sgp_stored[k][d] = xa_to_value(entry) + 1;
	return old;
}
