#include "kernel-extract/guards.hpp"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace sgproof::extract {
namespace {

/// The function called, if the call names it and it is no intrinsic.
std::string callee_of(const llvm::Value& value) {
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&value);
  if (call == nullptr) return {};
  const auto* callee =
      llvm::dyn_cast<llvm::Function>(call->getCalledOperand()->stripPointerCasts());
  return callee == nullptr || callee->isIntrinsic() ? std::string() : callee->getName().str();
}

bool is_number(const llvm::Value* value, bool zero) {
  const auto* number = llvm::dyn_cast<llvm::ConstantInt>(value);
  return number != nullptr && (zero ? number->isZero() : number->isOne());
}

/// What a truth value asks of a call: which function, and whether it is true where that is.
struct Asked {
  std::string function;
  bool said_yes = true;
};

/// Follows what the compiler makes of `f(x)`, `!f(x)`, `!!f(x)` and `unlikely(f(x))` as a
/// condition.
std::optional<Asked> asked_by(const llvm::Value* value) {
  Asked out;
  while (true) {
    if (auto name = callee_of(*value); !name.empty()) {
      out.function = std::move(name);
      return out;
    }
    if (const auto* expect = llvm::dyn_cast<llvm::IntrinsicInst>(value)) {
      if (expect->getIntrinsicID() != llvm::Intrinsic::expect) return {};
      value = expect->getArgOperand(0);
    } else if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(value)) {
      // of a truth value alone: else bits may be lost
      if (llvm::isa<llvm::TruncInst>(cast) && !cast->getDestTy()->isIntegerTy(1)) return {};
      if (!llvm::isa<llvm::TruncInst, llvm::ZExtInst, llvm::SExtInst>(cast)) return {};
      value = cast->getOperand(0);
    } else if (const auto* compared = llvm::dyn_cast<llvm::ICmpInst>(value)) {
      if (!compared->isEquality() || !is_number(compared->getOperand(1), true)) return {};
      if (compared->getPredicate() == llvm::ICmpInst::ICMP_EQ) out.said_yes = !out.said_yes;
      value = compared->getOperand(0);
    } else if (const auto* flipped = llvm::dyn_cast<llvm::BinaryOperator>(value)) {
      if (flipped->getOpcode() != llvm::Instruction::Xor || !flipped->getType()->isIntegerTy(1) ||
          !is_number(flipped->getOperand(1), false))
        return {};
      out.said_yes = !out.said_yes;
      value = flipped->getOperand(0);
    } else {
      return {};
    }
  }
}

/// The edges of a function that are only gone along where a call has said yes.
struct Edge {
  llvm::BasicBlockEdge edge;
  std::string function;
};

std::vector<Edge> edges_of(const llvm::Function& f) {
  std::vector<Edge> out;
  for (const auto& block : f) {
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
    if (branch == nullptr || !branch->isConditional()) continue;
    if (auto asked = asked_by(branch->getCondition()))
      out.push_back({{&block, branch->getSuccessor(asked->said_yes ? 0 : 1)}, asked->function});
  }
  return out;
}

}  // namespace

std::map<std::string, std::set<std::string>> guards_of(const llvm::Function& f) {
  const auto edges = edges_of(f);
  if (edges.empty()) return {};
  const llvm::DominatorTree tree(const_cast<llvm::Function&>(f));  // it only reads
  std::map<std::string, std::set<std::string>> out;
  for (const auto& block : f) {
    std::set<std::string> here;
    for (const auto& [edge, function] : edges)
      if (tree.dominates(edge, &block)) here.insert(function);
    for (const auto& instruction : block) {
      const auto callee = callee_of(instruction);
      if (callee.empty()) continue;
      const auto [known, first] = out.try_emplace(callee, here);
      if (!first)
        std::erase_if(known->second, [&](const std::string& name) { return !here.contains(name); });
    }
  }
  std::erase_if(out, [](const auto& callee) { return callee.second.empty(); });
  return out;
}

}  // namespace sgproof::extract
