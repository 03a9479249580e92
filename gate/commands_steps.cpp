// Subcommands that do one step of the gate: extract, test, replay.
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "gate/commands.hpp"
#include "gate/replay_stage.hpp"
#include "gate/session.hpp"
#include "gate/test_stage.hpp"
#include "gate/write_trace.hpp"
#include "model/error.hpp"
#include "model/scenario.hpp"

namespace sgproof::gate {
namespace {

/// The opened source and everything that keeps it open.
struct Opened {
  Opened(const GateOptions& options, const extract::CancelToken& cancel)
      : context{cache, cancel,
                [this](const std::string& name, double s) { progress.stage(name, s); },
                static_cast<int>(options.jobs)},
        source(extract::open_source(
            options.kernel,
            options.series.empty() ? std::nullopt : std::optional<std::string>(options.series),
            context)) {}

  extract::Module module(const std::string& config) {
    return extract::extract_module(source.subject(), config, {}, context);
  }

  extract::CacheDir cache;
  Progress progress;
  extract::Context context;
  extract::Source source;
};

/// What only booted kernels show; a violation makes the exit code 1.
void print_booted(const Translated& translated, const std::filesystem::path& out,
                  const std::string& config, int& code) {
  if (translated.judged == 0 && translated.not_judged.empty()) return;
  std::cout << fmt::format("  {} judged {}, {} statements of {} violated\n", translated.judged,
                           translated.family, translated.violations.size(),
                           translated.looked_at.size());
  for (const auto& [why, count] : translated.not_judged)
    std::cout << fmt::format("  {} not judged: {}\n", count, why);
  for (const auto& v : translated.violations) {
    const auto& id = v.violation.id;
    const auto file =
        fmt::format("violations/{}.{}.{}.{}.json", id.invariant, id.clause, id.function, config);
    std::cout << fmt::format("  violates {} {} of {}: {} ({})\n", id.invariant, id.clause,
                             id.function, v.text, file);
    write_trace(out, file, v.scenario,
                {{"config", config}, {"invariant", id.invariant}, {"clause", id.clause}});
    if (!v.waiver.empty()) std::cout << "    a known defect of this kernel: " << v.waiver << "\n";
    if (v.waiver.empty()) code = 1;
  }
}

}  // namespace

int run_extract(const GateOptions& options, const extract::CancelToken& cancel) {
  Opened opened(options, cancel);
  for (const std::string& config : configs_of(options)) {
    const auto module = opened.module(config);
    std::cout << fmt::format("{}: {} functions, bitcode {}\n", config, module.functions.size(),
                             module.bitcode.string());
    for (const auto& [name, value] : module.facts)
      std::cout << fmt::format("  {:<28} {:#x}\n", name, value);
    for (const auto& e : module.externals)
      std::cout << fmt::format("  external {}: {}\n", e.name, e.reason);
  }
  return 0;
}

int run_test(const GateOptions& options, const extract::CancelToken& cancel) {
  Opened opened(options, cancel);
  int code = 0;
  for (const std::string& config : configs_of(options)) {
    Subject subject = subject_of(opened.module(config), opened.context);
    const auto result =
        run_tests(subject, {options.seed, options.cases, options.max_nents,
                            std::chrono::steady_clock::now() + time_limit(options, 1), cancel});
    std::cout << fmt::format("{}: {} runs, {} legal, {} violations\n", config, result.runs,
                             result.legal, result.findings.size());
    for (const auto& [reason, count] : result.reasons)
      std::cout << fmt::format("  not judged: {} ({})\n", reason, count);
    for (const auto& check : result.checks)
      if (check.applied != 0)
        std::cout << fmt::format("  tested {} {} of {}: {} runs\n", check.id.invariant,
                                 check.id.clause, check.id.function, check.applied);
    for (const auto& f : result.findings) {
      std::cout << fmt::format("  {} {} of {}\n", f.violation.id.invariant, f.violation.id.clause,
                               f.violation.id.function);
      for (const auto& line : model::describe(f.scenario)) std::cout << "    " << line << "\n";
    }
    if (!result.findings.empty()) code = 1;
    if (result.outcome != properties::Outcome::Tested && code == 0) code = 3;
  }
  return code;
}

int run_replay(const GateOptions& options, const std::vector<std::filesystem::path>& traces,
               const extract::CancelToken& cancel) {
  Opened opened(options, cancel);
  int code = 0;
  for (const std::string& config : configs_of(options)) {
    std::vector<CorpusTrace> corpus;
    for (const auto& file : traces) {
      std::ifstream in(file);
      const auto json = nlohmann::json::parse(in, nullptr, false);
      if (json.is_discarded())
        throw Error(ErrorKind::Input, "SGP-E0205", "trace", "not JSON").at(file.string());
      corpus.push_back({file.stem().string(), model::scenario_from_json(json)});
    }
    ReplayRequest request;
    request.corpus = traces.empty() ? corpus_traces(corpus_dir(), config) : std::move(corpus);
    request.random = options.random_traces;
    request.seed = options.seed;
    ReplayStage stage(opened.source.subject(), config, opened.context);
    Subject subject = subject_of(opened.module(config), opened.context);
    const auto outcome = stage.run(request, subject, cancel);
    std::cout << fmt::format(
        "{}: {} traces, {} boots, {} of the corpus agree with every claim, {:.2f} s\n", config,
        outcome.summary.vectors, outcome.summary.boots, outcome.agreeing, outcome.summary.seconds);
    std::cout << fmt::format("  {} compared with native runs, {} differ\n",
                             outcome.equivalence.compared, outcome.differences.size());
    for (const auto& [why, count] : outcome.equivalence.not_compared)
      std::cout << fmt::format("  {} not compared: {}\n", count, why);
    print_booted(outcome.translated, options.out, config, code);
    print_booted(outcome.booted_only, options.out, config, code);
    for (const auto& d : outcome.differences) {
      std::cout << fmt::format(
          "  {}: {}{}\n", d.trace, d.text,
          d.follows_from.empty() ? "" : ", where the code violates " + d.follows_from);
      write_trace(options.out, fmt::format("disagreements/{}-{}.json", config, d.scenario.id),
                  d.scenario, {{"config", config}, {"differs", d.text}});
      if (code == 0) code = 3;
    }
    for (const auto& v : outcome.known)
      std::cout << fmt::format("  {}: violates {} {} ({})\n    a known defect of this kernel: {}\n",
                               v.trace, v.invariant, v.clause, v.text, v.waiver);
    for (const auto& v : outcome.violations) {
      std::cout << fmt::format("  {}: violates {} {} ({})\n", v.trace, v.invariant, v.clause,
                               v.text);
      code = 1;
    }
    for (const auto& p : outcome.problems) {
      std::cout << "  " << p << "\n";
      if (code == 0) code = 3;
    }
  }
  return code;
}

}  // namespace sgproof::gate
