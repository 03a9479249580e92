// What executions cost, on the code of Debian's kernel: `make bench`. Rates and counts, no limits:
// machines differ. Proofs: speed_bench.cpp.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <fstream>

#include "gate/equivalence.hpp"
#include "gate/replay_stage.hpp"
#include "gate/session.hpp"
#include "gate/subject.hpp"
#include "kernel-extract/extract.hpp"
#include "kernel-extract/series.hpp"
#include "properties/judge_run.hpp"
#include "replay/fitting.hpp"

namespace sgproof::gate {
namespace {

constexpr std::size_t kBatch = 1024;

/// Extracted once, from the cache if it is there.
Subject& subject() {
  static extract::CacheDir cache;
  static extract::Context context{cache, {}, {}, 2};
  static const extract::Source source = extract::open_source("debian:6.1", std::nullopt, context);
  static Subject made =
      subject_of(extract::extract_module(source.subject(), "x86_64", {}, context), context);
  return made;
}

std::vector<sgp_scenario> scenarios() {
  const auto traces = corpus_traces(corpus_dir(), "x86_64");
  std::vector<sgp_scenario> all;
  for (std::size_t i = 0; i < kBatch; ++i) all.push_back(traces[i % traces.size()].scenario);
  return all;
}

void NativeRuns(benchmark::State& state) {
  const auto batch = scenarios();
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(subject().runner->run(batch));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(NativeRuns)->UseRealTime();

void JudgedRuns(benchmark::State& state) {
  const auto batch = scenarios();
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(
        properties::judge_run(*subject().runner, batch[i++ % kBatch], subject().facts));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(JudgedRuns)->UseRealTime();

/// Seconds of processor time of all processes that have ended.
double children_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

enum class Kind : std::uint8_t { Direct, Drawn, Translated, RealDma, Corpus };

/// No bounce buffers, nor what may end in a BUG that is right.
bool is_direct(const sgp_scenario& s) {
  return std::ranges::none_of(s.world.devices,
                              [](const auto& d) { return d.swiotlb_active != 0; }) &&
         std::none_of(s.ops, s.ops + s.nops, [](const sgp_op& op) {
           return op.code == SGP_OP_ASSIGN_RAW || op.code == SGP_OP_CHAIN;
         });
}

/// What the gate boots: random scenarios, of which Direct are those that only dma-direct has a part
/// in, and those of the corpus.
std::vector<sgp_scenario> of_kind(Kind kind) {
  std::vector<sgp_scenario> all;
  for (auto scenario : kind == Kind::Corpus       ? scenarios()
                       : kind == Kind::Translated ? random_translated(subject(), 1, kBatch)
                                                  : random_scenarios(subject(), 1, kBatch)) {
    if (kind != Kind::Corpus) scenario.world.real_dma = kind == Kind::RealDma ? 1 : 0;
    if (kind != Kind::Direct || is_direct(scenario)) all.push_back(scenario);
  }
  return all;
}

/// Boots Debian's kernel and executes so many scenarios, on as many machines as they need.
/// `seconds_beyond_boot` is what they take from the first sign of life on, reading the results
/// included, `machine_seconds` what the machines need for them together, `processor_seconds` what
/// they used in all.
void BootedRuns(benchmark::State& state, Kind kind) {
  static extract::CacheDir cache;
  static const extract::Context context{cache, {}, {}, 2};
  replay::BootRequest request;
  request.image =
      replay::build_kernel(extract::open_tree("debian:6.1", context), "x86_64", context);
  const auto batch = of_kind(kind);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    request.scenarios.push_back(batch[static_cast<std::size_t>(i) % batch.size()]);
    request.scenarios.back().id = static_cast<std::uint64_t>(i) + 1;
  }
  double boot = 0;
  double whole = 0;
  double wall = 0;
  double refused = 0;
  double stopped = 0;
  std::size_t boots = 0;
  const double before = children_seconds();
  for ([[maybe_unused]] auto _ : state) {
    const auto result = replay::run_on_fitting_machines(request);
    for (const auto& one : result.boots) {
      boot += one.run.boot_seconds;
      whole += one.run.seconds;
    }
    boots += result.boots.size();
    wall += result.seconds;
    for (const auto& scenario : result.scenarios) {
      refused += scenario.report.status == SGP_STATUS_NOT_REPLAYABLE ? 1 : 0;
      stopped += scenario.report.status == SGP_STATUS_STOPPED ? 1 : 0;
    }
    if (result.outcome != replay::Outcome::Ok) state.SkipWithError(result.explanation.c_str());
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["boots"] = static_cast<double>(boots) / runs;
  state.counters["boot_seconds"] = boot / static_cast<double>(boots);
  state.counters["machine_seconds"] = (whole - boot) / runs;
  state.counters["seconds_beyond_boot"] = (wall - boot / static_cast<double>(boots)) / runs;
  state.counters["processor_seconds"] = (children_seconds() - before) / runs;
  state.counters["not_replayable"] = refused / runs;
  state.counters["stopped"] = stopped / runs;
}
BENCHMARK_CAPTURE(BootedRuns, direct, Kind::Direct)
    ->Arg(1)
    ->Arg(100000)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);
BENCHMARK_CAPTURE(BootedRuns, drawn, Kind::Drawn)
    ->Arg(100000)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);
BENCHMARK_CAPTURE(BootedRuns, translated, Kind::Translated)
    ->Arg(1)
    ->Arg(100000)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);
BENCHMARK_CAPTURE(BootedRuns, real_dma, Kind::RealDma)
    ->Arg(10000)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);
BENCHMARK_CAPTURE(BootedRuns, corpus, Kind::Corpus)
    ->Arg(10000)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);

/// The kernel built again after a change of one file, from the finished build of the base.
void Rebuild(benchmark::State& state, const std::string& file) {
  static extract::CacheDir cache;
  static const extract::Context context{cache, {}, {}, 2};
  const auto base = extract::open_tree("debian:6.1", context);
  (void)replay::build_kernel(base, "x86_64", context);
  const auto dir = cache.stage();
  const auto patch = dir.path() / "change.patch";
  std::string first;
  std::string second;
  std::ifstream source(base.path / file);
  std::getline(source, first);
  std::getline(source, second);
  for ([[maybe_unused]] auto _ : state) {
    // never the same change twice: what was built is in the cache
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    std::ofstream(patch) << fmt::format(
        "--- a/{0}\n+++ b/{0}\n@@ -1,2 +1,3 @@\n {1}\n+/* changed at {3} */\n {2}\n", file, first,
        second, now);
    const auto changed = extract::apply_series(base, extract::read_series(patch), context);
    state.SetIterationTime(replay::build_kernel(changed.tree, "x86_64", context).seconds);
  }
}
BENCHMARK_CAPTURE(Rebuild, one_c_file, "kernel/dma/direct.c")
    ->Unit(benchmark::kSecond)
    ->UseManualTime()
    ->Iterations(1);
BENCHMARK_CAPTURE(Rebuild, scatterlist_h, "include/linux/scatterlist.h")
    ->Unit(benchmark::kSecond)
    ->UseManualTime()
    ->Iterations(1);

}  // namespace
}  // namespace sgproof::gate

BENCHMARK_MAIN();
