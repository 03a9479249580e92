#include "smt/exec/outcome.hpp"

namespace sgproof::exec {

const char* to_string(FindingKind k) {
  switch (k) {
    case FindingKind::None:
      return "none";
    case FindingKind::OutOfBounds:
      return "out-of-bounds";
    case FindingKind::DeadObject:
      return "dead-object";
    case FindingKind::NullAccess:
      return "null-access";
    case FindingKind::ReadOnlyWrite:
      return "read-only-write";
    case FindingKind::Misaligned:
      return "misaligned";
    case FindingKind::DivisionByZero:
      return "division-by-zero";
    case FindingKind::BadCall:
      return "bad-call";
    case FindingKind::Unreachable:
      return "unreachable-reached";
    case FindingKind::UndefUse:
      return "undef-use";
    case FindingKind::PoisonUse:
      return "poison-use";
    case FindingKind::AssumeViolated:
      return "assume-violated";
  }
  return "?";
}

const char* invariant_of(FindingKind k) {
  return k == FindingKind::UndefUse || k == FindingKind::PoisonUse ||
                 k == FindingKind::AssumeViolated
             ? "SAF-2"
             : "SAF-1";
}

const char* to_string(Inconclusive r) {
  switch (r) {
    case Inconclusive::None:
      return "none";
    case Inconclusive::UnknownOpcode:
      return "unknown-opcode";
    case Inconclusive::UnknownIntrinsic:
      return "unknown-intrinsic";
    case Inconclusive::UnknownAsm:
      return "unknown-asm";
    case Inconclusive::UnsupportedType:
      return "unsupported-type";
    case Inconclusive::UnsupportedConstant:
      return "unsupported-constant";
    case Inconclusive::UnsupportedAttribute:
      return "unsupported-attribute";
    case Inconclusive::MissingFunction:
      return "missing-function";
    case Inconclusive::LoopNotUnrolled:
      return "loop-not-fully-unrolled";
    case Inconclusive::RecursionLimit:
      return "recursion-limit";
    case Inconclusive::StepLimit:
      return "step-limit";
    case Inconclusive::Deadline:
      return "deadline";
    case Inconclusive::StateLimit:
      return "state-limit";
    case Inconclusive::SolverUnknown:
      return "solver-unknown";
    case Inconclusive::PointerUnresolved:
      return "pointer-unresolved";
    case Inconclusive::SizeUnresolved:
      return "size-unresolved";
    case Inconclusive::NotConstant:
      return "not-constant";
    case Inconclusive::NotInductive:
      return "not-inductive";
    case Inconclusive::Internal:
      return "internal";
  }
  return "?";
}

}  // namespace sgproof::exec
