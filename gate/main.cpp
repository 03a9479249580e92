// The command line of sgproof.
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <iterator>
#include <thread>

#include "gate/commands.hpp"
#include "gate/options.hpp"
#include "gate/prove_stage.hpp"
#include "gate/version.hpp"
#include "model/error.hpp"
#include "score/score.hpp"
#include "score/side_by_side.hpp"

namespace sgproof::gate {
namespace {

extract::CancelToken& cancel_token() {
  static extract::CancelToken token;
  return token;
}

extern "C" void on_interrupt(int) { cancel_token().cancel(); }

void add_kernel_options(CLI::App& app, GateOptions& o) {
  app.add_option("--kernel", o.kernel, "kernel tree: directory, tarball, debian:6.1, debian:6.12")
      ->required();
  app.add_option("--series", o.series,
                 "patch series: mbox, directory (quilt), one patch, or a git range of the tree");
  app.add_option("--config", o.configs,
                 "configuration to judge; \"all\": also those on request (default: the others)");
  app.add_option("--out", o.out, "directory for result.json, reports and traces")
      ->capture_default_str();
  app.add_option("--jobs", o.jobs, "things to do at the same time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--time-limit", o.time_limit_seconds,
                 "seconds for all proofs together (default: 1800 for each configuration)")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--max-nents", o.max_nents,
                 "longest list in the proofs; 4: more of devices behind an IOMMU too, in minutes")
      ->check(CLI::Range(1, SGP_MAX_NENTS))
      ->capture_default_str();
  app.add_flag(
      "--any-length", o.any_length,
      "prove direct mappings for lists of any length too, and iommu_map() for ranges of any size, "
      "by induction (takes minutes)");
}

void add_judging_options(CLI::App& app, GateOptions& o) {
  app.add_flag("--second-solver", o.second_solver,
               "have cvc5 agree with every answer that a proof rests on");
  app.add_option("--cases", o.cases, "native test cases per configuration")->capture_default_str();
  app.add_option("--seed", o.seed, "seed of the native tests")->capture_default_str();
}

void add_random_option(CLI::App& app, GateOptions& o) {
  app.add_option("--random", o.random_traces,
                 "random scenarios on which booted kernel and extracted code are compared")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
}

void add_score_options(CLI::App& app, score::ScoreOptions& o) {
  app.add_option("--kernel", o.kernel, "kernel tree whose code is mutated")->required();
  app.add_option("--series", o.series, "series to apply first");
  app.add_option("--config", o.configs, "configuration; what survives there goes to the next one")
      ->capture_default_str();
  app.add_option("--function", o.functions,
                 "mutate this function or macro (default: all of the scope)");
  app.add_option("--sample", o.sample, "judge so many mutants (default: all)");
  app.add_option("--seed", o.seed, "of the sample and of the native tests")->capture_default_str();
  app.add_option("--engine", o.engines, "smt, properties (default: both)")
      ->check(CLI::IsMember({"smt", "properties"}));
  app.add_option("--without", o.emptied, "ignore this invariant: what is it worth?");
  app.add_option("--replay", o.replayed,
                 "give so many caught mutants to the whole gate, with replay on a booted kernel");
  app.add_option("--jobs", o.jobs, "mutants at the same time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--out", o.out, "directory for score.json and mutants.jsonl")
      ->capture_default_str();
  app.add_option("--resume", o.resume, "go on with the run whose mutants.jsonl is in here");
}

void add_export_options(CLI::App& app, ExportOptions& o) {
  auto* form = app.add_option_group("form");
  form->add_flag_callback("--trace", [&o] { o.form = ExportForm::Steps; }, "readable steps");
  form->add_flag_callback(
      "--c", [&o] { o.form = ExportForm::Module; }, "kernel module that prints PASS or FAIL");
  form->add_flag_callback("--kunit", [&o] { o.form = ExportForm::KUnit; }, "KUnit test");
  form->require_option(1);
  app.add_option("trace", o.trace, "trace file")->required();
  app.add_option("--out", o.out, "file to write (default: standard output)");
  auto* kernel = app.add_option("--kernel", o.kernel,
                                "tree whose names are called (default: those of mainline)");
  app.add_option("--series", o.series, "series that is applied to it")->needs(kernel);
}

int exit_code_of(const Error& e) { return e.kind() == ErrorKind::Input ? 2 : 3; }

int report(const Error& e) {
  std::string place = e.file();
  if (e.line() != 0) place += fmt::format(":{}", e.line());
  std::cerr << fmt::format("sgproof: {} ({}){}{}: {}\n", e.id(), e.stage(),
                           place.empty() ? "" : " ", place, e.what());
  if (!e.hint_text().empty()) std::cerr << "  " << e.hint_text() << "\n";
  return exit_code_of(e);
}

int run(int argc, char** argv) {
  CLI::App app{
      "sgproof: does scatterlist encoding and DMA mapping of a kernel tree, with a patch series, "
      "still hold its invariants?"};
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);
  GateOptions o;

  auto* gate = app.add_subcommand("gate", "judge a tree or a series: prove, test, replay");
  add_kernel_options(*gate, o);
  add_judging_options(*gate, o);
  gate->add_flag("!--no-replay", o.replay, "do not boot the kernel");
  add_random_option(*gate, o);
  gate->add_flag("--debug-kernel", o.debug_kernel,
                 "also boot a kernel that checks the DMA API, sleeping and memory accesses");
  gate->add_flag("--strict", o.strict, "violations that the base has as well fail the series");

  auto* extract = app.add_subcommand("extract", "only extract the code and print its facts");
  add_kernel_options(*extract, o);

  auto* prove = app.add_subcommand("prove", "only the proofs");
  add_kernel_options(*prove, o);
  add_judging_options(*prove, o);

  auto* test = app.add_subcommand("test", "only the native property tests");
  add_kernel_options(*test, o);
  add_judging_options(*test, o);

  std::vector<std::filesystem::path> traces;
  auto* replay = app.add_subcommand("replay", "execute traces on the booted kernel");
  add_kernel_options(*replay, o);
  replay->add_option("traces", traces, "trace files (default: those of the corpus)");
  add_random_option(*replay, o);
  replay->add_option("--seed", o.seed, "seed of the random scenarios")->capture_default_str();

  std::filesystem::path trace;
  auto* explain = app.add_subcommand("explain", "a trace in words");
  explain->add_option("trace", trace, "trace file")->required();

  ExportOptions exporting;
  auto* exports = app.add_subcommand("export", "a trace as steps, kernel module or KUnit test");
  add_export_options(*exports, exporting);

  std::filesystem::path result_file;
  std::string format = "text";
  auto* report_command = app.add_subcommand("report", "print a result in another format");
  report_command->add_option("result", result_file, "result.json")->required();
  report_command
      ->add_option("--format", format, "json, text, markdown, junit, sarif, ktap, html, table")
      ->capture_default_str();

  score::ScoreOptions scoring;
  auto* score =
      app.add_subcommand("score", "change the tree's code in many ways: what is noticed?");
  add_score_options(*score, scoring);

  bool record = false;
  auto* contracts = app.add_subcommand(
      "contracts", "the environment contracts, and the kernel code that they stand for");
  add_kernel_options(*contracts, o);
  contracts->add_flag("--record", record,
                      "after comparing the contracts with this tree: keep the hashes of its code");

  auto* prove_family = app.add_subcommand("prove-family", "internal: one proof, JSON on stdin");
  prove_family->group("");

  auto* compare_family = app.add_subcommand("compare-family", "internal: variants, JSON on stdin");
  compare_family->group("");

  auto* doctor = app.add_subcommand("doctor", "check that this machine can do the work");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  if (o.jobs == 0) o.jobs = 1;
  if (gate->parsed()) return run_gate(o, cancel_token());
  if (extract->parsed()) return run_extract(o, cancel_token());
  if (prove->parsed()) {
    o.replay = o.tests = false;
    return run_gate(o, cancel_token());
  }
  if (test->parsed()) return run_test(o, cancel_token());
  if (replay->parsed()) return run_replay(o, traces, cancel_token());
  if (explain->parsed()) return run_explain(trace);
  if (exports->parsed()) return run_export(exporting, cancel_token());
  if (report_command->parsed()) return run_report(result_file, format);
  if (contracts->parsed()) return run_contracts(o, record, cancel_token());
  if (doctor->parsed()) return run_doctor();
  if (score->parsed()) return sgproof::score::run_score(scoring, cancel_token());
  if (prove_family->parsed() || compare_family->parsed()) {
    // a worker has no partial result to save, and looks at no flag while the solver works
    for (const int s : {SIGINT, SIGTERM}) (void)std::signal(s, SIG_DFL);
    const std::string request{std::istreambuf_iterator<char>(std::cin), {}};
    std::cout << (prove_family->parsed() ? prove_family_process(request)
                                         : score::compare_family_process(request))
              << std::flush;
    return std::cout ? 0 : 3;
  }
  return 2;
}

int run_and_report(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& e) {
    return report(e);
  } catch (const std::exception& e) {
    std::cerr << fmt::format("sgproof: SGP-E0600: {}\n", e.what());
    return 3;
  }
}

}  // namespace
}  // namespace sgproof::gate

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("sgproof"));
  spdlog::set_pattern("%H:%M:%S %v");
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGINT, sgproof::gate::on_interrupt);
  (void)std::signal(SIGTERM, sgproof::gate::on_interrupt);
  return sgproof::gate::run_and_report(argc, argv);
}
