// iommu_map() and iommu_unmap() of the IOMMU core by themselves: any range, any sizes of pages, and
// a driver that does any part of what each call asks for
// (kernel-extract/harness/env_iommu_pieces.c).
#include "model/families.hpp"
#include "model/family_builder.hpp"

namespace sgproof::model {

std::vector<Family> iommu_pieces_families(const Facts& facts) {
  if (!facts.enabled("IOMMU_DMA") || !facts.enabled("PCI_P2PDMA")) return {};
  FamilyBuilder b(facts, "iommu-pieces",
                  "a range of any size, pages of 4 KiB, 2 MiB and 1 GiB, a driver that does any "
                  "part of each call and then fails or not",
                  1, 0, 0);
  b.world().iommu = SGP_IOMMU_TABLES;
  b.world().iommu_granule = 0x1000;
  b.op(SGP_OP_INIT);
  sgp_op& map = b.op(SGP_OP_IOMMU_MAP);
  map.length = 0x1000;
  map.dir = 1;
  b.open(map.raw, "IOVA", "IOVA", facts.word_mask());
  b.open(map.offset, "physical address", "physical address", (std::uint64_t{1} << 52) - 1);
  b.open(map.length, "length", "length", facts.word_mask());
  b.open(map.dir, "permissions", "permissions", 0x3f);
  b.op(SGP_OP_IOMMU_UNMAP);
  Family f = b.finish();
  f.by_induction = true;
  return {f};
}

}  // namespace sgproof::model
