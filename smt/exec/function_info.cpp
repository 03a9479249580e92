#include "smt/exec/function_info.hpp"

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace sgproof::exec {

namespace {

const llvm::Function* callee(const llvm::Instruction& i) {
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&i);
  return call == nullptr ? nullptr : call->getCalledFunction();
}

bool has_loop(const llvm::Function& f) {
  llvm::DominatorTree dom(const_cast<llvm::Function&>(f));
  return !llvm::LoopInfo(dom).empty();
}

/// The loop calls sg_next(), by itself or through a function that does little else.
bool walks_list(const llvm::Loop& loop) {
  const auto is_next = [](const llvm::Function* f) {
    return f != nullptr && f->getName() == "sg_next";
  };
  for (const llvm::BasicBlock* b : loop.blocks())
    for (const llvm::Instruction& i : *b) {
      const llvm::Function* f = callee(i);
      if (f == nullptr) continue;
      if (is_next(f)) return true;
      if (f->isDeclaration() || has_loop(*f)) continue;
      for (const llvm::BasicBlock& inner : *f)
        for (const llvm::Instruction& k : inner)
          if (is_next(callee(k))) return true;
    }
  return false;
}

bool calls(const llvm::Loop& loop) {
  for (const llvm::BasicBlock* b : loop.blocks())
    for (const llvm::Instruction& i : *b) {
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&i);
      if (call != nullptr && !call->isInlineAsm() && !llvm::isa<llvm::IntrinsicInst>(call))
        return true;
    }
  return false;
}

}  // namespace

FunctionInfo::FunctionInfo(const llvm::Function& fn, unsigned number) : fn_(fn), number_(number) {
  unsigned next = 0;
  for (const llvm::Argument& a : fn.args()) slots_[&a] = next++;
  block_local_.assign(next, false);
  def_block_.assign(next, nullptr);
  blocks_.resize(fn.size());
  unsigned index = 0;
  for (const llvm::BasicBlock& b : fn) {
    BlockInfo& info = blocks_[index];
    info.block = &b;
    info.index = index;
    block_index_[&b] = index++;
    for (const llvm::Instruction& i : b) {
      if (llvm::isa<llvm::PHINode>(i)) ++info.first;
      info.instructions.push_back(&i);
      slots_[&i] = next++;
      def_block_.push_back(&b);
      block_local_.push_back(std::all_of(i.user_begin(), i.user_end(), [&](const llvm::User* u) {
        const auto* user = llvm::dyn_cast<llvm::Instruction>(u);
        return user != nullptr && user->getParent() == &b && !llvm::isa<llvm::PHINode>(user);
      }));
    }
  }
  executed.assign(next, 0);
  order_blocks();
}

void FunctionInfo::order_blocks() {
  // The analyses take non-const functions but do not change them.
  auto& fn = const_cast<llvm::Function&>(fn_);
  llvm::DominatorTree dom(fn);
  llvm::LoopInfo info(dom);
  std::map<const llvm::Loop*, unsigned> ids;
  for (llvm::Loop* l : info.getLoopsInPreorder()) {
    ids[l] = static_cast<unsigned>(loops_.size());
    BlockInfo& header = blocks_[block_index_[l->getHeader()]];
    header.header_of = static_cast<int>(loops_.size());
    loops_.push_back({&header, l->getLoopDepth(), walks_list(*l), calls(*l)});
  }
  // At each level a node is a block directly in the loop, or a loop nested in it.
  using Node = std::pair<const llvm::Loop*, const llvm::BasicBlock*>;
  const auto node_at = [&](const llvm::BasicBlock* b, const llvm::Loop* level) {
    const llvm::Loop* l = info.getLoopFor(b);
    if (l == level) return Node{nullptr, b};
    while (l != nullptr && l->getParentLoop() != level) l = l->getParentLoop();
    return l == nullptr ? Node{nullptr, nullptr} : Node{l, nullptr};
  };
  const std::function<void(const llvm::Loop*, const std::vector<std::uint32_t>&)> level =
      [&](const llvm::Loop* loop, const std::vector<std::uint32_t>& prefix) {
        const llvm::BasicBlock* start = loop ? loop->getHeader() : &fn.getEntryBlock();
        std::vector<Node> post;
        std::map<Node, int> color;
        const auto successors = [&](const Node& n) {
          std::vector<Node> out;
          const auto from = [&](const llvm::BasicBlock* b) {
            for (const llvm::BasicBlock* s : llvm::successors(b)) {
              if (loop && (!loop->contains(s) || s == start)) continue;
              const Node t = node_at(s, loop);
              if (t != n) out.push_back(t);
              // A self edge of a block that is no loop header cannot exist in a natural loop.
            }
          };
          if (n.second)
            from(n.second);
          else
            for (const llvm::BasicBlock* b : n.first->blocks()) from(b);
          return out;
        };
        struct Item {
          Node node;
          std::vector<Node> next;
          std::size_t at = 0;
        };
        std::vector<Item> stack;
        const Node first = node_at(start, loop);
        color[first] = 1;
        stack.push_back({first, successors(first), 0});
        while (!stack.empty()) {
          Item& top = stack.back();
          if (top.at == top.next.size()) {
            color[top.node] = 2;
            post.push_back(top.node);
            stack.pop_back();
            continue;
          }
          const Node n = top.next[top.at++];
          if (color[n] == 1) irreducible_ = true;
          if (color[n] != 0) continue;
          color[n] = 1;
          stack.push_back({n, successors(n), 0});
        }
        std::uint32_t position = 0;
        for (auto it = post.rbegin(); it != post.rend(); ++it, ++position) {
          std::vector<std::uint32_t> path = prefix;
          path.push_back(position);
          if (it->second) {
            BlockInfo& b = blocks_[block_index_[it->second]];
            b.order = path;
            for (const llvm::Loop* l = loop; l; l = l->getParentLoop())
              b.loops.insert(b.loops.begin(), ids[l]);
          } else {
            level(it->first, path);
          }
        }
      };
  level(nullptr, {});
}

}  // namespace sgproof::exec
