// Executor: loads and stores, from typed values down to cells.
#pragma once

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
Cell<typename D::Bv> Executor<D>::cell(const Memory<Bv>& memory, ObjectId id,
                                       std::uint64_t offset) {
  const std::size_t k = offset / kChunk;
  if (const Contents<Bv>* c = memory.find(id); c != nullptr && c->chunks[k])
    return (*c->chunks[k])[offset % kChunk];
  return (*first_chunk(id, k))[offset % kChunk];
}

/// Cells in address order as one value.
template <class D>
Value<typename D::Bv> Executor<D>::gather(const std::vector<Cell<Bv>>& cells) {
  const std::size_t n = cells.size();
  const auto significant = [&](std::size_t k) -> const Cell<Bv>& {
    return little() ? cells[k] : cells[n - 1 - k];
  };
  const Stored<Bv>* const first = significant(0).stored;
  bool whole = first->bits.width() == 8 * n;
  for (std::size_t k = 0; whole && k < n; ++k)
    whole = significant(k).stored == first && significant(k).index == k;
  if (whole) return V(first->bits, first->taint);
  std::optional<Bv> bits, undef;
  Bv poison = Bv::boolean(false);
  bool tainted = false;
  for (std::size_t k = 0; k < n; ++k)
    if (significant(k).stored->taint) tainted = true;
  for (std::size_t end = n; end > 0;) {
    std::size_t from = end - 1;
    const Stored<Bv>& s = *significant(from).stored;
    while (from > 0 && significant(from - 1).stored == &s &&
           significant(from - 1).index + 1 == significant(from).index)
      --from;
    const unsigned hi = 8 * significant(end - 1).index + 7U, lo = 8 * significant(from).index;
    const Bv piece = extract(s.bits, hi, lo);
    bits = bits ? concat(*bits, piece) : piece;
    if (tainted) {
      const Bv u = s.taint ? extract(s.taint->undef, hi, lo) : Bv::constant(hi - lo + 1, 0);
      undef = undef ? concat(*undef, u) : u;
      if (s.taint) poison = bv_or(poison, s.taint->poison);
    }
    end = from;
  }
  return V(*bits, tainted ? pool_.taint(poison, *undef) : nullptr);
}

/// A value of whole bytes as cells in address order.
template <class D>
std::vector<Cell<typename D::Bv>> Executor<D>::cells_of(const V& value,
                                                        const llvm::Instruction* writer) {
  const Stored<Bv>* s = pool_.stored(value.bits, value.taint, writer);
  const unsigned n = value.bits.width() / 8;
  std::vector<Cell<Bv>> cells(n);
  for (unsigned i = 0; i < n; ++i)
    cells[i] = {s, static_cast<std::uint8_t>(little() ? i : n - 1 - i)};
  return cells;
}

template <class D>
void Executor<D>::put_cells(S& state, ObjectId id, std::uint64_t offset,
                            const std::vector<Cell<Bv>>& cells) {
  put_cells(state.memory.edit(id, objects_.at(id).size), id, offset, cells);
}

template <class D>
void Executor<D>::put_cells(Contents<Bv>& c, ObjectId id, std::uint64_t offset,
                            const std::vector<Cell<Bv>>& cells) {
  for (std::size_t i = 0; i < cells.size();) {
    const std::size_t k = (offset + i) / kChunk;
    std::shared_ptr<const Chunk<Bv>>& slot = c.chunks[k];
    if (!slot)
      slot = std::make_shared<Chunk<Bv>>(*first_chunk(id, k));
    else if (slot.use_count() > 1)
      slot = std::make_shared<Chunk<Bv>>(*slot);
    auto& chunk = const_cast<Chunk<Bv>&>(*slot);
    for (; i < cells.size() && (offset + i) / kChunk == k; ++i)
      chunk[(offset + i) % kChunk] = cells[i];
  }
}

template <class D>
Value<typename D::Bv> Executor<D>::load_target(const Memory<Bv>& memory, const Target& t,
                                               unsigned bytes) {
  const Object<Bv>& o = objects_.at(t.object);
  if (o.kind == ObjectKind::PageArray) return page_load(memory, o, t.index, t.offset, bytes);
  std::vector<Cell<Bv>> cells(bytes);
  for (unsigned i = 0; i < bytes; ++i) cells[i] = cell(memory, t.object, t.offset + i);
  return gather(cells);
}

template <class D>
void Executor<D>::store_target(S& state, const Target& t, const V& value) {
  const Object<Bv>& o = objects_.at(t.object);
  if (o.kind == ObjectKind::PageArray) {
    auto log = std::make_shared<typename Memory<Bv>::Log>(*state.memory.log(o.array));
    auto e = std::make_shared<PageWrite<Bv>>();
    e->index = t.index;
    e->offset = t.offset;
    e->value = value;
    e->guard = t.guard;
    log->push_back(std::move(e));
    state.memory.set_log(o.array, std::move(log));
    return;
  }
  if (t.guard.is_true()) {
    put_cells(state, t.object, t.offset, cells_of(value, current_));
    return;
  }
  const V old = load_target(state.memory, t, value.bits.width() / 8);
  put_cells(state, t.object, t.offset,
            cells_of(select_value(pool_, t.guard, value, old), current_));
}

template <class D>
Value<typename D::Bv> Executor<D>::load_scalar(S& state, const Bv& address, unsigned bytes,
                                               const std::string& what) {
  const std::vector<Target> targets = resolve(state, address, bytes, false, what);
  V value = load_target(state.memory, targets.back(), bytes);
  for (std::size_t i = targets.size() - 1; i-- > 0;)
    value =
        select_value(pool_, targets[i].guard, load_target(state.memory, targets[i], bytes), value);
  return value;
}

template <class D>
void Executor<D>::store_scalar(S& state, const Bv& address, const V& value,
                               const std::string& what) {
  const unsigned bytes = value.bits.width() / 8;
  std::vector<Target> targets = resolve(state, address, bytes, true, what);
  // The guard of the last target was widened to "true": make the alternatives exclusive again.
  if (targets.size() > 1) {
    Bv others = Bv::boolean(false);
    for (std::size_t i = 0; i + 1 < targets.size(); ++i) others = bv_or(others, targets[i].guard);
    targets.back().guard = bv_not(others);
  }
  if (value.taint) {
    // Undefined bits may be kept in memory only where they were (read-modify-write of a bit-field).
    for (const Target& t : targets) {
      if (objects_.at(t.object).kind == ObjectKind::Alloca) continue;
      const V old = load_target(state.memory, t, bytes);
      const Bv undef = value.taint->undef;
      const Bv kept = bv_and(ne(undef, Bv::constant(undef.width(), smt::mask(undef.width()))),
                             bv_not(any_bit(bv_and(undef, bv_not(undef_of(old))))));
      require(state, bv_or(bv_not(t.guard), bv_not(value.taint->poison)), FindingKind::PoisonUse,
              "poison stored to " + objects_.at(t.object).name);
      require(state, bv_or(bv_not(t.guard), bv_or(bv_not(any_bit(undef)), kept)),
              FindingKind::UndefUse,
              "uninitialised or undefined value stored to " + objects_.at(t.object).name);
    }
  }
  for (const Target& t : targets) store_target(state, t, value);
}

template <class D>
Value<typename D::Bv> Executor<D>::load(S& state, const V& pointer, const llvm::Type* type,
                                        std::uint64_t align, bool check, const std::string& what) {
  const Bv address = observe(state, pointer, "an address");
  if (check) check_alignment(state, address, align, what);
  if (type->isStructTy() || type->isArrayTy()) {
    std::vector<V> parts;
    const bool is_struct = type->isStructTy();
    const std::uint64_t n = is_struct ? type->getStructNumElements() : type->getArrayNumElements();
    if (n > 65536) throw Stop{Inconclusive::UnsupportedType, "huge aggregate load"};
    for (unsigned i = 0; i < n; ++i) {
      llvm::Type* part = is_struct ? type->getStructElementType(i) : type->getArrayElementType();
      const std::uint64_t at =
          is_struct
              ? layout_
                    .getStructLayout(llvm::cast<llvm::StructType>(const_cast<llvm::Type*>(type)))
                    ->getElementOffset(i)
                    .getFixedValue()
              : i * layout_.getTypeAllocSize(part).getFixedValue();
      parts.push_back(
          load(state, V(add(address, Bv::constant(address.width(), at))), part, 1, false, what));
    }
    return pool_.aggregate(std::move(parts));
  }
  const unsigned w = width_of(type), bytes = (w + 7) / 8;
  const V v = load_scalar(state, address, bytes, what);
  if (w == 8 * bytes) return v;
  // The padding bits of an odd-sized integer must be as a store of that type leaves them.
  const Bv padding = extract(v.bits, 8 * bytes - 1, w);
  V r = resize(pool_, v, w, false);
  const Bv odd = any_bit(padding);
  if (odd.is_false()) return r;
  return V(r.bits, pool_.taint(poison_of(r), bv_or(undef_of(r), spread(odd, w))));
}

template <class D>
void Executor<D>::store(S& state, const V& pointer, const V& value, const llvm::Type* type,
                        std::uint64_t align, bool check, const std::string& what) {
  const Bv address = observe(state, pointer, "an address");
  if (check) check_alignment(state, address, align, what);
  if (type->isStructTy() || type->isArrayTy()) {
    if (!value.parts) throw Stop{Inconclusive::Internal, "aggregate store of a scalar"};
    const bool is_struct = type->isStructTy();
    for (unsigned i = 0; i < value.parts->size(); ++i) {
      llvm::Type* part = is_struct ? type->getStructElementType(i) : type->getArrayElementType();
      const std::uint64_t at =
          is_struct
              ? layout_
                    .getStructLayout(llvm::cast<llvm::StructType>(const_cast<llvm::Type*>(type)))
                    ->getElementOffset(i)
                    .getFixedValue()
              : i * layout_.getTypeAllocSize(part).getFixedValue();
      store(state, V(add(address, Bv::constant(address.width(), at))), (*value.parts)[i], part, 1,
            false, what);
    }
    return;
  }
  const unsigned w = width_of(type);
  store_scalar(state, address, resize(pool_, value, (w + 7) / 8 * 8, false), what);
}

/// Replaces a range of an object by fresh symbols of up to 8 aligned bytes each.
template <class D>
void Executor<D>::make_arbitrary(S& state, ObjectId id, std::uint64_t offset, std::uint64_t size,
                                 const std::string& name, const std::string& kind) {
  const Object<Bv>& o = objects_.at(id);
  if (size > (1 << 20)) throw Stop{Inconclusive::SizeUnresolved, "havoc of " + o.name};
  for (std::uint64_t at = offset; at < offset + size;) {
    const std::uint64_t end = std::min(offset + size, at / 8 * 8 + 8);
    const unsigned bytes = static_cast<unsigned>(end - at);
    const Bv any = fresh(state, kind, name + "+" + std::to_string(at - offset), 8 * bytes);
    put_cells(state, id, at, cells_of(V(any), current_));
    at = end;
  }
}

}  // namespace sgproof::exec
