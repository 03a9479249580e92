#include <llvm/IR/Constants.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/ModuleSlotTracker.h>
#include <llvm/IR/TypeFinder.h>
#include <llvm/Support/raw_ostream.h>

#include <cctype>
#include <map>
#include <set>

#include "kernel-extract/bug_asm.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/inspect.hpp"

namespace sgproof::extract {
namespace {

std::string print(const llvm::Type& type) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  type.print(stream, false, true);
  return out;
}

/// Names types by their layout, so that "struct a.7" and "struct a.9" read the same. With opaque
/// pointers no type contains itself.
class TypeNamer {
 public:
  explicit TypeNamer(llvm::Module& module) {
    llvm::TypeFinder finder;
    finder.run(module, false);
    for (auto* type : finder) layout(type);
    for (auto* type : finder)
      if (type->hasName()) type->setName("t" + layouts_[type].substr(0, 24));
  }

 private:
  std::string layout(llvm::Type* type) {
    if (const auto known = layouts_.find(type); known != layouts_.end()) return known->second;
    std::string text;
    if (auto* record = llvm::dyn_cast<llvm::StructType>(type)) {
      text = record->isOpaque() ? "opaque" : record->isPacked() ? "packed" : "struct";
      if (!record->isOpaque())
        for (auto* element : record->elements()) text += "," + layout(element);
    } else if (auto* array = llvm::dyn_cast<llvm::ArrayType>(type)) {
      text = "[" + std::to_string(array->getNumElements()) + "x" + layout(array->getElementType()) +
             "]";
    } else {
      text = print(*type);
    }
    return layouts_[type] = llvm::isa<llvm::StructType>(type) ? sha256(text) : text;
  }
  std::map<llvm::Type*, std::string> layouts_;
};

/// Private constants (string literals, initialisers of locals) are named by their content.
void name_private_constants(llvm::Module& module) {
  std::map<std::string, llvm::GlobalVariable*> first;
  std::vector<llvm::GlobalVariable*> doubles;
  for (auto& variable : module.globals()) {
    if (!variable.hasPrivateLinkage() || !variable.hasInitializer()) continue;
    std::string text;
    llvm::raw_string_ostream stream(text);
    variable.getInitializer()->print(stream);
    const auto [at, fresh] = first.try_emplace(sha256(text).substr(0, 24), &variable);
    if (!fresh && at->second->getType() == variable.getType()) {
      variable.replaceAllUsesWith(at->second);
      doubles.push_back(&variable);
    }
  }
  for (auto* variable : doubles) variable->eraseFromParent();
  for (const auto& [digest, variable] : first) variable->setName(".c" + digest);
}

/// Metadata that changes what an instruction means.
bool is_semantic(unsigned kind) {
  switch (kind) {
    case llvm::LLVMContext::MD_range:
    case llvm::LLVMContext::MD_nonnull:
    case llvm::LLVMContext::MD_noundef:
    case llvm::LLVMContext::MD_align:
    case llvm::LLVMContext::MD_dereferenceable:
    case llvm::LLVMContext::MD_dereferenceable_or_null:
    case llvm::LLVMContext::MD_invariant_load:
      return true;
    default:
      return false;
  }
}

/// The operands of a node, without its number.
std::string print(const llvm::MDNode& node) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  for (const auto& operand : node.operands()) {
    if (const auto* value = llvm::dyn_cast_or_null<llvm::ValueAsMetadata>(operand.get()))
      value->getValue()->printAsOperand(stream);
    else if (const auto* text = llvm::dyn_cast_or_null<llvm::MDString>(operand.get()))
      stream << text->getString();
    stream << ";";
  }
  return out;
}

/// Removes what numbers of attribute groups and metadata, and doubled type names, add to the text.
std::string canonical(const std::string& text) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    const bool number_follows =
        i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0;
    if (!quoted && c == ';' && (i == 0 || text[i - 1] == '\n' || text[i - 1] == ' ')) {  // comment
      while (i < text.size() && text[i] != '\n') ++i;
      out += '\n';
    } else if (!quoted && (c == '#' || c == '!') && number_follows) {
      while (i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0) ++i;
    } else if (!quoted && c == '%' && text.compare(i + 1, 1, "t") == 0 && i + 26 < text.size() &&
               text[i + 26] == '.') {
      out += text.substr(i, 26);  // "%t<24 digits>.7": a second type of the same layout
      i += 26;
      while (i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0) ++i;
    } else {
      out += c;
    }
  }
  return out;
}

/// The line in the bug-table entry of a BUG or WARN is a place, as debug information is. It stands
/// before the flags (include/asm-generic/bug.h).
void forget_line(llvm::CallBase& call) {
  const auto* flags = bug_flags(call);
  for (unsigned i = 1; flags != nullptr && i < call.arg_size(); ++i)
    if (auto* line = call.getArgOperand(i - 1);
        call.getArgOperand(i) == flags && llvm::isa<llvm::ConstantInt>(line))
      call.setArgOperand(i - 1, llvm::Constant::getNullValue(line->getType()));
}

/// What a function means beyond its own text: attributes, semantic metadata.
std::string strip_and_collect(llvm::Function& f) {
  std::string extra = f.getAttributes().getFnAttrs().getAsString() + "\n";
  f.clearMetadata();
  for (auto& block : f) {
    for (auto& instruction : block) {
      llvm::SmallVector<std::pair<unsigned, llvm::MDNode*>, 4> all;
      instruction.getAllMetadata(all);
      for (const auto& [kind, node] : all) {
        if (is_semantic(kind)) extra += std::to_string(kind) + ":" + print(*node) + "\n";
        instruction.setMetadata(kind, nullptr);
      }
      if (auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
        forget_line(*call);
        extra += call->getAttributes().getFnAttrs().getAsString() + "\n";
      }
    }
  }
  return extra;
}

void used_variables(const llvm::Constant* constant, std::set<std::string>& out,
                    std::set<const llvm::Constant*>& seen) {
  if (!seen.insert(constant).second || llvm::isa<llvm::Function>(constant)) return;
  if (const auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(constant)) {
    out.insert(variable->getName().str());
    if (variable->hasInitializer()) used_variables(variable->getInitializer(), out, seen);
    return;
  }
  for (const auto& operand : constant->operands())
    if (const auto* inner = llvm::dyn_cast<llvm::Constant>(operand.get()))
      used_variables(inner, out, seen);
}

}  // namespace

CodeHashes hash_code(llvm::Module& module) {
  llvm::StripDebugInfo(module);
  name_private_constants(module);
  const TypeNamer types(module);
  std::map<std::string, std::string> extras;
  for (auto& f : module)
    if (!f.isDeclaration()) extras[f.getName().str()] = strip_and_collect(f);

  llvm::ModuleSlotTracker slots(&module);
  const auto text_of = [&](const llvm::Value& value) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    value.print(stream, slots);
    return canonical(text);
  };
  CodeHashes out;
  Hasher whole;
  whole.field(module.getTargetTriple()).field(module.getDataLayoutStr());
  std::map<std::string, std::string> variables;
  for (auto& variable : module.globals()) variable.clearMetadata();
  for (const auto& variable : module.globals())
    variables[variable.getName().str()] = sha256(text_of(variable));
  for (const auto& f : module) {
    if (f.isDeclaration()) continue;
    const auto name = f.getName().str();
    slots.incorporateFunction(f);
    Hasher hasher;
    hasher.field(text_of(f)).field(extras[name]);
    std::set<std::string> used;
    std::set<const llvm::Constant*> seen;
    for (const auto& block : f)
      for (const auto& instruction : block)
        for (const auto& operand : instruction.operands())
          if (const auto* constant = llvm::dyn_cast<llvm::Constant>(operand.get()))
            used_variables(constant, used, seen);
    for (const auto& variable : used) hasher.field(variable).field(variables[variable]);
    out.functions[name] = hasher.hex();
  }
  for (const auto& [name, hash] : out.functions) whole.field(name).field(hash);
  for (const auto& [name, hash] : variables) whole.field(name).field(hash);
  out.whole = whole.hex();
  return out;
}

}  // namespace sgproof::extract
