#include "model/judge.hpp"

namespace sgproof::model {

std::string_view function_of(sgp_opcode code) {
  switch (code) {
    case SGP_OP_INIT:
      return "sg_init_table";
    case SGP_OP_PRIOR:
    case SGP_OP_SET_PAGE:
      return "sg_set_page";
    case SGP_OP_ASSIGN_PAGE:
    case SGP_OP_ASSIGN_RAW:
      return "sg_assign_page";
    case SGP_OP_MARK_END:
      return "sg_mark_end";
    case SGP_OP_UNMARK_END:
      return "sg_unmark_end";
    case SGP_OP_CHAIN:
      return "sg_chain";
    case SGP_OP_MARK_BUS:
      return "sg_dma_mark_bus_address";
    case SGP_OP_UNMARK_BUS:
      return "sg_dma_unmark_bus_address";
    case SGP_OP_PHYS:
      return "sg_phys";
    case SGP_OP_MAP_SGTABLE:
      return "dma_map_sgtable";
    case SGP_OP_MAP_SG:
      return "dma_map_sg_attrs";
    case SGP_OP_UNMAP:
      return "dma_unmap_sg_attrs";
    case SGP_OP_SYNC_CPU:
      return "dma_sync_sg_for_cpu";
    case SGP_OP_SYNC_DEVICE:
      return "dma_sync_sg_for_device";
    case SGP_OP_SYNC_PART_CPU:
      return "dma_sync_single_for_cpu";
    case SGP_OP_SYNC_PART_DEVICE:
      return "dma_sync_single_for_device";
    case SGP_OP_TABLE_ALLOC:
      return "sg_alloc_table";
    case SGP_OP_TABLE_CHUNKS:
      return "__sg_alloc_table";
    case SGP_OP_TABLE_APPEND:
      return "sg_alloc_append_table_from_pages";
    case SGP_OP_TABLE_FREE:
      return "__sg_free_table";
    case SGP_OP_TABLE_WALK:
      return "sg_next";
    case SGP_OP_TABLE_LENGTH:
      return "sg_nents_for_len";
    case SGP_OP_TABLE_PAGES:
      return "__sg_page_iter_next";
    case SGP_OP_TABLE_COPY_OUT:
    case SGP_OP_TABLE_COPY_IN:
      return "sg_copy_buffer";
    case SGP_OP_TABLE_ZERO:
      return "sg_zero_buffer";
    case SGP_OP_TABLE_MITER:
      return "sg_miter_next";
    case SGP_OP_TABLE_SPLIT:
      return "sg_split";
    case SGP_OP_BOUNCE_MAP:
      return "swiotlb_map";
    case SGP_OP_BOUNCE_MAP_ALIGNED:
      return "swiotlb_tbl_map_single";
    case SGP_OP_BOUNCE_UNMAP:
      return "swiotlb_tbl_unmap_single";
    case SGP_OP_BOUNCE_SYNC_CPU:
      return "swiotlb_sync_single_for_cpu";
    case SGP_OP_BOUNCE_SYNC_DEVICE:
      return "swiotlb_sync_single_for_device";
    case SGP_OP_BOUNCE_LOOK:
      return "swiotlb_release_slots";
    case SGP_OP_BOUNCE_POOL:
      return "swiotlb_init";
    case SGP_OP_IOMMU_MAP:
      return "iommu_map";
    case SGP_OP_IOMMU_UNMAP:
      return "iommu_unmap";
    case SGP_OP_IOVA_WINDOW:
    case SGP_OP_IOVA_SETUP:
      return "iommu_dma_init_domain";
    case SGP_OP_ANY_LIST:
    case SGP_OP_NOP:
    case SGP_OP_COUNT:
      break;
  }
  return "sgp_run";
}

}  // namespace sgproof::model
