// What a series leaves open because it changes code that an environment contract stands for.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "gate/report/result.hpp"
#include "gate/subject.hpp"
#include "kernel-extract/contracts.hpp"

namespace sgproof::gate {

/// Functions that native tests of a statement (invariant, clause, function) go through.
using EnteredByTests =
    std::map<std::tuple<std::string, std::string, std::string>, std::set<std::string>>;

/// Functions that the proofs of each family enter. What was taken from the base enters what it
/// does there.
std::map<std::string, std::set<std::string>> entered_by_families(const Subject& here,
                                                                 const Subject& base);

/// Writes into the uses which of the changed functions are shown again: where a contract names
/// invariants that say the same of the kernel's own code, each part that the series changes is a
/// function that a family of them enters, and these obligations are proved, or are what they are on
/// the base. Parts in Contract::not_shown never are.
void show_again(std::vector<ContractUse>& uses, const extract::Contracts& contracts,
                const std::vector<Obligation>& obligations,
                const std::map<std::string, std::set<std::string>>& entered);

/// Whether a changed function is not shown again.
bool any_stale(const std::vector<ContractUse>& uses);

/// Makes obligations inconclusive (Reason::StaleContract) that are proved or tested by entering
/// what stands for such a function: proved ones whose family does, tested ones whose tests do. A
/// tested statement that `tests` does not know is taken to depend on all.
void leave_open(std::vector<Obligation>& obligations, const std::vector<ContractUse>& uses,
                const std::map<std::string, std::set<std::string>>& entered,
                const EnteredByTests& tests);

/// Says of changed files outside the code under check that a contract stands for them.
void explain_contracts(std::vector<CoverageLine>& lines, const std::vector<ContractUse>& uses);

}  // namespace sgproof::gate
