// What the gate does about the environment contracts in each configuration: it compares them with
// the kernel's code, and leaves open what goes through one whose code the series changes.
#pragma once

#include <cstdint>
#include <vector>

#include "gate/session.hpp"
#include "kernel-extract/contracts.hpp"

namespace sgproof::gate {

class ContractSteps {
 public:
  /// Reads the contracts and what they were compared with. All three must outlive this.
  ContractSteps(const extract::Source& source, const extract::Context& context, Progress& progress);

  /// The contracts that the configuration uses; tells people what of them the series changes.
  [[nodiscard]] std::vector<ContractUse> uses_of(const Extracted& extracted) const;

  /// Obligations that go through a contract whose code the series changes are not shown. Where some
  /// are tested, a sample of tests with this seed says what they go through.
  void leave_open_what_is_stale(Subject& here, const Subject& base, std::vector<ContractUse>& uses,
                                std::vector<Obligation>& obligations, std::uint64_t seed) const;

 private:
  const extract::Source& source_;
  const extract::Context& context_;
  Progress& progress_;
  extract::Contracts contracts_;
  extract::ComparedCode compared_;
};

}  // namespace sgproof::gate
