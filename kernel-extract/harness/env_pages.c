// SPDX-License-Identifier: GPL-2.0
/*
 * Contract: where `struct page` objects are, of architectures whose vmemmap is not the variable of
 * x86. The engines say where they have the array (sgp_page_array); here the kernel's own variables
 * are set so that frame 0 is at its begin.
 */
#include <linux/mm.h>
#include "sgp_env.h"

#if !defined(CONFIG_SPARSEMEM_VMEMMAP) || defined(CONFIG_X86)
#error "the array is at vmemmap_base or mem_map, which the engines set"
#endif

#if defined(CONFIG_ARM64)
/*
 * arch/arm64/include/asm/pgtable.h: vmemmap is VMEMMAP_START less the frames below the first byte
 * of RAM. RAM "starts" where the array is.
 */
s64 memstart_addr;

void sgp_place_pages(void)
{
	memstart_addr = -(s64)(((sgp_page_array - VMEMMAP_START) / sizeof(struct page)) << PAGE_SHIFT);
}
#elif defined(CONFIG_RISCV)
/* arch/riscv/include/asm/pgtable.h: likewise, in frames; with Sv57, whose array is the longest. */
unsigned long vmemmap_start_pfn;
bool pgtable_l4_enabled = true, pgtable_l5_enabled = true;

/* arch/riscv/mm/init.c: RAM begins at address 0, and so does its linear map. */
struct kernel_mapping kernel_map = {
	.page_offset = CONFIG_PAGE_OFFSET, /* of Sv57 */
	.va_pa_offset = CONFIG_PAGE_OFFSET,
};

void sgp_place_pages(void)
{
	vmemmap_start_pfn = -((sgp_page_array - VMEMMAP_START) / sizeof(struct page));
}
#else
/* s390 (arch/s390/kernel/setup.c), PowerPC (arch/powerpc/mm/init_64.c): a variable. */
struct page *vmemmap;

void sgp_place_pages(void)
{
	vmemmap = (struct page *)sgp_page_array;
}
#endif
