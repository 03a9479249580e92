#include "kernel-extract/static_keys.hpp"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>

#include <vector>

namespace sgproof::extract {
namespace {

/// arch_static_branch() and arch_static_branch_jump(): a key, and how its entry is marked.
bool is_static_branch(const llvm::CallBrInst& call) {
  const auto* code = llvm::dyn_cast<llvm::InlineAsm>(call.getCalledOperand());
  return code != nullptr && code->getAsmString().find("__jump_table") != std::string::npos &&
         call.getType()->isVoidTy() && call.getNumIndirectDests() == 1 && call.arg_size() == 2 &&
         call.getArgOperand(0)->getType()->isPointerTy() &&
         call.getArgOperand(1)->getType()->isIntegerTy();
}

}  // namespace

void read_static_keys(llvm::Module& module) {
  std::vector<llvm::CallBrInst*> found;
  for (auto& function : module)
    for (auto& block : function)
      if (auto* call = llvm::dyn_cast<llvm::CallBrInst>(block.getTerminator());
          call != nullptr && is_static_branch(*call))
        found.push_back(call);
  for (auto* call : found) {
    llvm::IRBuilder<> at(call);
    // struct static_key: the counter is its first member
    auto* count = at.CreateLoad(at.getInt32Ty(), call->getArgOperand(0));
    auto* enabled = at.CreateICmpNE(count, at.getInt32(0));
    auto* inverted = at.CreateTrunc(call->getArgOperand(1), at.getInt1Ty());
    at.CreateCondBr(at.CreateXor(enabled, inverted), call->getIndirectDest(0),
                    call->getDefaultDest());
    call->eraseFromParent();
  }
}

}  // namespace sgproof::extract
