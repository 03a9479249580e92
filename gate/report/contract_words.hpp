// Environment contracts in words.
#pragma once

#include <string>
#include <vector>

#include "gate/report/result.hpp"

namespace sgproof::gate {

/// "alloc_iova_fast() (drivers/iommu/iova.c:439): alloc_iova_fast (line 439), iova_find (line 90)
/// changed": which function of the kernel the series changes, and by which of its parts.
std::string changed_words(const ContractFunction& function);

/// One line for each contract and configuration of which the series changes code; none otherwise.
std::vector<std::string> changed_contracts(const std::vector<ContractUse>& contracts);

/// What the result rests on: the contracts, and one line for each that stands for code with which
/// it was not compared.
std::vector<std::string> trusted_contracts(const std::vector<ContractUse>& contracts);

}  // namespace sgproof::gate
