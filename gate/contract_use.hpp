// The environment contracts that a module uses, and the kernel's code that they stand for.
#pragma once

#include <vector>

#include "gate/report/result.hpp"
#include "kernel-extract/contracts.hpp"
#include "kernel-extract/tree.hpp"

namespace sgproof::gate {

/// For each contract that the module of the judged tree uses: the functions of the kernel that it
/// stands for, whether their code is what it was compared with, and with a base whether the series
/// changes it. Clang is asked only of files that are not known byte by byte; its answers are kept
/// in the cache.
std::vector<ContractUse> contract_uses(const extract::Contracts& contracts,
                                       const extract::ComparedCode& compared,
                                       const extract::Tree& tree, const extract::Tree* base,
                                       const extract::Module& module,
                                       const extract::Context& context);

/// The code of all functions that contracts stand for, used or not, as far as this configuration
/// has them: for the record.
extract::ComparedCode::OfTree code_of_contracts(const extract::Contracts& contracts,
                                                const extract::Tree& tree,
                                                const std::string& config,
                                                const extract::Context& context);

}  // namespace sgproof::gate
