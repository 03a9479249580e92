// Executor: the module's globals, constants, and the host's objects.
#pragma once

#include <llvm/IR/Constants.h>
#include <llvm/IR/GlobalAlias.h>
#include <llvm/IR/Operator.h>

#include "model/error.hpp"
#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
Executor<D>::Executor(const llvm::Module& module, D& domain, Options options)
    : module_(module),
      layout_(module.getDataLayout()),
      domain_(domain),
      options_(std::move(options)),
      pointer_bits_(layout_.getPointerSizeInBits(0)),
      objects_(pointer_bits_) {
  uninit_ = pool_.stored(Bv::constant(8, 0), pool_.taint(Bv::boolean(false), Bv::constant(8, 255)),
                         nullptr);
  zero_ = pool_.stored(Bv::constant(8, 0), nullptr, nullptr);
  unsigned number = 0;
  for (const llvm::Function& f : module_) numbers_[&f] = number++;
  create_globals();
}

template <class D>
void Executor<D>::create_globals() {
  for (const llvm::Function& f : module_) {
    if (f.isIntrinsic()) continue;
    auto& o = objects_.create(ObjectKind::Function, f.getName().str(), 16, 16);
    o.read_only = true;
    o.global = &f;
    addresses_[&f] = o.address;
    functions_[o.address] = &f;
  }
  for (const llvm::GlobalVariable& g : module_.globals()) {
    llvm::Type* type = g.getValueType();
    std::uint64_t size = type->isSized() ? layout_.getTypeAllocSize(type).getFixedValue() : 0;
    const bool arbitrary = !g.hasInitializer() || g.getSection() == "sgp_arbitrary";
    // `extern T x[]`: the size is not known here; leave room, so that no access in it is blamed.
    if (!g.hasInitializer() && size == 0) size = 1 << 20;
    auto& o = objects_.create(ObjectKind::Global, g.getName().str(), size,
                              g.getAlign() ? g.getAlign()->value() : 64);
    o.initial = arbitrary ? Initial::Arbitrary : Initial::Given;
    o.read_only = g.isConstant();
    o.global = &g;
    addresses_[&g] = o.address;
  }
  for (const llvm::GlobalAlias& a : module_.aliases())
    if (const auto* target = a.getAliaseeObject(); target && addresses_.count(target))
      if (const V v = constant(a.getAliasee()); v.bits.is_const())
        addresses_[&a] = static_cast<std::uint64_t>(v.bits.value());
}

template <class D>
std::uint64_t Executor<D>::global_address(const llvm::GlobalValue* g) {
  auto it = addresses_.find(g);
  if (it == addresses_.end())
    throw Stop{Inconclusive::UnsupportedConstant, "address of " + g->getName().str()};
  return it->second;
}

template <class D>
std::uint64_t Executor<D>::address_of(const std::string& name) const {
  const llvm::GlobalValue* g = module_.getNamedValue(name);
  auto it = addresses_.find(g);
  return g == nullptr || it == addresses_.end() ? 0 : it->second;
}

template <class D>
std::uint64_t Executor<D>::add_object(const std::string& name, std::uint64_t size, Initial initial,
                                      bool read_only, std::uint64_t align,
                                      std::optional<std::uint64_t> address) {
  if (address && objects_.overlaps(*address, size))
    throw Error(ErrorKind::Unsupported, "SGP-E0330", "add object",
                name + " overlaps another object");
  auto& o = objects_.create(ObjectKind::Host, name, size, align, address);
  o.initial = initial;
  o.read_only = read_only;
  return o.address;
}

template <class D>
std::uint64_t Executor<D>::add_page_array(const std::string& name, std::uint64_t base,
                                          std::uint64_t element, std::uint64_t count) {
  const std::uint64_t limit = pointer_bits_ == 64 ? ~std::uint64_t{0} : 0xffffffffULL;
  if (element == 0 || count == 0 || count > (limit - base) / element)
    throw Error(ErrorKind::Unsupported, "SGP-E0331", "add page array", name + " does not fit");
  if (objects_.overlaps(base, element * count))
    throw Error(ErrorKind::Unsupported, "SGP-E0330", "add page array", name + " overlaps");
  auto& o = objects_.create(ObjectKind::PageArray, name, element * count, 1, base);
  o.initial = Initial::Arbitrary;
  o.element = element;
  o.count = count;
  o.array = page_arrays_.size();
  page_arrays_.push_back(o.id);
  return base;
}

template <class D>
void Executor<D>::write(std::uint64_t address, const Bv& value) {
  const Object<Bv>* o = objects_.containing(address);
  const unsigned bytes = value.width() / 8;
  if (o == nullptr || o->kind == ObjectKind::PageArray || value.width() % 8 != 0 ||
      address - o->address + bytes > o->size)
    throw Error(ErrorKind::Unsupported, "SGP-E0332", "write object",
                "address is not in one object");
  put_cells(start_, o->id, address - o->address, cells_of(V(value), nullptr));
}

template <class D>
void Executor<D>::write_page(std::uint64_t array_base, const Bv& index, std::uint64_t offset,
                             const Bv& value) {
  const Object<Bv>* o = objects_.containing(array_base);
  if (o == nullptr || o->kind != ObjectKind::PageArray || value.width() % 8 != 0 ||
      offset + value.width() / 8 > o->element || index.width() != pointer_bits_)
    throw Error(ErrorKind::Unsupported, "SGP-E0332", "write page", "no such element or field");
  Target t{Bv::boolean(true), o->id, offset, index};
  store_target(start_, t, V(value));
}

template <class D>
void Executor<D>::assume(const Bv& condition) {
  if (!condition.is_true()) start_.path.push_back(condition);
}

template <class D>
Value<typename D::Bv> Executor<D>::constant(const llvm::Constant* c) {
  if (auto it = constants_.find(c); it != constants_.end()) return it->second;
  V v;
  llvm::Type* type = c->getType();
  if (const auto* i = llvm::dyn_cast<llvm::ConstantInt>(c)) {
    const llvm::APInt& n = i->getValue();
    if (type->isVectorTy() || n.getBitWidth() > 128)
      throw Stop{Inconclusive::UnsupportedType, "constant wider than 128 bits"};
    u128 bits = n.getRawData()[0];
    if (n.getNumWords() > 1) bits |= u128{n.getRawData()[1]} << 64;
    v = V(Bv::constant(n.getBitWidth(), bits));
  } else if (const auto* g = llvm::dyn_cast<llvm::GlobalValue>(c)) {
    v = V(Bv::constant(pointer_bits_, global_address(g)));
  } else if (llvm::isa<llvm::PoisonValue>(c)) {
    v = fill(type, [&](unsigned w) { return pool_.poison(w); });
  } else if (llvm::isa<llvm::UndefValue>(c)) {
    v = fill(type, [&](unsigned w) { return pool_.undef(w); });
  } else if (llvm::isa<llvm::ConstantPointerNull>(c) || llvm::isa<llvm::ConstantAggregateZero>(c)) {
    v = fill(type, [&](unsigned w) { return V(Bv::constant(w, 0)); });
  } else if (const auto* e = llvm::dyn_cast<llvm::ConstantExpr>(c)) {
    v = constant_expression(e);
  } else if (type->isStructTy() || type->isArrayTy()) {
    const std::uint64_t n =
        type->isStructTy() ? type->getStructNumElements() : type->getArrayNumElements();
    std::vector<V> parts;
    for (unsigned k = 0; k < n; ++k) {
      const llvm::Constant* part = c->getAggregateElement(k);
      if (part == nullptr) throw Stop{Inconclusive::UnsupportedConstant, "aggregate constant"};
      parts.push_back(constant(part));
    }
    v = pool_.aggregate(std::move(parts));
  } else {
    throw Stop{Inconclusive::UnsupportedConstant, "constant of unknown kind"};
  }
  constants_[c] = v;
  return v;
}

template <class D>
Value<typename D::Bv> Executor<D>::constant_expression(const llvm::ConstantExpr* e) {
  const auto get = [&](const llvm::Value* v) { return constant(llvm::cast<llvm::Constant>(v)); };
  if (const auto* g = llvm::dyn_cast<llvm::GEPOperator>(e)) {
    S none;
    return gep(none, *g, get);
  }
  using I = llvm::Instruction;
  switch (e->getOpcode()) {
    case I::PtrToInt:
    case I::IntToPtr:
    case I::BitCast:
    case I::AddrSpaceCast:
    case I::Trunc:
      return resize(pool_, get(e->getOperand(0)), width_of(e->getType()), false);
    case I::Add:
    case I::Sub:
    case I::Mul:
    case I::Xor: {
      ArithFlags f;
      if (const auto* o = llvm::dyn_cast<llvm::OverflowingBinaryOperator>(e)) {
        f.nuw = o->hasNoUnsignedWrap();
        f.nsw = o->hasNoSignedWrap();
      }
      return binary(pool_, e->getOpcode(), f, get(e->getOperand(0)), get(e->getOperand(1)));
    }
    default:
      throw Stop{Inconclusive::UnsupportedConstant,
                 std::string("constant expression ") + e->getOpcodeName()};
  }
}

template <class D>
void Executor<D>::initialise(std::vector<Cell<Bv>>& bytes, std::uint64_t at,
                             const llvm::Constant* c) {
  llvm::Type* type = c->getType();
  if (llvm::isa<llvm::ConstantAggregateZero>(c)) return;  // already zero
  if (auto* s = llvm::dyn_cast<llvm::StructType>(type)) {
    const llvm::StructLayout* l = layout_.getStructLayout(s);
    for (unsigned i = 0; i < s->getNumElements(); ++i)
      initialise(bytes, at + l->getElementOffset(i), c->getAggregateElement(i));
    return;
  }
  if (type->isArrayTy()) {
    const std::uint64_t step = layout_.getTypeAllocSize(type->getArrayElementType());
    for (unsigned i = 0; i < type->getArrayNumElements(); ++i)
      initialise(bytes, at + i * step, c->getAggregateElement(i));
    return;
  }
  if (type->isFloatingPointTy() || type->isVectorTy())
    throw Stop{Inconclusive::UnsupportedType, "initialiser with floating point or vector"};
  V v = constant(c);
  const unsigned w = (v.bits.width() + 7) / 8 * 8;
  const std::vector<Cell<Bv>> cells = cells_of(resize(pool_, v, w, false), nullptr);
  std::copy(cells.begin(), cells.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

template <class D>
const std::shared_ptr<const Chunk<typename D::Bv>>& Executor<D>::first_chunk(ObjectId id,
                                                                             std::size_t k) {
  Object<Bv>& o = objects_.at(id);
  const std::size_t n = (o.size + kChunk - 1) / kChunk;
  if (o.first.empty()) o.first.resize(n);
  if (o.first[k]) return o.first[k];
  if (o.initial == Initial::Given) {
    std::vector<Cell<Bv>> bytes(n * kChunk, Cell<Bv>{zero_, 0});
    initialise(bytes, 0, llvm::cast<llvm::GlobalVariable>(o.global)->getInitializer());
    for (std::size_t i = 0; i < n; ++i) {
      auto chunk = std::make_shared<Chunk<Bv>>();
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * kChunk), kChunk, chunk->begin());
      o.first[i] = std::move(chunk);
    }
    return o.first[k];
  }
  auto chunk = std::make_shared<Chunk<Bv>>();
  if (o.initial == Initial::Arbitrary) {
    for (unsigned b = 0; b < kChunk; b += 8) {
      if (k * kChunk + b >= o.size) {
        for (unsigned i = 0; i < 8; ++i) (*chunk)[b + i] = {uninit_, 0};
        continue;
      }
      const std::string name = o.name + "+" + std::to_string(k * kChunk + b);
      const Bv word = domain_.fresh(name, 64);
      if (symbol_index_.try_emplace(name, symbols_.size()).second)
        symbols_.push_back({name, "memory", 0, 64, {}});
      const std::vector<Cell<Bv>> cells = cells_of(V(word), nullptr);
      std::copy(cells.begin(), cells.end(), chunk->begin() + b);
    }
  } else {
    chunk->fill(Cell<Bv>{o.initial == Initial::Zero ? zero_ : uninit_, 0});
  }
  o.first[k] = std::move(chunk);
  return o.first[k];
}

}  // namespace sgproof::exec
