// Our own C files that include the kernel's, and the header that names the tree's accessors.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// harness.json for one configuration.
struct Harness {
  std::filesystem::path dir;
  std::vector<std::string> units;    ///< translation units, in the order in which they are linked
  std::string facts;                 ///< the unit whose constants are the facts; empty: none
  std::vector<std::string> entries;  ///< functions that the engines call
  /// External functions that are never looked up in the tree: the engines model them.
  std::vector<std::string> modelled;
};

/// Where the harness is: $SGPROOF_HARNESS_DIR, else the directory it was built with.
[[nodiscard]] std::filesystem::path harness_dir();

/// Throws Error(Environment, SGP-E0132) when harness.json is damaged, Error(Unsupported, SGP-E0132)
/// when it has nothing for the configuration, nor for one that it extends.
[[nodiscard]] Harness load_harness(const std::string& config_name);

/// The tree's name of each accessor, by the macro that the harness calls it by (SGP_IS_BUS, …): for
/// each role the first name of aliases.json that the tree's header defines. Throws
/// Error(Unsupported, SGP-E0131) naming the role and the names that were looked for.
[[nodiscard]] std::map<std::string, std::string> accessor_names(const Tree& tree);
/// The same for mainline, of which no tree is at hand: the first name of each role.
[[nodiscard]] std::map<std::string, std::string> mainline_accessor_names();

/// The names that trees have for an accessor, by its macro: {"sg_dma_is_bus_address", …}.
[[nodiscard]] std::vector<std::string> accessor_candidates(const std::string& macro);

/// The text of sgp_accessors.h for the tree: `#define SGP_IS_BUS(sg) sg_dma_is_bus_address(sg)`.
/// Each feature of aliases.json is 1 where the tree's header has its word outside comments, else 0:
/// the harness and the runner then do as this tree does. Throws as accessor_names().
[[nodiscard]] std::string accessors_header(const Tree& tree);

}  // namespace sgproof::extract
