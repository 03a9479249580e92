// What the engines do in a second, on the code of Debian's kernel: `make bench`. Rates and counts,
// no limits: machines differ.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "gate/replay_stage.hpp"
#include "gate/session.hpp"
#include "gate/subject.hpp"
#include "kernel-extract/extract.hpp"
#include "properties/judge_run.hpp"
#include "smt/obligations/prover.hpp"

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

void Proof(benchmark::State& state, const std::string& name) {
  const smt::Bitcode bitcode(subject().bitcode);
  for (const model::Family& family : model::families(subject().facts, 1)) {
    if (family.name != name) continue;
    smt::FamilyResult result;
    for ([[maybe_unused]] auto _ : state)
      result = smt::prove_family(bitcode, subject().facts, family, {}, {});
    state.counters["claims"] = static_cast<double>(result.claims.size());
    state.counters["queries"] = static_cast<double>(result.queries);
    state.counters["instructions"] = static_cast<double>(result.instructions);
    state.counters["in_solver"] = result.solver_seconds / result.seconds;
  }
}
BENCHMARK_CAPTURE(Proof, enc_assign, "enc-assign")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Proof, map_1, "map-1")->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace sgproof::gate

BENCHMARK_MAIN();
