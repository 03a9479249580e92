// Operations of LLVM's integer subset, for the tests that compare two ways to execute them.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "smt/solver/term.hpp"

namespace sgproof::exec {

/// A function of two integers of one width.
struct Opcode {
  std::string body;  ///< instructions that define %r from %a and %b
  unsigned width = 0, result = 0;
  std::string declarations;
  bool solvable = true;  ///< a solver answers questions about it soon, at this width
};

/// The operations that clang makes of the code under check, and those that it may make, at the
/// widths that they come in.
std::vector<Opcode> opcodes();

/// An operand, often one at which carries, signs and shifts change; bits above `width` may be set.
smt::u128 draw_operand(std::mt19937_64& rng, unsigned width);

}  // namespace sgproof::exec
