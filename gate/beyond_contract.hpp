// Code that is extracted and that no scenario leads to, since the contracts leave out what calls
// it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "kernel-extract/module.hpp"

namespace sgproof::gate {

/// Names of functions that are called only for devices which are attached to their domain late, for
/// flushing that is put off, and for the bounce buffers of untrusted devices behind an IOMMU
/// (kernel-extract/harness/env_iommu.c). Booted kernels execute the last of these. Where other
/// functions of the base lead to one of them than here, that one is not left out: `functions` may
/// call it for other devices. With `untrusted` scenarios have untrusted devices.
std::set<std::string> beyond_contract(std::vector<extract::Function> functions,
                                      const std::vector<extract::Function>& base,
                                      bool untrusted = false);

}  // namespace sgproof::gate
