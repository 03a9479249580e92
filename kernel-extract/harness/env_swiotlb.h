/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where kernel/dma/swiotlb.c itself is executed (tu_swiotlb.c, which keeps its names), its callers
 * reach the contract of env_swiotlb.c by other names. To be included before the kernel's headers.
 */
#ifndef ENV_SWIOTLB_H
#define ENV_SWIOTLB_H

#include "sgp_accessors.h"

#if defined(CONFIG_SWIOTLB)
#define SGP_SWIOTLB_CODE 1
#else
#define SGP_SWIOTLB_CODE 0
#endif

#if SGP_SWIOTLB_CODE && !defined(SGP_SWIOTLB_ITSELF)
#define is_swiotlb_active sgp_is_swiotlb_active
#define swiotlb_map sgp_swiotlb_map
#define swiotlb_tbl_map_single sgp_swiotlb_tbl_map_single
#if SGP_HAS_FOUND_POOL
#define __swiotlb_tbl_unmap_single sgp_swiotlb_tbl_unmap_single
#define __swiotlb_sync_single_for_cpu sgp_swiotlb_sync_single_for_cpu
#define __swiotlb_sync_single_for_device sgp_swiotlb_sync_single_for_device
#else
#define swiotlb_tbl_unmap_single sgp_swiotlb_tbl_unmap_single
#define swiotlb_sync_single_for_cpu sgp_swiotlb_sync_single_for_cpu
#define swiotlb_sync_single_for_device sgp_swiotlb_sync_single_for_device
#endif
#endif

#endif /* ENV_SWIOTLB_H */
