// Mutants: small changes of a function's source, one at a time.
//
// Operators after Jia and Harman, "An Analysis and Survey of the Development of Mutation Testing",
// IEEE TSE 37(5), 2011, chosen for code that computes addresses, flags and error codes.
#pragma once

#include <string>
#include <vector>

#include "score/ast.hpp"

namespace sgproof::score {

struct Mutant {
  std::string id;         ///< stable: of file, function, place in it and text
  std::string op;         ///< "comparison", "constant", "negate condition", …
  std::string function;   ///< in which it is; empty for a macro
  std::string file;       ///< relative to the tree
  int line = 0;           ///< of the first byte that changes, from 1
  int last_line = 0;      ///< of the last
  Span span;              ///< bytes of the file that are replaced
  std::string text;       ///< what replaces them
  std::string before;     ///< the source line as it was, without the blanks around it
  std::string after;      ///< and as it is
  bool harmless = false;  ///< means the same in C: whoever notices it cries wolf
};

/// All mutants of a function, the harmless rewritings among them. `source` is the content of its
/// file; `file` its name in the tree. In the order of the source; no two have the same place and
/// text, and none leaves it unchanged.
[[nodiscard]] std::vector<Mutant> mutants_of(const FunctionSyntax& function,
                                             const std::string& source, const std::string& file);

/// Mutants of the object-like macros `#define NAME …number…` of those names.
[[nodiscard]] std::vector<Mutant> mutants_of_macros(const std::vector<std::string>& names,
                                                    const std::string& source,
                                                    const std::string& file);

/// The source with the mutant's text in its place.
[[nodiscard]] std::string mutated(const Mutant& mutant, const std::string& source);

}  // namespace sgproof::score
