// C functions that exported tests look for PCI devices with, and make peer memory.
#pragma once

#include <string>

#include "gate/export/world.hpp"

namespace sgproof::gate {

/// Those that the world needs, each followed by an empty line.
[[nodiscard]] std::string peer_helpers(const World& world);

}  // namespace sgproof::gate
