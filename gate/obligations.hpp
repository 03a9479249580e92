// From the results of families and tests to the obligations of a result.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gate/findings.hpp"
#include "gate/manifest.hpp"
#include "gate/report/result.hpp"
#include "gate/subject.hpp"
#include "properties/engine.hpp"

namespace sgproof::gate {

/// Names and texts of kernel-extract/harness/assumptions.def.
std::vector<std::pair<std::string, std::string>> assumptions();

/// An obligation for each claim that a family reached. Claims that it did not reach are left out.
std::vector<Obligation> obligations_of_families(const std::string& config,
                                                const std::vector<FamilyOutcome>& families);

/// Adds, for each manifest line that no family reached, an inconclusive obligation that says why:
/// the claim is vacuous, or the family that should reach it failed.
void add_vacuous(std::vector<Obligation>& obligations, const Subject& subject,
                 const std::vector<ManifestLine>& manifest);

/// The same for lines that are shown at a smaller scope only, because a larger family failed, where
/// nothing says so yet.
void add_shrunk(std::vector<Obligation>& obligations, const Subject& subject,
                const std::vector<ManifestLine>& manifest);

/// Adds, for each line that no obligation answers, an inconclusive one that says why.
void add_unanswered(std::vector<Obligation>& obligations, const std::vector<ManifestLine>& lines,
                    const Why& why);

/// The lines of a manifest that ask for this.
std::vector<ManifestLine> lines_for(Outcome least, const std::vector<ManifestLine>& manifest);

/// Says of obligations that only the base has why: the family that should have them did not end, or
/// was not asked. They stay inconclusive.
void explain_vanished(std::vector<Obligation>& obligations, const Subject& subject);

/// What the native tests looked at besides what was proved: outcome `tested`.
void add_tested(std::vector<Obligation>& obligations, const std::string& config,
                const properties::Result& tests);

/// Says of refuted obligations which finding shows it; those that only repeat the finding of a
/// smaller family refer to it.
void explain_refutations(std::vector<Obligation>& obligations,
                         const std::vector<FindingCase>& findings);

/// Whether a finding of the proofs already covers what the native tests found.
bool known(const std::vector<FindingCase>& findings, const properties::Finding& violation);

}  // namespace sgproof::gate
