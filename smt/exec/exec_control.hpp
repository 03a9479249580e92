// Executor: branches, joins and returns.
#pragma once

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
bool Executor<D>::terminator(S& state, const llvm::Instruction& inst) {
  using I = llvm::Instruction;
  switch (inst.getOpcode()) {
    case I::Br:
      return branch(state, llvm::cast<llvm::BranchInst>(inst));
    case I::Switch:
      return switch_on(state, llvm::cast<llvm::SwitchInst>(inst));
    case I::Ret:
      return return_from(state, llvm::cast<llvm::ReturnInst>(inst));
    case I::Unreachable:
      require(state, Bv::boolean(false), FindingKind::Unreachable, "unreachable code reached");
      return false;
    default:
      throw Stop{Inconclusive::UnknownOpcode, inst.getOpcodeName()};
  }
}

template <class D>
bool Executor<D>::branch(S& state, const llvm::BranchInst& br) {
  if (br.isUnconditional()) return go(state, br.getSuccessor(0));
  const Bv c = observe(state, operand(state, br.getCondition()), "a branch condition");
  return split(state, br, {{c, br.getSuccessor(0)}, {bv_not(c), br.getSuccessor(1)}});
}

template <class D>
bool Executor<D>::switch_on(S& state, const llvm::SwitchInst& sw) {
  const Bv v = observe(state, operand(state, sw.getCondition()), "a switch condition");
  std::vector<std::pair<Bv, const llvm::BasicBlock*>> sides;
  Bv any = Bv::boolean(false);
  sides.emplace_back(Bv(), sw.getDefaultDest());
  for (const auto& c : sw.cases()) {
    const Bv hit = eq(v, constant(c.getCaseValue()).bits);
    any = bv_or(any, hit);
    sides.emplace_back(hit, c.getCaseSuccessor());
  }
  sides[0].first = bv_not(any);
  return split(state, sw, sides);
}

template <class D>
bool Executor<D>::split(S& state, const llvm::Instruction& inst,
                        const std::vector<std::pair<Bv, const llvm::BasicBlock*>>& sides) {
  // Sides with the same target are one side.
  struct Side {
    Bv condition;
    const llvm::BasicBlock* to;
    unsigned number;
  };
  std::vector<Side> joint;
  for (unsigned i = 0; i < sides.size(); ++i) {
    auto it = std::find_if(joint.begin(), joint.end(),
                           [&](const Side& s) { return s.to == sides[i].second; });
    if (it != joint.end())
      it->condition = bv_or(it->condition, sides[i].first);
    else
      joint.push_back({sides[i].first, sides[i].second, i});
  }
  std::vector<Side> live;
  bool unknown = false;
  for (std::size_t i = 0; i < joint.size(); ++i) {
    const Side& s = joint[i];
    // The path is feasible, so its last remaining side is.
    const bool last = i + 1 == joint.size() && live.empty() && !unknown;
    const Feasible f =
        s.condition.is_true() || last ? Feasible::Yes : feasible(state, s.condition, true);
    if (f == Feasible::Unknown) unknown = true;
    note_side(inst, s.number, f != Feasible::No);
    if (f != Feasible::No) live.push_back(s);
  }
  if (live.empty()) throw Dead{};
  if (live.size() == 1) {
    learn(state, live[0].condition);
    return go(state, live[0].to);
  }
  result_.stats.forks += live.size() - 1;
  for (std::size_t i = 0; i < live.size(); ++i) {
    S next = state;
    add_condition(next, live[i].condition);
    try {
      if (go(next, live[i].to)) enqueue(std::move(next));
    } catch (const Stop& stop) {
      end_inconclusive(next, stop.reason, stop.text);
    } catch (const Dead&) {  // ignored: no input takes this path
    }
  }
  return false;
}

template <class D>
bool Executor<D>::go(S& state, const llvm::BasicBlock* to) {
  Frame<Bv>& f = state.top();
  const BlockInfo& from = *f.block;
  const BlockInfo& next = f.fn->block(to);
  std::vector<std::uint32_t> iterations;
  for (std::size_t k = 0; k < next.loops.size(); ++k) {
    if (k >= from.loops.size() || from.loops[k] != next.loops[k]) break;
    iterations.push_back(f.iterations[k]);
    if (next.header_of == static_cast<int>(next.loops[k])) {
      if (++iterations.back() > options_.loop_bound && !(cut_ != nullptr && &next == cut_->header))
        throw Stop{Inconclusive::LoopNotUnrolled, "loop not fully unrolled within " +
                                                      std::to_string(options_.loop_bound) +
                                                      " iterations"};
      break;
    }
  }
  iterations.resize(next.loops.size(), 0);
  ++f.visits;
  if (f.fn->irreducible() && f.visits > std::uint64_t{options_.loop_bound} * f.fn->blocks().size())
    throw Stop{Inconclusive::LoopNotUnrolled, "irreducible loop not fully unrolled"};
  std::vector<V> incoming;
  for (unsigned i = 0; i < next.first; ++i) {
    const auto* phi = llvm::cast<llvm::PHINode>(next.instructions[i]);
    incoming.push_back(operand(state, phi->getIncomingValueForBlock(from.block)));
    note_executed(*f.fn, *phi);
  }
  for (unsigned i = 0; i < next.first; ++i) assign(state, *next.instructions[i], incoming[i]);
  f.block = &next;
  f.inst = next.first;
  f.iterations = std::move(iterations);
  if (captured(state, from, next)) throw Dead{};
  if (begins_list_loop(state, from, next)) {
    cut_loop(state);
    throw Dead{};
  }
  if (begins_work(state, from, next)) {
    cut_work(state);
    throw Dead{};
  }
  return true;
}

template <class D>
bool Executor<D>::return_from(S& state, const llvm::ReturnInst& ret) {
  V v;
  const bool outermost = state.frames.size() == 1;
  const llvm::Function& fn = *ret.getFunction();
  if (ret.getReturnValue()) {
    v = operand(state, ret.getReturnValue());
    if (outermost || (options_.check_noundef && fn.hasRetAttribute(llvm::Attribute::NoUndef)))
      observe_all(state, v, "a returned value");
    if (fn.hasRetAttribute(llvm::Attribute::Range))
      throw Stop{Inconclusive::UnsupportedAttribute, "range attribute of a result"};
  }
  if (outermost) {
    End<Bv>& e = end_state(state, EndKind::Returned, "returned");
    e.returned = v;
    if (v.set && !v.parts) e.returned.taint = nullptr;
    return false;
  }
  for (const ObjectId id : state.top().objects) state.memory.erase(id);
  state.frames.pop_back();
  const Frame<Bv>& f = state.top();
  const llvm::Instruction& site = *f.block->instructions[f.inst];
  if (!site.getType()->isVoidTy()) {
    if (!v.set) throw Stop{Inconclusive::Internal, "call of a void function gives a value"};
    assign(state, site, v);
  }
  ++state.top().inst;
  return true;
}

}  // namespace sgproof::exec
