// Shared by the tests of the executor: IR from strings, and one object with everything a run needs.
#pragma once

#include <gtest/gtest.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

#include <memory>
#include <string>

#include "smt/exec/executor.hpp"

namespace sgproof::exec {

inline constexpr const char* kLp64 =
    "target datalayout = \"e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-n8:16:32:64\"\n";
inline constexpr const char* kBig32 = "target datalayout = \"E-m:e-p:32:32-i64:64-n32\"\n";

/// Of IR as text or as bitcode.
inline std::unique_ptr<llvm::Module> parse(llvm::LLVMContext& context, const std::string& text) {
  llvm::SMDiagnostic error;
  auto module = llvm::parseIR(llvm::MemoryBufferRef(text, "test"), error, context);
  if (!module) {
    error.print("test", llvm::errs());
    ADD_FAILURE() << "IR does not parse";
  }
  return module;
}

/// A module ready to run symbolically.
struct Symbolic {
  explicit Symbolic(const std::string& text, Options options = {}, const char* layout = kLp64)
      : module(parse(context, layout + text)),
        solver(terms),
        domain(solver),
        ex(*module, domain, std::move(options)) {}
  using Ends = Result<SymbolicDomain>;
  smt::Term k(unsigned w, smt::u128 v) { return smt::Term::constant(w, v); }
  smt::Term var(const char* name, unsigned w) { return terms.var(name, w); }
  Ends run(const std::vector<smt::Term>& args = {}) { return ex.run("f", args); }
  /// The condition holds on the path, whatever the symbols are.
  bool proves(const End<smt::Term>& e, const smt::Term& c) {
    return solver.check(e.path, smt::bv_not(c)) == smt::CheckResult::Unsat;
  }
  bool possible(const End<smt::Term>& e, const smt::Term& c) {
    return solver.check(e.path, c) == smt::CheckResult::Sat;
  }
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  smt::Terms terms;
  smt::Solver solver;
  SymbolicDomain domain;
  Executor<SymbolicDomain> ex;
};

struct Concrete {
  explicit Concrete(const std::string& text, Options options = {}, const char* layout = kLp64)
      : module(parse(context, layout + text)), ex(*module, domain, std::move(options)) {}
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  ConcreteDomain domain;
  Executor<ConcreteDomain> ex;
};

/// The only end of that kind.
template <class Bv>
const End<Bv>* only(const std::vector<End<Bv>>& ends, EndKind kind) {
  const End<Bv>* found = nullptr;
  for (const End<Bv>& e : ends)
    if (e.kind == kind) {
      if (found) return nullptr;
      found = &e;
    }
  return found;
}

}  // namespace sgproof::exec
