// A state: one (possibly merged) path somewhere in the program.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "smt/exec/function_info.hpp"
#include "smt/exec/memory.hpp"
#include "smt/exec/outcome.hpp"

namespace sgproof::exec {

/// An observation made by sgp_event, BUG or WARN.
template <class Bv>
struct Event {
  Bv guard;  ///< it happened only where this holds (besides the path condition)
  Bv step;   ///< current operation, see sgp_step
  Bv kind;   ///< enum sgp_event_kind
  Bv a, b, c, d, ret;
  Location where;
  std::string text;  ///< BUG and WARN: file:line of the table entry
};

/// A call whose effect was taken to be arbitrary because the function has no body.
struct AssumedArbitrary {
  std::string function;
  Location where;
};

/// Something the executor assumed about the environment on this path, beyond sgp_assume.
struct Assumption {
  std::string text;
  Location where;
};

template <class Bv>
struct Frame {
  FunctionInfo* fn = nullptr;
  const BlockInfo* block = nullptr;
  unsigned inst = 0;  ///< index into block->instructions
  std::vector<Value<Bv>> registers;
  std::vector<std::uint32_t> iterations;  ///< one per loop in block->loops
  std::vector<ObjectId> objects;          ///< allocas (and byval copies) of this frame
  std::uint32_t visits = 0;               ///< blocks entered, for irreducible control flow
};

template <class Bv>
struct State {
  std::vector<Frame<Bv>> frames;
  std::vector<Bv> path;
  std::vector<Bv> known;  ///< what the path implies, as the solver found on the way
  Memory<Bv> memory;
  Bv step = Bv::constant(64, 0);
  std::vector<std::shared_ptr<const Event<Bv>>> events;
  std::vector<std::shared_ptr<const AssumedArbitrary>> arbitrary;
  std::vector<std::shared_ptr<const Assumption>> assumptions;
  std::uint32_t answers = 0;         ///< symbols created during calls that are compared
  std::uint32_t spent = 0;           ///< named entries of a list of any length that it depends on
  std::vector<std::uint64_t> cases;  ///< values of sgp_case that it follows: others stay apart
  unsigned cases_chosen = 0;         ///< calls of sgp_case so far, up to Part::choices

  [[nodiscard]] Frame<Bv>& top() { return frames.back(); }
  [[nodiscard]] const Frame<Bv>& top() const { return frames.back(); }
};

/// A path (or merged set of paths) that has ended.
template <class Bv>
struct End {
  EndKind kind = EndKind::Inconclusive;
  FindingKind finding = FindingKind::None;
  Inconclusive reason = Inconclusive::None;
  std::string text;             ///< what happened, for people
  Location where;               ///< innermost source location
  std::vector<Location> stack;  ///< call sites, innermost first
  std::vector<Bv> path;         ///< path condition: a conjunction
  Value<Bv> returned;           ///< Returned: result, `set` is false for void
  std::vector<std::shared_ptr<const Event<Bv>>> events;
  std::vector<std::shared_ptr<const AssumedArbitrary>> arbitrary;
  std::vector<std::shared_ptr<const Assumption>> assumptions;
  Memory<Bv> memory;
  Bv step;
};

}  // namespace sgproof::exec
