// Executor: loops over a list of any length (kernel-extract/harness/sgp_any_list.h), cut at their
// header by an invariant that is guessed and then shown.
//
// The header is reached once for each entry of the list, and once more at its end. What memory
// holds there is described by places: a counter, the address of the entry that is next, values that
// are carried from one iteration to the next, and what may be anything. All else must be as it was
// when the loop began. For one named entry of the list, any, three things are executed: the
// iteration for an arbitrary entry before it, its own, and that for an arbitrary one behind it;
// each from any memory that the invariant allows, and each must end in memory that the invariant
// allows one entry further. By induction that holds for lists of every length. The states that
// leave the loop, from an iteration or at the end of the list, go on behind it.
//
// Guesses come from the iteration for the first entry; those that are not kept are weakened. A
// wrong guess proves nothing: only what the last attempt has shown is used.
#pragma once

#include "smt/exec/exec_any_list.hpp"
#include "smt/exec/exec_loop_checks.hpp"
#include "smt/exec/executor.hpp"

namespace sgproof::exec {

// ---- where a loop is cut ---------------------------------------------------------------------

template <class D>
bool Executor<D>::begins_list_loop(const S& state, const BlockInfo& from, const BlockInfo& to) {
  if (!D::kSymbolic || to.header_of < 0) return false;
  const auto loop = static_cast<unsigned>(to.header_of);
  if (!state.top().fn->loops()[loop].walks_list) return false;
  if (std::find(from.loops.begin(), from.loops.end(), loop) != from.loops.end()) return false;
  const std::uint64_t list = address_of("sgp_any_list");
  if (list == 0) return false;
  const Object<Bv>* o = objects_.containing(list);
  const V nents = load_target(state.memory, {Bv::boolean(true), o->id, 0, Bv()}, 8);
  return !nents.bits.is_zero();
}

/// The state has just gone from one block to another: keeps it if the exploration ends there.
template <class D>
bool Executor<D>::captured(S& state, const BlockInfo& from, const BlockInfo& to) {
  if (cut_ == nullptr || state.frames.size() != cut_->depth || state.top().fn != cut_->fn)
    return false;
  const bool inside = std::find(to.loops.begin(), to.loops.end(), cut_->loop) != to.loops.end();
  std::vector<S>* into = nullptr;
  if (&to == cut_->header)
    into = &cut_->out->arrived;
  else if (!inside)
    into = &cut_->out->left;
  else if (cut_->header_only && &from == cut_->header)
    into = &cut_->out->entered;
  if (into == nullptr) return false;
  for (S& other : *into)
    if (position(other) == position(state) && merge(other, state)) return true;
  into->push_back(std::move(state));
  return true;
}

/// From a header state to where its iteration ends.
template <class D>
typename Executor<D>::Iteration Executor<D>::iterate(S state, const Loop& loop, bool header_only) {
  Iteration out;
  if (feasible(state, Bv::boolean(true)) == Feasible::No) return out;
  const Aside aside(*this, state.frames.size() - 1);
  Cut cut = loop.cut;
  cut.header_only = header_only;
  cut.out = &out;
  struct Within {
    Within(Cut*& place, Cut* now) : place_(place), before_(std::exchange(place, now)) {}
    ~Within() { place_ = before_; }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;
    Cut*& place_;
    Cut* before_;
  } const within(cut_, &cut);
  enqueue(std::move(state));
  drive();
  for (auto& [key, s] : waiting_)
    end_inconclusive(s, Inconclusive::Internal, "a loop that is left without a branch");
  out.ends = std::move(result_.ends);
  return out;
}

// ---- header states ---------------------------------------------------------------------------

template <class D>
typename Executor<D>::S Executor<D>::at_header(const Loop& loop, const S& base, const At& at) {
  S s = base;
  s.top().iterations.back() = at.stage;
  for (const Bv& c : at.conditions)
    if (!add_condition(s, c)) s.path.push_back(c);  // impossible
  for (std::size_t i = 0; i < loop.places.size(); ++i) {
    const Place& p = loop.places[i];
    const unsigned bits = 8 * p.bytes;
    const auto any = [&] {
      // names of objects are not unique, and two places must not be one symbol
      return V(fresh(s, "havoc",
                     objects_.at(p.object).name + "#" + std::to_string(p.object) + "+" +
                         std::to_string(p.offset),
                     bits));
    };
    V v;
    switch (p.kind) {
      case PlaceKind::Count:
        v = V(add(p.at_first.bits, mul(resize(pool_, V(at.position), bits, false).bits, p.stride)));
        break;
      case PlaceKind::Ahead:
      case PlaceKind::Back:
        v = gone_along(p, at.position);
        break;
      case PlaceKind::Cursor:
        v = V(at.cursor);
        break;
      case PlaceKind::Carried:
        v = at.carried.empty() ? any() : at.carried[i];
        break;
      case PlaceKind::Cleared:
        v = V(bv_and(read_place(base, p).bits, bv_not(bv_and(p.may_clear, any().bits))));
        break;
      case PlaceKind::Arbitrary:
        v = any();
        break;
      case PlaceKind::Undefined:
        v = pool_.undef(bits);
        break;
    }
    put_cells(s, p.object, p.offset, cells_of(v, nullptr));
  }
  if (loop.list.array != nullptr) forget_list(s, loop.list);
  return s;
}

/// Where the header is reached with `position` entries done, it was left towards the next iteration
/// with one less.
template <class D>
typename D::Bv Executor<D>::went_on(const Loop& loop, const S& base, const Bv& position,
                                    unsigned stage) {
  bool leaves = false;
  const llvm::Instruction* end = loop.cut.header->instructions.back();
  for (unsigned i = 0; i < end->getNumSuccessors(); ++i) {
    const BlockInfo& to = loop.cut.fn->block(end->getSuccessor(i));
    leaves |= std::find(to.loops.begin(), to.loops.end(), loop.cut.loop) == to.loops.end();
  }
  if (!leaves) return Bv::boolean(true);
  At before;
  before.stage = stage + kStages;
  before.position = sub(position, Bv::constant(64, 1));
  S named = base;
  named.top().iterations.back() = before.stage;
  before.cursor = fresh(named, "havoc", "an earlier entry", pointer_bits_);
  const Iteration header = iterate(at_header(loop, base, before), loop, true);
  if (!header.ends.empty() || !header.arrived.empty()) return Bv::boolean(true);
  Bv any = Bv::boolean(false);
  for (const S& s : header.entered) any = bv_or(any, beyond(base, s));
  return bv_or(eq(position, Bv::constant(64, 0)), any);
}

/// The header before was that of the observed entry, with memory as it was before its iteration.
template <class D>
typename D::Bv Executor<D>::follows_observed(const Loop& loop, const Bv& position) const {
  return eq(position, add(loop.list.entries[SGP_ANY_OBSERVED].position, Bv::constant(64, 1)));
}

// ---- one attempt -----------------------------------------------------------------------------

/// What the iteration for some earlier entry makes of the values that are carried.
template <class D>
bool Executor<D>::run_earlier(Loop& loop, Attempt& out) {
  std::vector<V> at_first;
  for (const Place& p : loop.places) at_first.push_back(p.at_first);
  loop.earlier = at_first;
  loop.carries = false;
  loop.went_on = Bv::boolean(false);
  const auto carried = [](const Place& p) { return p.kind == PlaceKind::Carried; };
  if (std::none_of(loop.places.begin(), loop.places.end(), carried)) return true;
  if (loop.first.spent != 0) {
    out.hopeless = "no named entry is left for what is carried";
    return false;
  }
  const auto& e = loop.list.entries[SGP_ANY_EARLIER];
  At at;
  at.stage = kStageEarlier;
  at.position = e.position;
  at.cursor = address_of_slot(loop.list, e.slot);
  at.carried = at_first;
  at.conditions = {ult(e.position, loop.list.nents)};
  const Iteration it = iterate(at_header(loop, loop.first, at), loop, false);
  for (const End<Bv>& end : it.ends)
    if (end.kind == EndKind::Inconclusive) {
      out.hopeless = end.text;
      return false;
    }
  loop.carries = !it.arrived.empty();
  if (loop.carries) loop.went_on = carry(loop, loop.first, it, loop.earlier);
  return true;
}

/// The iteration for entry `name`, from any memory that the invariant allows; `behind` the observed
/// entry, what is carried may also be what that left.
template <class D>
std::vector<typename Executor<D>::S> Executor<D>::run_entry(const Loop& loop, const S& base,
                                                            unsigned name, unsigned stage,
                                                            std::vector<Bv> conditions, bool behind,
                                                            Attempt& out) {
  const auto& e = loop.list.entries[name];
  At at;
  at.stage = stage;
  at.position = e.position;
  at.cursor = address_of_slot(loop.list, e.slot);
  at.conditions = std::move(conditions);
  at.conditions.push_back(ult(e.position, loop.list.nents));
  Bv reached = went_on(loop, base, e.position, stage);
  if (behind) reached = bv_or(reached, follows_observed(loop, e.position));
  at.conditions.push_back(reached);
  S named = base;
  named.top().iterations.back() = stage;
  const Bv earlier = fresh(named, "havoc", "carried from an earlier entry", 1);
  const Bv observed = fresh(named, "havoc", "carried from the observed entry", 1);
  std::vector<V> first;
  for (std::size_t i = 0; i < loop.places.size(); ++i) {
    const Place& p = loop.places[i];
    first.push_back(p.at_first);
    if (p.kind != PlaceKind::Carried) {
      at.carried.push_back(p.at_first);
      continue;
    }
    V v = select_value(pool_, earlier, loop.earlier[i], p.at_first);
    if (behind) v = select_value(pool_, observed, read_place(base, p), v);
    at.carried.push_back(v);
  }
  at.conditions.push_back(bv_or(bv_not(earlier), loop.went_on));
  const S header = at_header(loop, base, at);
  Iteration it = iterate(header, loop, false);
  Iteration from_first;
  if (loop.carries) {
    At again = at;
    again.carried = first;
    from_first = iterate(at_header(loop, base, again), loop, false);
  }
  for (S& s : it.arrived) {
    check_memory(loop, header, s, out);
    check_arrays(loop, header, s, e.slot, out);
    check_places(loop, header, s, at.carried, add(e.position, Bv::constant(64, 1)), e.next,
                 from_first, out);
    if (name != SGP_ANY_OBSERVED) {
      check_events(header, s, out);
      out.arbitrary.insert(out.arbitrary.end(), s.arbitrary.begin(), s.arbitrary.end());
      out.assumptions.insert(out.assumptions.end(), s.assumptions.begin(), s.assumptions.end());
    }
  }
  for (S& s : it.left) {
    if (name != SGP_ANY_OBSERVED) s.spent |= 1U << name;
    out.left.push_back(std::move(s));
  }
  for (End<Bv>& end : it.ends) out.ends.push_back(std::move(end));
  return std::move(it.arrived);
}

/// All entries are done.
template <class D>
void Executor<D>::run_end(const Loop& loop, const S& base, std::vector<Bv> conditions,
                          Attempt& out) {
  At at;
  at.stage = kStageEnd;
  at.position = loop.list.nents;
  S named = base;
  named.top().iterations.back() = at.stage;
  const Bv behind = fresh(named, "havoc", "what is behind the list", pointer_bits_);
  const Bv null = Bv::constant(pointer_bits_, 0);
  at.cursor = ite(any_bit(loop.list.ends), null, behind);
  at.conditions = std::move(conditions);
  at.conditions.push_back(bv_or(any_bit(loop.list.ends), ne(behind, null)));
  at.conditions.push_back(
      bv_or(went_on(loop, base, at.position, at.stage), follows_observed(loop, at.position)));
  const Bv earlier = fresh(named, "havoc", "carried from an earlier entry", 1);
  const Bv observed = fresh(named, "havoc", "carried from the observed entry", 1);
  at.conditions.push_back(bv_or(bv_not(earlier), loop.went_on));
  for (std::size_t i = 0; i < loop.places.size(); ++i) {
    const Place& p = loop.places[i];
    V v = select_value(pool_, earlier, loop.earlier[i], p.at_first);
    at.carried.push_back(p.kind == PlaceKind::Carried
                             ? select_value(pool_, observed, read_place(base, p), v)
                             : p.at_first);
  }
  Iteration it = iterate(at_header(loop, base, at), loop, false);
  if (!it.arrived.empty()) out.hopeless = "the loop goes on behind the last entry";
  for (S& s : it.left) out.left.push_back(std::move(s));
  for (End<Bv>& end : it.ends) out.ends.push_back(std::move(end));
}

template <class D>
typename Executor<D>::Attempt Executor<D>::attempt(Loop& loop) {
  Attempt out;
  for (const Place& p : loop.places)
    if (p.kind == PlaceKind::Cursor && !never(loop.first, ne(p.at_first.bits, loop.list.first)))
      out.broken.push_back(p);
  if (!out.broken.empty() || !run_earlier(loop, out)) return out;
  const Bv way = fresh(loop.first, "havoc", "way through the list", 8);
  const Bv later = fresh(loop.first, "havoc", "way behind the observed entry", 8);
  const auto takes = [](const Bv& w, unsigned n) { return eq(w, Bv::constant(8, n)); };
  const Bv observed = loop.list.entries[SGP_ANY_OBSERVED].position;
  for (const unsigned name : loop.all_others)
    run_entry(loop, loop.first, name, kStageOthers + 2 * name,
              {takes(way, name), ult(loop.list.entries[name].position, observed)}, false, out);
  const std::vector<S> done = run_entry(loop, loop.first, SGP_ANY_OBSERVED, kStageObserved,
                                        {takes(way, SGP_ANY_OBSERVED)}, false, out);
  for (const S& base : done) {
    for (const unsigned name : loop.all_others)
      run_entry(loop, base, name, kStageOthers + 2 * name + 1,
                {takes(later, name), ult(observed, loop.list.entries[name].position)}, true, out);
    run_end(loop, base, {takes(later, SGP_ANY_OBSERVED)}, out);
  }
  return out;
}

// ---- guesses ---------------------------------------------------------------------------------

/// How a place that has changed may be changing.
template <class D>
PlaceKind Executor<D>::kind_of(const Place& p) const {
  const Object<Bv>& o = objects_.at(p.object);
  if (o.kind == ObjectKind::Alloca && o.size > 8) return PlaceKind::Carried;
  if (p.at_first.taint) return PlaceKind::Undefined;
  return p.may_clear.is_zero() ? PlaceKind::Arbitrary : PlaceKind::Cleared;
}

/// What one more iteration makes of a place that was taken to lose bits only.
template <class D>
void Executor<D>::clear_more(Place& p, const Place& seen) {
  if (seen.may_clear.is_zero())
    p.kind = PlaceKind::Arbitrary;
  else
    p.may_clear = bv_or(p.may_clear, seen.may_clear);
}

template <class D>
void Executor<D>::guess(Loop& loop) {
  // The first iteration, as far as it is that of a named entry.
  const auto& e = loop.list.entries[SGP_ANY_EARLIER];
  S s = loop.first;
  s.top().iterations.back() = kStageEarlier;
  add_condition(s, eq(e.position, Bv::constant(64, 0)));
  const Iteration it = iterate(s, loop, false);
  Attempt changed;
  for (const S& after : it.arrived) check_memory(loop, s, after, changed);
  for (Place& p : changed.broken) {
    const auto same = [&](const Place& q) { return q.object == p.object && q.offset == p.offset; };
    const auto seen = std::find_if(loop.places.begin(), loop.places.end(), same);
    if (seen != loop.places.end()) {
      if (seen->kind == PlaceKind::Cleared) clear_more(*seen, p);
      continue;
    }
    p.kind = kind_of(p);
    for (const S& after : it.arrived) {
      const V v = read_place(after, p);
      if (p.at_first.taint || v.taint || objects_.at(p.object).size > 8) break;
      const auto surely = [&](const Bv& c) { return never(after, bv_not(c)); };
      const Bv step = sub(v.bits, p.at_first.bits);
      if (8 * p.bytes == pointer_bits_ && surely(eq(p.at_first.bits, loop.list.first)) &&
          surely(eq(v.bits, e.next))) {
        p.kind = PlaceKind::Cursor;
      } else if (step.is_const()) {
        p.kind = PlaceKind::Count;
        p.stride = step;
      }
      break;
    }
    loop.places.push_back(p);
  }
}

/// Weaker guesses where the iterations did not keep the last ones; false: there are none.
template <class D>
bool Executor<D>::weaken(Loop& loop, const std::vector<Place>& broken) {
  for (const Place& b : broken) {
    const auto it = std::find_if(loop.places.begin(), loop.places.end(), [&](const Place& p) {
      return p.object == b.object && p.offset == b.offset;
    });
    if (it == loop.places.end()) {
      loop.places.push_back(b);
      loop.places.back().kind = kind_of(b);
    } else if (it->kind == PlaceKind::Cleared) {
      clear_more(*it, b);
    } else if (it->kind == PlaceKind::Arbitrary) {
      it->kind = PlaceKind::Undefined;
    } else if (it->kind != PlaceKind::Carried && it->kind != PlaceKind::Undefined) {
      it->kind = PlaceKind::Arbitrary;
    }
  }
  return !broken.empty();
}

/// The loop whose header the state has just reached from outside.
template <class D>
typename Executor<D>::Loop Executor<D>::loop_at(S state) {
  Loop loop;
  loop.first = std::move(state);
  const Frame<Bv>& f = loop.first.top();
  if (f.block->first != 0 || f.fn->irreducible())
    throw Stop{Inconclusive::NotInductive, "a loop that is cut has values of its own"};
  loop.cut = {f.fn,    loop.first.frames.size(),
              f.block, static_cast<unsigned>(f.block->header_of),
              false,   nullptr};
  return loop;
}

/// Goes on behind the loop, with what was taken for granted in its iterations.
template <class D>
void Executor<D>::leave_loop(Attempt a) {
  for (S& s : a.left) {
    s.arbitrary.insert(s.arbitrary.end(), a.arbitrary.begin(), a.arbitrary.end());
    s.assumptions.insert(s.assumptions.end(), a.assumptions.begin(), a.assumptions.end());
    enqueue(std::move(s));
  }
  for (End<Bv>& end : a.ends) result_.ends.push_back(std::move(end));
  ++result_.stats.loops_cut;
}

template <class D>
void Executor<D>::cut_loop(S state) {
  // the entry of the outer loop's iteration could not stand for all in this one
  if (cut_ != nullptr)
    throw Stop{Inconclusive::NotInductive, "a loop over the list within another"};
  Loop loop = loop_at(std::move(state));
  loop.list = read_list(loop.first);
  note_apart(loop.first, loop.list);
  loop.other = (loop.first.spent >> SGP_ANY_OTHER & 1) == 0 ? SGP_ANY_OTHER : SGP_ANY_OTHER_LATER;
  if ((loop.first.spent >> loop.other & 1) != 0)
    throw Stop{Inconclusive::NotInductive, "no named entry is left to stand for the others"};
  for (unsigned name = SGP_ANY_OBSERVED + 1; name < SGP_ANY_NAMES; ++name)
    if (name == loop.other || (loop.first.spent >> name & 1) != 0) loop.all_others.push_back(name);
  guess(loop);
  constexpr unsigned kAttempts = 8;
  for (unsigned n = 0; n < kAttempts; ++n) {
    Attempt a = attempt(loop);
    if (!a.hopeless.empty()) throw Stop{Inconclusive::NotInductive, a.hopeless};
    if (weaken(loop, a.broken)) continue;
    for (S& s : a.left)
      if (loop.carries) s.spent |= 1U << SGP_ANY_EARLIER;
    return leave_loop(std::move(a));
  }
  throw Stop{Inconclusive::NotInductive, "no invariant was found for a loop over the list"};
}

}  // namespace sgproof::exec
