#include "kernel-extract/optimized_hash.hpp"

#include "kernel-extract/inspect.hpp"
#include "kernel-extract/linker.hpp"
#include "kernel-extract/passes.hpp"

namespace sgproof::extract {

std::string optimized_hash(const std::filesystem::path& bitcode,
                           const std::vector<std::string>& entries) {
  LinkedModule linked;
  linked.add({"module", bitcode, "", {}});
  linked.finish(entries);
  // what a scenario may set is no constant, even if no code here writes to it
  for (auto& variable : linked.get().globals())
    if (!variable.isConstant() && !variable.isDeclaration()) {
      variable.setLinkage(llvm::GlobalValue::ExternalLinkage);
      variable.setVisibility(llvm::GlobalValue::DefaultVisibility);
    }
  run_passes(linked.get(), [](llvm::PassBuilder& builder) {
    return builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2);
  });
  return hash_code(linked.get()).whole;
}

}  // namespace sgproof::extract
