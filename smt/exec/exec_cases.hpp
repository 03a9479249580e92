// Executor: what the harness asks a symbolic engine for: values that are followed one by one, and
// memory that ends exactly where it ends.
#pragma once

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

/// sgp_case: from here on each possible value has a state of its own, which does not meet those of
/// the other values again. Sizes of memory are then numbers, not terms.
template <class D>
bool Executor<D>::each_case(S& state, const llvm::CallBase& call, const Bv& value) {
  const Part& part = options_.part;
  const unsigned choice = state.cases_chosen;
  if (choice < part.choices) ++state.cases_chosen;
  const auto followed = [&](const u128& v) {
    return choice >= part.choices || (v & 1) == ((part.number >> choice) & 1);
  };
  const auto go_on = [&](S& s, const Bv& v) {
    assign(s, call, V(v));
    ++s.top().inst;
  };
  if (value.is_const()) {
    if (!followed(value.value())) throw Dead{};
    go_on(state, value);
    return true;
  }
  Bv rest = Bv::boolean(true);
  for (unsigned n = 0; feasible(state, rest) != Feasible::No; ++n) {
    const auto v = domain_.pick(state.path, rest, value);
    if (!v) throw Stop{Inconclusive::SolverUnknown, "values to follow one by one"};
    if (n == options_.max_targets)
      throw Stop{Inconclusive::PointerUnresolved, "too many values to follow one by one"};
    const Bv here = eq(value, Bv::constant(value.width(), *v));
    if (followed(*v)) {
      S next = state;
      add_condition(next, here);
      next.cases.push_back(static_cast<std::uint64_t>(*v));
      go_on(next, Bv::constant(value.width(), *v));
      enqueue(std::move(next));
    }
    rest = bv_and(rest, bv_not(here));
  }
  return false;
}

/// sgp_object: an object with arbitrary contents. States at the same place have the same one.
template <class D>
void Executor<D>::give_memory(S& state, const llvm::CallBase& call, const Bv& bytes) {
  if (!bytes.is_const()) throw Stop{Inconclusive::NotConstant, "size of sgp_object"};
  if (bytes.is_zero() || bytes.value() > 1 << 16)
    throw Stop{Inconclusive::SizeUnresolved, "size of sgp_object"};
  const auto size = static_cast<std::uint64_t>(bytes.value());
  const std::string name = "memory of " + std::to_string(size) + " bytes";
  const auto [it, is_new] = heap_objects_.try_emplace({position(state), size}, 0);
  if (is_new) it->second = objects_.create(ObjectKind::Heap, name, size, 64).id;
  const ObjectId id = it->second;
  state.memory.erase(id);
  state.memory.edit(id, size);
  make_arbitrary(state, id, 0, size, name, "havoc");
  assign(state, call, V(Bv::constant(pointer_bits_, objects_.at(id).address)));
}

/// sgp_object_gone: whoever uses it from now on is seen.
template <class D>
void Executor<D>::take_memory(S& state, const Bv& address) {
  std::vector<Target> targets = resolve(state, address, 1, true, "memory that is given back");
  Bv others = Bv::boolean(false);
  for (Target& t : targets) {
    const Bv guard = t.guard.is_true() ? bv_not(others) : t.guard;
    others = bv_or(others, t.guard);
    const Object<Bv>& o = objects_.at(t.object);
    if (o.kind != ObjectKind::Heap || t.offset != 0)
      throw Stop{Inconclusive::Internal, "memory that sgp_object did not give"};
    Contents<Bv>& c = state.memory.edit(t.object, o.size);
    c.alive = ite(guard, Bv::boolean(false), c.alive);
  }
}

}  // namespace sgproof::exec
