// Executor: other versions of a function, compared with it wherever it is called.
//
// The run follows the function itself. At each of its calls every version is executed on the same
// state, and must end as the function does: on the same inputs, with the same result, memory and
// events. Where that is shown for all calls, a program with the version in the function's place
// goes through the same states, by induction on its calls.
#pragma once

#include "smt/exec/differ.hpp"
#include "smt/exec/executor.hpp"

namespace sgproof::exec {

/// A call in the middle of the run: what waits, and what has ended, is put aside.
template <class D>
struct Executor<D>::Aside {
  Aside(Executor& executor, std::size_t frames)
      : ex(executor),
        floor(std::exchange(ex.floor_, frames)),
        waiting(std::exchange(ex.waiting_, {})),
        ends(std::exchange(ex.result_.ends, {})),
        current(ex.current_) {}
  ~Aside() {
    ex.floor_ = floor;
    ex.waiting_ = std::move(waiting);
    ex.result_.ends = std::move(ends);
    ex.current_ = current;
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  Executor& ex;
  std::size_t floor;
  typename Executor<D>::Waiting waiting;
  std::vector<End<Bv>> ends;
  const llvm::Instruction* current;
};

template <class D>
typename Executor<D>::CallOutcome Executor<D>::run_call(S state, const llvm::CallBase& call,
                                                        const llvm::Function& fn,
                                                        const std::vector<V>& args) {
  const Aside aside(*this, state.frames.size());
  CallOutcome out;
  try {
    if (push_frame(state, call, fn, args)) {
      enqueue(state);
      drive();
    }
  } catch (const Stop& stop) {
    end_inconclusive(state, stop.reason, stop.text);
  } catch (const Dead&) {  // ignored: no input takes this path
  }
  for (auto& [key, s] : waiting_) out.returned.push_back(std::move(s));
  out.ends = std::move(result_.ends);
  return out;
}

template <class D>
bool Executor<D>::enter(S& state, const llvm::CallBase& call, const llvm::Function& fn,
                        std::vector<V> args) {
  const auto found = options_.alternatives.find(&fn);
  if (found == options_.alternatives.end()) return push_frame(state, call, fn, std::move(args));
  std::vector<Alternative> versions;
  for (const Alternative& a : found->second)
    if (result_.differences[a.variant].empty() && (!variant_ || *variant_ == a.variant))
      versions.push_back(a);
  if (versions.empty()) return push_frame(state, call, fn, std::move(args));
  const bool outermost = symbols_from_.empty();
  if (outermost) symbols_from_ = place(state);
  CallOutcome original = run_call(state, call, fn, args);
  for (const Alternative& a : versions)
    if (std::string& why = result_.differences[a.variant]; why.empty())
      if (why = difference(a, state, original, call, args); !why.empty())
        why += ": " + fn.getName().str() + ", called in " + to_string(here(state));
  if (outermost) symbols_from_.clear();
  for (S& s : original.returned) enqueue(std::move(s));
  for (End<Bv>& e : original.ends) result_.ends.push_back(std::move(e));
  return false;
}

/// Runs one version and says how it differs; empty: shown to be the same.
template <class D>
std::string Executor<D>::difference(const Alternative& version, const S& state,
                                    const CallOutcome& original, const llvm::CallBase& call,
                                    const std::vector<V>& args) {
  const auto variant = std::exchange(variant_, version.variant);
  const auto deadline = options_.deadline;
  const auto limit = std::chrono::steady_clock::now() + options_.compare_limit;
  options_.deadline = deadline ? std::min(*deadline, limit) : limit;
  const CallOutcome other = run_call(state, call, *version.function, args);
  std::string why = result_.differences[version.variant];  // of a call inside this one
  if (why.empty()) why = compare_outcomes(state, original, other, call);
  options_.deadline = deadline;
  out_of_time_ = false;
  variant_ = variant;
  return why;
}

/// Contents of the objects that outlive the call: not those of its own stack frames.
template <class D>
typename D::Bv Executor<D>::memory_differs(const S& state, const Memory<Bv>& a,
                                           const Memory<Bv>& b) {
  std::set<ObjectId> ids, kept;
  for (const Frame<Bv>& f : state.frames) kept.insert(f.objects.begin(), f.objects.end());
  for (const Memory<Bv>* m : {&a, &b})
    for (const auto& [id, contents] : m->entries())
      if (objects_.at(id).kind != ObjectKind::Alloca || kept.count(id) != 0) ids.insert(id);
  Bv any = Bv::boolean(false);
  for (const ObjectId id : ids) {
    const Contents<Bv>*x = a.find(id), *y = b.find(id);
    if (x == y) continue;
    any = bv_or(any, differ::in(alive(a, id), alive(b, id)));
    const std::uint64_t size = objects_.at(id).size;
    for (std::uint64_t at = 0; at < size; at += 8) {
      const std::size_t k = at / kChunk;
      if (x != nullptr && y != nullptr && x->chunks[k] == y->chunks[k]) continue;
      const auto bytes = static_cast<unsigned>(std::min<std::uint64_t>(8, size - at));
      std::vector<Cell<Bv>> p(bytes), q(bytes);
      bool same = true;
      for (unsigned i = 0; i < bytes; ++i) {
        p[i] = cell(a, id, at + i);
        q[i] = cell(b, id, at + i);
        same = same && p[i].same(q[i]);
      }
      if (!same) any = bv_or(any, differ::in(gather(p), gather(q)));
    }
  }
  const std::size_t logs = std::max(a.log_count(), b.log_count());
  for (std::size_t i = 0; i < logs; ++i)
    if (a.log(i) != b.log(i) && !differ::same<Bv>(*a.log(i), *b.log(i)))
      return Bv::boolean(true);  // not looked at more closely
  return any;
}

template <class D>
std::string Executor<D>::compare_outcomes(const S& state, const CallOutcome& a,
                                          const CallOutcome& b, const llvm::CallBase& call) {
  using One = differ::Outcome<Bv>;
  const auto slot = [&](const S& s) {
    const Frame<Bv>& f = s.top();
    return call.getType()->isVoidTy() ? V() : f.registers[f.fn->slot(&call)];
  };
  const auto all = [&](const CallOutcome& outcome) {
    std::vector<One> out;
    for (const S& s : outcome.returned)
      out.push_back({EndKind::Returned, FindingKind::None, differ::conjunction(s.path), &s.events,
                     &s.memory, s.step, slot(s)});
    for (const End<Bv>& e : outcome.ends)
      out.push_back(
          {e.kind, e.finding, differ::conjunction(e.path), &e.events, &e.memory, e.step, V()});
    return out;
  };
  for (const CallOutcome* outcome : {&a, &b})
    for (const End<Bv>& e : outcome->ends)
      if (e.kind == EndKind::Inconclusive) return std::string(to_string(e.reason)) + ": " + e.text;
  const std::vector<One> here = all(a), there = all(b);
  const auto impossible = [&](const Bv& c) { return feasible(state, c) == Feasible::No; };
  const auto covered = [](const std::vector<One>& outcomes) {
    Bv any = Bv::boolean(false);
    for (const One& o : outcomes) any = bv_or(any, o.path);
    return any;
  };
  for (const One& x : here)
    for (const One& y : there) {
      const Bv both = bv_and(x.path, y.path);
      Bv wrong = Bv::boolean(true);
      if (x.kind == y.kind && x.finding == y.finding) {
        wrong = bv_or(differ::in(x.step, y.step), differ::in(x.value, y.value));
        wrong = bv_or(wrong, differ::in(*x.events, *y.events));
        if (!wrong.is_true()) wrong = bv_or(wrong, memory_differs(state, *x.memory, *y.memory));
      }
      if (!impossible(bv_and(both, wrong))) return "not shown to do the same";
    }
  if (!impossible(bv_xor(covered(here), covered(there))))
    return "not shown to end on the same inputs";
  return {};
}

}  // namespace sgproof::exec
