// Do other versions of functions do the same as these, at every call in a family's run?
//
// Stronger than equivalence.hpp (everything that outlives the call is compared, observed or not)
// and much cheaper: the program is executed once for any number of variants, and of a variant only
// the calls of what it changes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "smt/obligations/equivalence.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::smt {

/// Of one variant: the name of a function → the name of the variant's version of it, both in the
/// bitcode (see kernel-extract/variants.hpp).
using VersionNames = std::map<std::string, std::string>;

/// One answer per variant, in order: proved, or why not. A version that is called nowhere is the
/// same; a variant without versions is not proved. Not proved says nothing.
[[nodiscard]] std::vector<Equivalence> locally_equivalent(const Bitcode& joint,
                                                          const std::vector<VersionNames>& variants,
                                                          const model::Facts& facts,
                                                          const model::Family& family,
                                                          const ProveOptions& options);

}  // namespace sgproof::smt
