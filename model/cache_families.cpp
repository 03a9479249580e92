// Lists behind an IOMMU of devices that do not see the caches, and of untrusted ones, which get
// bounce buffers.
#include "model/family_builder.hpp"

namespace sgproof::model {

std::vector<Family> cache_families(const Facts& facts) {
  if (!facts.has_noncoherent() || !facts.enabled("IOMMU_DMA")) return {};
  FamilyBuilder b(facts, "iommu-caches-1",
                  "one list of 1 entry of RAM, one PCI device behind an IOMMU with pages of 4 KiB, "
                  "trusted or not, coherent or not, mapped, synchronised for the CPU and for the "
                  "device as a whole and in part, unmapped",
                  1, 0, 1);
  b.open_mask(0);
  b.open_longest_segment(0);
  b.open_iommu();
  b.open_coherence(0);
  b.open_trust(0);
  b.open_pages();
  b.op(SGP_OP_INIT);
  b.set_page(0, 0, "segment 0");
  b.map(SGP_OP_MAP_SGTABLE, 0, false);
  b.sync(SGP_OP_SYNC_CPU, 0);
  b.sync(SGP_OP_SYNC_DEVICE, 0);
  b.sync_part(SGP_OP_SYNC_PART_CPU, 0, 0);
  b.sync_part(SGP_OP_SYNC_PART_DEVICE, 0, 0);
  b.unmap(0);
  b.open_arguments();
  b.open_failures();
  return {b.finish()};
}

}  // namespace sgproof::model
