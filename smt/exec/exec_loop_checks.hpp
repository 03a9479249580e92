// Executor: what is known at the header of a loop over a list, and what its iterations must keep of
// it.
#pragma once

#include "smt/exec/differ.hpp"
#include "smt/exec/exec_any_list.hpp"
#include "smt/exec/executor.hpp"

namespace sgproof::exec {

/// What is known of a place at the header when `n` entries, or bytes, are done.
enum class PlaceKind : std::uint8_t {
  Count,      ///< what it was at first, and n times `stride`
  Ahead,      ///< what it was at first, and n
  Back,       ///< what it was at first, less n
  Cursor,     ///< the address of entry n
  Carried,    ///< what it was at first, or what some iteration made of that
  Cleared,    ///< what it was, without some of the bits `may_clear`
  Arbitrary,  ///< any defined value
  Undefined,  ///< nothing, not even that it is defined
};

template <class D>
struct Executor<D>::Place {
  ObjectId object = 0;
  std::uint64_t offset = 0;
  unsigned bytes = 0;
  PlaceKind kind = PlaceKind::Arbitrary;
  Bv stride;
  V at_first;
  Bv may_clear{};  ///< of the place's width; none where an iteration may also set bits
};

/// An exploration that stays in one loop of one frame.
template <class D>
struct Executor<D>::Cut {
  const FunctionInfo* fn = nullptr;
  std::size_t depth = 0;
  const BlockInfo* header = nullptr;
  unsigned loop = 0;
  bool header_only = false;
  Iteration* out = nullptr;
};

template <class D>
struct Executor<D>::Loop {
  S first;  ///< at the header, when the loop begins
  AnyList list;
  Cut cut;
  std::vector<Place> places;
  unsigned other = 0;                ///< the name that stands for every entry without one
  std::vector<unsigned> all_others;  ///< with those whose data this path depends on
  std::vector<V> earlier;            ///< per place: what an earlier iteration can have carried here
  bool carries = false;              ///< there is such an iteration …
  Bv went_on = Bv::boolean(false);   ///< … where this holds
};

/// A header state: when `position` entries are done.
template <class D>
struct Executor<D>::At {
  unsigned stage = 0;
  Bv position, cursor;
  std::vector<V> carried;  ///< per place; empty: anything
  std::vector<Bv> conditions;
};

template <class D>
struct Executor<D>::Attempt {
  std::vector<S> left;
  std::vector<End<Bv>> ends;
  std::vector<std::shared_ptr<const AssumedArbitrary>> arbitrary;
  std::vector<std::shared_ptr<const Assumption>> assumptions;
  std::vector<Place> broken;  ///< places that the iterations do not keep
  bool weaker = false;        ///< what else was guessed is not kept
  std::string hopeless;       ///< what no weaker guess would mend
};

/// Whether the condition is impossible, of itself or on this path.
template <class D>
bool Executor<D>::never(const S& state, const Bv& c) {
  if (c.is_false()) return true;
  return domain_.feasible({}, c, true) == Feasible::No || feasible(state, c) == Feasible::No;
}

template <class D>
typename Executor<D>::V Executor<D>::read_place(const S& state, const Place& p) {
  return load_target(state.memory, {Bv::boolean(true), p.object, p.offset, Bv()}, p.bytes);
}

/// The bits that may be cleared between two states where none may be set: flags that say once and
/// for all that something has happened, in a word with others.
template <class D>
typename D::Bv Executor<D>::only_cleared(const S& before, const S& after, const Place& p) {
  const V was = read_place(before, p), is = read_place(after, p);
  const Bv none = Bv::constant(8 * p.bytes, 0);
  if (was.taint || is.taint) return none;
  if (!never(after, any_bit(bv_and(is.bits, bv_not(was.bits))))) return none;
  const Bv gone = bv_and(was.bits, bv_not(is.bits));
  Bv may = none;
  for (unsigned i = 0; i < 8 * p.bytes; ++i)
    if (!never(after, extract(gone, i, i)))
      may = bv_or(may, Bv::constant(8 * p.bytes, smt::u128{1} << i));
  return may;
}

/// What a place that goes along with what is done holds when `done` is.
template <class D>
typename Executor<D>::V Executor<D>::gone_along(const Place& p, const Bv& done) {
  const Bv n = resize(pool_, V(done), 8 * p.bytes, false).bits;
  return V(p.kind == PlaceKind::Ahead ? add(p.at_first.bits, n) : sub(p.at_first.bits, n));
}

/// What a state's path adds to that of the state it comes from.
template <class D>
typename D::Bv Executor<D>::beyond(const S& base, const S& s) const {
  Bv all = Bv::boolean(true);
  for (const Bv& c : s.path)
    if (std::none_of(base.path.begin(), base.path.end(), [&](const Bv& b) { return b.same(c); }))
      all = bv_and(all, c);
  return all;
}

/// The values of carried places behind an iteration, and when it goes on to the next one: terms of
/// merged states mean nothing where it does not.
template <class D>
typename D::Bv Executor<D>::carry(const Loop& loop, const S& base, const Iteration& it,
                                  std::vector<V>& values) {
  Bv goes_on = Bv::boolean(false);
  for (const S& s : it.arrived) goes_on = bv_or(goes_on, beyond(base, s));
  for (std::size_t i = 0; i < loop.places.size(); ++i) {
    const Place& p = loop.places[i];
    if (p.kind != PlaceKind::Carried) continue;
    V v = read_place(it.arrived.front(), p);
    for (std::size_t k = 1; k < it.arrived.size(); ++k)
      v = select_value(pool_, beyond(base, it.arrived[k]), read_place(it.arrived[k], p), v);
    values[i] = v;
  }
  return goes_on;
}

template <class D>
void Executor<D>::check_memory(const Loop& loop, const S& before, const S& after, Attempt& out) {
  std::set<ObjectId> ids, kept;
  for (const Frame<Bv>& f : before.frames) kept.insert(f.objects.begin(), f.objects.end());
  for (const Memory<Bv>* m : {&before.memory, &after.memory})
    for (const auto& [id, contents] : m->entries())
      if (objects_.at(id).kind != ObjectKind::Alloca || kept.count(id) != 0) ids.insert(id);
  for (const ObjectId id : ids) {
    const Contents<Bv>*x = before.memory.find(id), *y = after.memory.find(id);
    if (x == y) continue;
    const Object<Bv>& o = objects_.at(id);
    const Bv was = alive(before.memory, id), is = alive(after.memory, id);
    if (!was.same(is) && !never(after, bv_xor(was, is))) {
      out.hopeless = o.name + " does not stay in scope";
      return;
    }
    if (was.is_false()) continue;
    for (std::uint64_t at = 0; at < o.size; at += 8) {
      const auto bytes = static_cast<unsigned>(std::min<std::uint64_t>(8, o.size - at));
      const Place p{id, at, bytes, PlaceKind::Arbitrary, {}, {}};
      const auto placed = [&](const Place& q) { return q.object == id && q.offset == at; };
      if (std::any_of(loop.places.begin(), loop.places.end(), placed)) continue;
      const Bv differs = differ::in(read_place(before, p), read_place(after, p));
      if (never(after, differs)) continue;
      out.broken.push_back(p);
      out.broken.back().at_first = read_place(loop.first, p);
      out.broken.back().may_clear = only_cleared(before, after, p);
    }
  }
}

/// Page arrays: only the entry itself may have been written to.
template <class D>
void Executor<D>::check_arrays(const Loop& loop, const S& before, const S& after, const Bv& slot,
                               Attempt& out) {
  const std::size_t logs = std::max(before.memory.log_count(), after.memory.log_count());
  for (std::size_t i = 0; i < logs; ++i) {
    const auto x = before.memory.log(i), y = after.memory.log(i);
    if (x == y) continue;
    const bool extends = y->size() >= x->size() && std::equal(x->begin(), x->end(), y->begin());
    bool own = extends && i == loop.list.array->array;
    for (std::size_t k = x->size(); own && k < y->size(); ++k) {
      const PageWrite<Bv>& e = *(*y)[k];
      own = e.arbitrary == 0 && never(after, bv_and(e.guard, ne(e.index, slot)));
    }
    if (!own && (!extends || y->size() != x->size())) {
      out.hopeless = "an iteration writes beside its own entry";
      return;
    }
  }
}

template <class D>
void Executor<D>::check_places(const Loop& loop, const S& before, const S& after,
                               const std::vector<V>& carried, const Bv& done, const Bv& next,
                               const Iteration& from_first, Attempt& out) {
  Bv changed = Bv::boolean(false);
  for (std::size_t i = 0; i < loop.places.size(); ++i) {
    const Place& p = loop.places[i];
    const V v = read_place(after, p);
    V kept;
    const auto expect = [&](const Bv& wrong) {
      if (!never(after, wrong)) out.broken.push_back(p);
    };
    switch (p.kind) {
      case PlaceKind::Count:
        expect(
            differ::in(v, V(add(p.at_first.bits,
                                mul(resize(pool_, V(done), 8 * p.bytes, false).bits, p.stride)))));
        break;
      case PlaceKind::Ahead:
      case PlaceKind::Back:
        expect(differ::in(v, gone_along(p, done)));
        break;
      case PlaceKind::Cursor:
        expect(differ::in(v, V(next)));
        break;
      case PlaceKind::Carried:
        changed = bv_or(changed, differ::in(v, carried[i]));
        break;
      case PlaceKind::Cleared:
        kept = read_place(before, p);
        if (!v.taint &&
            never(after, any_bit(bv_and(bv_xor(v.bits, kept.bits),
                                        bv_or(bv_not(kept.bits), bv_not(p.may_clear))))))
          break;
        out.broken.push_back(p);
        out.broken.back().may_clear = only_cleared(before, after, p);
        break;
      case PlaceKind::Arbitrary:
        if (v.taint) expect(bv_or(v.taint->poison, any_bit(v.taint->undef)));
        break;
      case PlaceKind::Undefined:
        break;
    }
  }
  if (changed.is_false()) return;
  // What was carried has changed: to what the same iteration makes of the first values.
  Bv wrong = changed;
  if (!from_first.arrived.empty()) {
    std::vector<V> values(loop.places.size());
    Bv other = bv_not(carry(loop, before, from_first, values));
    for (std::size_t i = 0; i < loop.places.size(); ++i)
      if (loop.places[i].kind == PlaceKind::Carried)
        other = bv_or(other, differ::in(read_place(after, loop.places[i]), values[i]));
    wrong = bv_and(wrong, other);
  }
  if (feasible(after, wrong) != Feasible::No)
    out.hopeless = "what is carried from entry to entry depends on more than one of them";
}

/// What is told of the iteration for another entry is not kept: it must be no more than calls for
/// that entry.
template <class D>
void Executor<D>::check_events(const S& before, const S& after, Attempt& out) {
  for (std::size_t k = before.events.size(); k < after.events.size(); ++k) {
    const Event<Bv>& e = *after.events[k];
    const bool counts = !e.kind.is_const() || e.kind.value() == SGP_EV_WARN ||
                        e.kind.value() == SGP_EV_REFERENCE || e.kind.value() == SGP_EV_BUG;
    if (counts && !never(after, e.guard))
      out.hopeless = "an iteration that goes on warns, or takes references";
  }
  if (!differ::in(before.step, after.step).is_false()) out.hopeless = "an iteration is no one step";
}

}  // namespace sgproof::exec
