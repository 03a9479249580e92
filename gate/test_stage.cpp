#include "gate/test_stage.hpp"

#include "gate/known.hpp"
#include "gate/session.hpp"
#include "model/error.hpp"

namespace sgproof::gate {

properties::Result run_tests(Subject& subject, const TestRequest& request) {
  if (!subject.runner)
    throw Error(ErrorKind::Unsupported, "SGP-E0134", "test",
                "the native tests of " + subject.config + " did not run: " + subject.no_runner);
  properties::Options options;
  options.seed = request.seed;
  options.cases = request.cases;
  options.family_cases = std::max(1U, request.cases / 10);
  // enough that none is vacuous
  options.table_cases = std::max(500U, request.cases / 5);
  options.translated_cases = std::max(500U, request.cases / 5);
  options.max_nents = request.max_nents;
  options.deadline = request.deadline;
  options.shrinks = request.shrinks;
  options.max_hangs = request.max_hangs;
  const auto known = known_defects(corpus_dir());
  options.known = [&](const auto& trace, const auto& violation) {
    const Known* why = explanation(known, trace, violation);
    return why != nullptr ? why->id : std::string();
  };
  options.cancelled = [cancel = request.cancel] { return cancel.cancelled(); };
  auto result = properties::test_module(*subject.runner, subject.facts, options);
  if (result.outcome == properties::Outcome::Error ||
      result.outcome == properties::Outcome::NoLegalRuns)
    throw Error(ErrorKind::Environment, "SGP-E0402", "test",
                "the native tests of " + subject.config + " tested nothing: " + result.reason);
  return result;
}

}  // namespace sgproof::gate
