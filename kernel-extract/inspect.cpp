#include "kernel-extract/inspect.hpp"

#include <llvm/IR/Constants.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/DebugLoc.h>
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Instructions.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "kernel-extract/guards.hpp"

namespace sgproof::extract {
namespace {

/// A path as it is shown: relative to the tree, "/sgp/…", or "/build/…" for what make generated.
std::string shown(llvm::StringRef name, llvm::StringRef directory) {
  std::filesystem::path path(name.str());
  const bool from_tree = name.starts_with("/src/");
  if (from_tree) path = path.lexically_relative("/src");
  if (name.starts_with("./"))
    path = std::filesystem::path(directory.empty() ? "/build" : directory.str()) / path;
  return path.lexically_normal().string();
}

std::string shown(const llvm::DIScope& scope) {
  return shown(scope.getFilename(), scope.getDirectory());
}

/// Functions in the initialisers that are reachable from a constant.
void collect(const llvm::Constant* constant, std::set<std::string>& out,
             std::set<const llvm::Constant*>& seen) {
  if (!seen.insert(constant).second) return;
  if (const auto* f = llvm::dyn_cast<llvm::Function>(constant)) {
    out.insert(f->getName().str());
    return;
  }
  if (const auto* v = llvm::dyn_cast<llvm::GlobalVariable>(constant)) {
    if (v->hasInitializer()) collect(v->getInitializer(), out, seen);
    return;
  }
  for (const auto& operand : constant->operands())
    if (const auto* inner = llvm::dyn_cast<llvm::Constant>(operand.get()))
      collect(inner, out, seen);
}

void note_lines(const llvm::Instruction& instruction, std::map<std::string, std::set<int>>& lines) {
  for (const llvm::DILocation* at = instruction.getDebugLoc().get(); at != nullptr;
       at = at->getInlinedAt())
    if (at->getLine() != 0) lines[shown(*at->getScope())].insert(static_cast<int>(at->getLine()));
}

Function describe(const llvm::Function& f) {
  Function out;
  out.name = f.getName().str();
  out.source_name = out.name;
  if (const auto* program = f.getSubprogram()) {
    out.source_name = program->getName().str();
    out.file = shown(*program);
    out.line = static_cast<int>(program->getLine());
  }
  std::set<std::string> calls;
  std::set<std::string> takes;
  std::set<const llvm::Constant*> seen;
  std::map<std::string, std::set<int>> lines;
  for (const auto& block : f) {
    for (const auto& instruction : block) {
      note_lines(instruction, lines);
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      const auto* callee =
          call != nullptr
              ? llvm::dyn_cast<llvm::Function>(call->getCalledOperand()->stripPointerCasts())
              : nullptr;
      if (callee != nullptr && !callee->isIntrinsic()) calls.insert(callee->getName().str());
      for (const auto& operand : instruction.operands()) {
        if (call != nullptr && &operand == &call->getCalledOperandUse() && callee != nullptr)
          continue;
        if (const auto* constant = llvm::dyn_cast<llvm::Constant>(operand.get()))
          collect(constant, takes, seen);
      }
    }
  }
  out.calls.assign(calls.begin(), calls.end());
  out.takes.assign(takes.begin(), takes.end());
  out.guarded = guards_of(f);
  for (const auto& [file, numbers] : lines) out.lines[file].assign(numbers.begin(), numbers.end());
  return out;
}

}  // namespace

std::vector<Function> list_functions(const llvm::Module& module) {
  std::vector<Function> out;
  for (const auto& f : module)
    if (!f.isDeclaration()) out.push_back(describe(f));
  std::sort(out.begin(), out.end(),
            [](const Function& a, const Function& b) { return a.name < b.name; });
  return out;
}

std::set<std::string> reachable_names(const std::vector<Function>& functions,
                                      const std::vector<std::string>& entries) {
  std::map<std::string, const Function*> by_name;
  for (const auto& f : functions) by_name[f.name] = &f;
  std::set<std::string> out(entries.begin(), entries.end());
  std::deque<std::string> work(entries.begin(), entries.end());
  while (!work.empty()) {
    const auto found = by_name.find(work.front());
    work.pop_front();
    if (found == by_name.end()) continue;
    for (const auto* list : {&found->second->calls, &found->second->takes})
      for (const auto& next : *list)
        if (out.insert(next).second) work.push_back(next);
  }
  return out;
}

std::map<std::string, std::uint64_t> read_facts(const llvm::Module& module) {
  static constexpr llvm::StringRef kPrefix = "sgp_fact_";
  std::map<std::string, std::uint64_t> out;
  for (const auto& variable : module.globals()) {
    if (!variable.getName().starts_with(kPrefix) || !variable.hasInitializer()) continue;
    const auto* initializer = variable.getInitializer();
    const auto name = variable.getName().substr(kPrefix.size()).str();
    if (const auto* number = llvm::dyn_cast<llvm::ConstantInt>(initializer))
      out[name] = number->getZExtValue();
    if (initializer->isNullValue()) out[name] = 0;
  }
  return out;
}

}  // namespace sgproof::extract
