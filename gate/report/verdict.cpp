#include "gate/report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "gate/report/outcome.hpp"
#include "gate/report/summary.hpp"

namespace sgproof::gate {
namespace {

using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;

Key key_of(const Obligation& o) { return {o.invariant, o.clause, o.function, o.config, o.family}; }

std::string words(const Obligation& o) {
  return fmt::format("{} {} of {} in {}{}{}", o.invariant, o.clause, o.function, o.config,
                     o.family.empty() ? "" : ", family ", o.family);
}

std::string words(const Finding& f) {
  return fmt::format("{} {} of {} in {} ({}:{})", f.invariant, f.clause, f.function, f.config,
                     f.file, f.line);
}

class Judgement {
 public:
  explicit Judgement(const Result& result) : result_(result) {}

  Decision decide(const std::vector<ManifestLine>& manifest) {
    error();
    for (const Finding& f : result_.findings) finding(f);
    for (const Alarm& a : result_.soundness_alarms) alarm(a);
    if (std::none_of(result_.obligations.begin(), result_.obligations.end(),
                     [](const Obligation& o) { return is_shown(o.outcome); }))
      add(ExitCode::Inconclusive, CauseKind::NothingShown, "no obligation was shown");
    if (manifest.empty())
      add(ExitCode::Inconclusive, CauseKind::ManifestEmpty,
          "the manifest has no line for these configurations");
    for (const MissingLine& m : missing(manifest, result_.obligations))
      add(ExitCode::Inconclusive, CauseKind::ManifestLine, m.text);
    for (const Obligation& o : result_.obligations) obligation(o);
    for (const CoverageLine& c : result_.coverage) coverage(c);
    return conclude();
  }

 private:
  void add(ExitCode code, CauseKind kind, std::string text) {
    causes_.emplace_back(code, Cause{kind, std::move(text)});
  }

  void error() {
    if (!result_.error) return;
    const ErrorInfo& e = *result_.error;
    const std::string text = fmt::format("{} ({}): {}", e.id, e.stage, e.message);
    if (e.kind == ErrorKind::Input)
      add(ExitCode::Error, CauseKind::InputError, text);
    else
      add(ExitCode::Inconclusive, CauseKind::UnsupportedError, text);
  }

  void finding(const Finding& f) {
    if (!counts(result_, f)) return;
    if (stands(result_, f))
      add(ExitCode::Fail, CauseKind::NewViolation, words(f));
    else if (f.replay == ReplayStatus::Refuted)
      add(ExitCode::Inconclusive, CauseKind::FindingRefutedByReplay,
          fmt::format("{}: a booted kernel contradicts it: {}", words(f), f.replay_reason));
    else
      add(ExitCode::Inconclusive, CauseKind::FindingNotReexecuted,
          fmt::format("{}: concrete execution did not show it", words(f)));
  }

  void alarm(const Alarm& a) {
    add(a.kind == AlarmKind::ProvedButViolated ? ExitCode::Fail : ExitCode::Inconclusive,
        CauseKind::SoundnessAlarm,
        fmt::format("{}: {} {} of {} in {}: {}", name(a.kind), a.invariant, a.clause, a.function,
                    a.config, a.text));
  }

  void obligation(const Obligation& o) {
    switch (o.outcome) {
      case Outcome::Proved:
      case Outcome::Tested:
      case Outcome::Audited:
        if (!o.base || !is_shown(o.base->outcome)) return;
        if (!answers(o.outcome, o.base->outcome))
          add(ExitCode::Inconclusive, CauseKind::LostProof,
              fmt::format("{}: {} on the base, only {} now", words(o), name(o.base->outcome),
                          name(o.outcome)));
        else if (o.nents < o.base->nents)
          add(ExitCode::Inconclusive, CauseKind::ScopeShrank,
              fmt::format("{}: up to {} entries on the base, only {} now", words(o), o.base->nents,
                          o.nents));
        return;
      case Outcome::Refuted:
        if (!explained(o))
          add(ExitCode::Inconclusive, CauseKind::UnexplainedRefutation,
              fmt::format("{}: refuted, but no finding that stands says how", words(o)));
        return;
      case Outcome::Inconclusive:
        break;
    }
    if (same_as_on_base(o)) return;
    if (o.base && is_shown(o.base->outcome))
      add(ExitCode::Inconclusive, CauseKind::LostProof,
          fmt::format("{}: {} on the base; now {}", words(o), name(o.base->outcome), words(o.why)));
    else
      add(ExitCode::Inconclusive, CauseKind::InconclusiveObligation,
          fmt::format("{}: {}", words(o), words(o.why)));
  }

  /// A refuted obligation must have its finding, so that its verdict is the finding's. The finding
  /// names the function at fault, the obligation the one that was called; so they are matched by
  /// clause. An obligation that restates others (`repeats`) has theirs.
  bool explained(const Obligation& o) const {
    return std::any_of(result_.findings.begin(), result_.findings.end(), [&](const Finding& f) {
      if (f.config != o.config || f.status == FindingStatus::Fixed) return false;
      // what hides behind a pre-existing finding was not compared with the base
      if (o.repeats) return f.status == FindingStatus::New;
      if ((f.invariant != o.invariant || f.clause != o.clause)) return false;
      return f.status == FindingStatus::New || stands(result_, f);  // a new one was judged above
    });
  }

  void coverage(const CoverageLine& c) {
    switch (c.state) {
      case CoverageState::Reached:
      case CoverageState::BitcodeUnchanged:
        return;
      case CoverageState::Unreachable:
      case CoverageState::OutsideScope:
        if (c.reason.empty())
          add(ExitCode::Inconclusive, CauseKind::CoverageWithoutReason,
              fmt::format("{}:{} in {}: {} without a reason", c.file, c.line, c.config,
                          name(c.state)));
        return;
      case CoverageState::NotReached:
        break;
    }
    add(ExitCode::Inconclusive, CauseKind::ChangedLineNotReached,
        fmt::format("{}:{} ({}) in {}: changed by the series, reached by no run{}{}", c.file,
                    c.line, c.function, c.config, c.reason.empty() ? "" : ": ", c.reason));
  }

  Decision conclude() {
    static constexpr std::array kPrecedence = {ExitCode::Error, ExitCode::Fail,
                                               ExitCode::Inconclusive};
    Decision decision{Verdict::Pass, ExitCode::Pass, {}};
    for (const ExitCode code : kPrecedence)
      for (const auto& [cause_code, cause] : causes_) {
        if (cause_code != code) continue;
        if (decision.causes.empty()) decision.exit_code = code;
        decision.causes.push_back(cause);
      }
    switch (decision.exit_code) {
      case ExitCode::Pass:
        decision.verdict = Verdict::Pass;
        break;
      case ExitCode::Fail:
        decision.verdict = Verdict::Fail;
        break;
      case ExitCode::Error:
        decision.verdict = Verdict::Error;
        break;
      case ExitCode::Inconclusive:
        decision.verdict = Verdict::Inconclusive;
        break;
    }
    return decision;
  }

  const Result& result_;
  std::vector<std::pair<ExitCode, Cause>> causes_;
};

}  // namespace

bool stands(const Result& result, const Finding& f) {
  const bool extraction_is_wrong = std::ranges::any_of(
      result.soundness_alarms,
      [&](const Alarm& a) { return a.kind == AlarmKind::BootDisagrees && a.config == f.config; });
  if (f.replay == ReplayStatus::Confirmed) return true;
  if (extraction_is_wrong || f.engine == Engine::Replay) return false;
  return f.reexecution == Reexecution::Violates && f.replay != ReplayStatus::Refuted;
}

Decision decide(const Result& result, const std::vector<ManifestLine>& manifest) {
  return Judgement(result).decide(manifest);
}

void conclude(Result& result, const std::vector<ManifestLine>& manifest) {
  Decision decision = gate::decide(result, manifest);
  result.verdict = decision.verdict;
  result.exit_code = decision.exit_code;
  result.causes = std::move(decision.causes);
  result.table = tabulate(result, manifest);
}

void attach_base(std::vector<Obligation>& obligations, const std::vector<Obligation>& base) {
  std::map<Key, const Obligation*> before;
  for (const Obligation& o : base) before.emplace(key_of(o), &o);
  std::set<Key> present;
  for (Obligation& o : obligations) {
    present.insert(key_of(o));
    const auto it = before.find(key_of(o));
    o.base.reset();
    if (it != before.end())
      o.base = BaseOutcome{it->second->outcome, it->second->why, it->second->nents};
  }
  for (const auto& [key, o] : before) {
    if (present.contains(key)) continue;
    Obligation gone;
    std::tie(gone.invariant, gone.clause, gone.function, gone.config, gone.family) = key;
    gone.scope = o->scope;
    gone.why = {Reason::Vanished, o->function, "only the base has this obligation"};
    gone.base = BaseOutcome{o->outcome, o->why, o->nents};
    obligations.push_back(std::move(gone));
  }
}

bool same_as_on_base(const Obligation& o) {
  return o.base && o.outcome == Outcome::Inconclusive && o.base->outcome == Outcome::Inconclusive &&
         o.why.reason != Reason::None && o.why.reason == o.base->why.reason &&
         o.why.subject == o.base->why.subject;
}

}  // namespace sgproof::gate
