#include <fmt/format.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/AttributeMask.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/DebugLoc.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <algorithm>
#include <set>

#include "kernel-extract/bug_asm.hpp"
#include "kernel-extract/native.hpp"

namespace sgproof::extract {
namespace {

constexpr const char* kData = "sgp_data";
constexpr const char* kHavoc = "sgp_arbitrary";
constexpr std::uint64_t kUnknownSize = 4096;  ///< bytes given to a variable whose type is not known

/// Functions of the C library that mean the same there as in the kernel.
const std::set<std::string>& library() {
  static const std::set<std::string> names{"memcpy",  "memmove", "memset",  "memcmp",  "memchr",
                                           "strlen",  "strnlen", "strcmp",  "strncmp", "strchr",
                                           "strrchr", "strcpy",  "strncpy", "strstr"};
  return names;
}

llvm::FunctionCallee runtime(llvm::Module& module, const char* name, llvm::Type* result,
                             llvm::ArrayRef<llvm::Type*> arguments) {
  return module.getOrInsertFunction(name, llvm::FunctionType::get(result, arguments, false));
}

/// Calls sgp_native_unmodelled(name).
void call_unmodelled(llvm::IRBuilder<>& builder, llvm::Module& module, const std::string& name) {
  auto* text = builder.CreateGlobalString(name, "sgp_name", 0, &module);
  builder.CreateCall(
      runtime(module, "sgp_native_unmodelled", builder.getInt64Ty(), builder.getPtrTy()), {text});
}

void replace_call(llvm::CallBase& call) {
  if (!call.getType()->isVoidTy())
    call.replaceAllUsesWith(llvm::Constant::getNullValue(call.getType()));
  if (auto* branch = llvm::dyn_cast<llvm::CallBrInst>(&call)) {
    llvm::IRBuilder<> builder(branch);
    builder.CreateBr(branch->getDefaultDest());
    for (auto* target : branch->getIndirectDests()) target->removePredecessor(branch->getParent());
  }
  call.eraseFromParent();
}

bool is_bug_function(const llvm::Function& f) {
  return f.getSubprogram() != nullptr && is_inside_bug(f.getSubprogram()->getFilename());
}

/// Where BUG() and BUG_ON() are functions they become part of their callers, whose lines count.
void inline_bug_functions(llvm::Module& module) {
  for (auto& f : module) {
    if (f.isDeclaration() || is_bug_function(f)) continue;
    for (bool again = true; again;) {
      again = false;
      for (auto& instruction : llvm::instructions(f)) {
        auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
        const auto* callee = call != nullptr ? call->getCalledFunction() : nullptr;
        if (callee == nullptr || callee->isDeclaration() || !is_bug_function(*callee)) continue;
        llvm::InlineFunctionInfo info;
        again = llvm::InlineFunction(*call, info).isSuccess();
        break;
      }
    }
  }
}

/// The line that a trap reports.
unsigned line_of(const llvm::CallBase& call) {
  const llvm::DILocation* where = call.getDebugLoc().get();
  while (where != nullptr && where->getInlinedAt() != nullptr &&
         is_inside_bug(where->getFilename()))
    where = where->getInlinedAt();
  return where != nullptr ? where->getLine() : 0;
}

void replace_asm(llvm::Module& module, std::set<std::string>& unmodelled) {
  for (auto& f : module) {
    llvm::SmallVector<llvm::CallBase*, 16> calls;
    for (auto& instruction : llvm::instructions(f))
      if (auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
          call != nullptr && call->isInlineAsm())
        calls.push_back(call);
    for (auto* call : calls) {
      const auto kind = classify_asm(*call);
      if (kind == AsmKind::Other || kind == AsmKind::None) continue;
      if (kind == AsmKind::Empty && (!call->getType()->isVoidTy() || call->arg_size() != 0))
        continue;  // passes a value on
      llvm::IRBuilder<> builder(call);
      builder.SetCurrentDebugLocation(llvm::DebugLoc());
      auto* line = builder.getInt64(line_of(*call));
      if (auto* flags = bug_flags(*call); flags != nullptr && kind == AsmKind::Bug) {
        auto* wide = builder.CreateZExtOrTrunc(flags, builder.getInt64Ty());
        builder.CreateCall(runtime(module, "sgp_native_trap", builder.getVoidTy(),
                                   {builder.getInt64Ty(), builder.getInt64Ty()}),
                           {line, wide});
      } else if (kind == AsmKind::BugOn) {
        auto* wide = builder.CreateZExtOrTrunc(call->getArgOperand(0), builder.getInt64Ty());
        builder.CreateCall(runtime(module, "sgp_native_bug_on", builder.getVoidTy(),
                                   {builder.getInt64Ty(), builder.getInt64Ty()}),
                           {line, wide});
      } else if (kind == AsmKind::Bug || kind == AsmKind::Warn) {
        const auto* name = kind == AsmKind::Bug ? "sgp_native_bug" : "sgp_native_warn";
        builder.CreateCall(runtime(module, name, builder.getVoidTy(), builder.getInt64Ty()),
                           {line});
      } else if (kind == AsmKind::Privileged) {
        const auto text = llvm::cast<llvm::InlineAsm>(call->getCalledOperand())->getAsmString();
        const auto name =
            fmt::format("asm in {}: {}", f.getName().str(), std::string(text).substr(0, 60));
        unmodelled.insert(name);
        call_unmodelled(builder, module, name);
      }
      replace_call(*call);
    }
  }
}

/// Kernel code on i386 passes arguments in registers; the library does not.
void plain_call(llvm::Function& f) {
  for (unsigned i = 0; i < f.arg_size(); ++i) f.removeParamAttr(i, llvm::Attribute::InReg);
  for (auto* user : f.users()) {
    auto* call = llvm::dyn_cast<llvm::CallBase>(user);
    if (call == nullptr || call->getCalledOperand() != &f) continue;
    for (unsigned i = 0; i < call->arg_size(); ++i)
      call->removeParamAttr(i, llvm::Attribute::InReg);
  }
}

/// A function of the library that is nothing but the builtin of its name (harness/env_string.c)
/// would call itself.
void drop_builtins(llvm::Module& module) {
  for (auto& f : module)
    if (library().contains(f.getName().str()) &&
        std::ranges::any_of(llvm::instructions(f), [](const llvm::Instruction& instruction) {
          return llvm::isa<llvm::MemIntrinsic>(instruction);
        })) {
      f.deleteBody();
      f.setLinkage(llvm::GlobalValue::ExternalLinkage);
    }
}

void define_functions(llvm::Module& module, std::set<std::string>& unmodelled) {
  llvm::SmallVector<llvm::Function*, 32> declared;
  for (auto& f : module)
    if (f.isDeclaration() && !f.isIntrinsic() && !f.getName().starts_with("sgp_"))
      declared.push_back(&f);
  for (auto* f : declared) {
    if (library().contains(f->getName().str())) {
      plain_call(*f);
      continue;
    }
    if (f->use_empty()) continue;
    const auto name = f->getName().str();
    unmodelled.insert(name);
    auto& context = module.getContext();
    f->removeFnAttr(llvm::Attribute::NoReturn);
    f->removeFnAttr(llvm::Attribute::Memory);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", f));
    call_unmodelled(builder, module, name);
    if (f->getReturnType()->isVoidTy())
      builder.CreateRetVoid();
    else
      builder.CreateRet(llvm::Constant::getNullValue(f->getReturnType()));
    f->setLinkage(llvm::GlobalValue::InternalLinkage);
    f->setVisibility(llvm::GlobalValue::DefaultVisibility);
  }
}

/// Gives undefined variables a weak definition, which one in native_main.c overrides.
void define_variables(llvm::Module& module) {
  llvm::SmallVector<llvm::GlobalVariable*, 32> declared;
  for (auto& variable : module.globals())
    if (variable.isDeclaration()) declared.push_back(&variable);
  const auto& layout = module.getDataLayout();
  for (auto* variable : declared) {
    auto* type = variable->getValueType();
    variable->setConstant(false);
    variable->setThreadLocal(false);
    if (!type->isSized() || layout.getTypeAllocSize(type) == 0) {
      type = llvm::ArrayType::get(llvm::Type::getInt8Ty(module.getContext()), kUnknownSize);
      auto* sized = new llvm::GlobalVariable(module, type, false, llvm::GlobalValue::WeakAnyLinkage,
                                             llvm::Constant::getNullValue(type));
      sized->setAlignment(llvm::Align(16));
      sized->takeName(variable);
      variable->replaceAllUsesWith(sized);
      variable->eraseFromParent();
      continue;
    }
    variable->setInitializer(llvm::Constant::getNullValue(type));
    variable->setLinkage(llvm::GlobalValue::WeakAnyLinkage);
  }
}

/// Drops what ties code and data to a kernel image.
void make_ordinary(llvm::Module& module) {
  llvm::StripDebugInfo(module);
  if (auto* flags = module.getModuleFlagsMetadata()) module.eraseNamedMetadata(flags);
  module.setModuleInlineAsm("");
  for (auto& f : module) {
    f.setSection("");
    f.setVisibility(llvm::GlobalValue::DefaultVisibility);
    f.setComdat(nullptr);
    llvm::AttributeMask strings;
    for (const auto& attribute : f.getAttributes().getFnAttrs())
      if (attribute.isStringAttribute()) strings.addAttribute(attribute.getKindAsString());
    f.removeFnAttrs(strings);
    f.removeFnAttr(llvm::Attribute::UWTable);
    for (auto& instruction : llvm::instructions(f)) {
      auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr) continue;
      llvm::AttributeMask at_call;
      for (const auto& attribute : call->getAttributes().getFnAttrs())
        if (attribute.isStringAttribute()) at_call.addAttribute(attribute.getKindAsString());
      call->removeFnAttrs(at_call);
    }
  }
  for (auto& variable : module.globals()) {
    if (variable.getName().starts_with("llvm.")) continue;
    variable.setVisibility(llvm::GlobalValue::DefaultVisibility);
    variable.setComdat(nullptr);
    if (variable.getSection() == kHavoc) continue;
    variable.setSection(variable.isConstant() ? "" : kData);
  }
}

}  // namespace

std::vector<std::string> make_native(llvm::Module& module) {
  std::set<std::string> unmodelled;
  inline_bug_functions(module);
  replace_asm(module, unmodelled);
  drop_builtins(module);
  define_functions(module, unmodelled);
  define_variables(module);
  make_ordinary(module);
  return {unmodelled.begin(), unmodelled.end()};
}

}  // namespace sgproof::extract
