#include "gate/version.hpp"

#include <llvm/Config/llvm-config.h>
#include <z3.h>

#include "kernel-extract/hash.hpp"
#include "source_id.hpp"

namespace sgproof::gate {

const std::string& build_id() {
  static const std::string id = extract::Hasher()
                                    .field(SGPROOF_SOURCE_ID)
                                    .field(solver_version())
                                    .field(LLVM_VERSION_STRING)
                                    .hex();
  return id;
}

std::string solver_version() { return std::string("Z3 ") + Z3_get_full_version(); }

}  // namespace sgproof::gate
