// Where invariants put their checks, and engines read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/trace.hpp"
#include "model/truth.hpp"

namespace sgproof::model {

/// What a check looks at: an observation of a step.
struct Subject {
  unsigned step;
  std::optional<unsigned> entry;  ///< absent: the call as a whole
  std::string_view field;         ///< kernel's name of the field, or "return value", "calls", …
};

/// One check: where `applies`, `truth` must hold. `expected` and `observed` are shown to people and
/// are meaningful only where the truth is known.
template <class D>
struct Check {
  std::string_view invariant, clause, function;
  Subject subject;
  typename D::Bool applies;
  Truth<D> truth;
  std::optional<typename D::Word> expected, observed;
  /// What the truth may follow from where it applies: an engine that proves can show these first,
  /// one by one, and then that it follows. Nothing is taken for granted of them.
  std::vector<typename D::Bool> lemmas{};
};

/// The kernel function that a step calls, as manifests and findings name it.
std::string_view function_of(sgp_opcode code);

template <class D>
class Judge {
 public:
  explicit Judge(const Trace<D>& trace) : trace_(trace) {}

  /// Adds a check of (invariant, clause) on the function that the subject's step calls.
  void check(std::string_view invariant, std::string_view clause, Subject subject,
             const typename D::Bool& applies, const Truth<D>& truth,
             std::optional<typename D::Word> expected = {},
             std::optional<typename D::Word> observed = {},
             std::vector<typename D::Bool> lemmas = {}) {
    checks_.push_back({invariant, clause, function_of(trace_.steps.at(subject.step).code), subject,
                       applies, truth, std::move(expected), std::move(observed),
                       std::move(lemmas)});
  }

  /// A check that a word equals what is expected, known where the step returned.
  void equal(std::string_view invariant, std::string_view clause, Subject subject,
             const typename D::Bool& applies, const typename D::Word& expected,
             const typename D::Word& observed) {
    check(invariant, clause, subject, applies,
          Truth<D>::of(trace_.steps.at(subject.step).done, expected == observed), expected,
          observed);
  }

  [[nodiscard]] const std::vector<Check<D>>& checks() const { return checks_; }

 private:
  const Trace<D>& trace_;
  std::vector<Check<D>> checks_;
};

/// All invariants of the model on one trace.
template <class D>
std::vector<Check<D>> judge_all(const Trace<D>& trace);

}  // namespace sgproof::model

#include "model/invariants/all.hpp"
