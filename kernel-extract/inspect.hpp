// Reads what a Module says about functions, facts and externals out of bitcode.
#pragma once

#include <llvm/IR/Module.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel-extract/module.hpp"

namespace sgproof::extract {

/// The functions that are defined, with everything but `hash` and `reachable`; sorted by name.
[[nodiscard]] std::vector<Function> list_functions(const llvm::Module& module);

/// Names of functions, defined or not, that the entry points reach through calls and taken
/// addresses.
[[nodiscard]] std::set<std::string> reachable_names(const std::vector<Function>& functions,
                                                    const std::vector<std::string>& entries);

/// The `sgp_fact_*` constants, without the prefix.
[[nodiscard]] std::map<std::string, std::uint64_t> read_facts(const llvm::Module& module);

/// Hashes of every defined function and of the whole. Independent of debug information, of names of
/// locals, types and string constants, and of metadata numbering; dependent on the layout of types
/// and on the contents of variables that a function uses, also through others. Consumes the module.
struct CodeHashes {
  std::map<std::string, std::string> functions;
  std::string whole;
};
[[nodiscard]] CodeHashes hash_code(llvm::Module& module);

}  // namespace sgproof::extract
