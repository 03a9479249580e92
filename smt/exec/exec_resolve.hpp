// Executor: which object and offset an address means.
#pragma once

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
typename D::Bv Executor<D>::alive(const Memory<Bv>& memory, ObjectId id) const {
  if (const Contents<Bv>* c = memory.find(id)) return c->alive;
  return Bv::boolean(!comes_and_goes(objects_.at(id).kind));
}

/// The access [address, address + size) lies in the object.
template <class D>
typename D::Bv Executor<D>::inside(const Object<Bv>& o, const Bv& address,
                                   std::uint64_t size) const {
  if (o.size < size) return Bv::boolean(false);
  const unsigned w = pointer_bits_;
  return ule(sub(address, Bv::constant(w, o.address)), Bv::constant(w, o.size - size));
}

template <class D>
std::optional<typename Executor<D>::Target> Executor<D>::concrete_target(
    std::uint64_t address, std::uint64_t size, bool write, FindingKind& kind, std::string& why) {
  const Object<Bv>* o = objects_.containing(address);
  static const char* const kHex = "0123456789abcdef";
  std::string hex;
  for (int i = static_cast<int>(pointer_bits_) - 4; i >= 0; i -= 4)
    hex += kHex[(address >> i) & 15];
  if (o == nullptr && size == 0) o = objects_.before(address);
  if (o == nullptr || o->kind == ObjectKind::Function) {
    kind = address < 4096 ? FindingKind::NullAccess : FindingKind::OutOfBounds;
    why = "access to address 0x" + hex;
    if (o != nullptr)
      why += ", the code of " + o->name;
    else if (const Object<Bv>* b = objects_.before(address); b != nullptr && address >= 4096)
      if (address - b->address < b->size + 65536)
        why += ", " + std::to_string(address - b->address - b->size) + " bytes behind " + b->name;
    return std::nullopt;
  }
  const std::uint64_t offset = address - o->address;
  if (offset > o->size || size > o->size - offset) {
    kind = FindingKind::OutOfBounds;
    why = "access of " + std::to_string(size) + " bytes at offset " + std::to_string(offset) +
          " of " + o->name + " (" + std::to_string(o->size) + " bytes)";
    return std::nullopt;
  }
  if (write && o->read_only) {
    kind = FindingKind::ReadOnlyWrite;
    why = "store to constant " + o->name;
    return std::nullopt;
  }
  Target t{Bv::boolean(true), o->id, offset, Bv()};
  if (o->kind == ObjectKind::PageArray) {
    t.index = Bv::constant(pointer_bits_, offset / o->element);
    t.offset = offset % o->element;
    if (t.offset + size > o->element)
      throw Stop{Inconclusive::PointerUnresolved, "access across two elements of " + o->name};
  }
  return t;
}

template <class D>
std::optional<typename Executor<D>::Target> Executor<D>::page_target(S& state, const Bv& guard,
                                                                     const Bv& leaf,
                                                                     const Object<Bv>& array,
                                                                     std::uint64_t size) {
  const unsigned w = pointer_bits_;
  const Bv relative = sub(leaf, Bv::constant(w, array.address));
  const bool power_of_two = (array.element & (array.element - 1)) == 0;
  Target t{guard, array.id, 0, Bv()};
  auto parts = domain_.scaled(relative, array.element);
  if (parts && !power_of_two && !parts->first.is_const() &&
      feasible(state, bv_and(guard, uge(parts->first, Bv::constant(w, array.count)))) !=
          Feasible::No)
    parts.reset();  // the product may have wrapped
  if (parts) {
    t.index = parts->first;
    t.offset = parts->second;
  } else {
    const Bv element = Bv::constant(w, array.element);
    t.index = udiv(relative, element);
    const Bv rest = urem(relative, element);
    const auto k = domain_.pick(state.path, guard, rest);
    if (!k) return std::nullopt;
    if (feasible(state, bv_and(guard, ne(rest, Bv::constant(w, *k)))) != Feasible::No)
      throw Stop{Inconclusive::PointerUnresolved,
                 "field of an element of " + array.name + " is not fixed"};
    t.offset = static_cast<std::uint64_t>(*k);
  }
  if (t.offset + size > array.element)
    throw Stop{Inconclusive::PointerUnresolved, "access across two elements of " + array.name};
  return t;
}

template <class D>
void Executor<D>::resolve_leaf(S& state, const Bv& guard, const Bv& leaf, std::uint64_t size,
                               bool write, const std::string& what, std::vector<Target>& out) {
  Bv rest = guard;
  bool blamed = false;
  for (unsigned round = 0; round < 2 * options_.max_targets; ++round) {
    if (out.size() > options_.max_targets)
      throw Stop{Inconclusive::PointerUnresolved, "too many possible addresses for " + what};
    const auto v = domain_.pick(state.path, rest, leaf);
    if (!v) {
      if (feasible(state, rest) == Feasible::No) return;
      throw Stop{Inconclusive::SolverUnknown, "address of " + what};
    }
    const auto address = static_cast<std::uint64_t>(*v);
    const Object<Bv>* o = objects_.containing(address);
    FindingKind kind = FindingKind::None;
    std::string why;
    if (o != nullptr && o->kind == ObjectKind::PageArray && o->size >= size &&
        address - o->address <= o->size - size) {
      const Bv in = inside(*o, leaf, size);
      const Bv here =
          feasible(state, bv_and(rest, bv_not(in))) == Feasible::No ? rest : bv_and(rest, in);
      if (const auto t = page_target(state, here, leaf, *o, size)) out.push_back(*t);
      if (here.same(rest)) return;
      rest = bv_and(rest, bv_not(in));
      continue;
    }
    const auto t = concrete_target(address, size, write, kind, why);
    const Bv hit = eq(leaf, Bv::constant(pointer_bits_, address));
    if (t) {
      out.push_back(*t);
      out.back().guard = bv_and(rest, hit);
      rest = bv_and(rest, bv_not(hit));
      continue;
    }
    if (blamed || kind == FindingKind::ReadOnlyWrite) {
      require(state, bv_not(bv_and(rest, hit)), kind, what + ": " + why);
      rest = bv_and(rest, bv_not(hit));
      continue;
    }
    // An address outside of everything: blame all such values at once and go on with the others.
    if (objects_.size() > 4000)
      throw Stop{Inconclusive::PointerUnresolved, "address of " + what + " in no object"};
    Bv somewhere = Bv::boolean(false);
    for (ObjectId id = 0; id < objects_.size(); ++id) {
      const Object<Bv>& other = objects_.at(id);
      if (other.kind != ObjectKind::Function && !alive(state.memory, id).is_false())
        somewhere = bv_or(somewhere, inside(other, leaf, size));
    }
    blamed = true;
    require(state, bv_or(bv_not(rest), somewhere), kind, what + ": " + why);
  }
  throw Stop{Inconclusive::PointerUnresolved, "too many possible addresses for " + what};
}

template <class D>
std::vector<typename Executor<D>::Target> Executor<D>::resolve(S& state, const Bv& address,
                                                               std::uint64_t size, bool write,
                                                               const std::string& what) {
  std::vector<Target> targets;
  const auto one = [&](const Bv& guard, std::uint64_t a) {
    FindingKind kind = FindingKind::None;
    std::string why;
    if (auto t = concrete_target(a, size, write, kind, why)) {
      t->guard = guard;
      targets.push_back(*t);
    } else {
      require(state, bv_not(guard), kind, what + ": " + why);
    }
  };
  bool done = false;
  if (address.is_const()) {
    one(Bv::boolean(true), static_cast<std::uint64_t>(address.value()));
    done = true;
  }
  for (std::size_t i = 0; !done && i < page_arrays_.size(); ++i) {
    const Object<Bv>& a = objects_.at(page_arrays_[i]);
    if (umin_bound(address) < a.address || a.size < size ||
        umax_bound(address) > smt::u128{a.address} + (a.size - size))
      continue;
    if (const auto t = page_target(state, Bv::boolean(true), address, a, size))
      targets.push_back(*t);
    done = true;
  }
  if (!done) {
    auto cases = domain_.leaves(address, true, options_.max_targets);
    const auto fixed = [](const auto& c) { return c.second.is_const(); };
    if (cases.empty() || !std::all_of(cases.begin(), cases.end(), fixed))
      cases = domain_.leaves(address, false, options_.max_targets);
    if (cases.empty()) cases = {{Bv::boolean(true), address}};
    for (const auto& [guard, leaf] : cases) {
      if (leaf.is_const())
        one(guard, static_cast<std::uint64_t>(leaf.value()));
      else
        resolve_leaf(state, guard, leaf, size, write, what, targets);
    }
  }
  for (const Target& t : targets) {
    const Bv ok = alive(state.memory, t.object);
    if (!ok.is_true())
      require(state, bv_or(bv_not(t.guard), ok), FindingKind::DeadObject,
              what + ": " + objects_.at(t.object).name + " is out of scope");
  }
  if (targets.empty()) throw Dead{};
  // The alternatives are exhaustive: the last one needs no guard.
  targets.back().guard = Bv::boolean(true);
  return targets;
}

template <class D>
void Executor<D>::check_alignment(S& state, const Bv& address, std::uint64_t align,
                                  const std::string& what) {
  if (align <= 1) return;
  unsigned bits = 0;
  while ((std::uint64_t{1} << bits) < align) ++bits;
  require(state, eq(trunc(address, bits), Bv::constant(bits, 0)), FindingKind::Misaligned,
          what + " is not aligned to " + std::to_string(align));
}

}  // namespace sgproof::exec
