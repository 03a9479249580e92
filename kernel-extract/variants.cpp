#include "kernel-extract/variants.hpp"

#include <fmt/format.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>

#include <algorithm>
#include <optional>
#include <set>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/passes.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace {

Error joint_error(const std::string& what) {
  return Error(ErrorKind::Unsupported, id::kLink, "join variants", what);
}

std::unique_ptr<llvm::Module> parse(llvm::StringRef bitcode, llvm::LLVMContext& context,
                                    const std::string& name) {
  auto module = llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, name), context);
  if (!module) throw joint_error("bitcode cannot be read: " + llvm::toString(module.takeError()));
  return std::move(*module);
}

std::string bytes_of(const llvm::Module& module) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  llvm::WriteBitcodeToFile(module, stream);
  return out;
}

/// Appends a constant, with the contents of private variables that it refers to: their names are
/// numbers that mean something else in another module.
void append(const llvm::Constant& constant, llvm::raw_ostream& out,
            std::set<const llvm::Constant*>& seen) {
  if (!seen.insert(&constant).second) return;
  if (const auto* v = llvm::dyn_cast<llvm::GlobalVariable>(&constant);
      v != nullptr && v->hasPrivateLinkage() && v->hasInitializer()) {
    v->getInitializer()->print(out);
    append(*v->getInitializer(), out, seen);
  }
  if (llvm::isa<llvm::GlobalValue>(constant)) return;
  for (const auto& operand : constant.operands())
    if (const auto* inner = llvm::dyn_cast<llvm::Constant>(operand.get()))
      append(*inner, out, seen);
}

/// What a variable is, but for its name.
std::string text_of(const llvm::GlobalVariable& variable) {
  std::string out = fmt::format("{} {} ", variable.isConstant(), variable.getAlignment());
  llvm::raw_string_ostream stream(out);
  std::set<const llvm::Constant*> seen;
  variable.getInitializer()->print(stream);
  append(*variable.getInitializer(), stream, seen);
  return out;
}

/// Which functions refer to a function, and which functions a variable refers to.
struct Users {
  std::map<std::string, std::set<std::string>> of;
  std::set<std::string> taken;

  explicit Users(const llvm::Module& module) {
    for (const auto& f : module)
      for (const auto& block : f)
        for (const auto& instruction : block)
          for (const auto& operand : instruction.operands())
            if (const auto* constant = llvm::dyn_cast<llvm::Constant>(operand.get()))
              for (const auto& name : functions_in(*constant)) of[name].insert(f.getName().str());
    for (const auto& v : module.globals())
      if (v.hasInitializer()) taken.merge(functions_in(*v.getInitializer()));
  }

 private:
  static std::set<std::string> functions_in(const llvm::Constant& constant) {
    if (const auto* f = llvm::dyn_cast<llvm::Function>(&constant)) return {f->getName().str()};
    std::set<std::string> names;
    if (llvm::isa<llvm::GlobalVariable>(constant)) return names;
    for (const auto& operand : constant.operands())
      if (const auto* inner = llvm::dyn_cast<llvm::Constant>(operand.get()))
        names.merge(functions_in(*inner));
    return names;
  }
};

/// What versions may refer to: the original's functions with a body, and its variables' contents.
struct Original {
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> functions;  ///< with their hash
  std::set<std::string> declared;                ///< functions and variables that are elsewhere
  std::vector<std::string> entries;
  std::optional<Users> users;

  Original(const Module& module, const std::string& bitcode) {
    llvm::LLVMContext context;
    const auto parsed = parse(bitcode, context, module.id);
    for (const auto& v : parsed->globals())
      if (v.hasInitializer() && !v.hasPrivateLinkage()) variables[v.getName().str()] = text_of(v);
    for (const auto& f : *parsed)
      if (!f.isDeclaration())
        if (const auto* known = module.find(f.getName().str()))
          functions[known->name] = known->hash;
    for (const auto& value : parsed->global_values())
      if (value.isDeclaration()) declared.insert(value.getName().str());
    entries = module.entries;
    users.emplace(*parsed);
  }
};

/// Reduces a variant to versions of its changed functions, under new names.
class Reducer {
 public:
  Reducer(const Original& original, const Module& variant, std::string suffix, unsigned levels)
      : original_(original), variant_(variant), suffix_(std::move(suffix)), levels_(levels) {}

  /// The bitcode; empty when there is a problem.
  std::string reduce(Versions& out) {
    llvm::LLVMContext context;
    const auto module = parse(read_file(variant_.bitcode), context, variant_.id);
    llvm::stripNonLineTableDebugInfo(*module);  // a BUG knows its line
    if (!module->alias_empty() || !module->ifunc_empty()) {
      out.problem = "it has aliases";
      return {};
    }
    if (!fits(*module, out) || !choose(*module, out)) return {};
    std::vector<llvm::Function*> versions;
    for (auto& f : *module) {
      if (f.isDeclaration()) continue;
      if (inner_.count(f.getName().str()) != 0 || outer_.count(f.getName().str()) != 0)
        versions.push_back(&f);
      else
        f.deleteBody();
    }
    for (auto* f : versions) rename(*f, out);
    run_passes(*module, [](llvm::PassBuilder&) {
      llvm::ModulePassManager passes;
      passes.addPass(llvm::GlobalDCEPass());
      return passes;
    });
    for (auto& v : module->globals())
      if (v.hasInitializer() && !v.hasPrivateLinkage()) share(v);
    return bytes_of(*module);
  }

 private:
  bool changed(const llvm::Function& f) const {
    const auto was = original_.functions.find(f.getName().str());
    const auto* is = variant_.find(f.getName().str());
    return is == nullptr || was == original_.functions.end() || is->hash != was->second;
  }

  /// Only functions may be others: what is defined in one and elsewhere in the other, or has
  /// another value, also matters to functions that did not change.
  bool fits(const llvm::Module& module, Versions& out) const {
    for (const auto& value : module.global_values()) {
      const std::string name = value.getName().str();
      const bool known =
          original_.functions.count(name) != 0 || original_.variables.count(name) != 0;
      if (value.isDeclaration() ? known : original_.declared.count(name) != 0) {
        out.problem = name + " is defined in one of the two only";
        return false;
      }
    }
    for (const auto& v : module.globals()) {
      if (!v.hasInitializer() || v.hasPrivateLinkage()) continue;
      const auto was = original_.variables.find(v.getName().str());
      if (was == original_.variables.end() || was->second == text_of(v)) continue;
      out.problem = "variable " + v.getName().str() + " is another one";
      return false;
    }
    return true;
  }

  /// The functions that have versions to compare (outer), and those that only these call (inner).
  bool choose(const llvm::Module& module, Versions& out) {
    const Users users(module);
    for (const auto& f : module)
      if (!f.isDeclaration() && changed(f)) outer_.insert(f.getName().str());
    for (unsigned level = 0; level < levels_; ++level) {
      std::set<std::string> callers;
      for (const std::string& name : outer_) {
        if (users.taken.count(name) != 0 || original_.users->taken.count(name) != 0) {
          out.problem = "the address of " + name + " is taken";
          return false;
        }
        for (const Users* known : {&users, &*original_.users})
          if (const auto it = known->of.find(name); it != known->of.end())
            callers.insert(it->second.begin(), it->second.end());
      }
      inner_.insert(outer_.begin(), outer_.end());
      outer_.clear();
      for (const std::string& name : callers)
        if (inner_.count(name) == 0) outer_.insert(name);
    }
    // nobody calls an entry point, so there it would never be compared
    for (const std::string& name : original_.entries)
      if (outer_.count(name) != 0 || inner_.count(name) != 0) {
        out.problem = name + " is an entry point";
        return false;
      }
    return true;
  }

  /// Uses of a function that has versions mean the original's.
  void rename(llvm::Function& f, Versions& out) const {
    const std::string name = f.getName().str();
    f.setName(name + suffix_);
    f.setLinkage(llvm::GlobalValue::ExternalLinkage);
    f.setComdat(nullptr);
    if (outer_.count(name) == 0 || original_.functions.count(name) == 0) return;
    auto* shared = llvm::Function::Create(f.getFunctionType(), llvm::GlobalValue::ExternalLinkage,
                                          name, f.getParent());
    shared->copyAttributesFrom(&f);
    shared->setComdat(nullptr);
    f.replaceAllUsesWith(shared);
    out.names[name] = f.getName().str();
  }

  /// A variable that the original has is the original's; its contents are the same, see fits().
  void share(llvm::GlobalVariable& v) const {
    if (original_.variables.count(v.getName().str()) == 0) {
      v.setName(v.getName() + suffix_);
      return;
    }
    v.setInitializer(nullptr);
    v.setLinkage(llvm::GlobalValue::ExternalLinkage);
    v.setComdat(nullptr);
  }

  const Original& original_;
  const Module& variant_;
  std::string suffix_;
  unsigned levels_;
  std::set<std::string> outer_, inner_;
};

}  // namespace

std::vector<Versions> join_variants(const Module& original,
                                    const std::vector<const Module*>& variants,
                                    const std::filesystem::path& output, unsigned levels) {
  const std::string bitcode = read_file(original.bitcode);
  const Original known(original, bitcode);
  llvm::LLVMContext context;
  const auto joint = parse(bitcode, context, original.id);
  for (auto& value : joint->global_values())
    if (value.hasInternalLinkage()) value.setLinkage(llvm::GlobalValue::ExternalLinkage);
  std::vector<Versions> out(variants.size());
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (variants[i]->facts != original.facts) {
      out[i].problem = "layouts or constants are not the same";
      continue;
    }
    const std::string reduced =
        Reducer(known, *variants[i], fmt::format(".version{}", i), levels).reduce(out[i]);
    if (!out[i].problem.empty()) continue;
    if (llvm::Linker::linkModules(*joint, parse(reduced, context, variants[i]->id)))
      throw joint_error("cannot be linked: " + variants[i]->id);
  }
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(*joint, &stream)) throw joint_error("invalid IR: " + problem);
  write_file(output, bytes_of(*joint));
  return out;
}

}  // namespace sgproof::extract
