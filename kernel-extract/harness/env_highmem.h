/* SPDX-License-Identifier: GPL-2.0 */
/* The contract of env_highmem.c in place of the inline functions that map pages. */
#ifndef ENV_HIGHMEM_H
#define ENV_HIGHMEM_H

#include <linux/highmem.h>
#include <linux/uaccess.h>

void *sgp_kmap(struct page *page);
void *sgp_kmap_atomic(struct page *page);
void sgp_kunmap_atomic(const void *memory);
bool sgp_faults_off(void);

/* Other views of a page, of which there are none: where caches may differ it looks at struct page. */
#undef flush_dcache_page
#define flush_dcache_page(page) ((void)(page))

#undef kunmap_atomic
#undef kunmap_local
#define kmap(page) sgp_kmap(page)
#define kmap_local_page(page) sgp_kmap(page)
#define kmap_atomic(page) sgp_kmap_atomic(page)
#define kunmap(page) ((void)(page))
#define kunmap_local(memory) ((void)(memory))
#define kunmap_atomic(memory) sgp_kunmap_atomic(memory)
#define pagefault_disabled() sgp_faults_off()

#endif /* ENV_HIGHMEM_H */
