// Executor: path conditions, findings, symbols and places.
#pragma once

#include <llvm/IR/DebugInfoMetadata.h>

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

template <class D>
bool Executor<D>::add_condition(S& state, const Bv& c) {
  if (c.is_true()) return true;
  if (c.is_false()) return false;
  for (const Bv& p : state.path)
    if (p.same(c)) return true;
  state.path.push_back(c);
  return true;
}

template <class D>
Feasible Executor<D>::feasible(const S& state, const Bv& c, bool briefly) {
  if (c.is_false()) return Feasible::No;
  if constexpr (D::kSymbolic) {
    const Bv negated = bv_not(c);
    for (const Bv& p : state.path)
      if (p.same(negated)) return Feasible::No;
  }
  ++result_.stats.feasibility_checks;
  // what the path is known to imply is said as well: the solver does not find it again
  std::vector<Bv> conditions = state.path;
  conditions.insert(conditions.end(), state.known.begin(), state.known.end());
  const Feasible f = domain_.feasible(conditions, c, briefly);
  if (f == Feasible::Unknown) ++result_.stats.unknown_feasibility;
  return f;
}

/// Remembers what the path implies: choices are then read without asking again.
template <class D>
void Executor<D>::learn(S& state, const Bv& c) {
  if constexpr (D::kSymbolic)
    if (!c.is_const()) state.known.push_back(c);
}

template <class D>
void Executor<D>::restrict_to(S& state, const Bv& c) {
  if (c.is_true()) return;
  if (feasible(state, c) == Feasible::No || !add_condition(state, c)) throw Dead{};
}

template <class D>
void Executor<D>::require(S& state, const Bv& ok, FindingKind kind, const std::string& text) {
  if (ok.is_true()) return;
  const Bv bad = bv_not(ok);
  switch (feasible(state, bad)) {
    case Feasible::No:
      if (ok.is_false()) throw Dead{};  // the path itself is infeasible
      learn(state, ok);
      return;
    case Feasible::Yes: {
      S copy = state;
      add_condition(copy, bad);
      End<Bv>& e = end_state(copy, EndKind::Finding, text);
      e.finding = kind;
      break;
    }
    case Feasible::Unknown: {
      S copy = state;
      add_condition(copy, bad);
      end_inconclusive(copy, Inconclusive::SolverUnknown, "not shown: " + text);
      break;
    }
  }
  restrict_to(state, ok);
}

template <class D>
typename D::Bv Executor<D>::observe(S& state, const V& v, const std::string& what) {
  if (!v.set) throw Stop{Inconclusive::Internal, "register without value"};
  if (v.parts) throw Stop{Inconclusive::UnsupportedType, "aggregate used as a scalar"};
  if (v.taint) {
    require(state, bv_not(v.taint->poison), FindingKind::PoisonUse, "poison used as " + what);
    require(state, bv_not(any_bit(v.taint->undef)), FindingKind::UndefUse,
            "uninitialised or undefined value used as " + what);
  }
  return v.bits;
}

template <class D>
void Executor<D>::observe_all(S& state, const V& v, const std::string& what) {
  if (v.parts)
    for (const V& p : *v.parts) observe_all(state, p, what);
  else
    observe(state, v, what);
}

template <class D>
std::string Executor<D>::place(const S& state) const {
  std::uint64_t h = 1469598103934665603ULL;
  for (const std::uint32_t n : position(state)) h = (h ^ n) * 1099511628211ULL;
  static const char* const kHex = "0123456789abcdef";
  std::string hex;
  for (int i = 60; i >= 0; i -= 4) hex += kHex[(h >> i) & 15];
  const Location l = here(state);
  return l.function + ":" + std::to_string(l.line) + "~" + hex;
}

template <class D>
typename D::Bv Executor<D>::fresh(S& state, const std::string& kind, const std::string& name,
                                  unsigned width, std::uint64_t id) {
  // Versions of a function are at other places; what the environment answers is numbered instead.
  const std::string full = symbols_from_.empty()
                               ? name + "@" + place(state)
                               : name + ":" + std::to_string(width) + "@" + symbols_from_ + "#" +
                                     std::to_string(state.answers++);
  if (symbol_index_.try_emplace(full, symbols_.size()).second)
    symbols_.push_back({full, kind, id, width, here(state)});
  return domain_.fresh(full, width);
}

template <class D>
Location Executor<D>::locate(const llvm::Instruction* inst) const {
  Location l;
  if (inst == nullptr) return l;
  l.function = inst->getFunction()->getName().str();
  if (const llvm::DILocation* d = inst->getDebugLoc().get()) {
    if (const llvm::DISubprogram* s = d->getScope()->getSubprogram())
      l.function = s->getName().str();
    l.file = d->getFilename().str();
    l.line = d->getLine();
  } else if (const llvm::DISubprogram* s = inst->getFunction()->getSubprogram()) {
    l.file = s->getFilename().str();
  }
  return l;
}

template <class D>
Location Executor<D>::here(const S& state) const {
  if (state.frames.empty()) return {};
  const Frame<Bv>& f = state.top();
  // Without a location of its own, an instruction has that of the nearest one before it.
  for (unsigned i = f.inst + 1; i-- > 0;)
    if (i < f.block->instructions.size()) {
      Location l = locate(f.block->instructions[i]);
      if (l.line != 0 || i == 0) return l;
    }
  return {};
}

template <class D>
End<typename D::Bv>& Executor<D>::end_state(S& state, EndKind kind, const std::string& text) {
  End<Bv> e;
  e.kind = kind;
  e.text = text;
  e.where = here(state);
  for (std::size_t i = state.frames.size(); i-- > 1;) {
    const Frame<Bv>& f = state.frames[i - 1];
    e.stack.push_back(locate(f.block->instructions[f.inst]));
  }
  e.path = state.path;
  e.events = state.events;
  e.arbitrary = state.arbitrary;
  e.assumptions = state.assumptions;
  e.memory = state.memory;
  e.step = state.step;
  result_.ends.push_back(std::move(e));
  return result_.ends.back();
}

template <class D>
void Executor<D>::end_inconclusive(S& state, Inconclusive reason, const std::string& text) {
  End<Bv>& e = end_state(state, EndKind::Inconclusive, text);
  e.reason = reason;
}

template <class D>
void Executor<D>::note_executed(FunctionInfo& fn, const llvm::Instruction& inst) {
  fn.executed[fn.slot(&inst)] = 1;
  if (options_.trace) {
    const Location l = locate(&inst);
    if (l.line != 0 && (result_.trace.empty() || result_.trace.back() != l))
      result_.trace.push_back(l);
  }
}

template <class D>
void Executor<D>::note_side(const llvm::Instruction& inst, unsigned side, bool is_feasible) {
  BranchSide& b = sides_[{&inst, side}];
  b.side = side;
  (is_feasible ? b.feasible : b.refuted) = true;
}

}  // namespace sgproof::exec
