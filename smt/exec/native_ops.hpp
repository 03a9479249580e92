// Operations as programs for this machine or an emulator, for the test that compares them with the
// executor.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "smt/exec/opcodes.hpp"
#include "smt/solver/term.hpp"

namespace sgproof::exec {

struct NativeCall {
  std::size_t opcode = 0;  ///< index
  smt::u128 a = 0, b = 0;
};

/// Code that clang generates, unoptimised, for an architecture (kernel-extract/native_target.hpp).
class NativeOps {
 public:
  /// Throws sgproof::Error where the architecture is not executed here, and std::runtime_error with
  /// the compiler's words where it makes no program.
  NativeOps(const std::string& arch, const std::vector<Opcode>& opcodes);
  ~NativeOps();
  NativeOps(const NativeOps&) = delete;
  NativeOps& operator=(const NativeOps&) = delete;

  /// The results, in order. Throws std::runtime_error where the program ends early.
  std::vector<smt::u128> run(const std::vector<NativeCall>& calls);

 private:
  std::string arch_;
  std::filesystem::path dir_;
};

/// What this machine lacks for it, in words; empty: nothing.
std::string lacking_for(const std::string& arch);

/// Whether the architecture needs no library for it: 32-bit ones divide 64 bits at most.
bool is_native(const Opcode& op, const std::string& arch);

}  // namespace sgproof::exec
