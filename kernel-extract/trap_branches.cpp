#include "kernel-extract/trap_branches.hpp"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include <string>
#include <vector>

namespace sgproof::extract {
namespace {

constexpr const char* kAlways = "1:\ttwi 31, 0, 0\n";
constexpr const char* kEntry = ".section __bug_table,\"aw\"\n";
constexpr unsigned kEntryOperands = 4;  ///< file, line, flags, size; the condition follows

struct Trap {
  llvm::CallBase* call;
  bool conditional;
};

/// The text of a call's assembly that ends in an entry of the bug table.
std::string text_of(const llvm::CallBase& call) {
  const auto* code = llvm::dyn_cast<llvm::InlineAsm>(call.getCalledOperand());
  const std::string text = code != nullptr ? std::string(code->getAsmString()) : "";
  return text.find(kEntry) != std::string::npos && call.getType()->isVoidTy() ? text : "";
}

/// The traps that have a label or a condition.
std::vector<Trap> traps_in(llvm::Function& function) {
  std::vector<Trap> found;
  for (auto& instruction : llvm::instructions(function)) {
    auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
    if (call == nullptr) continue;
    const auto text = text_of(*call);
    const auto* branch = llvm::dyn_cast<llvm::CallBrInst>(call);
    if (branch != nullptr && branch->getNumIndirectDests() != 1) continue;
    const bool conditional =
        text.starts_with("1:\ttdnei  $4, 0\n") || text.starts_with("1:\ttwnei  $4, 0\n");
    if (conditional && call->arg_size() == kEntryOperands + 1)
      found.push_back({call, true});
    else if (branch != nullptr && text.starts_with(kAlways) && call->arg_size() == kEntryOperands)
      found.push_back({call, false});
  }
  return found;
}

/// The trap alone, at the builder's place.
void trap_at(llvm::IRBuilder<>& at, const llvm::CallBase& old) {
  const auto text = text_of(old);
  std::vector<llvm::Value*> operands;
  std::vector<llvm::Type*> types;
  for (unsigned i = 0; i < kEntryOperands; ++i) {
    operands.push_back(old.getArgOperand(i));
    types.push_back(operands.back()->getType());
  }
  auto* code = llvm::InlineAsm::get(llvm::FunctionType::get(at.getVoidTy(), types, false),
                                    kAlways + text.substr(text.find(kEntry)), "i,i,i,i", true);
  at.CreateCall(code, operands);
}

void rewrite(const Trap& trap) {
  auto* call = trap.call;
  llvm::IRBuilder<> at(call);
  auto* branch = llvm::dyn_cast<llvm::CallBrInst>(call);
  auto* before = call->getParent();
  auto* condition =
      trap.conditional
          ? at.CreateICmpNE(
                call->getArgOperand(kEntryOperands),
                llvm::Constant::getNullValue(call->getArgOperand(kEntryOperands)->getType()))
          : nullptr;
  if (branch == nullptr) {  // BUG_ON(), or WARN_ON() whose trap returns behind itself
    auto* then = llvm::SplitBlockAndInsertIfThen(condition, call->getIterator(), false);
    at.SetInsertPoint(then);
    at.SetCurrentDebugLocation(call->getDebugLoc());
    trap_at(at, *call);
    call->eraseFromParent();
    return;
  }
  auto* warned = branch->getIndirectDest(0);
  auto* quiet = branch->getDefaultDest();
  if (condition == nullptr) {
    trap_at(at, *call);
    at.CreateBr(warned);
    if (quiet != warned) quiet->removePredecessor(before);
  } else {
    auto* block = llvm::BasicBlock::Create(call->getContext(), "", before->getParent(), quiet);
    at.CreateCondBr(condition, block, quiet);
    at.SetInsertPoint(block);
    at.SetCurrentDebugLocation(call->getDebugLoc());
    trap_at(at, *call);
    at.CreateBr(warned);
    for (auto& phi : warned->phis()) {  // it comes from the new block now
      if (quiet == warned)
        phi.addIncoming(phi.getIncomingValueForBlock(before), block);
      else
        phi.replaceIncomingBlockWith(before, block);
    }
  }
  call->eraseFromParent();
}

}  // namespace

void read_trap_branches(llvm::Module& module) {
  for (auto& function : module)
    for (const auto& trap : traps_in(function)) rewrite(trap);
}

}  // namespace sgproof::extract
