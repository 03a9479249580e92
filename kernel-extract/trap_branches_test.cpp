// Traps of PowerPC with conditions and labels, as branches that the engines know.
#include "kernel-extract/trap_branches.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

#include <memory>
#include <string>

#include "kernel-extract/bug_asm.hpp"

namespace sgproof::extract {
namespace {

constexpr const char* kTable =
    R"(.section __bug_table,\22aw\22\0A2:\09.4byte 1b - .\0A\09.4byte $0 - .\0A\09.short $1, $2\0A.org 2b+$3\0A.previous\0A)";
constexpr const char* kExTable =
    R"(.section __ex_table,\22a\22; .balign 4; .long (1b) - . ; .long ({}) - . ; .previous )";

std::unique_ptr<llvm::Module> parse(llvm::LLVMContext& context, const std::string& text) {
  llvm::SMDiagnostic error;
  auto module = llvm::parseAssemblyString(text, error, context);
  EXPECT_NE(module, nullptr) << error.getMessage().str();
  return module;
}

/// A function whose first block ends in this assembly statement; it returns 0, or 1 at the label.
std::string function(const std::string& statement) {
  return "@file = private constant [2 x i8] c\"f\\00\"\ndefine i32 @f(i64 %c) {\n" + statement +
         "\nquiet:\n ret i32 0\nwarned:\n %r = phi i32 [ 1, %0 ]\n ret i32 %r\n}\n";
}

std::string with_label(const std::string& trap, const std::string& label,
                       const std::string& constraints, const std::string& operands) {
  return " callbr void asm sideeffect \"1:\\09" + trap + "\\0A" +
         fmt::format(fmt::runtime(kExTable), label) + kTable + "\", \"" + constraints + "\"(" +
         operands + ") to label %quiet [label %warned]";
}

/// The one trap in a module, which must be in the form that the engines know.
const llvm::CallBase* only_trap(const llvm::Module& module) {
  const llvm::CallBase* found = nullptr;
  for (const auto& instruction : llvm::instructions(module.getFunction("f"))) {
    const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
    if (call == nullptr) continue;
    EXPECT_EQ(found, nullptr);
    EXPECT_TRUE(llvm::isa<llvm::CallInst>(call));
    EXPECT_EQ(call->arg_size(), 4U);
    found = call;
  }
  return found;
}

const llvm::ConstantInt* returned_by(const llvm::BasicBlock& block) {
  const auto* end = llvm::dyn_cast<llvm::ReturnInst>(block.getTerminator());
  EXPECT_NE(end, nullptr);
  const auto* value = end->getReturnValue();
  if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(value)) {
    EXPECT_EQ(phi->getNumIncomingValues(), 1U);
    value = phi->getIncomingValue(0);
  }
  return llvm::dyn_cast<llvm::ConstantInt>(value);
}

TEST(TrapBranches, AWarningGoesOnAtItsLabel) {
  llvm::LLVMContext context;
  const auto module = parse(context, function(with_label("twi 31, 0, 0", "${4:l}", "i,i,i,i,!i",
                                                         "ptr @file, i32 7, i32 2305, i32 12")));
  read_trap_branches(*module);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  const auto* trap = only_trap(*module);
  ASSERT_NE(trap, nullptr);
  EXPECT_EQ(classify_asm(*trap), AsmKind::Warn);
  EXPECT_EQ(trap->getParent(), &module->getFunction("f")->getEntryBlock());
  EXPECT_EQ(returned_by(*trap->getParent()->getSingleSuccessor())->getZExtValue(), 1U);
}

TEST(TrapBranches, AConditionalWarningGoesOnAtItsLabelOnlyWhereItWarned) {
  llvm::LLVMContext context;
  const auto module =
      parse(context, function(with_label("tdnei  $4, 0", "${5:l}", "i,i,i,i,r,!i",
                                         "ptr @file, i32 7, i32 2305, i64 12, i64 %c")));
  read_trap_branches(*module);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  const auto* trap = only_trap(*module);
  ASSERT_NE(trap, nullptr);
  const auto* branch =
      llvm::dyn_cast<llvm::BranchInst>(module->getFunction("f")->getEntryBlock().getTerminator());
  ASSERT_TRUE(branch != nullptr && branch->isConditional());
  const auto* test = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
  ASSERT_NE(test, nullptr);
  EXPECT_EQ(test->getPredicate(), llvm::CmpInst::ICMP_NE);
  EXPECT_EQ(test->getOperand(0), module->getFunction("f")->getArg(0));
  EXPECT_EQ(branch->getSuccessor(0), trap->getParent());
  EXPECT_EQ(returned_by(*branch->getSuccessor(1))->getZExtValue(), 0U);
  EXPECT_EQ(returned_by(*trap->getParent()->getSingleSuccessor())->getZExtValue(), 1U);
}

TEST(TrapBranches, ABugTrapsWhereItsConditionHolds) {
  llvm::LLVMContext context;
  const auto module =
      parse(context,
            "@file = private constant [2 x i8] c\"f\\00\"\ndefine i32 @f(i64 %c) {\n"
            " call void asm sideeffect \"1:\\09tdnei  $4, 0\\0A" +
                std::string(kTable) +
                "\", \"i,i,i,i,r\"(ptr @file, i32 7, i32 0, i64 12, i64 %c)\n ret i32 5\n}\n");
  read_trap_branches(*module);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  const auto* trap = only_trap(*module);
  ASSERT_NE(trap, nullptr);
  EXPECT_EQ(classify_asm(*trap), AsmKind::Bug);
  const auto* branch =
      llvm::dyn_cast<llvm::BranchInst>(module->getFunction("f")->getEntryBlock().getTerminator());
  ASSERT_TRUE(branch != nullptr && branch->isConditional());
  EXPECT_EQ(branch->getSuccessor(0), trap->getParent());
  EXPECT_EQ(returned_by(*branch->getSuccessor(1))->getZExtValue(), 5U);
}

TEST(TrapBranches, OtherConditionsAndOtherCodeStayAsTheyAre) {
  llvm::LLVMContext context;
  for (const auto* trap : {"tdeqi  $4, 0", "nop"}) {
    const auto module =
        parse(context, function(with_label(trap, "${5:l}", "i,i,i,i,r,!i",
                                           "ptr @file, i32 7, i32 2305, i64 12, i64 %c")));
    read_trap_branches(*module);
    EXPECT_TRUE(
        llvm::isa<llvm::CallBrInst>(module->getFunction("f")->getEntryBlock().getTerminator()));
  }
}

}  // namespace
}  // namespace sgproof::extract
