// Versions of functions beside the original in one module.
#include "kernel-extract/variants.hpp"

#include <gmock/gmock.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Support/MemoryBuffer.h>

#include "kernel-extract/inspect.hpp"
#include "kernel-extract/linker.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class VariantsTest : public testing::Scratch {
 protected:
  Module extracted(const std::string& name, const std::string& source) {
    const auto unit = dir / (name + ".unit.bc");
    const auto result = run_process(
        {.argv = {"clang-19", "-O1", "-Xclang", "-disable-llvm-passes", "-g1", "-emit-llvm", "-c",
                  "-o", unit.string(), put(name + ".c", source).string()}});
    EXPECT_TRUE(result.ok()) << result.err;
    Module module;
    module.id = name;
    module.bitcode = dir / (name + ".bc");
    LinkedModule linked;
    linked.add({"unit.c", unit, "", {}});
    linked.finish({"f"});
    linked.write(module.bitcode);
    module.functions = list_functions(linked.get());
    const auto hashes = hash_code(linked.get());
    for (auto& f : module.functions) f.hash = hashes.functions.at(f.name);
    return module;
  }

  std::vector<Versions> join(const std::vector<Module>& variants, unsigned levels = 0) {
    std::vector<const Module*> list;
    for (const Module& m : variants) list.push_back(&m);
    auto out = join_variants(original_, list, dir / "joint.bc", levels);
    auto buffer = llvm::MemoryBuffer::getFile((dir / "joint.bc").string());
    auto module = llvm::parseBitcodeFile((*buffer)->getMemBufferRef(), context_);
    EXPECT_TRUE(bool(module));
    joint_ = std::move(*module);
    return out;
  }

  /// Names of what the function calls and of the variables that it reads or writes.
  std::set<std::string> uses(const std::string& name) const {
    std::set<std::string> names;
    const auto* f = joint_->getFunction(name);
    EXPECT_NE(f, nullptr) << name;
    if (f == nullptr) return names;
    EXPECT_FALSE(f->isDeclaration()) << name;
    for (const auto& block : *f)
      for (const auto& instruction : block)
        for (const auto& operand : instruction.operands())
          if (const auto* value = llvm::dyn_cast<llvm::GlobalValue>(operand.get()))
            names.insert(value->getName().str());
    return names;
  }

  static constexpr const char* kHelper =
      "static int set = 1;\nstatic int __attribute__((noinline)) help(int a) { return a + set; }\n";
  static std::string with(const std::string& body) {
    return std::string(kHelper) + "int f(int a) { " + body + " }\n";
  }
  Module original_ = extracted("original", with("set = a; return help(a);"));
  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> joint_;
};

TEST_F(VariantsTest, ChangedFunctionsStandBesideTheOriginalAndShareTheRest) {
  const auto joined = join({extracted("one", with("set = a; return help(a + 1);")),
                            extracted("two", with("set = 0; return help(a);")),
                            extracted("same", with("set = a; return help(a);"))});
  ASSERT_EQ(joined.size(), 3U);
  EXPECT_THAT(joined[0].names, ElementsAre(Pair("f", "f.version0")));
  EXPECT_THAT(joined[1].names, ElementsAre(Pair("f", "f.version1")));
  EXPECT_THAT(joined[2].names, IsEmpty());
  for (const auto& versions : joined) EXPECT_EQ(versions.problem, "");
  for (const char* name : {"f", "f.version0", "f.version1"})
    EXPECT_THAT(uses(name), ElementsAre("help", "set")) << name;
  // the line is part of what a BUG reports
  const auto& end = joint_->getFunction("f.version0")->back().back();
  ASSERT_TRUE(end.getDebugLoc());
  EXPECT_EQ(end.getDebugLoc()->getLine(), 3U);
}

TEST_F(VariantsTest, AVersionCallsTheOriginalsFunctionsAlsoWhereTheseHaveVersions) {
  const auto joined = join({extracted(
      "both",
      "static int set = 1;\nstatic int __attribute__((noinline)) help(int a) { return set - a; }\n"
      "static int __attribute__((noinline)) added(int a) { return help(a); }\n"
      "int f(int a) { set = a; return added(a); }\n")});
  EXPECT_THAT(joined[0].names, ElementsAre(Pair("f", "f.version0"), Pair("help", "help.version0")));
  EXPECT_THAT(uses("f.version0"), ElementsAre("added.version0", "set"));
  EXPECT_THAT(uses("added.version0"), ElementsAre("help"));
  EXPECT_THAT(uses("f"), ElementsAre("help", "set"));
}

TEST_F(VariantsTest, CallersOfWhatChangedHaveVersionsThatCallIt) {
  const std::string text =
      "static int set = 1;\nstatic int __attribute__((noinline)) help(int a) { return a OP set; }\n"
      "static int __attribute__((noinline)) middle(int a) { return help(a) + 1; }\n"
      "static int __attribute__((noinline)) top(int a) { set = a; return middle(a) + help(a); }\n"
      "int f(int a) { return top(a); }\n";
  const auto source = [&](const char* op) {
    std::string s = text;
    return s.replace(s.find("OP"), 2, op);
  };
  original_ = extracted("plus", source("+"));
  original_.entries = {"f"};
  const auto variant = extracted("minus", source("-"));
  EXPECT_THAT(join({variant}, 1)[0].names,
              ElementsAre(Pair("middle", "middle.version0"), Pair("top", "top.version0")));
  EXPECT_THAT(uses("middle.version0"), ElementsAre("help.version0"));
  // the caller's version calls the other caller's original: that call is compared as well
  EXPECT_THAT(uses("top.version0"), ElementsAre("help.version0", "middle", "set"));
  EXPECT_THAT(uses("top"), ElementsAre("help", "middle", "set"));
  // an entry point is called by nobody, so nothing would be compared
  EXPECT_NE(join({variant}, 2)[0].problem, "");
}

TEST_F(VariantsTest, AnEntryPointIsNotCompared) {
  original_.entries = {"f"};
  EXPECT_NE(join({extracted("other", with("return 0;"))})[0].problem, "");
}

TEST_F(VariantsTest, WhoseAddressIsTakenIsNotComparedAtItsCallers) {
  const auto source = [](const char* op) {
    return std::string("static int help(int a) { return a ") + op +
           " 1; }\nstatic int (*table[])(int) = {help};\n"
           "int f(int a) { return table[a](a) + help(a); }\n";
  };
  original_ = extracted("plus", source("+"));
  const auto variant = extracted("minus", source("-"));
  EXPECT_EQ(join({variant}, 0)[0].problem, "");
  EXPECT_NE(join({variant}, 1)[0].problem, "");
}

TEST_F(VariantsTest, AnotherValueOfAVariableIsAProblem) {
  const auto joined = join({extracted("other",
                                      "static int set = 2;\nstatic int __attribute__((noinline)) "
                                      "help(int a) { return a + set; }\n"
                                      "int f(int a) { set = a; return help(a); }\n")});
  EXPECT_THAT(joined[0].problem, HasSubstr("variable set"));
  EXPECT_EQ(joint_->getFunction("help.version0"), nullptr);
}

TEST_F(VariantsTest, AnotherTextBehindATableIsAProblem) {
  const auto source = [](const char* text, const char* value) {
    return std::string("static const char *table[] = {\"") + text +
           "\"};\nint f(int a) { return table[a][0] + " + value + "; }\n";
  };
  original_ = extracted("first", source("one", "1"));
  EXPECT_EQ(join({extracted("code", source("one", "2"))})[0].problem, "");
  EXPECT_THAT(join({extracted("text", source("two", "2"))})[0].problem, HasSubstr("table"));
}

TEST_F(VariantsTest, WhatIsDefinedInOneOnlyIsAProblem) {
  const std::string user = "int f(int a) { return help(a); }\n";
  const auto here = extracted("here", "static int help(int a) { return a; }\n" + user);
  const auto elsewhere = extracted("elsewhere", "int help(int a);\n" + user);
  original_ = here;
  EXPECT_THAT(join({elsewhere})[0].problem, HasSubstr("help"));
  original_ = elsewhere;
  EXPECT_THAT(join({here})[0].problem, HasSubstr("help"));
}

TEST_F(VariantsTest, OtherFactsAreAProblem) {
  auto variant = extracted("facts", with("return 0;"));
  variant.facts["SIZEOF_PAGE"] = 64;
  EXPECT_NE(join({variant})[0].problem, "");
}

TEST_F(VariantsTest, ANewVariableComesAlong) {
  const auto joined = join({extracted(
      "new",
      std::string(kHelper) +
          "static int more = 5;\nint f(int a) { more = a; set = a; return help(more); }\n")});
  EXPECT_EQ(joined[0].problem, "");
  EXPECT_THAT(uses("f.version0"), ElementsAre("help", "more.version0", "set"));
}

}  // namespace
}  // namespace sgproof::extract
