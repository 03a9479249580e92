// The environment contracts of the harness: what each assumes and why, which functions of the
// kernel it stands for (contracts.json), and with which code of them it was compared
// (contract_code.json).
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel-extract/module.hpp"

namespace sgproof::extract {

/// A function of the kernel: "lib/xarray.c", "xa_load".
struct KernelFunction {
  std::string file, name;
  auto operator<=>(const KernelFunction&) const = default;
};

struct Contract {
  std::string name;                       ///< "xarray"
  std::string file;                       ///< in the harness: "env_xarray.c"
  std::string subject, assumes, because;  ///< for people
  /// By the function of the harness that stands there: whatever of these a tree has. None: no claim
  /// is made where it is entered, or it is no function of the kernel.
  std::map<std::string, std::vector<KernelFunction>> functions;
  /// The invariants that say the same of the kernel's own code, where a configuration has that too
  /// ("SWT"); empty: none do. Of the functions in `not_shown` they do not say all.
  std::string shown_by;
  std::set<std::string> not_shown;
};

struct Contracts {
  std::vector<Contract> all;
  /// Headers, with a unit that includes them.
  std::map<std::string, std::string> read_with;

  /// The unit to compile for the declarations of a file.
  [[nodiscard]] std::string unit_of(const std::string& file) const;
};

/// contracts.json, or $SGPROOF_CONTRACTS. Throws Error(Environment, SGP-E0132) when it is damaged.
[[nodiscard]] Contracts load_contracts();

/// Functions of the harness that a module has in place of the kernel's: reachable ones of env_*.c
/// that the kernel's code calls, or whose address is handed to it. By name in the source.
[[nodiscard]] std::set<std::string> stand_ins(const Module& module);

/// Whether the configuration could have the function: assembly of other architectures is not its.
[[nodiscard]] bool is_of_arch(const KernelFunction& function, const std::string& arch);

/// The code that contracts were compared with, by kernel version ("6.1.192").
struct ComparedCode {
  struct OfTree {
    std::map<std::string, std::string> files;  ///< SHA-256 of their content
    std::map<KernelFunction, std::set<std::string>>
        functions;  ///< Code::hash, of any configuration
  };
  std::map<std::string, OfTree> trees;

  /// The versions in which the file was the same, byte by byte.
  [[nodiscard]] bool has_file(const std::string& file, const std::string& content) const;
  [[nodiscard]] bool has(const KernelFunction& function, const std::string& hash) const;
};

/// contract_code.json, or $SGPROOF_CONTRACT_CODE. Throws Error(Environment, SGP-E0132).
[[nodiscard]] ComparedCode load_compared_code();
void store_compared_code(const ComparedCode& code);
[[nodiscard]] std::filesystem::path compared_code_file();

}  // namespace sgproof::extract
