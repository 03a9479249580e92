/* SPDX-License-Identifier: GPL-2.0 */
/* The contract of env_highmem.c in place of the inline functions that map pages. */
#ifndef ENV_HIGHMEM_H
#define ENV_HIGHMEM_H

#include <linux/highmem.h>
#include <linux/uaccess.h>

void *sgp_kmap(struct page *page);
void *sgp_kmap_atomic(struct page *page);
void sgp_kunmap_atomic(const void *memory);
void sgp_kunmap(void);
bool sgp_faults_off(void);

/* Whether it is a page's byte that is told; what is then done with it. */
bool sgp_told(const void *at);
void *sgp_tell_copy(void *to, const void *from, size_t bytes);
void *sgp_tell_fill(void *at, int byte, size_t bytes);

/* Other views of a page, of which there are none: where caches may differ it looks at struct page. */
#undef flush_dcache_page
#define flush_dcache_page(page) ((void)(page))

#undef kunmap_atomic
#undef kunmap_local
#define kmap(page) sgp_kmap(page)
#define kmap_local_page(page) sgp_kmap(page)
#define kmap_atomic(page) sgp_kmap_atomic(page)
#define kunmap(page) ((void)(page), sgp_kunmap())
#define kunmap_local(memory) ((void)(memory), sgp_kunmap())
#define kunmap_atomic(memory) sgp_kunmap_atomic(memory)
#define pagefault_disabled() sgp_faults_off()

/* Of other memory the engine sees what is done, at the place where it is done. */
#undef memcpy
#undef memset
#define memcpy(to, from, bytes)                                          \
	(sgp_told(to) || sgp_told(from) ? sgp_tell_copy(to, from, bytes) \
					: __builtin_memcpy(to, from, bytes))
#define memset(at, byte, bytes)                               \
	(sgp_told(at) ? sgp_tell_fill(at, byte, bytes)        \
		      : __builtin_memset(at, byte, bytes))

#endif /* ENV_HIGHMEM_H */
