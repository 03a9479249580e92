// A family's proof as JSON: what a prover process is asked and answers, and the proof cache.
#pragma once

#include <nlohmann/json.hpp>

#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

nlohmann::json to_json(const smt::FamilyResult& result);

/// The reverse; throws std::exception of any kind for anything damaged (a miss of the cache).
smt::FamilyResult family_from_json(const nlohmann::json& json);

/// What a prover process is asked: one family of one module.
struct FamilyRequest {
  std::filesystem::path bitcode;
  model::Facts facts;
  unsigned max_nents = 3;
  std::string family;
  smt::KnownSets known;
  double seconds = 0;         ///< time limit of the process
  smt::ProveOptions options;  ///< the deadline is not part of the JSON
};
nlohmann::json request_json(const FamilyRequest& request);
FamilyRequest request_from_json(const nlohmann::json& json);

/// Whether the result may be kept: every claim is decided, and every path was conclusive.
bool cacheable(const smt::FamilyResult& result);

}  // namespace sgproof::gate
