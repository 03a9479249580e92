// Families of lists of any length: one entry, any, stands for all
// (kernel-extract/harness/any_list.c).
#include <limits>

#include "kernel-extract/harness/sgp_any_list.h"
#include "model/families.hpp"
#include "model/family_builder.hpp"

namespace sgproof::model {
namespace {

class AnyListBuilder : public FamilyBuilder {
 public:
  AnyListBuilder(const Facts& facts, std::string name, const std::string& what)
      : FamilyBuilder(facts, std::move(name),
                      "one list of any length, in any tables, one device, 2 providers, " + what, 1,
                      2, SGP_ANY_OTHER_LATER) {
    open_providers();
    open_device(0);
    open_pages();
    open(world().swiotlb_start, "pool address", "bounce pool start", ~0ULL);
    open(world().swiotlb_end, "pool address", "bounce pool end", ~0ULL);
    sgp_op& list = op(SGP_OP_ANY_LIST);
    open(list.offset, "offset", "other segment offset", 0xffffffff);
    open(list.length, "length", "other segment length", 0xffffffff);
    set_page(0, 0, "segment");
  }

  Family finish_any() {
    open_arguments();
    Family f = finish();
    f.nents = std::numeric_limits<unsigned>::max();  // every number of entries
    f.any_length = f.by_induction = true;
    return f;
  }
};

}  // namespace

std::vector<Family> any_list_families(const Facts& facts) {
  if (!facts.has_bus_mark() || !facts.enabled("PCI_P2PDMA") || facts.at("WORD_BITS") != 64 ||
      !facts.unmaps())
    return {};
  AnyListBuilder map(facts, "any-map", "mapped and unmapped");
  map.map(SGP_OP_MAP_SGTABLE, 0, true);
  AnyListBuilder count(facts, "any-map-count", "mapped by dma_map_sg() and unmapped");
  count.map(SGP_OP_MAP_SG, 0, true);
  AnyListBuilder sync(facts, "any-sync",
                      "mapped, synchronised for the CPU and for the device, unmapped");
  sync.map(SGP_OP_MAP_SGTABLE, 0, false);
  sync.sync(SGP_OP_SYNC_CPU, 0);
  sync.sync(SGP_OP_SYNC_DEVICE, 0);
  sync.unmap(0);
  return {map.finish_any(), count.finish_any(), sync.finish_any()};
}

}  // namespace sgproof::model
