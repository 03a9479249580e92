#include "gate/prove_stage.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "gate/family_json.hpp"
#include "gate/version.hpp"
#include "kernel-extract/hash.hpp"
#include "model/error.hpp"
#include "model/invariants/context.hpp"

namespace sgproof::gate {
namespace {

/// Claims that restate another claim for a reused list: what violates the other is not new here.
const std::map<std::pair<std::string, std::string>,
               std::vector<std::pair<std::string, std::string>>>
    kRestates = {{{"MAP-10", "bus-address"}, {{"MAP-1", "address"}}},
                 {{"MAP-10", "address"}, {{"MAP-2", "address"}, {"MAP-2", "within-mask"}}},
                 {{"MAP-10", "length"}, {{"MAP-1", "length"}, {"MAP-2", "length"}}},
                 {{"MAP-10", "bus-mark"}, {{"MAP-1", "marked"}, {"MAP-2", "unmarked"}}},
                 {{"MAP-10", "unmarked-after-unmap"}, {{"MAP-3", "unmarked-after-unmap"}}},
                 {{"MAP-10", "unmapped-once"}, {{"MAP-5", "unmapped-once"}}},
                 {{"MAP-10", "tried-again"}, {{"MAP-11", "succeeds"}}},
                 {{"MAP-10", "synced"}, {{"MAP-5", "synced"}}},
                 {{"MAP-10", "sync-skipped"}, {{"MAP-5", "sync-skipped"}}},
                 {{"MAP-10", "nothing-else"}, {{"MAP-5", "nothing-else"}}},
                 {{"MAP-10", "slot-synced"}, {{"SWT-5", "slot-synced"}}},
                 {{"MAP-10", "part-synced"}, {{"SWT-5", "part-synced"}}}};

/// Families of the first phase: all that have one entry and map it once, and the encoding.
bool is_small(const model::Family& family) {
  return family.name.starts_with("enc-") || family.name == "map-1" ||
         family.name == "map-count-1" || family.name == "sync-1" || family.name == "sync-part" ||
         family.name == "iommu-1" || family.name == "iommu-caches-1";
}

bool is_translated(const model::Family& family) {
  return family.shape.world.iommu != SGP_IOMMU_NONE;
}

/// Three and more entries behind an IOMMU: the longest proofs.
bool is_long(const model::Family& family) { return is_translated(family) && family.nents > 2; }

bool refutes(const smt::FamilyResult& result) {
  return std::ranges::any_of(result.claims, [](const auto& claim) {
    return claim.second.outcome == smt::Outcome::Refuted;
  });
}

smt::FamilyResult failed(const model::Family& family, const std::string& why) {
  smt::FamilyResult result;
  result.family = family.name;
  result.problems.push_back(why);
  return result;
}

std::vector<model::Family> all_families(const model::Facts& facts, unsigned max_nents,
                                        bool any_length) {
  auto all = model::families(facts, max_nents);
  for (auto& family : model::translated_families(facts)) all.push_back(std::move(family));
  for (auto& family : model::cache_families(facts)) all.push_back(std::move(family));
  if (any_length) {
    for (auto& family : model::any_list_families(facts)) all.push_back(std::move(family));
    for (auto& family : model::iommu_pieces_families(facts)) all.push_back(std::move(family));
  }
  for (auto& family : model::table_families(facts)) all.push_back(std::move(family));
  for (auto& family : model::bounce_families(facts)) all.push_back(std::move(family));
  return all;
}

/// What already goes wrong with less.
struct Wrong {
  bool encoding = false;    ///< of an entry, where there is no peer memory
  bool translated = false;  ///< a list of one entry behind an IOMMU
  bool direct = false;      ///< a list of one entry
};

bool maps(const model::Family& family) {
  return std::any_of(family.shape.ops, family.shape.ops + family.shape.nops, [](const sgp_op& op) {
    return model::is_map(static_cast<sgp_opcode>(op.code));
  });
}

class Prover {
 public:
  explicit Prover(const ProveRequest& request) : request_(request), long_(request.cancel.part()) {}

  FamilyOutcome alone(const model::Family& family) {
    FamilyOutcome out{family, {}, false};
    one(out, {});
    return out;
  }

  std::vector<FamilyOutcome> all() {
    std::vector<FamilyOutcome> encoding, small, large;
    for (auto& family : all_families(request_.facts, request_.max_nents, request_.any_length))
      (family.name.starts_with("enc-") ? encoding
       : is_small(family)              ? small
                                       : large)
          .push_back({family, {}, false});
    run(encoding, {}, {});
    Wrong wrong;
    wrong.encoding =
        !request_.facts.has_peers() &&
        std::ranges::any_of(encoding, [](const FamilyOutcome& f) { return refutes(f.result); });
    run(small, {}, wrong);
    small.insert(small.begin(), encoding.begin(), encoding.end());
    smt::KnownSets known;
    for (const FamilyOutcome& f : small) {
      if (is_translated(f.family)) continue;  // what goes wrong there may be right without an IOMMU
      for (const auto& [id, claim] : f.result.claims)
        for (const auto& c : claim.counterexamples)
          known[{id.invariant, id.clause}].push_back(c.roles);
    }
    for (const auto& [restated, originals] : kRestates)
      for (const auto& original : originals)
        if (const auto it = known.find(original); it != known.end()) {
          auto& sets = known[restated];
          sets.insert(sets.end(), it->second.begin(), it->second.end());
        }
    wrong.translated = std::ranges::any_of(
        small, [](const FamilyOutcome& f) { return is_translated(f.family) && refutes(f.result); });
    // the largest first: two threads then end at about the same time
    std::vector<FamilyOutcome> by_size(large.rbegin(), large.rend());
    std::ranges::stable_partition(by_size, [](const FamilyOutcome& f) {
      return is_translated(f.family) && f.family.nents > 1;
    });
    wrong.direct = std::ranges::any_of(small, [](const FamilyOutcome& f) {
      return (f.family.name == "map-1" || f.family.name == "sync-1") && refutes(f.result);
    });
    run(by_size, known, wrong);
    small.insert(small.end(), by_size.rbegin(), by_size.rend());
    return small;
  }

 private:
  /// Lists behind an IOMMU, and those of any length, are hard: where one entry goes wrong, they are
  /// not asked about, and three where two go wrong. Where there is no peer memory, what mapping
  /// does with an entry that is encoded wrongly is of no interest, and hard.
  void run(std::vector<FamilyOutcome>& families, const smt::KnownSets& known, const Wrong& wrong) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t i = next++; i < families.size(); i = next++) {
        FamilyOutcome& f = families[i];
        if (wrong.encoding && maps(f.family))
          f.result = failed(f.family, "not asked: the encoding of an entry already goes wrong");
        else if (wrong.translated && is_translated(f.family))
          f.result = failed(f.family, "not asked: one entry behind an IOMMU already goes wrong");
        else if (wrong.direct && f.family.any_length)
          f.result = failed(f.family, "not asked: a list of one entry already goes wrong");
        else
          one(f, known);
      }
    };
    std::vector<std::jthread> threads;
    for (unsigned t = 1; t < std::max(1U, request_.jobs); ++t) threads.emplace_back(work);
    work();
  }

  /// Says that the family is not asked about, where that is so.
  bool too_late_for(FamilyOutcome& out) {
    if (!is_long(out.family) || !long_.cancelled() || request_.cancel.cancelled()) return false;
    out.result = failed(out.family, "not asked: two entries behind an IOMMU already go wrong");
    return true;
  }

  void one(FamilyOutcome& out, const smt::KnownSets& known) {
    ask(out, known);
    if (is_translated(out.family) && out.family.nents == 2 && refutes(out.result)) long_.cancel();
  }

  void ask(FamilyOutcome& out, const smt::KnownSets& known) {
    if (too_late_for(out)) return;
    if (request_.cancel.cancelled()) {
      out.result = failed(out.family, "stopped before it was tried");
      return;
    }
    if (request_.of_base && request_.options.smt2_dir.empty())
      if (auto same = request_.of_base(out.family.name)) {
        out.result = std::move(*same);
        out.cached = true;
        return report(out);
      }
    const std::string key = proof_key(request_, out.family, known);
    if (from_cache(out, key)) return report(out);
    try {
      out.result = in_a_process(out.family, known);
    } catch (const std::exception& e) {
      if (too_late_for(out)) return;
      out.result = failed(out.family, e.what());
    }
    if (cacheable(out.result) && request_.history) {
      const std::scoped_lock lock(mutex_);
      request_.history->store_proof(key, to_json(out.result).dump());
    }
    report(out);
  }

  /// The solver library can crash, and then only the proof that it worked on must be lost.
  smt::FamilyResult in_a_process(const model::Family& family, const smt::KnownSets& known) {
    FamilyRequest ask{request_.bitcode, request_.facts, request_.max_nents, family.name, known, 0,
                      request_.options};
    const auto left = request_.options.deadline
                          ? *request_.options.deadline - std::chrono::steady_clock::now()
                          : std::chrono::hours(24);
    ask.seconds = std::max(1.0, std::chrono::duration<double>(left).count());
    extract::Command command;
    command.argv = {"/proc/self/exe", "prove-family"};
    command.input = request_json(ask).dump();
    command.deadline = std::chrono::milliseconds(static_cast<long>(ask.seconds * 1000) + 30000);
    const auto answer = extract::run_process(command, is_long(family) ? long_ : request_.cancel);
    if (!answer.ok())
      return failed(family, fmt::format("the prover of {} ended with {} {}{}", family.name,
                                        answer.signal != 0 ? "signal" : "exit code",
                                        answer.signal != 0 ? answer.signal : answer.exit_code,
                                        answer.err.empty() ? "" : ": " + answer.err));
    auto result = family_from_json(nlohmann::json::parse(answer.out));
    if (result.family != family.name) return failed(family, "the prover answered something else");
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

  const ProveRequest& request_;
  const extract::CancelToken long_;  ///< set where the longest proofs are of no use any more
  std::mutex mutex_;
};

}  // namespace

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
  h.number(request.options.query_timeout_ms).number(request.options.second_solver);
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
  return Prover(request).alone(family);
}

std::vector<FamilyOutcome> prove(const ProveRequest& request) { return Prover(request).all(); }

}  // namespace sgproof::gate
