// What all proofs of one kind cost together, and how that grows with the list, on the code of
// Debian's kernel: `make bench`. Counts and times, no limits: machines differ. Code is extracted
// before the time is taken; nothing comes from the cache of proofs.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <iterator>
#include <set>
#include <string_view>

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

ProveRequest request_for(const Code& code) {
  ProveRequest request;
  request.bitcode = code.bitcode;
  request.facts = code.facts;
  request.max_nents = SGP_MAX_NENTS;
  request.jobs = 2;
  return request;
}

/// Adds the time of a block.
class Elapsed {
 public:
  explicit Elapsed(ProofWork& work) : work_(work) {}
  ~Elapsed() {
    work_.elapsed +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  Elapsed(const Elapsed&) = delete;
  Elapsed& operator=(const Elapsed&) = delete;

 private:
  ProofWork& work_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// As the gate proves them: each part of a family in a process of its own, two at a time.
void prove_wanted(const Code& code, const Wanted& wanted, ProofWork& work) {
  const auto request = request_for(code);
  const Elapsed elapsed(work);
  for (const auto& family : all_families(code.facts, SGP_MAX_NENTS, false))
    if (wanted(family)) work.add(prove_one(request, family).result);
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

/// All that is proved by default, in the order in which the gate does it.
void Everything(benchmark::State& state) {
  auto request = request_for(extracted(kMain));
  request.max_nents = ProveRequest{}.max_nents;
  ProofWork work{.name = "everything, x86_64"};
  for ([[maybe_unused]] auto _ : state) {
    const Elapsed elapsed(work);
    for (const auto& out : prove(request)) work.add(out.result);
  }
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
  add_growth("IOM", "iommu", {1, 2, 3, 4, 6});
  static const std::set<std::string> kTables = {"table-alloc", "table-chunks", "table-append-1",
                                                "table-append-2"};
  add_kind("LST alloc, append", [](const model::Family& f) { return kTables.contains(f.name); });
  add_kind("SWT", [](const model::Family& f) { return f.name.starts_with("bounce-"); });
  once(benchmark::RegisterBenchmark("everything, x86_64", Everything));
}

}  // namespace
}  // namespace sgproof::gate

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "prove-family") {
    const std::string request{std::istreambuf_iterator<char>(std::cin), {}};
    std::cout << sgproof::gate::prove_family_process(request);
    return 0;
  }
  sgproof::gate::add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  std::cout << '\n' << sgproof::gate::speed_table(sgproof::gate::measured());
}
