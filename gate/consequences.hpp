// Findings that only follow from another one.
#pragma once

#include <vector>

#include "gate/findings.hpp"

namespace sgproof::gate {

/// Takes out the new findings that the booted kernel cannot show and that say no more than another
/// new one that it has confirmed: the execution of their input violates that one's statement in an
/// earlier step; or no execution shows them, only the solver, which chose where the array of pages
/// is, and the encoding of pages is what is broken. Returns what was taken out.
std::vector<FindingCase> take_consequences(std::vector<FindingCase>& findings);

}  // namespace sgproof::gate
