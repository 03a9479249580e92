// Executor: loops that do their work piece by piece (kernel-extract/harness/sgp_pieces.h), cut at
// their header by an invariant that is guessed and then shown.
//
// The header is reached with some of the work done, whatever its pieces were: any multiple of the
// unit, and no more than there is to do. What memory holds there is what it held at first, more by
// what is done or less by it, or anything; what becomes less never passes 0. One iteration is
// executed from any such state, must get further and must end in such a state again. By induction
// that holds however many pieces there are, and the loop ends. The states that leave the loop go on
// behind it.
//
// Guesses come from the first iteration; those that are not kept are weakened. A wrong guess proves
// nothing: only what the last attempt has shown is used.
#pragma once

#include "kernel-extract/harness/sgp_pieces.h"
#include "smt/exec/exec_loops.hpp"
#include "smt/exec/executor.hpp"

namespace sgproof::exec {

/// How the loop's work is told.
template <class D>
struct Executor<D>::Work {
  Place done;               ///< the harness's account of it
  bool grows = true;        ///< `done` does, from what it was at first; else it shrinks
  Bv unit;                  ///< bytes, a power of two
  bool in_units = true;     ///< what is done is a multiple of it
  std::vector<Bv> at_most;  ///< and no more than any of these
};

template <class D>
bool Executor<D>::begins_work(const S& state, const BlockInfo& from, const BlockInfo& to) {
  if (!D::kSymbolic || to.header_of < 0 || cut_ != nullptr) return false;
  const auto loop = static_cast<unsigned>(to.header_of);
  if (!state.top().fn->loops()[loop].calls) return false;
  if (std::find(from.loops.begin(), from.loops.end(), loop) != from.loops.end()) return false;
  const std::uint64_t pieces = address_of("sgp_pieces");
  if (pieces == 0) return false;
  const Object<Bv>* o = objects_.containing(pieces);
  return !load_target(state.memory, {Bv::boolean(true), o->id, offsetof(sgp_pieces, unit), Bv()}, 8)
              .bits.is_zero();
}

/// What is done in a state at the header.
template <class D>
typename D::Bv Executor<D>::done_in(const Work& work, const S& state) {
  const Bv now = read_place(state, work.done).bits, first = work.done.at_first.bits;
  return work.grows ? sub(now, first) : sub(first, now);
}

template <class D>
bool Executor<D>::defined_at_first(const Loop& loop, const Place& p) {
  const auto& taint = p.at_first.taint;
  return !taint || never(loop.first, bv_or(taint->poison, any_bit(taint->undef)));
}

template <class D>
void Executor<D>::guess_work(Loop& loop, Work& work) {
  S s = loop.first;
  s.top().iterations.back() = kStageEarlier;
  const Iteration it = iterate(s, loop, false);
  if (it.arrived.empty()) return;
  const S& after = it.arrived.front();
  const auto surely = [&](const Bv& c) { return never(after, bv_not(c)); };
  work.grows = surely(ule(work.done.at_first.bits, read_place(after, work.done).bits));
  const Bv done = done_in(work, after);
  Attempt changed;
  for (const S& one : it.arrived) check_memory(loop, s, one, changed);
  for (Place& p : changed.broken) {
    const auto same = [&](const Place& q) { return q.object == p.object && q.offset == p.offset; };
    if (std::any_of(loop.places.begin(), loop.places.end(), same)) continue;
    const V v = read_place(after, p);
    const auto is = [&](PlaceKind kind) {
      p.kind = kind;
      return defined_at_first(loop, p) && surely(bv_not(differ::in(v, gone_along(p, done))));
    };
    if (is(PlaceKind::Back))
      work.at_most.push_back(resize(pool_, p.at_first, 64, false).bits);
    else if (!is(PlaceKind::Ahead))
      p.kind = kind_of(p);
    loop.places.push_back(p);
  }
  nothing_carried(loop);
}

/// Iterations here are not for entries, of which one could stand for what others hand on.
template <class D>
void Executor<D>::nothing_carried(Loop& loop) {
  for (Place& p : loop.places)
    if (p.kind == PlaceKind::Carried)
      p.kind = p.at_first.taint ? PlaceKind::Undefined : PlaceKind::Arbitrary;
}

/// What one iteration must keep that began with `before` done.
template <class D>
void Executor<D>::check_work(const Loop& loop, Work& work, const S& header, const S& after,
                             const Bv& before, Attempt& out) {
  check_memory(loop, header, after, out);
  check_events(header, after, out);
  const std::size_t logs = std::max(header.memory.log_count(), after.memory.log_count());
  for (std::size_t i = 0; i < logs; ++i)
    if (header.memory.log(i) != after.memory.log(i)) out.hopeless = "an iteration writes to pages";
  const Bv done = done_in(work, after);
  if (!never(after, ule(done, before))) out.hopeless = "an iteration need not get further";
  check_places(loop, header, after, {}, done, {}, {}, out);
  const std::size_t limits = work.at_most.size();
  std::erase_if(work.at_most, [&](const Bv& most) { return !never(after, ult(most, done)); });
  const Bv rest = bv_and(done, sub(work.unit, Bv::constant(64, 1)));
  const bool was_in_units = work.in_units;
  if (work.in_units && !never(after, any_bit(rest))) work.in_units = false;
  if (limits != work.at_most.size() || was_in_units != work.in_units) out.weaker = true;
}

template <class D>
typename Executor<D>::Attempt Executor<D>::attempt_work(const Loop& loop, Work& work) {
  Attempt out;
  S named = loop.first;
  named.top().iterations.back() = kStageOthers;
  At at;
  at.stage = kStageOthers;
  at.position = fresh(named, "havoc", "done in earlier iterations", 64);
  for (const Bv& most : work.at_most) at.conditions.push_back(ule(at.position, most));
  if (work.in_units)
    at.conditions.push_back(
        bv_not(any_bit(bv_and(at.position, sub(work.unit, Bv::constant(64, 1))))));
  const S header = at_header(loop, loop.first, at);
  Iteration it = iterate(header, loop, false);
  for (const S& s : it.arrived) {
    check_work(loop, work, header, s, at.position, out);
    out.arbitrary.insert(out.arbitrary.end(), s.arbitrary.begin(), s.arbitrary.end());
    out.assumptions.insert(out.assumptions.end(), s.assumptions.begin(), s.assumptions.end());
  }
  out.left = std::move(it.left);
  out.ends = std::move(it.ends);
  return out;
}

template <class D>
void Executor<D>::cut_work(S state) {
  Loop loop = loop_at(std::move(state));
  const ObjectId pieces = objects_.containing(address_of("sgp_pieces"))->id;
  const auto word = [&](std::size_t at) {
    Place p{pieces, at, 8, PlaceKind::Ahead, {}, {}};
    p.at_first = read_place(loop.first, p);
    return p;
  };
  Work work{word(offsetof(sgp_pieces, done)),
            true,
            word(offsetof(sgp_pieces, unit)).at_first.bits,
            true,
            {}};
  guess_work(loop, work);
  const Bv first = work.done.at_first.bits;
  work.at_most.push_back(work.grows ? sub(word(offsetof(sgp_pieces, most)).at_first.bits, first)
                                    : first);
  constexpr unsigned kAttempts = 8;
  for (unsigned n = 0; n < kAttempts; ++n) {
    Attempt a = attempt_work(loop, work);
    if (!a.hopeless.empty()) throw Stop{Inconclusive::NotInductive, a.hopeless};
    if (weaken(loop, a.broken) || a.weaker) {
      nothing_carried(loop);
      continue;
    }
    return leave_loop(std::move(a));
  }
  throw Stop{Inconclusive::NotInductive, "no invariant was found for a loop that works in pieces"};
}

}  // namespace sgproof::exec
