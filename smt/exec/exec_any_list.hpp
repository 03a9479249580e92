// Executor: a list of any length, as the harness describes it (kernel-extract/harness/any_list.c),
// and what stays known of it while its entries are dealt with one after the other.
#pragma once

#include "kernel-extract/harness/sgp_any_list.h"
#include "smt/exec/executor.hpp"

namespace sgproof::exec {

/// The list as the harness has described it.
template <class D>
struct Executor<D>::AnyList {
  struct Entry {
    Bv position, slot, linked, next_slot, next, page_link, offset, length;
  };
  Bv nents, first, ends;
  std::uint64_t page_link_at = 0, offset_at = 0, length_at = 0, word = 0, chain = 0;
  std::vector<Entry> entries;
  const Object<Bv>* array = nullptr;
};

template <class D>
typename Executor<D>::AnyList Executor<D>::read_list(const S& state) {
  const Object<Bv>* o = objects_.containing(address_of("sgp_any_list"));
  const auto word = [&](std::size_t at) {
    return load_target(state.memory, {Bv::boolean(true), o->id, at, Bv()}, 8).bits;
  };
  const auto number = [&](std::size_t at) {
    const Bv v = word(at);
    if (!v.is_const()) throw Stop{Inconclusive::NotConstant, "layout of struct scatterlist"};
    return static_cast<std::uint64_t>(v.value());
  };
  AnyList list;
  list.nents = word(offsetof(sgp_any_list, nents));
  list.first = trunc(word(offsetof(sgp_any_list, first)), pointer_bits_);
  list.ends = word(offsetof(sgp_any_list, ends));
  list.page_link_at = number(offsetof(sgp_any_list, page_link_at));
  list.offset_at = number(offsetof(sgp_any_list, offset_at));
  list.length_at = number(offsetof(sgp_any_list, length_at));
  list.word = number(offsetof(sgp_any_list, word));
  list.chain = number(offsetof(sgp_any_list, chain));
  for (unsigned i = 0; i < SGP_ANY_NAMES; ++i) {
    const std::size_t at = offsetof(sgp_any_list, entries) + i * sizeof(sgp_any_entry);
    const auto pointer = [&](std::size_t member) {
      return trunc(word(at + member), pointer_bits_);
    };
    list.entries.push_back(
        {word(at + offsetof(sgp_any_entry, position)), pointer(offsetof(sgp_any_entry, slot)),
         word(at + offsetof(sgp_any_entry, linked)), pointer(offsetof(sgp_any_entry, next_slot)),
         pointer(offsetof(sgp_any_entry, next)), pointer(offsetof(sgp_any_entry, page_link)),
         trunc(word(at + offsetof(sgp_any_entry, offset)), 32),
         trunc(word(at + offsetof(sgp_any_entry, length)), 32)});
  }
  for (const ObjectId id : page_arrays_)
    if (objects_.at(id).name == kListArray) list.array = &objects_.at(id);
  if (list.array == nullptr) throw Stop{Inconclusive::Internal, "no array of list entries"};
  return list;
}

/// No two named entries are in one slot: then nothing that is in one is looked for in another.
template <class D>
void Executor<D>::note_apart(const S& state, const AnyList& list) {
  for (std::size_t i = 0; i < list.entries.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) {
      const Bv &a = list.entries[i].slot, &b = list.entries[k].slot;
      if (!are_apart(a, b) && never(state, eq(a, b))) apart_.emplace_back(a, b);
    }
}

template <class D>
bool Executor<D>::are_apart(const Bv& a, const Bv& b) const {
  return std::any_of(apart_.begin(), apart_.end(), [&](const auto& p) {
    return (p.first.same(a) && p.second.same(b)) || (p.first.same(b) && p.second.same(a));
  });
}

template <class D>
typename D::Bv Executor<D>::address_of_slot(const AnyList& list, const Bv& slot) const {
  return add(Bv::constant(pointer_bits_, list.array->address),
             mul(slot, Bv::constant(pointer_bits_, list.array->element)));
}

/// Iterations for other entries may have changed everything in the list but what makes it a list,
/// and but the entry that is observed.
template <class D>
void Executor<D>::forget_list(S& state, const AnyList& list) {
  using Write = PageWrite<Bv>;
  const unsigned w = pointer_bits_;
  auto log = std::make_shared<typename Memory<Bv>::Log>();
  const auto write = [&](const Bv& index, std::uint64_t at, const V& value,
                         const Bv& guard = Bv::boolean(true)) {
    auto e = std::make_shared<Write>();
    e->index = index;
    e->offset = at;
    e->value = value;
    e->guard = guard;
    log->push_back(std::move(e));
  };
  auto any = std::make_shared<Write>();
  any->arbitrary = ++page_generation_;
  generation_names_.push_back("list@" + place(state));
  log->push_back(std::move(any));
  const auto held = [&](const Bv& index, std::uint64_t at, unsigned bytes) {
    return page_load(state.memory, *list.array, index, at, bytes);
  };
  // A slot behind an entry is that of the next one, or (see below) leads to it.
  const Bv chain = Bv::constant(w, list.chain);
  for (std::size_t i = 0; i < list.entries.size(); ++i)
    write(add(list.entries[i].slot, Bv::constant(w, 1)), list.page_link_at,
          V(bv_and(fresh(state, "havoc", "slot behind entry " + std::to_string(i), w),
                   bv_not(chain))));
  for (unsigned i = 0; i < list.entries.size(); ++i) {
    const auto& e = list.entries[i];
    if (i == SGP_ANY_OBSERVED) {
      for (std::uint64_t at = 0; at < list.array->element; at += 8) {
        const auto bytes =
            static_cast<unsigned>(std::min<std::uint64_t>(8, list.array->element - at));
        write(e.slot, at, held(e.slot, at, bytes));
      }
      continue;
    }
    const bool spent = (state.spent >> i & 1) != 0;
    const auto word = static_cast<unsigned>(list.word);
    write(e.slot, list.page_link_at,
          spent ? held(e.slot, list.page_link_at, word) : V(e.page_link));
    write(e.slot, list.offset_at, spent ? held(e.slot, list.offset_at, 4) : V(e.offset));
    write(e.slot, list.length_at, spent ? held(e.slot, list.length_at, 4) : V(e.length));
  }
  for (const auto& e : list.entries)
    write(add(e.slot, Bv::constant(w, 1)), list.page_link_at,
          V(bv_or(address_of_slot(list, e.next_slot), chain)), any_bit(e.linked));
  state.memory.set_log(list.array->array, std::move(log));
}

}  // namespace sgproof::exec
