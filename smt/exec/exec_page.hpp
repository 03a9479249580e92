// Executor: page arrays. Stores are logged with their symbolic index; a load is an ite over the log
// on top of initial contents that are one arbitrary function of index and offset.
#pragma once

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
Value<typename D::Bv> Executor<D>::page_initial(const Object<Bv>& array, std::uint32_t generation,
                                                const Bv& index, std::uint64_t offset,
                                                unsigned bytes) {
  std::vector<Cell<Bv>> cells;
  for (std::uint64_t word = offset / 8; word * 8 < offset + bytes; ++word) {
    auto& reads = page_reads_[{array.array, generation, word}];
    const auto same = [&](const auto& r) { return r.first.same(index); };
    auto it = std::find_if(reads.begin(), reads.end(), same);
    if (it == reads.end()) {
      std::string name = array.name;
      if (generation != 0) name += "'" + generation_names_[generation - 1];
      const std::string prefix = name;
      if (index.is_const())
        name += "[" + std::to_string(static_cast<std::uint64_t>(index.value())) + "]";
      else
        name += "[#" + std::to_string(reads.size()) + "]";
      name += "+" + std::to_string(word * 8);
      Bv value = domain_.fresh(name, 64);
      symbol_index_.try_emplace(name, symbols_.size());
      symbols_.push_back({name, "page", 0, 64, {}});
      page_symbols_.push_back({prefix, word, index, Bv()});
      // Equal indices have equal contents.
      for (const auto& [i, v] : reads) value = ite(eq(index, i), v, value);
      reads.emplace_back(index, value);
      page_symbols_.back().symbol = value;
      it = std::prev(reads.end());
    }
    const std::vector<Cell<Bv>> w = cells_of(V(it->second), nullptr);
    for (unsigned b = 0; b < 8; ++b)
      if (const std::uint64_t at = word * 8 + b; at >= offset && at < offset + bytes)
        cells.push_back(w[b]);
  }
  return gather(cells);
}

template <class D>
Value<typename D::Bv> Executor<D>::page_load(const Memory<Bv>& memory, const Object<Bv>& array,
                                             const Bv& index, std::uint64_t offset,
                                             unsigned bytes) {
  const auto& log = *memory.log(array.array);
  const Bv yes = Bv::boolean(true);
  const auto touches = [&](const PageWrite<Bv>& e) {
    return e.arbitrary != 0 ||
           (e.offset < offset + bytes && offset < e.offset + e.value.bits.width() / 8);
  };
  const auto covers = [&](const PageWrite<Bv>& e) {
    return e.arbitrary == 0 && e.offset <= offset &&
           offset + bytes <= e.offset + e.value.bits.width() / 8;
  };
  // Oldest entry that matters: everything before one that certainly decides is irrelevant.
  std::size_t first = log.size();
  bool decided = false;
  while (first > 0 && !decided) {
    const PageWrite<Bv>& e = *log[--first];
    decided = e.guard.is_true() && (e.arbitrary != 0 || (e.index.same(index) && covers(e)));
  }
  V value = decided ? V(Bv::constant(8 * bytes, 0)) : page_initial(array, 0, index, offset, bytes);
  // what is read is what this store left, unless a later one hits that does not repeat it
  const PageWrite<Bv>* left = decided ? log[first].get() : nullptr;
  for (std::size_t i = first; i < log.size(); ++i) {
    const PageWrite<Bv>& e = *log[i];
    if (!touches(e)) continue;
    V next;
    Bv hit = e.guard;
    if (e.arbitrary != 0) {
      next = page_initial(array, e.arbitrary, index, offset, bytes);
    } else {
      if (are_apart(e.index, index)) continue;
      if (left != nullptr && repeats(e, *left)) continue;
      hit = bv_and(hit, eq(e.index, index));
      if (hit.is_false()) continue;
      std::vector<Cell<Bv>> cells = cells_of(value, nullptr);
      const std::vector<Cell<Bv>> stored = cells_of(e.value, nullptr);
      for (unsigned b = 0; b < bytes; ++b)
        if (const std::uint64_t at = offset + b; at >= e.offset && at - e.offset < stored.size())
          cells[b] = stored[at - e.offset];
      next = gather(cells);
    }
    value = select_value(pool_, decided && i == first ? yes : hit, next, value);
    if (i != first) left = nullptr;
  }
  return value;
}

template <class D>
bool Executor<D>::repeats(const PageWrite<Bv>& later, const PageWrite<Bv>& earlier) {
  return std::any_of(later.repeats.begin(), later.repeats.end(),
                     [&](const auto& e) { return e.get() == &earlier; });
}

/// sgp_pages_built: a page that is built twice, under two names, is built the same. Where that is
/// so, what a name's page holds needs no look at the names after it.
template <class D>
void Executor<D>::note_repeats(S& state) {
  for (const ObjectId id : page_arrays_) {
    const Object<Bv>& o = objects_.at(id);
    auto log = std::make_shared<typename Memory<Bv>::Log>(*state.memory.log(o.array));
    const auto plain = [](const PageWrite<Bv>& e) {
      return e.arbitrary == 0 && e.guard.is_true() && e.value.taint == nullptr &&
             e.value.parts == nullptr;
    };
    for (std::size_t j = 1; j < log->size(); ++j) {
      auto later = std::make_shared<PageWrite<Bv>>(*(*log)[j]);
      for (std::size_t i = 0; plain(*later) && i < j; ++i) {
        const auto& earlier = (*log)[i];
        if (!plain(*earlier) || earlier->offset != later->offset ||
            earlier->value.bits.width() != later->value.bits.width())
          continue;
        if (never(state, bv_and(eq(earlier->index, later->index),
                                ne(earlier->value.bits, later->value.bits))))
          later->repeats.push_back(earlier);
      }
      (*log)[j] = std::move(later);
    }
    state.memory.set_log(o.array, std::move(log));
  }
}

template <class D>
std::vector<typename Executor<D>::PageSymbol> Executor<D>::page_symbols() const {
  return page_symbols_;
}

}  // namespace sgproof::exec
