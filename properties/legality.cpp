#include "properties/legality.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/invariants/context.hpp"
#include "properties/table_legality.hpp"

namespace sgproof::properties {
namespace {

using Complaint = std::optional<std::string>;

Complaint shape(const sgp_scenario& s) {
  if (s.magic != SGP_MAGIC_SCENARIO) return "no scenario";
  if (s.nents < 1 || s.nents > SGP_MAX_NENTS) return "number of entries";
  if (s.nops > SGP_MAX_OPS) return "number of operations";
  if (s.npages > SGP_MAX_PAGES) return "number of pages";
  if (s.nproviders > SGP_MAX_PROVIDERS) return "number of providers";
  if (s.split >= s.nents) return "split";
  for (unsigned i = 0; i < s.nops; ++i) {
    const sgp_op& op = s.ops[i];
    if (op.code >= SGP_OP_COUNT || op.entry >= s.nents || op.device >= SGP_MAX_DEVICES)
      return fmt::format("operands of operation {}", i);
    const bool pages = op.code == SGP_OP_SET_PAGE || op.code == SGP_OP_ASSIGN_PAGE;
    if (op.page >= (pages ? s.npages : SGP_MAX_PAGES))
      return fmt::format("page of operation {}", i);
    if (op.code == SGP_OP_PRIOR && s.world.prior[op.entry].page >= s.npages)
      return fmt::format("page of earlier contents {}", op.entry);
  }
  return {};
}

/// Every page is of the kind that its physical address says.
Complaint pages(const sgp_scenario& s) {
  for (unsigned j = 0; j < s.npages; ++j) {
    const sgp_page& page = s.world.pages[j];
    if (page.kind > s.nproviders) return fmt::format("kind of page {}", j);
    const std::uint64_t phys = page.pfn << 12;
    for (unsigned k = 0; k < s.nproviders; ++k) {
      const sgp_provider& p = s.world.providers[k];
      const bool inside = phys >= p.cpu_start && phys - p.cpu_start < p.size;
      if (inside != (page.kind == k + 1)) return fmt::format("page {} is not of its kind", j);
    }
  }
  for (unsigned k = 0; k < s.nproviders; ++k) {
    const sgp_provider& p = s.world.providers[k];
    if (p.cpu_start < s.world.swiotlb_end && s.world.swiotlb_start < p.cpu_start + p.size)
      return fmt::format("the bounce pool overlaps provider {}", k);
  }
  return {};
}

/// The order of operations, followed entry by entry.
class Use {
 public:
  Use(const sgp_scenario& s, const model::Facts& facts) : s_(s), facts_(facts), tables_(s) {}

  Complaint follow() {
    for (unsigned i = 0; i < s_.nops; ++i) {
      // the code around them enforces what is legal of these (tu_swiotlb.c)
      if (model::is_bounce(static_cast<sgp_opcode>(s_.ops[i].code))) continue;
      if (const char* why = is_table_op(s_.ops[i].code) ? tables_.step(i) : step(s_.ops[i]))
        return fmt::format("operation {}: {}", i, why);
    }
    return {};
  }

 private:
  struct Entry {
    bool assigned = false, chained = false, odd = false;
    std::uint64_t length = 0;  ///< where assigned
  };

  const char* step(const sgp_op& op) {
    if (op.code == SGP_OP_NOP || model::is_iova(static_cast<sgp_opcode>(op.code))) return nullptr;
    if (model::is_sync(static_cast<sgp_opcode>(op.code))) return sync(op);
    if (op.code == SGP_OP_UNMAP) return unmap(op);
    if (map_) return "the list is mapped";
    if (op.code == SGP_OP_INIT) {
      entries_.fill({});
      by_hand_ = false;
      initialised_ = true;
      return nullptr;
    }
    if (!initialised_) return "the list is not initialised";
    return op.code == SGP_OP_MAP_SGTABLE || op.code == SGP_OP_MAP_SG ? map(op) : change(op);
  }

  const char* map(const sgp_op& op) {
    if (by_hand_) return "marks made by hand";
    for (unsigned i = 0; i < s_.nents; ++i)
      if (!entries_[i].assigned) return "an entry is not assigned";
    map_ = &op;
    return nullptr;
  }

  const char* unmap(const sgp_op& op) {
    if (!map_) return "the list is not mapped";
    if (op.device != map_->device || op.dir != map_->dir || op.attrs != map_->attrs)
      return "unmapped with other arguments";
    map_ = nullptr;
    return nullptr;
  }

  const char* sync(const sgp_op& op) {
    if (!map_) return "the list is not mapped";
    if (op.device != map_->device || op.dir != map_->dir)
      return "synchronised with other arguments";
    for (std::uint64_t k = 0; k < s_.nproviders; ++k) {
      const sgp_provider& p = s_.world.providers[k];
      if (p.bus_start < s_.world.swiotlb_end && s_.world.swiotlb_start < p.bus_start + p.size)
        return "the bounce pool overlaps a bus range";
    }
    const std::uint64_t length = entries_[op.entry].length;
    if (model::is_part_sync(static_cast<sgp_opcode>(op.code)) &&
        (op.length == 0 || op.length > length || op.offset > length - op.length))
      return "the part is not within the entry";
    return nullptr;
  }

  const char* change(const sgp_op& op) {
    Entry& e = entries_[op.entry];
    switch (op.code) {
      case SGP_OP_SET_PAGE:
      case SGP_OP_ASSIGN_PAGE:
      case SGP_OP_ASSIGN_RAW:
      case SGP_OP_PRIOR:
        if (e.chained || e.odd) return "the entry cannot be assigned";
        e.assigned = op.code == SGP_OP_SET_PAGE;
        e.length = op.length;
        if (op.code == SGP_OP_ASSIGN_RAW) e.odd = (op.raw & (facts_.at("ALIGNOF_PAGE") - 1)) != 0;
        return nullptr;
      case SGP_OP_MARK_BUS:
      case SGP_OP_UNMARK_BUS:
        if (e.chained) return "a chain entry has no bus address";
        break;
      case SGP_OP_PHYS:
        return e.assigned && !e.chained ? nullptr : "the entry has no page";
      case SGP_OP_CHAIN:
        e.assigned = false;
        e.chained = true;
        e.odd = e.odd || (op.raw & (facts_.at("ALIGNOF_SCATTERLIST") - 1)) != 0;
        break;
      case SGP_OP_MARK_END:
        e.chained = false;
        break;
      default:
        break;
    }
    by_hand_ = true;
    return nullptr;
  }

  const sgp_scenario& s_;
  const model::Facts& facts_;
  TableUse tables_;
  std::array<Entry, SGP_MAX_NENTS> entries_{};
  bool initialised_ = false, by_hand_ = false;
  const sgp_op* map_ = nullptr;
};

}  // namespace

Complaint illegal_use(const sgp_scenario& scenario, const model::Facts& facts) {
  if (auto why = shape(scenario)) return why;
  if (auto why = pages(scenario)) return why;
  return Use(scenario, facts).follow();
}

}  // namespace sgproof::properties
