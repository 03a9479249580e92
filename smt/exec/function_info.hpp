// What the executor knows about a function before running it: numbering of registers, and the
// order of blocks that makes states meet at joins.
#pragma once

#include <llvm/ADT/DenseMap.h>
#include <llvm/IR/Function.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace sgproof::exec {

/// A block and its place: `order[k]` is the topological index, among its siblings, of the loop at
/// depth k that contains it, and last of the block itself. `loops` are those loops, outermost
/// first.
struct BlockInfo {
  const llvm::BasicBlock* block = nullptr;
  std::vector<const llvm::Instruction*> instructions;
  std::vector<std::uint32_t> order;
  std::vector<unsigned> loops;
  unsigned index = 0;
  unsigned first = 0;  ///< index of the first instruction that is not a phi
  int header_of = -1;  ///< loop whose header this is
};

struct LoopSummary {
  const BlockInfo* header = nullptr;
  unsigned depth = 0;
  bool walks_list = false;  ///< goes from entry to entry of a scatterlist, by sg_next()
  bool calls = false;       ///< calls functions
};

class FunctionInfo {
 public:
  FunctionInfo(const llvm::Function& fn, unsigned number);
  [[nodiscard]] const llvm::Function& function() const { return fn_; }
  [[nodiscard]] unsigned number() const { return number_; }
  [[nodiscard]] const BlockInfo& entry() const { return blocks_.front(); }
  [[nodiscard]] const BlockInfo& block(const llvm::BasicBlock* b) const {
    return blocks_[block_index_.find(b)->second];
  }
  [[nodiscard]] const std::vector<BlockInfo>& blocks() const { return blocks_; }
  /// Register of an argument or instruction.
  [[nodiscard]] unsigned slot(const llvm::Value* v) const { return slots_.find(v)->second; }
  [[nodiscard]] unsigned slot_count() const { return static_cast<unsigned>(block_local_.size()); }
  /// Used only inside the block that defines it: dead at every block entry.
  [[nodiscard]] bool block_local(unsigned slot) const { return block_local_[slot]; }
  /// The block that defines a register, null for arguments.
  [[nodiscard]] const llvm::BasicBlock* def_block(unsigned slot) const { return def_block_[slot]; }
  /// One flag per register number: the instruction was executed in the current run.
  std::vector<std::uint8_t> executed;
  [[nodiscard]] const std::vector<LoopSummary>& loops() const { return loops_; }
  /// A cycle that is no natural loop: its states are not merged.
  [[nodiscard]] bool irreducible() const { return irreducible_; }

 private:
  void order_blocks();
  const llvm::Function& fn_;
  unsigned number_;
  std::vector<BlockInfo> blocks_;
  llvm::DenseMap<const llvm::BasicBlock*, unsigned> block_index_;
  llvm::DenseMap<const llvm::Value*, unsigned> slots_;
  std::vector<bool> block_local_;
  std::vector<const llvm::BasicBlock*> def_block_;
  std::vector<LoopSummary> loops_;
  bool irreducible_ = false;
};

}  // namespace sgproof::exec
