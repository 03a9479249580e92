// Executor: merging of two states at the same position.
#pragma once

#include "smt/exec/executor.hpp"
#include "smt/solver/told_apart.hpp"

namespace sgproof::exec {

/// Joins the path conditions; returns the condition under which the merged state is `into`, or
/// nothing if the two are not visibly exclusive.
template <class D>
std::optional<typename D::Bv> Executor<D>::merge_paths(S& into, const S& from) const {
  std::size_t common = 0;
  while (common < into.path.size() && common < from.path.size() &&
         into.path[common].same(from.path[common]))
    ++common;
  if (common == into.path.size() || common == from.path.size()) return std::nullopt;
  Bv a = Bv::boolean(true), b = a;
  for (std::size_t i = common; i < into.path.size(); ++i) a = bv_and(a, into.path[i]);
  for (std::size_t i = common; i < from.path.size(); ++i) b = bv_and(b, from.path[i]);
  Bv guard = a;
  if constexpr (D::kSymbolic)
    if (const auto one = smt::told_apart(into.path, from.path, common)) guard = *one;
  std::erase_if(into.known, [&](const Bv& k) {
    return std::none_of(from.known.begin(), from.known.end(),
                        [&](const Bv& other) { return other.same(k); });
  });
  into.path.resize(common);
  const Bv either = bv_or(a, b);
  if (!either.is_true()) into.path.push_back(either);
  return guard;
}

template <class D>
void Executor<D>::merge_registers(S& into, const S& from, const Bv& guard) {
  for (std::size_t d = 0; d < into.frames.size(); ++d) {
    Frame<Bv>& a = into.frames[d];
    const Frame<Bv>& b = from.frames[d];
    const bool at_entry = d + 1 == into.frames.size() && a.inst == a.block->first;
    for (unsigned r = 0; r < a.registers.size(); ++r) {
      V& x = a.registers[r];
      const V& y = b.registers[r];
      if (!x.set && !y.set) continue;
      // Registers that cannot be used any more are dropped rather than merged.
      const bool dead = at_entry && a.fn->block_local(r) && a.fn->def_block(r) != a.block->block;
      if (dead || x.set != y.set)
        x = V();
      else if (!x.same(y))
        x = select_value(pool_, guard, x, y);
    }
    for (const ObjectId id : b.objects)
      if (std::find(a.objects.begin(), a.objects.end(), id) == a.objects.end())
        a.objects.push_back(id);
    a.visits = std::max(a.visits, b.visits);
  }
}

/// Merges what differs, stored values as a whole.
template <class D>
void Executor<D>::merge_contents(Contents<Bv>& into, const Contents<Bv>& a, const Contents<Bv>& b,
                                 ObjectId id, const Bv& guard) {
  const std::uint64_t end = into.chunks.size() * kChunk;
  const auto cell = [&](const Contents<Bv>& c, std::uint64_t i) -> const Cell<Bv>& {
    const auto& own = c.chunks[i / kChunk];
    return (own ? *own : *first_chunk(id, i / kChunk))[i % kChunk];
  };
  // Length of the whole stored value that begins at cell i.
  const auto length = [&](const Contents<Bv>& c, std::uint64_t i) {
    const Stored<Bv>* const stored = cell(c, i).stored;
    const unsigned n = stored->bits.width() / 8;
    if (i + n > end) return 0U;
    for (unsigned k = 0; k < n; ++k)
      if (cell(c, i + k).stored != stored || cell(c, i + k).index != (little() ? k : n - 1 - k))
        return 0U;
    return n;
  };
  for (std::uint64_t i = 0; i < end;) {
    if (const auto k = i / kChunk; i % kChunk == 0 && a.chunks[k] == b.chunks[k]) {
      i += kChunk;
      continue;
    }
    const Cell<Bv>&here = cell(a, i), &there = cell(b, i);
    if (here.same(there)) {
      ++i;
      continue;
    }
    const unsigned n = std::max({length(a, i), length(b, i), 1U});
    const auto from = [&](const Contents<Bv>& c) {
      std::vector<Cell<Bv>> cells;
      for (unsigned k = 0; k < n; ++k) cells.push_back(cell(c, i + k));
      return gather(cells);
    };
    const llvm::Instruction* writer =
        here.stored->writer == there.stored->writer ? here.stored->writer : nullptr;
    put_cells(into, id, i, cells_of(select_value(pool_, guard, from(a), from(b)), writer));
    i += n;
  }
}

template <class D>
void Executor<D>::merge_memory(S& into, const S& from, const Bv& guard) {
  using Entry = typename Memory<Bv>::Entry;
  const std::vector<Entry>& a = into.memory.entries();
  const std::vector<Entry>& b = from.memory.entries();
  std::vector<Entry> out;
  out.reserve(std::max(a.size(), b.size()));
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const bool left = j == b.size() || (i < a.size() && a[i].first <= b[j].first);
    const bool right = i == a.size() || (j < b.size() && b[j].first <= a[i].first);
    const ObjectId id = left ? a[i].first : b[j].first;
    std::shared_ptr<const Contents<Bv>> x = left ? a[i++].second : nullptr;
    std::shared_ptr<const Contents<Bv>> y = right ? b[j++].second : nullptr;
    if (x == y) {
      out.emplace_back(id, std::move(x));
      continue;
    }
    const Object<Bv>& o = objects_.at(id);
    const auto absent = [&] {
      // Not there: initial contents, and out of scope if it was made during the run.
      auto c = std::make_shared<Contents<Bv>>();
      c->chunks.resize((o.size + kChunk - 1) / kChunk);
      c->alive = Bv::boolean(!comes_and_goes(o.kind));
      return c;
    };
    if (!x) x = absent();
    if (!y) y = absent();
    auto merged = std::make_shared<Contents<Bv>>(*x);
    // Contents do not matter where an object is out of scope.
    if (x->alive.is_false() && !y->alive.is_false()) {
      *merged = *y;
    } else if (!y->alive.is_false()) {
      merge_contents(*merged, *x, *y, id, guard);
    }
    merged->alive = ite(guard, x->alive, y->alive);
    out.emplace_back(id, std::move(merged));
  }
  into.memory.entries() = std::move(out);
}

template <class D>
void Executor<D>::merge_logs(S& into, const S& from, const Bv& guard) {
  const std::size_t n = std::max(into.memory.log_count(), from.memory.log_count());
  for (std::size_t i = 0; i < n; ++i) {
    const auto a = into.memory.log(i), b = from.memory.log(i);
    if (a == b) continue;
    std::size_t common = 0;
    while (common < a->size() && common < b->size() && (*a)[common] == (*b)[common]) ++common;
    auto out = std::make_shared<typename Memory<Bv>::Log>(
        a->begin(), a->begin() + static_cast<std::ptrdiff_t>(common));
    const auto rest = [&](const typename Memory<Bv>::Log& log, const Bv& g) {
      for (std::size_t k = common; k < log.size(); ++k) {
        auto e = std::make_shared<PageWrite<Bv>>(*log[k]);
        e->guard = bv_and(g, e->guard);
        out->push_back(std::move(e));
      }
    };
    rest(*a, guard);
    rest(*b, bv_not(guard));
    into.memory.set_log(i, std::move(out));
  }
}

/// Events, assumed calls and assumptions: what both have, then what only one has.
template <class D>
void Executor<D>::merge_records(S& into, const S& from, const Bv& guard) {
  std::size_t common = 0;
  while (common < into.events.size() && common < from.events.size() &&
         into.events[common] == from.events[common])
    ++common;
  const auto guarded = [&](const std::shared_ptr<const Event<Bv>>& e, const Bv& g) {
    auto copy = std::make_shared<Event<Bv>>(*e);
    copy->guard = bv_and(g, e->guard);
    return copy;
  };
  for (std::size_t i = common; i < into.events.size(); ++i)
    into.events[i] = guarded(into.events[i], guard);
  for (std::size_t i = common; i < from.events.size(); ++i)
    into.events.push_back(guarded(from.events[i], bv_not(guard)));
  const auto unite = [](auto& a, const auto& b) {
    for (const auto& p : b)
      if (std::find(a.begin(), a.end(), p) == a.end()) a.push_back(p);
  };
  unite(into.arbitrary, from.arbitrary);
  unite(into.assumptions, from.assumptions);
  into.step = ite(guard, into.step, from.step);
  into.answers = std::max(into.answers, from.answers);
  into.spent |= from.spent;
}

/// Merges `from` into `into` if they are at the same place; false if they must stay apart.
template <class D>
bool Executor<D>::merge(S& into, S& from) {
  if (into.frames.size() != from.frames.size() || into.cases != from.cases ||
      into.cases_chosen != from.cases_chosen)
    return false;
  for (std::size_t i = 0; i < into.frames.size(); ++i) {
    const Frame<Bv>&a = into.frames[i], &b = from.frames[i];
    if (a.fn != b.fn || a.block != b.block || a.inst != b.inst || a.iterations != b.iterations ||
        a.fn->irreducible())
      return false;
  }
  const std::optional<Bv> guard = merge_paths(into, from);
  if (!guard) return false;
  merge_registers(into, from, *guard);
  merge_memory(into, from, *guard);
  merge_logs(into, from, *guard);
  merge_records(into, from, *guard);
  return true;
}

}  // namespace sgproof::exec
