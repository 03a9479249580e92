// Static branches as the kernel's own tables define them.
#include "kernel-extract/static_keys.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>

#include <memory>
#include <string>

#include "kernel-extract/passes.hpp"

namespace sgproof::extract {
namespace {

std::unique_ptr<llvm::Module> parse(llvm::LLVMContext& context, const std::string& text) {
  llvm::SMDiagnostic error;
  auto module = llvm::parseAssemblyString(text, error, context);
  EXPECT_NE(module, nullptr) << error.getMessage().str();
  return module;
}

/// A function that returns 1 if its static branch is taken, else 0.
std::string function(int enabled, const std::string& code, int entry) {
  return fmt::format(R"(
%struct.static_key = type {{ i32, i64 }}
@key = internal constant %struct.static_key {{ i32 {}, i64 7 }}
define i32 @f() {{
 callbr void asm sideeffect "{}", "i,i,!i"(ptr @key, i32 {}) to label %no [label %yes]
no:
 ret i32 0
yes:
 ret i32 1
}}
)",
                     enabled, code, entry);
}

/// What an optimising compiler makes of it.
int returned(const std::string& text) {
  llvm::LLVMContext context;
  const auto module = parse(context, text);
  read_static_keys(*module);
  EXPECT_FALSE(llvm::verifyModule(*module));
  run_passes(*module, [](llvm::PassBuilder& builder) {
    return builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O1);
  });
  const auto& block = module->getFunction("f")->getEntryBlock();
  const auto* end = llvm::dyn_cast<llvm::ReturnInst>(block.getTerminator());
  const auto* value =
      end == nullptr ? nullptr : llvm::dyn_cast<llvm::ConstantInt>(end->getReturnValue());
  return value == nullptr ? -1 : static_cast<int>(value->getZExtValue());
}

constexpr const char* kJump = "1: jmp ${2:l}\\0A\\09.pushsection __jump_table,  \\22aw\\22";
constexpr const char* kNop = "1:.byte 0x0f,0x1f\\0A\\09.pushsection __jump_table,  \\22aw\\22";

// include/linux/jump_label.h: jump_label_type() is (enabled ^ branch), whatever stands there before
// it is patched; bit 1 of an entry says only that it was a jump
// (arch/x86/include/asm/jump_label.h).
TEST(StaticKeys, ABranchIsTakenIffTheKeySaysSo) {
  for (const auto* code : {kJump, kNop})
    for (const int hint : {0, 2}) {
      EXPECT_EQ(returned(function(0, code, hint)), 0);
      EXPECT_EQ(returned(function(1, code, hint)), 1);
      EXPECT_EQ(returned(function(3, code, hint)), 1) << "a key may be enabled more than once";
      EXPECT_EQ(returned(function(-1, code, hint)), 1) << "it is being enabled";
      EXPECT_EQ(returned(function(0, code, hint + 1)), 1);
      EXPECT_EQ(returned(function(1, code, hint + 1)), 0);
    }
}

TEST(StaticKeys, OtherCodeThatJumpsStaysAsItIs) {
  EXPECT_EQ(returned(function(0, "jmp ${2:l}", 0)), -1);
}

}  // namespace
}  // namespace sgproof::extract
