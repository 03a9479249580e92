// Windows of a host bridge, and what an IOMMU's driver reserves, when a domain is set up
// (kernel-extract/harness/env_windows.c).
#include <fmt/format.h>

#include "model/families.hpp"
#include "model/family_builder.hpp"

namespace sgproof::model {
namespace {

Family windows(const Facts& facts, unsigned count) {
  FamilyBuilder b(facts, fmt::format("iova-windows-{}", count),
                  fmt::format("{}, each a window of the host bridge, in memory or not, or what the "
                              "IOMMU's driver reserves; a PCI device in a domain with pages of 4 "
                              "KiB that is set up",
                              count == 1 ? "one range" : fmt::format("{} ranges", count)),
                  1, 0, 0);
  b.world().iommu = SGP_IOMMU_TABLES;
  b.world().iommu_granule = 0x1000;
  b.op(SGP_OP_INIT);
  for (unsigned k = 0; k < count; ++k) {
    sgp_op& window = b.op(SGP_OP_IOVA_WINDOW);
    window.raw = 0x80000000 + k * 0x1000000;
    window.length = 0x1000;
    b.open(window.raw, "window address", fmt::format("window {} address", k), facts.word_mask());
    b.open(window.length, "window size", fmt::format("window {} size", k), facts.word_mask());
    b.open(window.offset, "bus offset", fmt::format("window {} bus offset", k), facts.word_mask());
    b.open(window.attrs, "kind of window", fmt::format("window {} kind", k), SGP_WINDOW_LAST);
  }
  b.op(SGP_OP_IOVA_SETUP);
  b.open(b.world().iova_fails_in, "no IOVA", "step without caches of IOVAs, from 1", count + 2);
  return b.finish();
}

}  // namespace

std::vector<Family> iova_window_families(const Facts& facts) {
  if (!facts.enabled("IOMMU_DMA") || !facts.enabled("PCI_P2PDMA")) return {};
  return {windows(facts, 1), windows(facts, 2)};
}

}  // namespace sgproof::model
