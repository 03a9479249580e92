// LST: lists and their tables (lib/scatterlist.c, lib/sg_split.c): how they are allocated,
// extended, walked, split and freed. What is looked at: the chunks that were asked for and given
// back, and what walks visited. Clauses of LST-1 to LST-6 of INVARIANTS.md; what must hold follows
// from the documentation of the functions, not from their code.
#pragma once

#include "model/invariants/context.hpp"
#include "model/judge.hpp"
#include "model/trace.hpp"

namespace sgproof::model {

/// An entry that a walk visited.
struct Visited {
  std::uint64_t phys = 0, bytes = 0;  ///< 0 where no page was assigned
  bool chain = false, end = false, outside = false;
  std::uint64_t list = 0, chunk = 0, slot = 0;
};

/// What the events of a step say that was visited of one list, entry by entry.
std::vector<Visited> visited(const Trace<ConcreteDomain>& trace, unsigned step, std::uint64_t list);

/// Judges an execution; what proofs say is lst_any.hpp.
void lst(const Trace<ConcreteDomain>& trace, Judge<ConcreteDomain>& judge);

}  // namespace sgproof::model
