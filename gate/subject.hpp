// One side of a comparison: the code of a tree in one configuration, ready to be judged.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "gate/proof_order.hpp"
#include "model/facts.hpp"
#include "properties/native_runner.hpp"
#include "smt/obligations/prover.hpp"

namespace sgproof::gate {

struct Subject {
  std::string config;
  model::Facts facts;
  std::filesystem::path bitcode;
  std::shared_ptr<properties::NativeRunner> runner;  ///< null where there is no native program, …
  std::string no_runner;                             ///< … and why
  std::vector<FamilyOutcome> families;               ///< after the proofs
};

}  // namespace sgproof::gate
