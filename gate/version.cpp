#include "gate/version.hpp"

#include <z3.h>

#include "kernel-extract/hash.hpp"

namespace sgproof::gate {

const std::string& build_id() {
  static const std::string id = extract::sha256_file("/proc/self/exe");
  return id;
}

std::string solver_version() { return std::string("Z3 ") + Z3_get_full_version(); }

}  // namespace sgproof::gate
