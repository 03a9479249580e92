// One byte buffer becomes one scenario. The same buffer serves RapidCheck and a fuzzer.
#pragma once

#include <cstdint>
#include <span>

#include "kernel-extract/harness/sgp_abi.h"
#include "model/facts.hpp"

namespace sgproof::properties {

/// Bytes that a scenario is made of; more are ignored.
inline constexpr std::size_t kOperationBytes = 160;
inline constexpr std::size_t kWorldBytes = 160;
inline constexpr std::size_t kDecodedBytes = kOperationBytes + kWorldBytes;

/// Decodes a buffer. A total function: every buffer gives a scenario, missing bytes count as 0, and
/// zeros give neutral values. The first kOperationBytes are the operations, the rest is the world.
/// The scenario is legal by construction: illegal_use() has no complaint and the assumptions of
/// kernel-extract/harness/assumptions.def hold. Map operations appear only where the
/// configuration maps lists, providers where it has PCI_P2PDMA.
sgp_scenario decode(std::span<const std::uint8_t> bytes, const model::Facts& facts);

}  // namespace sgproof::properties
