#include "kernel-extract/linker.hpp"

#include <fmt/format.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>
#include <llvm/Transforms/IPO/Internalize.h>

#include <algorithm>

#include "kernel-extract/error_ids.hpp"
#include "kernel-extract/fs.hpp"
#include "kernel-extract/passes.hpp"
#include "kernel-extract/static_keys.hpp"
#include "kernel-extract/trap_branches.hpp"
#include "model/error.hpp"

namespace sgproof::extract {
namespace {

Error link_error(const std::string& what, const std::string& unit) {
  return Error(ErrorKind::Unsupported, id::kLink, "link", fmt::format("{}: {}", unit, what))
      .at(unit);
}

std::string stem(const std::string& unit) {
  auto name = unit.substr(unit.rfind('/') + 1);
  return name.substr(0, name.rfind('.'));
}

/// Kernel symbol tables and per-file assembly: nothing that a scenario can observe.
void drop_tables(llvm::Module& part) {
  part.setModuleInlineAsm("");
  for (const char* name :
       {"llvm.used", "llvm.compiler.used", "llvm.global_ctors", "llvm.global_dtors"})
    if (auto* list = part.getNamedGlobal(name)) list->eraseFromParent();
  std::vector<llvm::GlobalVariable*> unused;
  for (auto& variable : part.globals())
    if (variable.hasLocalLinkage() && variable.use_empty() &&
        variable.getName().starts_with("__UNIQUE_ID"))
      unused.push_back(&variable);
  for (auto* variable : unused) variable->eraseFromParent();
}

class Collector : public llvm::DiagnosticHandler {
 public:
  explicit Collector(std::string& sink) : sink_(sink) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    if (info.getSeverity() != llvm::DS_Error) return true;
    llvm::raw_string_ostream stream(sink_);
    llvm::DiagnosticPrinterRawOStream printer(stream);
    info.print(printer);
    stream << "\n";
    return true;
  }

 private:
  std::string& sink_;
};

}  // namespace

LinkedModule::LinkedModule() : context_(std::make_unique<llvm::LLVMContext>()) {
  context_->setDiagnosticHandler(std::make_unique<Collector>(diagnostics_));
}
LinkedModule::~LinkedModule() = default;

std::unique_ptr<llvm::Module> LinkedModule::load(const CompiledUnit& unit) {
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(read_file(unit.bitcode), unit.name);
  auto part = llvm::parseBitcodeFile(buffer->getMemBufferRef(), *context_);
  if (!part)
    throw link_error("bitcode cannot be read: " + llvm::toString(part.takeError()), unit.name);
  drop_tables(**part);
  read_static_keys(**part);
  read_trap_branches(**part);
  if (module_) {
    const auto clashes = [&](const llvm::GlobalValue& value) {
      return value.hasLocalLinkage() && !value.hasPrivateLinkage() &&
             module_->getNamedValue(value.getName()) != nullptr;
    };
    std::vector<llvm::GlobalValue*> renamed;
    for (auto& f : (*part)->functions())
      if (clashes(f)) renamed.push_back(&f);
    for (auto& v : (*part)->globals())
      if (clashes(v)) renamed.push_back(&v);
    for (auto* value : renamed) value->setName(value->getName() + "." + stem(unit.name));
  }
  return std::move(*part);
}

void LinkedModule::join(std::unique_ptr<llvm::Module> part, const std::string& name,
                        unsigned flags) {
  if (!module_) {
    module_ = std::move(part);
    module_->setModuleIdentifier("sgproof");
    module_->setSourceFileName("sgproof");
    return;
  }
  // A static name of the module must not capture, or lose its name to, an external one of the part.
  for (auto& value : part->global_values()) {
    if (value.hasLocalLinkage()) continue;
    if (auto* mine = module_->getNamedValue(value.getName());
        mine != nullptr && mine->hasLocalLinkage())
      mine->setName(mine->getName() + ".static");
  }
  diagnostics_.clear();
  if (llvm::Linker::linkModules(*module_, std::move(part), flags))
    throw link_error(diagnostics_, name);
}

void LinkedModule::add(const CompiledUnit& unit) {
  join(load(unit), unit.name, llvm::Linker::None);
}

void LinkedModule::add_needed(const CompiledUnit& unit, const std::set<std::string>& functions) {
  auto part = load(unit);
  // What the module has already, or did not ask for, must not come in a second form.
  for (auto& f : part->functions())
    if (!f.isDeclaration() && !f.hasLocalLinkage() && !functions.contains(f.getName().str())) {
      if (const auto* mine = module_->getFunction(f.getName());
          mine != nullptr && !mine->isDeclaration())
        f.deleteBody();
    }
  for (auto& v : part->globals())
    if (v.hasInitializer() && !v.hasLocalLinkage())
      if (const auto* mine = module_->getNamedGlobal(v.getName());
          mine != nullptr && mine->hasInitializer()) {
        v.setInitializer(nullptr);
        v.setLinkage(llvm::GlobalValue::ExternalLinkage);
      }
  join(std::move(part), unit.name, llvm::Linker::LinkOnlyNeeded);
}

void LinkedModule::finish(const std::vector<std::string>& entries) {
  for (const auto& entry : entries) {
    const auto* f = module_ ? module_->getFunction(entry) : nullptr;
    if (f == nullptr || f->isDeclaration())
      throw link_error("the harness does not define " + entry, "harness");
  }
  llvm::internalizeModule(*module_, [&](const llvm::GlobalValue& value) {
    return std::find(entries.begin(), entries.end(), value.getName()) != entries.end();
  });
  run_passes(*module_, [](llvm::PassBuilder&) {
    llvm::ModulePassManager passes;
    passes.addPass(llvm::GlobalDCEPass());
    return passes;
  });
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(*module_, &stream)) throw link_error("invalid IR: " + problem, "module");
}

void LinkedModule::write(const std::filesystem::path& file) const {
  std::error_code error;
  llvm::raw_fd_ostream out(file.string(), error);
  if (!error) {
    llvm::WriteBitcodeToFile(*module_, out);
    out.close();
    error = out.error();
    out.clear_error();
  }
  if (error) throw_errno("write", file, error.value());
}

}  // namespace sgproof::extract
