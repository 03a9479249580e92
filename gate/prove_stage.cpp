#include "gate/prove_stage.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <semaphore>

#include "gate/family_json.hpp"
#include "gate/proof_parts.hpp"
#include "gate/version.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"

namespace sgproof::gate {
namespace {

class Prover {
 public:
  explicit Prover(const ProveRequest& request) : request_(request), processes_(request.jobs) {}

  /// Leaves what is already known as it was shown. Throws what the process threw where `token` is
  /// set: who set it knows why the answer is of no use.
  void prove(FamilyOutcome& out, const smt::KnownSets& known, const extract::CancelToken& token) {
    if (request_.of_base && request_.options.smt2_dir.empty())
      if (auto same = request_.of_base(out.family.name)) {
        out.result = std::move(*same);
        out.cached = true;
        return report(out);
      }
    const std::string key = proof_key(request_, out.family, known);
    if (from_cache(out, key)) return report(out);
    try {
      out.result = decided(out.family, known, token);
    } catch (const std::exception& e) {
      if (token.cancelled()) throw;
      out.result = nothing_shown(out.family, e.what());
    }
    if (cacheable(out.result) && request_.history) {
      const std::scoped_lock lock(mutex_);
      request_.history->store_proof(key, to_json(out.result).dump());
    }
    report(out);
  }

 private:
  smt::FamilyResult decided(const model::Family& family, const smt::KnownSets& known,
                            const extract::CancelToken& token) {
    // of queries that are kept, those of the parts would have the same names
    const unsigned choices = request_.options.smt2_dir.empty() ? family.choices : 0;
    const auto part = [&](const exec::Part& which, const extract::CancelToken& until) {
      return in_a_process(family, known, which, until);
    };
    if (auto shown = prove_in_parts(choices, part, token)) return std::move(*shown);
    return in_a_process(family, known, {}, token);
  }

  /// The solver library can crash, and then only the proof that it worked on must be lost.
  smt::FamilyResult in_a_process(const model::Family& family, const smt::KnownSets& known,
                                 const exec::Part& part, const extract::CancelToken& token) {
    const Place place(processes_);
    token.check("prove");
    FamilyRequest ask{request_.bitcode, request_.facts, request_.max_nents, family.name, known, 0,
                      request_.options};
    ask.options.part = part;
    const auto left = request_.options.deadline
                          ? *request_.options.deadline - std::chrono::steady_clock::now()
                          : std::chrono::hours(24);
    ask.seconds = std::max(1.0, std::chrono::duration<double>(left).count());
    extract::Command command;
    command.argv = {"/proc/self/exe", "prove-family"};
    command.input = request_json(ask).dump();
    command.deadline = std::chrono::milliseconds(static_cast<long>(ask.seconds * 1000) + 30000);
    const auto answer = extract::run_process(command, token);
    if (!answer.ok())
      return nothing_shown(family,
                           fmt::format("the prover of {} ended with {} {}{}", family.name,
                                       answer.signal != 0 ? "signal" : "exit code",
                                       answer.signal != 0 ? answer.signal : answer.exit_code,
                                       answer.err.empty() ? "" : ": " + answer.err));
    auto result = family_from_json(nlohmann::json::parse(answer.out));
    if (result.family != family.name)
      return nothing_shown(family, "the prover answered something else");
    return result;
  }

  bool from_cache(FamilyOutcome& out, const std::string& key) {
    if (!request_.history || !request_.options.smt2_dir.empty()) return false;
    const std::scoped_lock lock(mutex_);
    const auto text = request_.history->find_proof(key);
    if (!text) return false;
    try {
      smt::FamilyResult stored = family_from_json(nlohmann::json::parse(*text));
      if (!cacheable(stored) || stored.family != out.family.name) return false;
      out.result = std::move(stored);
      return out.cached = true;
    } catch (const std::exception& e) {
      spdlog::warn("a damaged entry of the proof cache is ignored: {}", e.what());
      return false;
    }
  }

  void report(const FamilyOutcome& out) {
    if (!request_.progress) return;
    const std::scoped_lock lock(mutex_);
    request_.progress(out.result, out.cached);
  }

  /// One of the processes that run at the same time.
  class Place {
   public:
    explicit Place(std::counting_semaphore<>& all) : all_(all) { all_.acquire(); }
    ~Place() { all_.release(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::counting_semaphore<>& all_;
  };

  const ProveRequest& request_;
  std::counting_semaphore<> processes_;
  std::mutex mutex_;
};

std::vector<FamilyOutcome> prove_families(const ProveRequest& request,
                                          const std::vector<model::Family>& families) {
  Prover prover(request);
  return prove_in_order(
      families, {[&](FamilyOutcome& out, const smt::KnownSets& known,
                     const extract::CancelToken& token) { prover.prove(out, known, token); },
                 request.facts.has_peers(), request.jobs, request.cancel});
}

}  // namespace

std::vector<model::Family> all_families(const model::Facts& facts, unsigned max_nents,
                                        bool any_length) {
  auto all = model::families(facts, max_nents);
  for (auto& family : model::translated_families(facts, max_nents))
    all.push_back(std::move(family));
  for (auto& family : model::cache_families(facts)) all.push_back(std::move(family));
  for (auto& family : model::iova_window_families(facts)) all.push_back(std::move(family));
  if (any_length) {
    for (auto& family : model::any_list_families(facts)) all.push_back(std::move(family));
    for (auto& family : model::iommu_pieces_families(facts)) all.push_back(std::move(family));
  }
  for (auto& family : model::table_families(facts)) all.push_back(std::move(family));
  for (auto& family : model::bounce_families(facts)) all.push_back(std::move(family));
  return all;
}

std::string proof_key(const ProveRequest& request, const model::Family& family,
                      const smt::KnownSets& known) {
  extract::Hasher h;
  h.field("sgproof family proof").field(kVersion).field(build_id()).field(request.bitcode_hash);
  for (const auto& [name, value] : request.facts.values) h.field(name).number(value);
  for (const auto& [name, value] : request.facts.kconfig) h.field(name).field(value);
  h.field(family.name).number(family.loop_bound);
  h.field({reinterpret_cast<const char*>(&family.shape), sizeof(family.shape)});
  for (const model::Input& i : family.inputs)
    h.number(i.word)
        .field(i.role)
        .field(i.name)
        .number(i.max)
        .number(i.neutral)
        .number(static_cast<std::uint64_t>(i.neutral_of))
        .number(static_cast<std::uint64_t>(i.tied_to))
        .number(i.derived);
  for (const auto& [clause, sets] : known) {
    h.field(clause.first).field(clause.second).number(sets.size());
    for (const auto& set : sets) {
      h.number(set.size());
      for (const auto& role : set) h.field(role);
    }
  }
  h.number(request.options.max_counterexamples).number(request.options.loop_bound);
  h.number(request.options.query_timeout_ms).field(request.options.second_solver);
  return h.hex();
}

std::string prove_family_process(const std::string& request_text) {
  FamilyRequest request = request_from_json(nlohmann::json::parse(request_text));
  request.options.deadline = std::chrono::steady_clock::now() +
                             std::chrono::milliseconds(static_cast<long>(request.seconds * 1000));
  for (const auto& family : all_families(request.facts, request.max_nents, true)) {
    if (family.name != request.family) continue;
    const smt::Bitcode bitcode(request.bitcode);
    return to_json(
               smt::prove_family(bitcode, request.facts, family, request.known, request.options))
        .dump();
  }
  throw Error(ErrorKind::Environment, "SGP-E0613", "prove", "no such family: " + request.family);
}

FamilyOutcome prove_one(const ProveRequest& request, const model::Family& family) {
  return prove_families(request, {family}).front();
}

std::vector<FamilyOutcome> prove(const ProveRequest& request) {
  return prove_families(request,
                        all_families(request.facts, request.max_nents, request.any_length));
}

}  // namespace sgproof::gate
