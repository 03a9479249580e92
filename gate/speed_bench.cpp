// What all proofs of one kind cost together, and how that grows with the list, on the code of
// Debian's kernel: `make bench`. Counts and times, no limits: machines differ. Code is extracted
// before the time is taken; nothing comes from the cache of proofs.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <iostream>
#include <set>

#include "gate/prove_stage.hpp"
#include "gate/session.hpp"
#include "gate/speed_table.hpp"
#include "kernel-extract/extract.hpp"
#include "kernel-extract/series.hpp"
#include "model/error.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::gate {
namespace {

constexpr const char* kMain = "x86_64";

/// What proofs need of a configuration.
struct Code {
  model::Facts facts;
  std::filesystem::path bitcode;
};

Code extracted(const std::string& config) {
  static extract::CacheDir cache;
  static const extract::Context context{cache, {}, {}, 2};
  static const extract::Source source = extract::open_source("debian:6.1", std::nullopt, context);
  const auto module = extract::extract_module(source.subject(), config, {}, context);
  return {facts_of(module), module.bitcode};
}

/// What was measured, in this order.
std::vector<ProofWork>& measured() {
  static std::vector<ProofWork> all;
  return all;
}

void report(benchmark::State& state, const ProofWork& work) {
  state.counters["claims"] = static_cast<double>(work.claims);
  state.counters["open"] = static_cast<double>(work.open);
  state.counters["states"] = static_cast<double>(work.states);
  state.counters["merges"] = static_cast<double>(work.merges);
  state.counters["queries"] = static_cast<double>(work.queries);
  state.counters["instructions"] = static_cast<double>(work.instructions);
  state.counters["in_solver"] = work.in_solver();
  measured().push_back(work);
}

using Wanted = std::function<bool(const model::Family&)>;

void prove_wanted(const Code& code, const Wanted& wanted, ProofWork& work) {
  const smt::Bitcode bitcode(code.bitcode);
  for (const auto& family : all_families(code.facts, SGP_MAX_NENTS, false))
    if (wanted(family)) work.add(smt::prove_family(bitcode, code.facts, family, {}, {}));
}

/// Families of x86_64, one after another. `nents`: of their lists, where growth is looked at.
void Families(benchmark::State& state, const std::string& name, const Wanted& wanted,
              unsigned nents = 0) {
  const Code code = extracted(kMain);
  ProofWork work{.name = name, .nents = nents};
  for ([[maybe_unused]] auto _ : state) prove_wanted(code, wanted, work);
  if (work.families == 0) return state.SkipWithError("no such family");
  report(state, work);
}

bool is_encoding(const model::Family& family) { return family.name.starts_with("enc-"); }

/// The encoding of entries in every configuration. What a machine cannot extract (another
/// architecture's compiler may be missing) is left out, and counted.
void EncodingEverywhere(benchmark::State& state) {
  GateOptions every;
  every.configs = {"all"};
  std::vector<Code> all;
  double left_out = 0;
  for (const auto& config : configs_of(every)) {
    try {
      all.push_back(extracted(config));
    } catch (const Error& e) {
      std::cerr << fmt::format("{} is left out: {}\n", config, e.what());
      ++left_out;
    }
  }
  ProofWork work{.name = fmt::format("ENC, {} configs", all.size())};
  for ([[maybe_unused]] auto _ : state)
    for (const Code& code : all) prove_wanted(code, is_encoding, work);
  state.counters["configurations"] = static_cast<double>(all.size());
  state.counters["left_out"] = left_out;
  report(state, work);
}

/// All that is proved by default, in the order in which the gate does it, by one thread.
void Everything(benchmark::State& state) {
  const Code code = extracted(kMain);
  const smt::Bitcode bitcode(code.bitcode);
  ProofWork work{.name = "everything, x86_64"};
  const auto prove = [&](FamilyOutcome& out, const smt::KnownSets& known,
                         const extract::CancelToken&) {
    out.result = smt::prove_family(bitcode, code.facts, out.family, known, {});
  };
  ProofOrder order;
  order.prove = prove;
  order.has_peers = code.facts.has_peers();
  const auto families = all_families(code.facts, ProveRequest{}.max_nents, false);
  for ([[maybe_unused]] auto _ : state)
    for (const auto& out : prove_in_order(families, order)) work.add(out.result);
  report(state, work);
}

auto* once(benchmark::internal::Benchmark* bench) {
  return bench->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
}

void add_growth(const std::string& kind, const std::string& prefix,
                std::initializer_list<unsigned> lengths) {
  for (const unsigned n : lengths) {
    if (n > SGP_MAX_NENTS) continue;
    const auto name = fmt::format("{} N={}", kind, n);
    once(benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      const auto family = fmt::format("{}-{}", prefix, n);
      Families(state, name, [&](const model::Family& f) { return f.name == family; }, n);
    }));
  }
}

void add_kind(const std::string& name, const Wanted& wanted) {
  once(benchmark::RegisterBenchmark(
      name.c_str(), [=](benchmark::State& state) { Families(state, name, wanted); }));
}

void add_all() {
  once(benchmark::RegisterBenchmark("ENC everywhere", EncodingEverywhere));
  add_growth("MAP", "map", {1, 2, 3, 4, 8});
  add_growth("SYNC", "sync", {1, 2, 3, 4, 8});
  add_growth("IOM", "iommu", {1, 2, 3, 4});
  static const std::set<std::string> kTables = {"table-alloc", "table-chunks", "table-append-1",
                                                "table-append-2"};
  add_kind("LST alloc, append", [](const model::Family& f) { return kTables.contains(f.name); });
  add_kind("SWT", [](const model::Family& f) { return f.name.starts_with("bounce-"); });
  once(benchmark::RegisterBenchmark("everything, x86_64", Everything));
}

}  // namespace
}  // namespace sgproof::gate

int main(int argc, char** argv) {
  sgproof::gate::add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  std::cout << '\n' << sgproof::gate::speed_table(sgproof::gate::measured());
}
