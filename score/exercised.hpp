// Which code of the original do the scenarios exercise? A mutant elsewhere is "the same" only for
// want of a scenario.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gate/prove_stage.hpp"
#include "kernel-extract/module.hpp"

namespace sgproof::score {

class Exercised {
 public:
  Exercised() = default;
  Exercised(const extract::Module& module, const std::vector<gate::FamilyOutcome>& families);

  /// Why lines `first` to `last` of a file are not fully exercised: none of those that have code is
  /// reached, or a condition on them goes only one way. Empty: they are, or have no code.
  [[nodiscard]] std::string why_not(const std::string& file, int first, int last) const;

 private:
  using Lines = std::map<std::string, std::set<int>>;
  Lines code_, reached_, one_sided_;
};

}  // namespace sgproof::score
