// A scenario executed on the concrete domain of the executor: which kernel source lines it went
// through, and which of them is to blame for a wrong observation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/facts.hpp"
#include "smt/exec/outcome.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::smt {

/// Kernel source lines in the order of execution, without repetitions in a row.
struct ConcreteRun {
  std::vector<exec::Location> lines;  ///< of the tree only, paths relative to it
  exec::Location blamed;              ///< see blame(); empty function: unknown
  std::string problem;                ///< why the run did not complete, if it did not
  std::string violated;  ///< "SAF-1" or "SAF-2" where undefined behaviour ended it without any
                         ///< call having been answered arbitrarily, else ""
  unsigned step = 0;     ///< the operation in which it did
};

/// Runs the scenario up to and including operation `step`. The blamed place is where the named
/// field of the entry was last written ("dma_address", "offset", "length", "dma_length", "page"),
/// of sg_phys() that in which its result was computed, or for other fields the last line of the
/// implementation under check that ran in that operation.
ConcreteRun concrete_run(const Bitcode& bitcode, const model::Facts& facts,
                         const sgp_scenario& scenario, unsigned step, int entry,
                         const std::string& field);

/// The path relative to the kernel tree; nothing for files of the harness.
std::optional<std::string> tree_path(const std::string& file);

}  // namespace sgproof::smt
