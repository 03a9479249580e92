#include "gate/replay_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "gate/session.hpp"
#include "model/error.hpp"
#include "model/scenario.hpp"
#include "properties/judge_run.hpp"
#include "replay/agreement.hpp"
#include "replay/fitting.hpp"
#include "replay/stuck.hpp"

namespace sgproof::gate {
namespace {

using State = replay::ScenarioResult::State;

bool has_report(State state) {
  return state == State::Reported || state == State::Stopped || state == State::Panicked ||
         state == State::Hung;
}

/// Whether the statement was decided in the run, and held.
bool holds(const properties::Judgement& judgement, const Finding& f) {
  return std::ranges::any_of(judgement.checks, [&](const auto& check) {
    return check.invariant == f.invariant && check.clause == f.clause && decide(check.applies) &&
           decide(check.truth.holds);
  });
}

/// What the extracted code does with the finding's statement in the world that the machine made of
/// the finding's: addresses, and with them where a wrong one leads, are the machine's.
enum class There : std::uint8_t {
  Holds,
  Violates,  ///< also where nothing can be said
  Inside,    ///< only who looks at each value and object sees a violation: no machine does
};

There there(const Finding& f, const sgp_scenario& scenario, const replay::ScenarioResult& booted,
            Subject& subject) {
  const std::array world{replay::realised(scenario, booted.report)};
  const auto judgement =
      properties::judge(world[0], subject.runner->run(world).at(0), subject.facts);
  if (judgement.standing != properties::Standing::Judged ||
      std::ranges::any_of(judgement.violations, [&](const auto& v) {
        return v.id.invariant == f.invariant && v.id.clause == f.clause;
      }))
    return There::Violates;
  return violates_again(subject, f.invariant, f.clause, world[0]) ? There::Inside : There::Holds;
}

/// What the booted kernel says to one finding; `scenario` is what it executed.
void settle(FindingCase& c, const sgp_scenario& scenario, const replay::ScenarioResult& result,
            Subject& subject) {
  Finding& f = c.finding;
  f.replay = ReplayStatus::NotRun;
  if (!has_report(result.state)) {
    f.replay_reason = fmt::format("{}: {}", replay::name_of(result.state), result.why);
    return;
  }
  if (result.report.status == SGP_STATUS_NOT_REPLAYABLE) {
    f.replay = ReplayStatus::NotReplayable;
    f.replay_reason = std::string(replay::reason_text(result.report.steps[0].ret));
    return;
  }
  const auto judgement = judge_booted(scenario, result, subject.facts);
  if (judgement.standing != properties::Standing::Judged) {
    f.replay_reason = judgement.reason;
    return;
  }
  for (const auto& v : judgement.violations) {
    if (v.id.invariant != f.invariant || v.id.clause != f.clause) continue;
    f.replay = ReplayStatus::Confirmed;
    f.replay_reason = fmt::format("step {}: {}", v.step, v.field);
    if (v.expected && v.observed)
      f.replay_reason +=
          fmt::format(" is {:#x} on the booted kernel, expected {:#x}", *v.observed, *v.expected);
    else if (v.observed)
      f.replay_reason += fmt::format(" is {:#x} on the booted kernel", *v.observed);
    for (const auto& d : result.diagnostics)
      if (d.line) f.replay_reason += fmt::format("; BUG or WARN at {}:{}", d.file, d.line);
    return;
  }
  for (const auto& v : judgement.violations)
    if (v.step <= c.step) {  // where a wrong address leads is each machine's own
      f.replay = ReplayStatus::NotReplayable;
      f.replay_reason = fmt::format("the booted kernel violates {} {} on this input instead",
                                    v.id.invariant, v.id.clause);
      c.after = {v.id.invariant, v.id.clause};
      return;
    }
  const auto native = there(f, scenario, result, subject);
  if (native == There::Holds) {
    f.replay = ReplayStatus::NotReplayable;
    f.replay_reason =
        "with the addresses that the machine has, the extracted code does not violate it either";
  } else if (native == There::Violates && holds(judgement, f)) {
    f.replay = ReplayStatus::Refuted;
    f.replay_reason = "the booted kernel does not violate it on this input";
  } else {
    f.replay = ReplayStatus::NotReplayable;
    f.replay_reason = "the booted kernel cannot show what the claim looks at on this input";
  }
}

void count(const FindingCase& c, ReplaySummary& summary) {
  if (c.finding.replay == ReplayStatus::Confirmed) ++summary.confirmed;
  if (c.finding.replay == ReplayStatus::Refuted) ++summary.refuted;
  if (c.finding.replay == ReplayStatus::NotReplayable) ++summary.not_replayable;
}

/// So many new findings are asked for once more.
constexpr unsigned kMostAlone = 8;

/// Whether a machine that executed it did not confirm a new finding. One of its own may: code that
/// keeps what it should not makes what earlier scenarios left behind matter.
bool is_open(const FindingCase& c, const replay::ScenarioResult& result) {
  return c.finding.status == FindingStatus::New && has_report(result.state) &&
         result.report.status != SGP_STATUS_NOT_REPLAYABLE &&
         c.finding.replay != ReplayStatus::Confirmed;
}

replay::BootResult run_alone(replay::BootRequest request, const sgp_scenario& scenario,
                             const extract::CancelToken& cancel) {
  request.scenarios = {scenario};
  request.max_boots = request.max_failed_boots = 1;
  return replay::run_on_fitting_machines(std::move(request), cancel);
}

/// What the booted kernel says to the claims on a trace of the corpus.
void judge_trace(const CorpusTrace& trace, const sgp_scenario& scenario,
                 const replay::ScenarioResult& result, const JudgeOptions& options,
                 ReplayOutcome& outcome) {
  if (scenario.world.iommu != 0) return;  // judge_translated() does
  if (!has_report(result.state) || result.report.status == SGP_STATUS_NOT_REPLAYABLE) {
    outcome.problems.push_back(
        fmt::format("corpus trace {}: {} {}", trace.name, replay::name_of(result.state),
                    has_report(result.state) ? replay::reason_text(result.report.steps[0].ret)
                                             : std::string_view(result.why)));
    return;
  }
  const auto judgement = judge_booted(scenario, result, options.facts);
  if (judgement.standing != properties::Standing::Judged) {
    outcome.problems.push_back(fmt::format("corpus trace {}: {}", trace.name, judgement.reason));
    return;
  }
  if (judgement.violations.empty()) ++outcome.agreeing;
  const auto seen = model::concrete_trace(scenario, result.report, options.facts);
  for (const auto& v : judgement.violations) {
    if (is_booted_only(v.id)) continue;  // judge_booted_only() does
    const Known* known = explanation(options.known, options.version, seen, v);
    (known != nullptr ? outcome.known : outcome.violations)
        .push_back({trace.name, trace.scenario, v.id.invariant, v.id.clause,
                    fmt::format("step {}, {}", v.step, v.field),
                    known != nullptr ? known->id : ""});
  }
}

std::string name_of(const ReplayRequest& what, std::size_t index) {
  if (index < what.findings.size())
    return "the counterexample of finding " + what.findings[index]->finding.id;
  index -= what.findings.size();
  if (index < what.corpus.size()) return "corpus trace " + what.corpus[index].name;
  return fmt::format("random scenario {} (seed {})", index - what.corpus.size() + 1, what.seed);
}

/// Of so many differences it is asked what they follow from. Where it is something in each of them,
/// the others are taken for the same.
constexpr std::size_t kMostAsked = 20;

/// A statement that both runs violate up to the step: what comes of it is each machine's own.
std::string violated_by_both(Subject& subject, const sgp_scenario& scenario,
                             const replay::ScenarioResult& booted, std::uint64_t step) {
  const std::array world{replay::realised(scenario, booted.report)};
  const auto native = properties::judge(world[0], subject.runner->run(world).at(0), subject.facts);
  for (const auto& v : judge_booted(scenario, booted, subject.facts).violations)
    if (v.step <= step && std::ranges::any_of(native.violations, [&](const auto& n) {
          return n.step == v.step && n.id == v.id;
        }))
      return v.id.invariant;
  return {};
}

/// Whether the booted kernel did not return from that step, and a known defect of it says why:
/// where a contract stands for the code that has it, the extracted code does not show it.
bool stops_as_known(const sgp_scenario& scenario, const replay::ScenarioResult& booted,
                    unsigned step, const JudgeOptions& options) {
  if (booted.state != replay::ScenarioResult::State::Stopped) return false;
  const auto judgement = judge_booted(scenario, booted, options.facts);
  if (judgement.standing != properties::Standing::Judged) return false;
  const auto trace = model::concrete_trace(scenario, booted.report, options.facts);
  return std::ranges::any_of(judgement.violations, [&](const properties::Violation& v) {
    return v.step == step && v.id.invariant.starts_with("SAF-") &&
           explanation(options.known, options.version, trace, v) != nullptr;
  });
}

/// BootedDifference::follows_from.
std::string cause_of(Subject& subject, const sgp_scenario& scenario,
                     const replay::ScenarioResult& booted, const Disagreement& difference,
                     const std::vector<BootedDifference>& before) {
  if (replay::mixes_pointers(scenario, booted.report)) return "ENC-1";
  auto both = violated_by_both(subject, scenario, booted, difference.step);
  if (!both.empty()) return both;
  if (before.size() >= kMostAsked)
    return std::ranges::all_of(before, [](const auto& d) { return !d.follows_from.empty(); })
               ? before.back().follows_from
               : "";
  const auto world = replay::realised(scenario, booted.report);
  if (violates_again(subject, "SAF-2", "defined", world)) return "SAF-2";
  return violates_again(subject, "SAF-1", "access", world) ? "SAF-1" : "";
}

}  // namespace

std::vector<sgp_scenario> scenarios_of(const ReplayRequest& what, Subject& subject) {
  std::vector<sgp_scenario> all;
  for (const FindingCase* c : what.findings) all.push_back(c->scenario);
  for (const CorpusTrace& t : what.corpus) all.push_back(t.scenario);
  std::ranges::copy(random_scenarios(subject, what.seed, what.random), std::back_inserter(all));
  std::ranges::copy(random_tables(subject, what.seed, what.random / 4), std::back_inserter(all));
  std::ranges::copy(random_translated(subject, what.seed, what.random / 2),
                    std::back_inserter(all));
  for (std::size_t i = 0; i < all.size(); ++i) all[i].id = i + 1;
  return all;
}

void without_machine(Finding& finding) {
  finding.replay = ReplayStatus::NotReplayable;
  finding.replay_reason = fmt::format("no machine for {} is booted", finding.config);
  if (finding.reexecution == Reexecution::Violates)
    finding.replay_reason += "; re-executed under qemu-user";
}

std::vector<CorpusTrace> corpus_traces(const std::filesystem::path& corpus,
                                       const std::string& config) {
  std::vector<CorpusTrace> traces;
  const auto read = [&](const std::filesystem::path& dir, const std::string& ending, bool all) {
    if (!std::filesystem::is_directory(dir)) return;
    for (const auto& entry : std::filesystem::directory_iterator(dir)) {
      if (!entry.path().filename().string().ends_with(ending)) continue;
      std::ifstream file(entry.path());
      const auto json = nlohmann::json::parse(file, nullptr, false);
      if (json.is_discarded())
        throw Error(ErrorKind::Input, "SGP-E0205", "corpus", "not JSON").at(entry.path().string());
      const auto about = json.value("about", nlohmann::json::object());
      if (about.value("stops_machine", false)) continue;  // each would cost two boots and deadlines
      if (all || about.value("config", "") == config)
        traces.push_back({entry.path().stem().string(), model::scenario_from_json(json)});
    }
  };
  read(corpus / "traces" / config, ".json", true);
  read(corpus / "known", ".trace.json", false);
  std::ranges::sort(traces, {}, &CorpusTrace::name);
  return traces;
}

ReplayStage::ReplayStage(extract::Tree tree, const std::string& config,
                         const extract::Context& context)
    : version_(tree.version),
      image_(std::async(std::launch::async, [tree = std::move(tree), config, &context] {
        return replay::build_kernel(tree, config, context);
      })) {}

void ReplayStage::wait(const std::function<void(double)>& still) {
  const auto start = std::chrono::steady_clock::now();
  while (image_.wait_for(std::chrono::seconds(30)) != std::future_status::ready)
    still(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

ReplayOutcome ReplayStage::run(const ReplayRequest& what, Subject& subject,
                               const extract::CancelToken& cancel) {
  ReplayOutcome outcome;
  replay::BootRequest request;
  request.image = image_.get();
  build_seconds_ = request.image.seconds;
  request.accelerator = replay::accelerator_for(request.image, cancel);
  request.scenarios = scenarios_of(what, subject);
  if (request.scenarios.empty()) {
    outcome.problems.push_back("there was nothing to replay: no finding and no trace");
    return outcome;
  }
  auto boots = replay::run_on_fitting_machines(request, cancel);
  replay::ask_again(request, boots, cancel);
  outcome.summary.boots = static_cast<unsigned>(boots.boots.size());
  outcome.summary.vectors = static_cast<unsigned>(request.scenarios.size());
  outcome.summary.seconds = boots.seconds;
  if (boots.outcome != replay::Outcome::Ok && boots.outcome != replay::Outcome::Panic &&
      boots.outcome != replay::Outcome::Hang)
    outcome.problems.push_back(
        fmt::format("{}: {}", replay::name_of(boots.outcome), boots.explanation));
  if (const auto stuck = std::ranges::count_if(boots.scenarios, replay::is_stuck); stuck != 0)
    outcome.problems.push_back(fmt::format(
        "the machine did not survive {} more scenarios, and it is not known why", stuck));
  unsigned alone = 0;
  for (std::size_t i = 0; i < what.findings.size(); ++i) {
    auto& result = boots.scenarios.at(i);
    const auto before = what.findings[i]->after;
    settle(*what.findings[i], request.scenarios[i], result, subject);
    if (is_open(*what.findings[i], result) && alone++ < kMostAlone) {
      using State = replay::ScenarioResult::State;
      auto again = run_alone(request, request.scenarios[i], cancel);
      outcome.summary.boots += static_cast<unsigned>(again.boots.size());
      outcome.summary.seconds += again.seconds;
      const auto state = again.scenarios.at(0).state;
      if (state == State::Reported || state == State::Stopped) {
        what.findings[i]->after = before;
        result = std::move(again.scenarios.at(0));
        settle(*what.findings[i], request.scenarios[i], result, subject);
      }
    }
    count(*what.findings[i], outcome.summary);
  }
  const auto known = known_defects(corpus_dir());
  const JudgeOptions options{subject.facts, version_, known};
  for (std::size_t i = 0; i < what.corpus.size(); ++i) {
    const std::size_t at = what.findings.size() + i;
    judge_trace(what.corpus[i], request.scenarios[at], boots.scenarios.at(at), options, outcome);
  }
  outcome.translated = judge_translated(request.scenarios, boots.scenarios, options);
  outcome.booted_only = judge_booted_only(request.scenarios, boots.scenarios, options);
  outcome.equivalence = compare(subject, request.scenarios, boots.scenarios);
  for (const Disagreement& d : outcome.equivalence.disagreements) {
    // a kernel that warns where the extracted code does not shows a violation of its own
    auto warnings =
        warnings_of(request.scenarios.at(d.index), boots.scenarios.at(d.index), subject.facts);
    explain(warnings, boots.scenarios.at(d.index), options);
    std::ranges::copy(warnings, std::back_inserter(outcome.booted_only.violations));
    if (!warnings.empty()) continue;
    const auto& scenario = request.scenarios.at(d.index);
    if (stops_as_known(scenario, boots.scenarios.at(d.index), d.step, options)) {
      --outcome.equivalence.compared;
      ++outcome.equivalence.not_compared["different, where a known defect stopped the kernel"];
      continue;
    }
    outcome.differences.push_back(
        {name_of(what, d.index), scenario, d.text,
         cause_of(subject, scenario, boots.scenarios.at(d.index), d, outcome.differences)});
  }
  return outcome;
}

}  // namespace sgproof::gate
