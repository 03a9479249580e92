// From counterexamples to findings: executed again, told apart, compared with the base, written.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gate/report/result.hpp"
#include "gate/subject.hpp"
#include "kernel-extract/process.hpp"
#include "model/error.hpp"
#include "properties/judge_run.hpp"

namespace sgproof::gate {

/// A finding and the scenario that shows it.
struct FindingCase {
  Finding finding;
  sgp_scenario scenario{};
  std::set<std::string> roles;
  unsigned step = 0;
  std::optional<unsigned> entry;
  std::string field;
  /// What the same execution violates before, or the booted kernel's instead: invariant and clause.
  std::optional<std::pair<std::string, std::string>> after;
};

struct FindingOptions {
  std::filesystem::path out;  ///< traces go to out/counterexamples
  smt::ProveOptions prove;
  /// Told what could not be compared with the base, so that nothing else is lost over it.
  std::function<void(const Error&)> on_error;
  extract::CancelToken cancel{};  ///< when set, nothing more is compared with the base
};

/// Whether the subject violates the clause when the scenario is executed on its code.
bool violates_again(Subject& subject, const std::string& invariant, const std::string& clause,
                    const sgp_scenario& scenario);

/// All findings of the proofs on `here`. With a base, each is compared with it: a violation that
/// the base shows on the same input is pre-existing, and an input on which only `here` fails is
/// looked for; what the base violates and `here` does not is fixed.
std::vector<FindingCase> findings_of_proofs(Subject& here, Subject* base,
                                            const FindingOptions& options);

/// A finding of another engine (native tests, replay) on that scenario.
FindingCase finding_from(Subject& here, Subject* base, const std::string& invariant,
                         const std::string& clause, const sgp_scenario& scenario, Engine engine,
                         const FindingOptions& options);

/// A violation that a known defect explains.
FindingCase waived_from(Subject& here, const std::string& known,
                        const properties::Violation& violation, const sgp_scenario& scenario,
                        const FindingOptions& options);

}  // namespace sgproof::gate
