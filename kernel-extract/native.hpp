// From bitcode to a program of this machine that runs scenarios.
#pragma once

#include <llvm/IR/Module.h>

#include <bit>
#include <filesystem>
#include <string>
#include <vector>

#include "kernel-extract/module.hpp"

namespace sgproof::extract {

/// The runner: reads struct sgp_scenario from standard input, writes struct sgp_report to standard
/// output (harness/native_main.c). It executes the series' code: start it with runner_argv().
struct NativeObject {
  std::filesystem::path runner;
  std::vector<std::string> unmodelled;      ///< functions and assembly that end a run as UNMODELLED
  std::filesystem::path emulator;           ///< executes it; empty: the processor does
  std::endian order = std::endian::native;  ///< of the words of scenarios and reports
};

/// Makes the runner for the machines of native_target.hpp; cached by the module's bitcode. Throws
/// Error(Unsupported, SGP-E0134) for other machines, when the emulator or the libraries of the
/// machine are not there, or when clang cannot compile it.
[[nodiscard]] NativeObject build_native(const Module& module, const Context& context);

/// The argument vector that starts the runner in a sandbox without files or network.
[[nodiscard]] std::vector<std::string> runner_argv(const NativeObject& native);

/// The transformation by itself: BUG and WARN become calls of sgp_native_bug/warn(line), undefined
/// functions become bodies that call sgp_native_unmodelled(name), undefined variables weak zeros,
/// variables go to the section "sgp_data" (those in "sgp_arbitrary" stay), and what only makes
/// sense in a kernel (code model, calling convention of library calls, sections, target features)
/// is dropped. Returns what ends a run as UNMODELLED.
std::vector<std::string> make_native(llvm::Module& module);

}  // namespace sgproof::extract
