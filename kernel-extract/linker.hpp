// Links units to one LLVM module. The only place of this room that joins bitcode.
#pragma once

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernel-extract/units.hpp"

namespace sgproof::extract {

/// An LLVM module under construction, with the context that owns its types.
class LinkedModule {
 public:
  LinkedModule();
  ~LinkedModule();
  LinkedModule(const LinkedModule&) = delete;
  LinkedModule& operator=(const LinkedModule&) = delete;

  /// Adds everything of the unit. A static function or variable whose name is taken becomes
  /// "name.unit", so that names do not depend on what else is linked. Module-level assembly and
  /// "used" lists (kernel symbol tables) are dropped. Throws Error(Unsupported, SGP-E0133).
  void add(const CompiledUnit& unit);

  /// Adds the named functions of the unit that are still undefined, and what they refer to in it.
  void add_needed(const CompiledUnit& unit, const std::set<std::string>& functions);

  /// Makes everything but the entry points internal and removes what they do not reach. Throws
  /// Error(Unsupported, SGP-E0133) when an entry point is missing or the result is not valid IR.
  void finish(const std::vector<std::string>& entries);

  void write(const std::filesystem::path& file) const;

  [[nodiscard]] llvm::Module& get() { return *module_; }
  [[nodiscard]] const llvm::Module& get() const { return *module_; }

 private:
  [[nodiscard]] std::unique_ptr<llvm::Module> load(const CompiledUnit& unit);
  void join(std::unique_ptr<llvm::Module> part, const std::string& name, unsigned flags);

  std::unique_ptr<llvm::LLVMContext> context_;
  std::unique_ptr<llvm::Module> module_;
  std::string diagnostics_;
};

}  // namespace sgproof::extract
