// `sgproof gate`: extract, prove, test, replay, compare, conclude.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <iterator>
#include <memory>

#include "gate/alarms.hpp"
#include "gate/commands.hpp"
#include "gate/consequences.hpp"
#include "gate/contract_steps.hpp"
#include "gate/coverage_stage.hpp"
#include "gate/debug_stage.hpp"
#include "gate/executor_check.hpp"
#include "gate/findings.hpp"
#include "gate/obligations.hpp"
#include "gate/prove_stage.hpp"
#include "gate/replay_stage.hpp"
#include "gate/report/contract_words.hpp"
#include "gate/report/report.hpp"
#include "gate/report/verdict.hpp"
#include "gate/same_code.hpp"
#include "gate/session.hpp"
#include "gate/stale_contracts.hpp"
#include "gate/test_stage.hpp"
#include "gate/translated_findings.hpp"
#include "gate/version.hpp"
#include "gate/without_peers.hpp"
#include "model/error.hpp"
#include "smt/solver/second_solver.hpp"

namespace sgproof::gate {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What a compiler says can be long.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// One run of the gate. Whatever happens, what is known so far ends in a valid result.
class Gate {
 public:
  Gate(const GateOptions& options, extract::CancelToken cancel)
      : options_(options),
        cancel_(std::move(cancel)),
        context_{cache_, cancel_,
                 [this](const std::string& name, double s) { progress_.stage(name, s); },
                 static_cast<int>(options.jobs)},
        history_(cache_.root() / "history.sqlite") {}

  int run() {
    const auto start = Clock::now();
    result_.kernel = options_.kernel;
    result_.series = options_.series;
    result_.strict = options_.strict;
    result_.sgproof_version = kVersion;
    result_.solver_version = solver_version();
    if (options_.second_solver)
      result_.second_solver_version = second_solver_version(smt::SecondSolver::kProgram);
    result_.trusted = {"clang 19 (front end, no passes)",
                       "the executor (compared with native runs)", solver_version()};
    for (const auto& [name, text] : assumptions()) result_.assumptions.push_back({name, text});
    std::vector<ManifestLine> manifest;
    try {
      result_.configs = configs_of(options_);
      manifest = manifest_for(result_.configs);
      proof_time_ = time_limit(options_, result_.configs.size());
      judge();
      cancel_.check("gate");
    } catch (const Error& e) {
      add_error(result_, e);
    } catch (const std::exception& e) {
      add_error(result_, Error(ErrorKind::Environment, "SGP-E0600", "gate", e.what()));
    }
    for (std::string& text : trusted_contracts(result_.contracts))
      result_.trusted.push_back(std::move(text));
    for (FindingCase& c : findings_) result_.findings.push_back(c.finding);
    excuse_what_peers_enter(coverage_);
    for (Coverage& c : coverage_) std::ranges::move(c.lines, std::back_inserter(result_.coverage));
    std::erase_if(manifest, [&](const ManifestLine& line) {
      return std::ranges::find(result_.left_out, line.config, &LeftOut::config) !=
             result_.left_out.end();
    });
    if (result_.error && result_.error->kind != ErrorKind::Input)
      add_unanswered(result_.obligations, manifest,
                     {Reason::NotRun, {}, "the run ended before it was tried"});
    result_.timings[Stage::Total] = since(start);
    conclude(result_, manifest);
    history_.add_run({std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count(),
                      since(start), options_.kernel, options_.series,
                      fmt::format("{}", fmt::join(result_.configs, " ")), result_.verdict,
                      (options_.out / "result.json").string(), kVersion});
    write_reports(result_, options_.out);
    std::cout << text_report(result_) << std::flush;
    return static_cast<int>(result_.exit_code);
  }

 private:
  void judge() {
    auto start = Clock::now();
    source_ = extract::open_source(
        options_.kernel,
        options_.series.empty() ? std::nullopt : std::optional<std::string>(options_.series),
        context_);
    result_.kernel_version = source_->base.version.text();
    contracts_.emplace(*source_, context_, progress_);
    result_.patches = source_->patches;
    for (const std::string& config : result_.configs)
      alone(config, Reason::ExtractionFailed, [&] { extract(config); });
    for (const LeftOut& left : result_.left_out) std::erase(result_.configs, left.config);
    result_.timings[Stage::Extract] = since(start);
    if (extracted_.empty() && lost_) std::rethrow_exception(lost_);
    start_kernels();
    for (const Extracted& e : extracted_) {
      cancel_.check("prove");
      alone(e.config, Reason::Environment, [&] { judge_config(e); });
    }
    if (subjects_.empty() && lost_) std::rethrow_exception(lost_);
    replay();
    alarms_of_findings(result_, findings_, subjects_);
  }

  void extract(const std::string& config) {
    if (const auto why = does_not_fit(options_, config, source_->base, context_); !why.empty()) {
      progress_.line(fmt::format("  {} is left out: {}", config, why));
      result_.left_out.push_back({config, why});
      return;
    }
    Extracted e{config, extract::extract_module(source_->subject(), config, {}, context_), {}};
    if (source_->patched) e.base = extract::extract_module(source_->base, config, {}, context_);
    extracted_.push_back(std::move(e));
  }

  /// What keeps one configuration from being judged (a compiler or a library that this machine has
  /// not) does not keep the others from it: its obligations say so, and the run is inconclusive.
  template <class F>
  void alone(const std::string& config, Reason reason, const F& work) {
    try {
      work();
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::Input || cancel_.cancelled() || result_.configs.size() == 1) throw;
      if (!lost_) lost_ = std::current_exception();
      progress_.line(fmt::format("  {} is not judged: {} ({})", config, e.what(), e.id()));
      add_error(result_, e);
      add_unanswered(result_.obligations, manifest_for({config}),
                     {reason, {}, fmt::format("{}: {}", e.id(), first_line(e.what()))});
    }
  }

  void start_kernels() {
    if (!options_.replay) return;
    for (const Extracted& e : extracted_) {
      if (!replay::machine_of(e.config)) continue;
      kernels_.emplace(e.config,
                       std::make_unique<ReplayStage>(source_->subject(), e.config, context_));
      const auto debug = debug_config_of(e.config);
      if (options_.debug_kernel && debug)
        debug_kernels_.emplace(e.config,
                               std::make_unique<DebugStage>(source_->subject(), *debug, context_));
    }
  }

  /// `shown`: what was proved of `base`, if there is one.
  std::vector<FamilyOutcome> prove_module(const extract::Module& module, const char* which,
                                          const extract::Module* base = nullptr,
                                          const std::vector<FamilyOutcome>& shown = {}) {
    ProveRequest request;
    if (base != nullptr)
      request.of_base = [&, base](const std::string& name) -> std::optional<smt::FamilyResult> {
        const auto known = std::ranges::find(
            shown, name, [](const FamilyOutcome& f) -> const auto& { return f.family.name; });
        if (known == shown.end()) return {};
        return same_of_base(known->result, *base, module);
      };
    request.bitcode = module.bitcode;
    request.bitcode_hash = module.bitcode_hash;
    request.facts = facts_of(module);
    request.max_nents = options_.max_nents;
    request.any_length = options_.any_length;
    request.jobs = options_.jobs;
    request.history = &history_;
    request.cancel = cancel_;
    request.options = prove_options();
    request.progress = [&, which](const smt::FamilyResult& r, bool cached) {
      progress_.stage(fmt::format("prove {} {} {}{}", module.config, which, r.family,
                                  cached ? " (cached)" : ""),
                      r.seconds);
    };
    const auto start = Clock::now();
    auto families = prove(request);
    proof_time_ -= Clock::now() - start;
    return families;
  }

  smt::ProveOptions prove_options() const {
    smt::ProveOptions o;
    o.deadline = Clock::now() + proof_time_;
    o.stopped = [cancel = cancel_] { return cancel.cancelled(); };
    if (options_.second_solver) {
      o.second_solver = smt::SecondSolver::kProgram;
      o.smt2_dir = options_.out / "smt2";
      std::filesystem::create_directories(o.smt2_dir);
    }
    return o;
  }

  void judge_config(const Extracted& e) {
    std::vector<Obligation> obligations;
    std::vector<FindingCase> cases;
    const auto keep = [&] {
      std::ranges::move(obligations, std::back_inserter(result_.obligations));
      std::ranges::move(cases, std::back_inserter(findings_));
    };
    try {
      judge_config(e, obligations, cases);
    } catch (...) {  // what was found until then must not be lost
      keep();
      throw;
    }
    keep();
  }

  void judge_config(const Extracted& e, std::vector<Obligation>& obligations,
                    std::vector<FindingCase>& cases) {
    auto start = Clock::now();
    auto contracts = contracts_->uses_of(e);
    result_.timings[Stage::Extract] += since(start);

    start = Clock::now();
    Subject here = subject_of(e.here, context_);
    std::optional<Subject> base;
    if (e.base) {
      base = subject_of(*e.base, context_);
      base->families = prove_module(*e.base, "base");
    }
    here.families = base ? prove_module(e.here, "patched", &*e.base, base->families)
                         : prove_module(e.here, "tree");
    obligations = obligations_of_families(here.config, here.families);
    add_vacuous(obligations, here, manifest_for({here.config}));
    if (base) attach_base(obligations, obligations_of_families(here.config, base->families));
    explain_vanished(obligations, here);
    add_shrunk(obligations, here, manifest_for({here.config}));
    result_.timings[Stage::Prove] += since(start);

    start = Clock::now();
    const FindingOptions finding_options{options_.out, prove_options(),
                                         [this](const Error& error) { add_error(result_, error); },
                                         cancel_};
    Subject* base_subject = base ? &*base : nullptr;
    cases = findings_of_proofs(here, base_subject, finding_options);
    explain_refutations(obligations, cases);
    result_.timings[Stage::Compare] += since(start);

    cancel_.check("prove");
    start = Clock::now();
    if (options_.tests)
      test_config(here, base_subject, finding_options, obligations, cases);
    else
      add_unanswered(obligations, lines_for(Outcome::Tested, manifest_for({here.config})),
                     {Reason::NotRun, {}, "native tests are no part of this command"});
    result_.timings[Stage::Test] += since(start);

    start = Clock::now();
    if (base)
      contracts_->leave_open_what_is_stale(here, *base, contracts, obligations, options_.seed);
    result_.timings[Stage::Compare] += since(start);

    cancel_.check("coverage");
    if (source_->patched) {
      coverage_.push_back(coverage_of(here, e, source_->patched->files, options_.seed, cancel_));
      explain_contracts(coverage_.back().lines, contracts);
    }
    std::ranges::move(contracts, std::back_inserter(result_.contracts));
    for (const auto& family : here.families)
      for (const std::string& text : family.result.assumptions) assume(text);
    subjects_.push_back(std::move(here));
  }

  void test_config(Subject& here, Subject* base, const FindingOptions& finding_options,
                   std::vector<Obligation>& obligations, std::vector<FindingCase>& cases) try {
    cancel_.check("test");
    const auto start = Clock::now();
    // the proofs may have used up their time; the tests have their own
    TestRequest request{options_.seed, options_.cases, options_.max_nents,
                        Clock::now() + std::chrono::seconds(120), cancel_};
    const auto tests = run_tests(here, request);
    progress_.stage(fmt::format("test {} ({} legal runs)", here.config, tests.legal), since(start));
    add_tested(obligations, here.config, tests);
    std::size_t not_asked = 0;
    for (const auto& violation : tests.findings) {
      if (mapping_not_asked(here, violation.scenario, violation.violation.step))
        ++not_asked;
      else if (!known(cases, violation))
        cases.push_back(finding_from(here, base, violation.violation.id.invariant,
                                     violation.violation.id.clause, violation.scenario,
                                     Engine::Properties, finding_options));
    }
    if (not_asked != 0)
      progress_.line(
          fmt::format("  {} violations of mappings in {} are no findings: the encoding "
                      "of an entry already goes wrong",
                      not_asked, here.config));
    for (const auto& [key, violation] : tests.known)
      cases.push_back(
          waived_from(here, key.first, violation.violation, violation.scenario, finding_options));
    // where a kernel is booted, that is compared
    if (!replay::machine_of(here.config)) check_executor(here);
  } catch (const Error& error) {  // what the proofs found must not be lost
    add_error(result_, error);
  }

  /// Whether the executor does what the code does when it runs.
  void check_executor(Subject& subject) {
    if (options_.random_traces == 0) return;
    if (subject.runner->hangs() != 0) {  // the tests say so; here each hang takes its time again
      progress_.line(
          fmt::format("  executor and native runs of {}: not compared, runs hang", subject.config));
      return;
    }
    const auto start = Clock::now();
    const auto checked =
        compare_with_executor(subject, options_.seed, options_.random_traces, cancel_);
    progress_.stage(fmt::format("executor and native runs of {}: {} agree", subject.config,
                                checked.compared - checked.disagreements.size()),
                    since(start));
    if (!checked.disagreements.empty())
      result_.soundness_alarms.push_back(
          {AlarmKind::ExecutorMismatch, "REF-1", "same-as-native", "", subject.config,
           fmt::format("random scenario {} (seed {}): {}", checked.disagreements.front().index + 1,
                       options_.seed, checked.disagreements.front().text)});
    if (checked.compared == 0 && checked.violating == 0)
      add_error(result_, Error(ErrorKind::Environment, "SGP-E0402", "test",
                               "no random scenario of " + subject.config +
                                   " could be compared between the executor and a native run"));
  }

  /// Something that the executor took for granted where it ran.
  void assume(const std::string& text) {
    const auto& all = result_.assumptions;
    if (std::none_of(all.begin(), all.end(), [&](const Assumption& a) { return a.text == text; }))
      result_.assumptions.push_back({"EXECUTOR", text});
  }

  void replay() {
    const auto start = Clock::now();
    for (Subject& subject : subjects_) {
      const auto kernel = kernels_.find(subject.config);
      if (kernel == kernels_.end()) continue;
      ReplayRequest request;
      request.random = options_.random_traces;
      request.seed = options_.seed;
      for (FindingCase& c : findings_)
        if (c.finding.config == subject.config && c.finding.status != FindingStatus::Fixed)
          request.findings.push_back(&c);
      kernel->second->wait([&](double seconds) {
        progress_.line(fmt::format("  … still building the kernel for {}, waited {:.0f} s",
                                   subject.config, seconds));
      });
      request.corpus = corpus_traces(corpus_dir(), subject.config);
      const auto outcome = kernel->second->run(request, subject, cancel_);
      progress_.stage(fmt::format("kernel for {} (built beside the proofs)", subject.config),
                      kernel->second->build_seconds());
      progress_.stage(fmt::format("replay {}: {} traces, {} boots", subject.config,
                                  outcome.summary.vectors, outcome.summary.boots),
                      outcome.summary.seconds);
      take(subject, outcome);
      ask_debug_kernel(subject, request);
    }
    if (!kernels_.empty()) result_.timings[Stage::Replay] = since(start);
    if (!options_.replay) return;
    fold_consequences();
    for (FindingCase& c : findings_)
      if (!replay::machine_of(c.finding.config) && c.finding.status != FindingStatus::Fixed) {
        without_machine(c.finding);
        ++result_.replay_summary.not_replayable;
      }
  }

  /// What only follows from another finding is not one of its own: the obligations say so.
  void fold_consequences() {
    const auto taken = take_consequences(findings_);
    if (taken.empty()) return;
    for (const FindingCase& c : taken) {
      --result_.replay_summary.not_replayable;
      if (!c.finding.counterexample.empty())
        std::filesystem::remove(options_.out / c.finding.counterexample);
    }
    progress_.line(fmt::format("  {} findings only follow from confirmed ones", taken.size()));
    for (Obligation& o : result_.obligations)
      if (o.outcome == Outcome::Refuted) o.why.detail.clear();
    explain_refutations(result_.obligations, findings_);
    for (Obligation& o : result_.obligations)
      if (o.repeats && std::ranges::any_of(taken, [&](const FindingCase& c) {
            return c.finding.reexecution == Reexecution::Holds && c.finding.config == o.config &&
                   c.finding.invariant == o.invariant && c.finding.clause == o.clause;
          }))
        o.why.detail = "no execution shows it; pages are not where the solver puts them";
  }

  void take(const Subject& subject, const ReplayOutcome& outcome) {
    auto& sum = result_.replay_summary;
    sum.boots += outcome.summary.boots;
    sum.vectors += outcome.summary.vectors;
    sum.confirmed += outcome.summary.confirmed;
    sum.refuted += outcome.summary.refuted;
    sum.not_replayable += outcome.summary.not_replayable;
    sum.seconds += outcome.summary.seconds;
    for (const std::string& problem : outcome.problems) progress_.line("  replay: " + problem);
    if (!outcome.problems.empty())
      add_error(result_, Error(ErrorKind::Environment, "SGP-E0612", "replay",
                               fmt::format("{}: {}", subject.config, outcome.problems.front())));
    sum.compared += static_cast<unsigned>(outcome.equivalence.compared);
    only_booted(subject, outcome.translated);
    only_booted(subject, outcome.booted_only);
    for (const BootedViolation& v : outcome.violations)
      alarm_of_booted(result_, findings_, subject.config, v);
    for (const BootedDifference& d : outcome.differences)
      alarm_of_difference(result_, findings_, subject.config, d, options_.out);
  }

  /// What only a booted kernel executes: findings of its own.
  void only_booted(const Subject& subject, const Translated& translated) {
    if (translated.judged == 0 && translated.violations.empty()) return;
    booted_findings(subject, translated, subject.config);
  }

  /// What a kernel with its own checks says to the same scenarios.
  void ask_debug_kernel(Subject& subject, const ReplayRequest& request) try {
    const auto stage = debug_kernels_.find(subject.config);
    if (stage == debug_kernels_.end()) return;
    const auto start = Clock::now();
    const auto said = stage->second->run(request, subject, cancel_);
    progress_.stage(
        fmt::format("debug kernel for {}: {} traces judged", subject.config, said.judged),
        since(start));
    for (const auto& [why, count] : said.not_judged)
      progress_.line(fmt::format("  {} not judged on the debug kernel: {}", count, why));
    booted_findings(subject, said, *debug_config_of(subject.config));
  } catch (const Error& error) {  // what was found must not be lost
    add_error(result_, error);
  }

  /// Whether a finding of a booted kernel alone is known already: shown by another kernel, or
  /// confirmed on this one with the smallest input, for the same way of mapping.
  static bool says_the_same(const FindingCase& known, const FindingCase& booted) {
    const Finding& a = known.finding;
    const Finding& b = booted.finding;
    if (a.id == b.id) return true;
    return a.engine != Engine::Replay && a.replay == ReplayStatus::Confirmed &&
           a.status == b.status && a.config == b.config && a.invariant == b.invariant &&
           a.clause == b.clause && known.scenario.world.iommu == booted.scenario.world.iommu;
  }

  /// Obligations and findings of what a booted kernel shows; `booted` is its configuration.
  void booted_findings(const Subject& subject, const Translated& translated,
                       const std::string& booted) {
    for (Obligation& o : obligations_of(translated, subject.config))
      result_.obligations.push_back(std::move(o));
    auto cases = findings_of(translated, subject.config, source_->subject(), options_.out);
    std::erase_if(cases, [&](const FindingCase& c) {
      return std::ranges::any_of(findings_,
                                 [&](const FindingCase& known) { return says_the_same(known, c); });
    });
    if (source_->patched) try {
        compare_with_base(cases, source_->base, booted, subject.facts, context_);
      } catch (const Error& error) {  // what was found must not be lost
        add_error(result_, error);
      }
    result_.replay_summary.confirmed += static_cast<unsigned>(cases.size());
    for (FindingCase& c : cases) findings_.push_back(std::move(c));
  }

  const GateOptions& options_;
  extract::CacheDir cache_;
  extract::CancelToken cancel_;
  Progress progress_;
  extract::Context context_;
  History history_;
  Clock::duration proof_time_{};  ///< left, for all proofs together
  std::optional<extract::Source> source_;
  std::optional<ContractSteps> contracts_;
  std::vector<Extracted> extracted_;
  std::exception_ptr lost_;  ///< the first that kept a configuration from being judged
  std::map<std::string, std::unique_ptr<ReplayStage>> kernels_;
  std::map<std::string, std::unique_ptr<DebugStage>> debug_kernels_;
  std::vector<FindingCase> findings_;
  std::vector<Subject> subjects_;
  std::vector<Coverage> coverage_;  ///< of a series
  Result result_;
};

}  // namespace

int run_gate(const GateOptions& options, const extract::CancelToken& cancel) {
  return Gate(options, cancel).run();
}

}  // namespace sgproof::gate
