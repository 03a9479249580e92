// Proves all families of one configuration, in parallel, with the proof cache.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gate/history.hpp"
#include "gate/proof_order.hpp"
#include "kernel-extract/process.hpp"
#include "model/facts.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

struct ProveRequest {
  std::filesystem::path bitcode;
  std::string bitcode_hash;
  model::Facts facts;
  unsigned max_nents = 3;
  bool any_length = false;  ///< also lists of any length, by induction: minutes
  unsigned jobs = 2;
  smt::ProveOptions options;
  History* history = nullptr;  ///< null: no cache
  /// What is known of a family without proving it: the base's result where it is the same here.
  std::function<std::optional<smt::FamilyResult>(const std::string& family)> of_base;
  extract::CancelToken cancel;
  std::function<void(const smt::FamilyResult&, bool cached)> progress;  ///< called from any thread
};

/// The families of a configuration. `max_nents`: longest list, see model/families.hpp;
/// `any_length`: also what is shown by induction.
std::vector<model::Family> all_families(const model::Facts& facts, unsigned max_nents,
                                        bool any_length);

/// All families, in the order of proof_order.hpp. The order and content of the result do not depend
/// on timing. A family that throws is a family whose claims are unknown: its result has the error
/// in `problems` and no claims.
std::vector<FamilyOutcome> prove(const ProveRequest& request);

/// One family by itself, with nothing known of smaller ones.
FamilyOutcome prove_one(const ProveRequest& request, const model::Family& family);

/// The work of a prover process (`sgproof prove-family`): request and answer are JSON.
std::string prove_family_process(const std::string& request_text);

/// The key of a family in the proof cache: everything that the answer depends on.
std::string proof_key(const ProveRequest& request, const model::Family& family,
                      const smt::KnownSets& known);

}  // namespace sgproof::gate
