// What extraction gives: bitcode of a configuration, and what is known about it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel-extract/config.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::extract {

/// A function that was compiled, kept in the bitcode or not.
struct Function {
  std::string name;  ///< in the bitcode; a static function whose name was taken is "name.unit"
  std::string source_name;  ///< in the source
  std::string file;         ///< relative to the tree; "/sgp/…": our harness; "/build/…": generated
  int line = 0;             ///< of its definition
  std::string hash;  ///< of its IR and the constants and layouts it uses, without debug information
  bool reachable = false;          ///< from the entry points; only these are in the bitcode
  std::vector<std::string> calls;  ///< functions called directly, sorted
  std::vector<std::string> takes;  ///< functions whose address it takes, also through initialisers
  std::map<std::string, std::vector<int>> lines;  ///< file → lines that have code, sorted
  /// Function called → functions of which one has said yes wherever that is called (guards.hpp).
  std::map<std::string, std::set<std::string>> guarded;
};

/// Something that reachable code refers to and that has no definition here.
struct External {
  std::string name;
  bool is_function = true;
  std::string reason;  ///< "modelled", "not found in the tree", "mm/x.c does not compile: …"
};

/// The extracted code of one tree in one configuration.
struct Module {
  std::string id;  ///< key in the cache
  std::string config;
  std::string arch;
  std::string tree;  ///< what the user called it
  KernelVersion version;
  std::filesystem::path bitcode;  ///< linked, unoptimised; external are the entry points only
  std::string bitcode_hash;       ///< SHA-256 of that file
  std::string code_hash;  ///< of all reachable functions and variables, without debug information
  std::vector<std::string> entries;
  std::map<std::string, std::uint64_t> facts;  ///< sgp_fact_NAME of the harness, by NAME
  Kconfig kconfig;
  std::vector<Function> functions;   ///< sorted by name
  std::vector<External> externals;   ///< sorted by name
  std::vector<std::string> sources;  ///< files of the tree that were compiled or included, sorted

  [[nodiscard]] const Function* find(const std::string& name) const;
};

[[nodiscard]] nlohmann::json to_json(const Module& module);
/// The bitcode's path is not part of the JSON. Throws nlohmann::json::exception when damaged.
[[nodiscard]] Module module_from_json(const nlohmann::json& json);

}  // namespace sgproof::extract
