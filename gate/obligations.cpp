#include "gate/obligations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "properties/drawn.hpp"

namespace sgproof::gate {
namespace {

Outcome outcome_of(smt::Outcome o) {
  switch (o) {
    case smt::Outcome::Proved:
      return Outcome::Proved;
    case smt::Outcome::Refuted:
      return Outcome::Refuted;
    case smt::Outcome::Vacuous:
    case smt::Outcome::Inconclusive:
      break;
  }
  return Outcome::Inconclusive;
}

/// The reason in the closed set that fits the words best.
Reason reason_of(const std::string& text) {
  static const std::vector<std::pair<std::string_view, Reason>> kWords = {
      {smt::kSolversDisagree, Reason::SolversDisagree},
      {"unknown-opcode", Reason::UnknownOpcode},
      {"unknown-asm", Reason::InlineAssembly},
      {"unknown-intrinsic", Reason::UnknownIntrinsic},
      {"loop-not-unrolled", Reason::LoopNotUnrolled},
      {"step-limit", Reason::StepLimit},
      {"deadline", Reason::TimeLimit},
      {"timeout", Reason::TimeLimit},
      {"no path completed", Reason::NoCompletedPath},
      {"no legal input", Reason::Vacuous},
      {"did not decide", Reason::SolverUnknown},
      {"stopped before", Reason::NotRun},
      {"stopped by the user", Reason::NotRun},
      {"not asked", Reason::NotRun}};
  for (const auto& [word, reason] : kWords)
    if (text.find(word) != std::string::npos) return reason;
  return Reason::Other;
}

Why why(const std::string& text) { return {reason_of(text), {}, text}; }

/// Whether they are about the same, at whatever scope.
bool answers_to(const Obligation& o, const ManifestLine& line) {
  return o.config == line.config && o.invariant == line.invariant && o.clause == line.clause &&
         o.function == line.function;
}

/// What the families of a configuration could not do, each said once.
std::string problems_of(const Subject& subject) {
  std::string problems;
  for (const FamilyOutcome& family : subject.families)
    for (const std::string& p : family.result.problems) {
      if (problems.find(p) != std::string::npos) continue;
      problems += (problems.empty() ? "" : "; ") + p;
    }
  return problems;
}

/// A line of the manifest that has no answer.
Obligation unanswered(const ManifestLine& line, const Why& why) {
  Obligation o;
  o.invariant = line.invariant;
  o.clause = line.clause;
  o.function = line.function;
  o.config = line.config;
  o.nents = line.min_nents;
  o.why = why;
  return o;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> assumptions() {
  return {
#define SGP_ASSUMPTION(name, text) {#name, text},
#include "kernel-extract/harness/assumptions.def"
#undef SGP_ASSUMPTION
  };
}

std::vector<Obligation> obligations_of_families(const std::string& config,
                                                const std::vector<FamilyOutcome>& families) {
  std::vector<std::string> names;
  for (const auto& [name, text] : assumptions()) names.push_back(name);
  std::vector<Obligation> all;
  for (const FamilyOutcome& family : families)
    for (const auto& [id, claim] : family.result.claims) {
      if (claim.outcome == smt::Outcome::Vacuous) continue;
      Obligation o;
      o.invariant = id.invariant;
      o.clause = id.clause;
      o.function = id.function;
      o.config = config;
      o.family = family.family.name;
      o.scope = family.family.scope;
      o.nents = family.family.nents;
      o.outcome = outcome_of(claim.outcome);
      if (o.outcome == Outcome::Inconclusive) o.why = why(claim.reason);
      o.assumptions = names;
      o.paths = family.result.paths;
      o.seconds = claim.seconds;
      if (!claim.smt2.empty()) o.smt2 = "smt2/" + claim.smt2.front();
      o.cached = family.cached;
      all.push_back(std::move(o));
    }
  return all;
}

void add_vacuous(std::vector<Obligation>& obligations, const Subject& subject,
                 const std::vector<ManifestLine>& manifest) {
  const std::string problems = problems_of(subject);
  add_unanswered(obligations, lines_for(Outcome::Proved, manifest),
                 problems.empty()
                     ? Why{Reason::Vacuous, {}, "no legal input of any family reaches it"}
                     : why(problems));
}

void add_shrunk(std::vector<Obligation>& obligations, const Subject& subject,
                const std::vector<ManifestLine>& manifest) {
  const std::string problems = problems_of(subject);
  if (problems.empty()) return;
  for (const MissingLine& m : missing(lines_for(Outcome::Proved, manifest), obligations)) {
    const bool said = std::ranges::any_of(obligations, [&](const Obligation& o) {
      return o.outcome == Outcome::Inconclusive && answers_to(o, m.line);
    });
    if (!said) obligations.push_back(unanswered(m.line, why(m.found + ": " + problems)));
  }
}

void add_unanswered(std::vector<Obligation>& obligations, const std::vector<ManifestLine>& lines,
                    const Why& why) {
  for (const ManifestLine& line : lines)
    if (std::ranges::none_of(obligations, [&](const Obligation& o) { return answers_to(o, line); }))
      obligations.push_back(unanswered(line, why));
}

std::vector<ManifestLine> lines_for(Outcome least, const std::vector<ManifestLine>& manifest) {
  std::vector<ManifestLine> some;
  std::ranges::copy_if(manifest, std::back_inserter(some),
                       [&](const ManifestLine& l) { return l.least == least; });
  return some;
}

void explain_vanished(std::vector<Obligation>& obligations, const Subject& subject) {
  for (const FamilyOutcome& family : subject.families) {
    if (!family.result.claims.empty() || family.result.problems.empty()) continue;
    for (Obligation& o : obligations)
      if (o.why.reason == Reason::Vanished && o.config == subject.config &&
          o.family == family.family.name)
        o.why = why(family.result.problems.front());
  }
}

void add_tested(std::vector<Obligation>& obligations, const std::string& config,
                const properties::Result& tests) {
  if (tests.outcome != properties::Outcome::Tested) return;
  for (const auto& check : tests.checks) {
    if (check.applied == 0 || check.violated != 0) continue;
    const bool judged =
        std::any_of(obligations.begin(), obligations.end(), [&](const Obligation& o) {
          return o.config == config && o.invariant == check.id.invariant &&
                 o.clause == check.id.clause && o.function == check.id.function;
        });
    if (judged) continue;
    Obligation o;
    o.invariant = check.id.invariant;
    o.clause = check.id.clause;
    o.function = check.id.function;
    o.config = config;
    o.family = "native tests";
    o.scope = fmt::format("{} native runs in which it applied", check.applied);
    o.nents = properties::kDrawnNents;
    o.outcome = Outcome::Tested;
    o.paths = check.applied;
    obligations.push_back(std::move(o));
  }
}

void explain_refutations(std::vector<Obligation>& obligations,
                         const std::vector<FindingCase>& findings) {
  for (Obligation& o : obligations) {
    if (o.outcome != Outcome::Refuted) continue;
    bool any = false;  // of this configuration: another one's findings explain nothing here
    for (const FindingCase& c : findings) {
      if (c.finding.config != o.config) continue;
      any = true;
      if (c.finding.invariant == o.invariant && c.finding.clause == o.clause)
        o.why.detail += (o.why.detail.empty() ? "see " : ", ") + c.finding.id;
    }
    if (o.why.detail.empty() && any) {
      o.repeats = true;
      o.why.detail = "only where another finding already shows a violation";
    }
  }
}

bool known(const std::vector<FindingCase>& findings, const properties::Finding& violation) {
  return std::any_of(findings.begin(), findings.end(), [&](const FindingCase& c) {
    return c.finding.invariant == violation.violation.id.invariant &&
           c.finding.clause == violation.violation.id.clause &&
           std::includes(violation.roles.begin(), violation.roles.end(), c.roles.begin(),
                         c.roles.end());
  });
}

}  // namespace sgproof::gate
