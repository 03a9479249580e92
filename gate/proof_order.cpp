#include "gate/proof_order.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <utility>

#include "model/invariants/context.hpp"

namespace sgproof::gate {
namespace {

constexpr std::array kWhy = {
    std::pair{NotAsked::EncodingWrong, "not asked: the encoding of an entry already goes wrong"},
    std::pair{NotAsked::TranslatedWrong, "not asked: one entry behind an IOMMU already goes wrong"},
    std::pair{NotAsked::PairWrong, "not asked: two entries behind an IOMMU already go wrong"},
    std::pair{NotAsked::DirectWrong, "not asked: a list of one entry already goes wrong"}};

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

bool is_encoding(const model::Family& family) { return family.name.starts_with("enc-"); }

/// Besides the encoding: one entry that is mapped once.
bool is_small(const model::Family& family) {
  return family.name == "map-1" || family.name == "map-count-1" || family.name == "sync-1" ||
         family.name == "sync-part" || family.name == "iommu-1" || family.name == "iommu-caches-1";
}

bool is_translated(const model::Family& family) {
  return family.shape.world.iommu != SGP_IOMMU_NONE;
}

bool is_pair(const model::Family& family) { return is_translated(family) && family.nents == 2; }

/// Three and more entries behind an IOMMU: the longest proofs.
bool is_long(const model::Family& family) { return is_translated(family) && family.nents > 2; }

bool maps(const model::Family& family) {
  return std::any_of(family.shape.ops, family.shape.ops + family.shape.nops, [](const sgp_op& op) {
    return model::is_map(static_cast<sgp_opcode>(op.code));
  });
}

bool refutes(const FamilyOutcome& f) {
  return std::ranges::any_of(f.result.claims, [](const auto& claim) {
    return claim.second.outcome == smt::Outcome::Refuted;
  });
}

/// Of what larger families are not to find again. What goes wrong behind an IOMMU may be right
/// without one.
smt::KnownSets known_of(const std::vector<FamilyOutcome>& small) {
  smt::KnownSets known;
  for (const FamilyOutcome& f : small) {
    if (is_translated(f.family)) continue;
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
  return known;
}

class Run {
 public:
  explicit Run(const ProofOrder& order) : order_(order), long_(order.cancel.part()) {}

  std::vector<FamilyOutcome> all(const std::vector<model::Family>& families) {
    std::vector<FamilyOutcome> small, other, large;
    for (const auto& family : families)
      (is_encoding(family) ? small
       : is_small(family)  ? other
                           : large)
          .push_back({family, {}, false});
    phase(small, {});
    encoding_wrong_ = !order_.has_peers && std::ranges::any_of(small, refutes);
    phase(other, {});
    std::ranges::move(other, std::back_inserter(small));
    translated_wrong_ = std::ranges::any_of(
        small, [](const FamilyOutcome& f) { return is_translated(f.family) && refutes(f); });
    direct_wrong_ = std::ranges::any_of(small, [](const FamilyOutcome& f) {
      return (f.family.name == "map-1" || f.family.name == "sync-1") && refutes(f);
    });
    // the largest first: two threads then end at about the same time
    std::ranges::reverse(large);
    std::ranges::stable_partition(large, [](const FamilyOutcome& f) {
      return is_translated(f.family) && f.family.nents > 1;
    });
    phase(large, known_of(small));
    small.insert(small.end(), large.rbegin(), large.rend());
    return small;
  }

 private:
  void phase(std::vector<FamilyOutcome>& families, const smt::KnownSets& known) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t i = next++; i < families.size(); i = next++) one(families[i], known);
    };
    std::vector<std::jthread> threads;
    for (unsigned t = 1; t < std::max(1U, order_.jobs); ++t) threads.emplace_back(work);
    work();
  }

  [[nodiscard]] std::optional<NotAsked> why_not(const model::Family& family) const {
    if (encoding_wrong_ && maps(family)) return NotAsked::EncodingWrong;
    if (translated_wrong_ && is_translated(family) && maps(family))
      return NotAsked::TranslatedWrong;
    if (direct_wrong_ && family.any_length) return NotAsked::DirectWrong;
    if (is_long(family) && long_.cancelled() && !order_.cancel.cancelled())
      return NotAsked::PairWrong;
    return {};
  }

  void one(FamilyOutcome& out, const smt::KnownSets& known) {
    if (const auto why = why_not(out.family)) {
      out.result = nothing_shown(out.family, text(*why));
      return;
    }
    if (order_.cancel.cancelled()) {
      out.result = nothing_shown(out.family, "stopped before it was tried");
      return;
    }
    try {
      order_.prove(out, known, is_long(out.family) ? long_ : order_.cancel);
    } catch (const std::exception& e) {
      const auto why = why_not(out.family);  // what was found meanwhile may have stopped it
      out.result = nothing_shown(out.family, why ? text(*why) : e.what());
    }
    if (is_pair(out.family) && refutes(out)) long_.cancel();
  }

  static std::string text(NotAsked why) {
    return std::ranges::find(kWhy, why, &decltype(kWhy)::value_type::first)->second;
  }

  const ProofOrder& order_;
  const extract::CancelToken long_;  ///< set where the longest proofs are of no use any more
  bool encoding_wrong_ = false, translated_wrong_ = false, direct_wrong_ = false;
};

}  // namespace

std::optional<NotAsked> not_asked(const smt::FamilyResult& result) {
  if (!result.claims.empty() || result.problems.size() != 1) return {};
  const auto found = std::ranges::find(kWhy, result.problems.front(),
                                       [](const auto& why) { return std::string(why.second); });
  if (found == kWhy.end()) return {};
  return found->first;
}

smt::FamilyResult nothing_shown(const model::Family& family, const std::string& why) {
  smt::FamilyResult result;
  result.family = family.name;
  result.problems.push_back(why);
  return result;
}

std::vector<FamilyOutcome> prove_in_order(const std::vector<model::Family>& families,
                                          const ProofOrder& order) {
  return Run(order).all(families);
}

}  // namespace sgproof::gate
