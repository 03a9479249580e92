// The result of a family as JSON, for the proof cache.
#pragma once

#include <nlohmann/json.hpp>

#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

nlohmann::json to_json(const smt::FamilyResult& result);

/// The reverse; throws std::exception of any kind for anything damaged (a miss of the cache).
smt::FamilyResult family_from_json(const nlohmann::json& json);

/// Whether the result may be kept: every claim is decided, and every path was conclusive.
bool cacheable(const smt::FamilyResult& result);

}  // namespace sgproof::gate
