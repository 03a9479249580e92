// Executor: instructions that compute values.
#pragma once

#include <llvm/IR/GetElementPtrTypeIterator.h>
#include <llvm/IR/Operator.h>

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
unsigned Executor<D>::width_of(const llvm::Type* type) const {
  if (const auto* i = llvm::dyn_cast<llvm::IntegerType>(type)) {
    if (i->getBitWidth() > 128)
      throw Stop{Inconclusive::UnsupportedType, "integer wider than 128 bits"};
    return i->getBitWidth();
  }
  if (type->isPointerTy()) return layout_.getPointerSizeInBits(type->getPointerAddressSpace());
  throw Stop{Inconclusive::UnsupportedType, "type is neither integer nor pointer"};
}

template <class D>
Value<typename D::Bv> Executor<D>::fill(const llvm::Type* type,
                                        const std::function<V(unsigned)>& scalar) {
  if (type->isStructTy() || type->isArrayTy()) {
    const std::uint64_t n =
        type->isStructTy() ? type->getStructNumElements() : type->getArrayNumElements();
    if (n > 65536) throw Stop{Inconclusive::UnsupportedType, "huge aggregate value"};
    std::vector<V> parts;
    for (unsigned i = 0; i < n; ++i)
      parts.push_back(
          fill(type->isStructTy() ? type->getStructElementType(i) : type->getArrayElementType(),
               scalar));
    return pool_.aggregate(std::move(parts));
  }
  return scalar(width_of(type));
}

template <class D>
Value<typename D::Bv> Executor<D>::operand(const S& state, const llvm::Value* v) {
  if (const auto* c = llvm::dyn_cast<llvm::Constant>(v)) return constant(c);
  if (!llvm::isa<llvm::Instruction>(v) && !llvm::isa<llvm::Argument>(v))
    throw Stop{Inconclusive::UnsupportedConstant, "operand of unknown kind"};
  const Frame<Bv>& f = state.top();
  const V& r = f.registers[f.fn->slot(v)];
  if (!r.set) throw Stop{Inconclusive::Internal, "use of an unassigned register"};
  if (r.parts || r.bits.is_const()) return r;
  return V(domain_.under(state.known, domain_.under(state.path, r.bits)), r.taint);
}

template <class D>
void Executor<D>::assign(S& state, const llvm::Instruction& inst, const V& v) {
  Frame<Bv>& f = state.top();
  f.registers[f.fn->slot(&inst)] = v;
}

/// Executes one instruction; false if the state was consumed (split, ended, put in the queue).
template <class D>
bool Executor<D>::step(S& state, const llvm::Instruction& inst) {
  using I = llvm::Instruction;
  if (const auto* c = llvm::dyn_cast<llvm::CallBase>(&inst)) return call(state, *c);
  if (inst.isTerminator()) return terminator(state, inst);
  const auto get = [&](unsigned i) { return operand(state, inst.getOperand(i)); };
  if (inst.getType()->isVectorTy()) throw Stop{Inconclusive::UnsupportedType, "vector instruction"};
  switch (inst.getOpcode()) {
    case I::Add:
    case I::Sub:
    case I::Mul:
    case I::UDiv:
    case I::SDiv:
    case I::URem:
    case I::SRem:
    case I::Shl:
    case I::LShr:
    case I::AShr:
    case I::And:
    case I::Or:
    case I::Xor: {
      ArithFlags flags;
      if (const auto* o = llvm::dyn_cast<llvm::OverflowingBinaryOperator>(&inst)) {
        flags.nuw = o->hasNoUnsignedWrap();
        flags.nsw = o->hasNoSignedWrap();
      }
      if (const auto* o = llvm::dyn_cast<llvm::PossiblyExactOperator>(&inst))
        flags.exact = o->isExact();
      if (const auto* o = llvm::dyn_cast<llvm::PossiblyDisjointInst>(&inst))
        flags.disjoint = o->isDisjoint();
      V a = get(0), b = get(1);
      (void)width_of(inst.getType());
      if (inst.isIntDivRem()) {
        b = V(observe(state, b, "a divisor"));
        require(state, bv_not(division_fault(inst.getOpcode(), a.bits, b.bits)),
                FindingKind::DivisionByZero, "division by zero or overflowing division");
      }
      assign(state, inst, binary(pool_, inst.getOpcode(), flags, a, b));
      break;
    }
    case I::ICmp:
      assign(state, inst,
             compare(pool_, llvm::cast<llvm::ICmpInst>(inst).getPredicate(), get(0), get(1)));
      break;
    case I::Trunc:
    case I::ZExt:
    case I::SExt:
    case I::PtrToInt:
    case I::IntToPtr:
    case I::BitCast:
      assign(state, inst, cast(state, llvm::cast<llvm::CastInst>(inst)));
      break;
    case I::GetElementPtr:
      assign(state, inst,
             gep(state, llvm::cast<llvm::GEPOperator>(inst),
                 [&](const llvm::Value* v) { return operand(state, v); }));
      break;
    case I::Select:
      assign(state, inst, select(state, llvm::cast<llvm::SelectInst>(inst)));
      break;
    case I::ExtractValue:
      assign(state, inst,
             extract_value(get(0), llvm::cast<llvm::ExtractValueInst>(inst).getIndices()));
      break;
    case I::InsertValue:
      assign(state, inst,
             insert_value(get(0), get(1), llvm::cast<llvm::InsertValueInst>(inst).getIndices()));
      break;
    case I::Freeze:
      assign(state, inst, freeze(state, get(0)));
      break;
    case I::Alloca:
      allocate(state, llvm::cast<llvm::AllocaInst>(inst));
      break;
    case I::Load:
      load_inst(state, llvm::cast<llvm::LoadInst>(inst));
      break;
    case I::Store:
      store_inst(state, llvm::cast<llvm::StoreInst>(inst));
      break;
    case I::AtomicRMW:
      atomic_rmw(state, llvm::cast<llvm::AtomicRMWInst>(inst));
      break;
    case I::AtomicCmpXchg:
      compare_exchange(state, llvm::cast<llvm::AtomicCmpXchgInst>(inst));
      break;
    case I::Fence:
      break;  // execution is sequential
    default:
      throw Stop{Inconclusive::UnknownOpcode, inst.getOpcodeName()};
  }
  ++state.top().inst;
  return true;
}

template <class D>
Value<typename D::Bv> Executor<D>::cast(S& state, const llvm::CastInst& inst) {
  using I = llvm::Instruction;
  const V v = operand(state, inst.getOperand(0));
  const unsigned to = width_of(inst.getDestTy()), from = width_of(inst.getSrcTy());
  V r = resize(pool_, v, to, inst.getOpcode() == I::SExt);
  if (inst.getOpcode() == I::ZExt) r.bits = without_wrap(state, v.bits, r.bits);
  Bv poison = Bv::boolean(false);
  if (const auto* n = llvm::dyn_cast<llvm::PossiblyNonNegInst>(&inst); n && n->hasNonNeg())
    poison = msb(v.bits);
  if (const auto* t = llvm::dyn_cast<llvm::TruncInst>(&inst)) {
    if (t->hasNoUnsignedWrap()) poison = bv_or(poison, ne(zext(r.bits, from), v.bits));
    if (t->hasNoSignedWrap()) poison = bv_or(poison, ne(sext(r.bits, from), v.bits));
  }
  if (poison.is_false()) return r;
  return V(r.bits, pool_.taint(bv_or(poison, poison_of(r)), undef_of(r)));
}

/// The number in more bits, as sums that were made in so many: what was stored in fewer and is read
/// again is then the same term as before.
template <class D>
typename D::Bv Executor<D>::without_wrap(S& state, const Bv& narrow, const Bv& wide) {
  if constexpr (D::kSymbolic) {
    const auto sums = smt::widened(narrow, wide.width());
    if (!sums || undecided_sums_.contains(narrow.node()->id)) return wide;
    const Feasible wraps = feasible(state, ne(*sums, wide), true);
    if (wraps == Feasible::No) return *sums;
    // where some can wrap a model is known, so that the next question is cheap
    if (wraps == Feasible::Unknown) undecided_sums_.insert(narrow.node()->id);
  }
  return wide;
}

template <class D>
Value<typename D::Bv> Executor<D>::gep(S&, const llvm::GEPOperator& op,
                                       const std::function<V(const llvm::Value*)>& get) {
  if (op.getType()->isVectorTy()) throw Stop{Inconclusive::UnsupportedType, "vector of pointers"};
  const V base = get(op.getPointerOperand());
  const unsigned w = pointer_bits_;
  Bv address = base.bits;
  // inbounds: its arithmetic part (nusw) is checked; that the result lies in the object is checked
  // where the pointer is used for an access.
  const bool nusw = op.hasNoUnsignedSignedWrap(), nuw = op.hasNoUnsignedWrap();
  Bv poison = poison_of(base), undef = base.taint ? any_bit(base.taint->undef) : Bv::boolean(false);
  const auto advance_by = [&](const Bv& offset) {
    const Bv next = add(address, offset);
    if (!offset.is_zero()) {
      if (nuw) poison = bv_or(poison, ult(next, address));
      if (nusw) {
        // Unsigned base plus signed offset must not wrap.
        const Bv down = msb(offset);
        poison = bv_or(poison, ite(down, ugt(next, address), ult(next, address)));
      }
    }
    address = next;
  };
  // Constant steps are summed before they are added, as one field access.
  smt::u128 constant_part = 0;
  for (auto it = llvm::gep_type_begin(op), end = llvm::gep_type_end(op); it != end; ++it) {
    const llvm::Value* index = it.getOperand();
    if (llvm::StructType* s = it.getStructTypeOrNull()) {
      const unsigned field =
          static_cast<unsigned>(llvm::cast<llvm::ConstantInt>(index)->getZExtValue());
      constant_part += layout_.getStructLayout(s)->getElementOffset(field).getFixedValue();
      continue;
    }
    const std::uint64_t stride = it.getSequentialElementStride(layout_).getFixedValue();
    if (const auto* c = llvm::dyn_cast<llvm::ConstantInt>(index);
        c && c->getValue().getSignificantBits() <= 64) {
      constant_part += static_cast<smt::u128>(static_cast<smt::i128>(c->getSExtValue()) *
                                              static_cast<smt::i128>(stride));
      continue;
    }
    const V i = get(index);
    const Bv wide = resize(pool_, V(i.bits), w, true).bits;
    const Bv scale = Bv::constant(w, stride);
    if (i.taint) {
      poison = bv_or(poison, i.taint->poison);
      undef = bv_or(undef, any_bit(i.taint->undef));
    }
    if (nusw) {
      if (i.bits.width() > w) poison = bv_or(poison, ne(sext(wide, i.bits.width()), i.bits));
      if (stride != 1) poison = bv_or(poison, mul_overflows(wide, scale, true));
    }
    if (nuw && stride != 1) poison = bv_or(poison, mul_overflows(wide, scale, false));
    advance_by(mul(wide, scale));
  }
  advance_by(Bv::constant(w, constant_part));
  if (poison.is_false() && undef.is_false()) return V(address);
  return V(address, pool_.taint(poison, spread(undef, w)));
}

template <class D>
Value<typename D::Bv> Executor<D>::select(S& state, const llvm::SelectInst& inst) {
  const V c = operand(state, inst.getCondition());
  const V a = operand(state, inst.getTrueValue()), b = operand(state, inst.getFalseValue());
  V r = select_value(pool_, c.bits, a, b);
  if (!c.taint) return r;
  if (r.parts) {
    observe(state, c, "the condition of a select of aggregates");
    return r;
  }
  return V(r.bits,
           pool_.taint(bv_or(c.taint->poison, poison_of(r)),
                       bv_or(spread(any_bit(c.taint->undef), r.bits.width()), undef_of(r))));
}

template <class D>
Value<typename D::Bv> Executor<D>::extract_value(const V& agg, llvm::ArrayRef<unsigned> path) {
  if (path.empty()) return agg;
  if (!agg.parts || path[0] >= agg.parts->size())
    throw Stop{Inconclusive::Internal, "extractvalue of a scalar"};
  return extract_value((*agg.parts)[path[0]], path.drop_front());
}

template <class D>
Value<typename D::Bv> Executor<D>::insert_value(const V& agg, const V& v,
                                                llvm::ArrayRef<unsigned> path) {
  if (path.empty()) return v;
  if (!agg.parts || path[0] >= agg.parts->size())
    throw Stop{Inconclusive::Internal, "insertvalue into a scalar"};
  std::vector<V> parts = *agg.parts;
  parts[path[0]] = insert_value(parts[path[0]], v, path.drop_front());
  return pool_.aggregate(std::move(parts));
}

template <class D>
Value<typename D::Bv> Executor<D>::freeze(S& state, const V& v) {
  if (v.parts) {
    for (const V& p : *v.parts)
      if (p.taint || p.parts) throw Stop{Inconclusive::UnsupportedType, "freeze of an aggregate"};
    return v;
  }
  if (!v.taint) return v;
  const unsigned w = v.bits.width();
  const Bv any = fresh(state, "freeze", "freeze", w);
  const Bv where = bv_or(v.taint->undef, spread(v.taint->poison, w));
  return V(bv_or(bv_and(v.bits, bv_not(where)), bv_and(any, where)));
}

}  // namespace sgproof::exec
