// Scenario families: the shapes of call sequences that proofs and generators range over. The shape
// (operations, counts, which entry and page) is fixed; the listed inputs are arbitrary within the
// assumptions of assumptions.def, which the harness enforces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"

namespace sgproof::model {

/// An input that a family leaves open.
struct Input {
  std::size_t word;   ///< index of the 64-bit word in struct sgp_scenario
  std::string role;   ///< what it is, without indices: "offset", "bus offset", "page kind" …
  std::string name;   ///< with indices: "segment 0 offset"
  std::uint64_t max;  ///< values are 0..max
  /// The neutral value: `neutral`, plus the value of word `neutral_of` where that is not -1. A
  /// finding is told apart by the smallest set of roles that are not neutral.
  std::uint64_t neutral;
  std::ptrdiff_t neutral_of = -1;
  /// The word whose value this one always has (unmap gets the arguments of map); -1: its own.
  std::ptrdiff_t tied_to = -1;
  /// Follows from other inputs (a page frame from its kind): never part of a finding's identity.
  bool derived = false;
};

struct Family {
  std::string name;
  std::string scope;  ///< in words, with the bound on nents
  unsigned nents;
  sgp_scenario shape;  ///< inputs at their neutral values
  std::vector<Input> inputs;
  unsigned loop_bound = 0;  ///< iterations of one loop; 0: as many as usual
  bool any_length = false;  ///< the list is of any length
  /// Shown by induction over loops: what violates a claim on the way may be a state that no input
  /// leads to, so it refutes nothing.
  bool by_induction = false;
  /// A proof is done in 2^choices parts, by what the first calls of sgp_case() choose.
  unsigned choices = 0;
};

/// The families that apply to a configuration with these facts, smallest first. `max_nents` bounds
/// the map families (1 to SGP_MAX_NENTS).
std::vector<Family> families(const Facts& facts, unsigned max_nents);

/// The families of devices behind an IOMMU, for proofs; none where the configuration has no
/// dma-iommu. `max_nents` bounds lists that are mapped once; with more than 3, lists of two are
/// mapped twice as well, which takes minutes. Executions are drawn by properties/translate.hpp.
std::vector<Family> translated_families(const Facts& facts, unsigned max_nents);

/// Of these, the families of devices that see the caches or not, trusted ones and others
/// (cache_families.cpp); none where every device sees them.
std::vector<Family> cache_families(const Facts& facts);

/// The families of tables, for proofs (table_families.cpp); properties/table_scenarios.hpp draws
/// executions.
std::vector<Family> table_families(const Facts& facts);

/// Lists of any length, mapped directly (any_list_families.cpp), for proofs.
std::vector<Family> any_list_families(const Facts& facts);

/// iommu_map() and iommu_unmap() of ranges of any size, with any driver
/// (iommu_pieces_families.cpp), for proofs.
std::vector<Family> iommu_pieces_families(const Facts& facts);

/// Domains that are set up, with any windows of the host bridge (iova_window_families.cpp), for
/// proofs.
std::vector<Family> iova_window_families(const Facts& facts);

/// The families of bounce buffers as code, for proofs (bounce_families.cpp).
std::vector<Family> bounce_families(const Facts& facts);

}  // namespace sgproof::model
