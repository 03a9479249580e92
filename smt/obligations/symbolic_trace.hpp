// The trace of one ended state of a symbolic run: the report object read as terms.
#pragma once

#include <functional>
#include <vector>

#include "model/families.hpp"
#include "model/trace.hpp"
#include "smt/obligations/minimal_sets.hpp"
#include "smt/obligations/term_domain.hpp"

namespace sgproof::smt {

/// An event of a run, as the executor recorded it.
struct RunEvent {
  Term guard;
  sgp_event_kind kind;
  unsigned step;
  std::vector<Term> payload;  ///< up to five 64-bit words: a, b, c, d, ret
  std::string function, file;
  unsigned line = 0;
};

/// Builds the trace. `report_word(i)` gives the i-th 64-bit word of struct sgp_report in the state.
model::Trace<TermDomain> symbolic_trace(const model::Facts& facts, const model::Family& family,
                                        const SymbolicInputs& inputs,
                                        const std::function<Term(std::size_t)>& report_word,
                                        const std::vector<RunEvent>& events);

}  // namespace sgproof::smt
