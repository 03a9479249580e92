// Executor: alloca, load, store and atomic instructions.
#pragma once

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

/// Stack objects are named by where the state is, so that states that merge agree on addresses.
template <class D>
ObjectId Executor<D>::stack_object(S& state, const llvm::Value* site, const std::string& name,
                                   std::uint64_t size, std::uint64_t align) {
  const auto [it, fresh_object] = stack_objects_.try_emplace({position(state), site}, 0);
  if (fresh_object) it->second = objects_.create(ObjectKind::Alloca, name, size, align).id;
  const ObjectId id = it->second;
  state.memory.erase(id);
  state.memory.edit(id, size);
  return id;
}

template <class D>
void Executor<D>::allocate(S& state, const llvm::AllocaInst& inst) {
  const auto size = inst.getAllocationSize(layout_);
  if (!size || size->isScalable())
    throw Stop{Inconclusive::SizeUnresolved, "alloca of variable size"};
  std::string name = inst.getName().str();
  if (name.empty()) name = "alloca";
  name += " in " + inst.getFunction()->getName().str();
  const ObjectId id =
      stack_object(state, &inst, name, size->getFixedValue(), inst.getAlign().value());
  bool has_lifetime = false;
  for (const llvm::User* u : inst.users())
    if (const auto* i = llvm::dyn_cast<llvm::IntrinsicInst>(u))
      has_lifetime |= i->getIntrinsicID() == llvm::Intrinsic::lifetime_start;
  if (has_lifetime) state.memory.edit(id, size->getFixedValue()).alive = Bv::boolean(false);
  state.top().objects.push_back(id);
  assign(state, inst, V(Bv::constant(pointer_bits_, objects_.at(id).address)));
}

template <class D>
void Executor<D>::load_inst(S& state, const llvm::LoadInst& inst) {
  V v = load(state, operand(state, inst.getPointerOperand()), inst.getType(),
             inst.getAlign().value(), true, "load");
  if (const llvm::MDNode* range = inst.getMetadata(llvm::LLVMContext::MD_range);
      range && !v.parts) {
    Bv in = Bv::boolean(false);
    for (unsigned i = 0; i + 1 < range->getNumOperands(); i += 2) {
      const auto bound = [&](unsigned k) {
        return constant(llvm::mdconst::extract<llvm::ConstantInt>(range->getOperand(k))).bits;
      };
      // Half-open, may wrap.
      const Bv lo = bound(i), hi = bound(i + 1);
      in = bv_or(in, ult(sub(v.bits, lo), sub(hi, lo)));
    }
    if (!in.is_true()) {
      if (domain_.is_symbol(v.bits)) {
        // Memory that the environment provides holds values of its declared type.
        restrict_to(state, in);
        const Location where = locate(&inst);
        if (std::none_of(state.assumptions.begin(), state.assumptions.end(),
                         [&](const auto& a) { return a->where == where; }))
          state.assumptions.push_back(std::make_shared<Assumption>(
              Assumption{"environment memory holds a value of its type (bool or enum)", where}));
      } else {
        v = V(v.bits, pool_.taint(bv_or(poison_of(v), bv_not(in)), undef_of(v)));
      }
    }
  }
  if (inst.hasMetadata(llvm::LLVMContext::MD_noundef)) {
    observe_all(state, v, "a loaded value that must be defined");
    if (!v.parts) v.taint = nullptr;
  }
  if (inst.hasMetadata(llvm::LLVMContext::MD_nonnull) ||
      inst.hasMetadata(llvm::LLVMContext::MD_align))
    throw Stop{Inconclusive::UnsupportedAttribute, "load with nonnull or align metadata"};
  assign(state, inst, v);
}

template <class D>
void Executor<D>::store_inst(S& state, const llvm::StoreInst& inst) {
  store(state, operand(state, inst.getPointerOperand()), operand(state, inst.getValueOperand()),
        inst.getValueOperand()->getType(), inst.getAlign().value(), true, "store");
}

template <class D>
void Executor<D>::atomic_rmw(S& state, const llvm::AtomicRMWInst& inst) {
  using R = llvm::AtomicRMWInst;
  const V pointer = operand(state, inst.getPointerOperand());
  const V value = operand(state, inst.getValOperand());
  llvm::Type* type = inst.getType();
  const V old = load(state, pointer, type, inst.getAlign().value(), true, "atomic access");
  const auto op = [&](unsigned opcode) { return binary(pool_, opcode, {}, old, value); };
  const auto choose = [&](const Bv& c) {
    return derived(pool_, ite(c, old.bits, value.bits), {old, value});
  };
  V r;
  switch (inst.getOperation()) {
    case R::Xchg:
      r = value;
      break;
    case R::Add:
      r = op(llvm::Instruction::Add);
      break;
    case R::Sub:
      r = op(llvm::Instruction::Sub);
      break;
    case R::And:
      r = op(llvm::Instruction::And);
      break;
    case R::Or:
      r = op(llvm::Instruction::Or);
      break;
    case R::Xor:
      r = op(llvm::Instruction::Xor);
      break;
    case R::Nand: {
      const V a = op(llvm::Instruction::And);
      r = V(bv_not(a.bits), a.taint);
      break;
    }
    case R::Max:
      r = choose(sgt(old.bits, value.bits));
      break;
    case R::Min:
      r = choose(slt(old.bits, value.bits));
      break;
    case R::UMax:
      r = choose(ugt(old.bits, value.bits));
      break;
    case R::UMin:
      r = choose(ult(old.bits, value.bits));
      break;
    default:
      throw Stop{Inconclusive::UnknownOpcode, "atomicrmw with that operation"};
  }
  store(state, pointer, r, type, 1, false, "atomic access");
  assign(state, inst, old);
}

template <class D>
void Executor<D>::compare_exchange(S& state, const llvm::AtomicCmpXchgInst& inst) {
  const V pointer = operand(state, inst.getPointerOperand());
  const V expected = operand(state, inst.getCompareOperand());
  const V desired = operand(state, inst.getNewValOperand());
  llvm::Type* type = inst.getCompareOperand()->getType();
  const V old = load(state, pointer, type, inst.getAlign().value(), true, "atomic access");
  const V same = compare(pool_, llvm::CmpInst::ICMP_EQ, old, expected);
  const Bv hit = observe(state, same, "the comparison of a compare-exchange");
  // A weak exchange may fail spuriously.
  const Bv success =
      inst.isWeak() ? bv_and(hit, bv_not(fresh(state, "spurious", "cmpxchg", 1))) : hit;
  store(state, pointer, select_value(pool_, success, desired, old), type, 1, false,
        "atomic access");
  assign(state, inst, pool_.aggregate({old, V(success)}));
}

}  // namespace sgproof::exec
