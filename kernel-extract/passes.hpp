// Runs passes of LLVM over a module.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>

#include <functional>

namespace sgproof::extract {

/// Runs the passes that `choose` puts together, with all of LLVM's analyses at hand.
void run_passes(llvm::Module& module,
                const std::function<llvm::ModulePassManager(llvm::PassBuilder&)>& choose);

}  // namespace sgproof::extract
