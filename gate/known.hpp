// Defects of released kernels that are known (corpus/known): a violation that one of them explains
// is shown as waived. A waiver covers the traces that its predicate holds for, and nothing else.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kernel-extract/tree.hpp"
#include "model/trace.hpp"
#include "properties/judge_run.hpp"

namespace sgproof::gate {

struct Known {
  std::string id;
  std::set<std::string> claims;  ///< "invariant clause"
  std::string reason;
  std::pair<int, int> from, to;  ///< first and last kernel version that has it
  std::function<bool(const model::Trace<model::ConcreteDomain>&, const properties::Violation&)>
      explains;
};

/// Reads corpus/known/*.json, schema "sgproof-known/1". Throws Error(Input, SGP-E0613) naming the
/// file for anything that is not as it should be.
std::vector<Known> known_defects(const std::filesystem::path& corpus);

/// The defect that explains the violation on a kernel of that version, or null.
const Known* explanation(const std::vector<Known>& all, const extract::KernelVersion& version,
                         const model::Trace<model::ConcreteDomain>& trace,
                         const properties::Violation& violation);

/// The same on the kernel that the facts of the trace are of.
const Known* explanation(const std::vector<Known>& all,
                         const model::Trace<model::ConcreteDomain>& trace,
                         const properties::Violation& violation);

}  // namespace sgproof::gate
