// Branches that the kernel patches at run time (CONFIG_JUMP_LABEL).
#pragma once

namespace llvm {
class Module;
}

namespace sgproof::extract {

/// Makes a load and a branch of every static branch: what the machine's code is after it was
/// patched for the key's present value (include/linux/jump_label.h: the branch is taken iff the key
/// is enabled, or not if its entry's lowest bit is set).
void read_static_keys(llvm::Module& module);

}  // namespace sgproof::extract
