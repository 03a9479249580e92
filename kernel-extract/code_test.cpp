// What is read out of bitcode, and the native transformation, on small pieces of C and IR.
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

#include "kernel-extract/bug_asm.hpp"
#include "kernel-extract/inspect.hpp"
#include "kernel-extract/linker.hpp"
#include "kernel-extract/native.hpp"
#include "kernel-extract/optimized_hash.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {

class CodeTest : public testing::Scratch {
 protected:
  CompiledUnit compile(const std::string& name, const std::string& source) {
    const auto bitcode = dir / (name + ".bc");
    const auto result =
        run_process({.argv = {"clang-19", "-O1", "-Xclang", "-disable-llvm-passes", "-g1",
                              "-fdiscard-value-names", "-emit-llvm", "-c", "-o", bitcode.string(),
                              put(name + ".c", source).string()}});
    EXPECT_TRUE(result.ok()) << result.err;
    return {name + ".c", bitcode, "", {}};
  }
  CodeHashes hashes(const std::string& source) {
    LinkedModule linked;
    linked.add(compile("h", source));
    return hash_code(linked.get());
  }
};

TEST_F(CodeTest, HashIgnoresNamesLinesAndOtherFunctions) {
  const auto before = hashes(
      "struct s { int a, b; };\nint f(struct s *p) { int x = p->b; return x ? x : "
      "(int)sizeof(\"no\"); }\n");
  const auto after = hashes(
      "\n\nstruct t { int c, d; };\nconst char *g(void) { return \"text\"; }\n/* c */ int f(struct "
      "t *q) {\n int value = q->d;\n return value ? value : (int)sizeof(\"no\"); }\n");
  EXPECT_EQ(before.functions.at("f"), after.functions.at("f"));
  EXPECT_NE(before.whole, after.whole);
}

TEST_F(CodeTest, HashIgnoresTheLineOfABugButNotItsFlags) {
  const auto with = [&](const std::string& before, const std::string& flags) {
    return hashes(before +
                  "void f(void) { asm volatile(\"ud2\\n.pushsection __bug_table,\\\"aw\\\"\\n\"\n"
                  "\".word %c1\\n.word %c2\\n.popsection\" : : \"i\"(\"file\"), \"i\"(__LINE__), "
                  "\"i\"(" +
                  flags + ")); }\n")
        .functions.at("f");
  };
  EXPECT_EQ(with("", "0"), with("\n\n/* moved */\n", "0"));
  EXPECT_NE(with("", "0"), with("", "1"));
}

TEST_F(CodeTest, HashSeesCodeLayoutStringsAndTables) {
  const auto base =
      hashes(
          "struct s { int a, b; };\nstatic const int t[] = {1, 2};\nextern int put(const char "
          "*);\nint f(struct s *p) { return p->b + t[p->a] + put(\"one\"); }\n")
          .functions.at("f");
  EXPECT_NE(base,
            hashes("struct s { int a, b; };\nstatic const int t[] = {1, 2};\nextern int put(const "
                   "char *);\nint f(struct s *p) { return p->a + t[p->a] + put(\"one\"); }\n")
                .functions.at("f"));
  EXPECT_NE(
      base,
      hashes("struct s { int a; long z; int b; };\nstatic const int t[] = {1, 2};\nextern int "
             "put(const char *);\nint f(struct s *p) { return p->b + t[p->a] + put(\"one\"); }\n")
          .functions.at("f"));
  EXPECT_NE(base,
            hashes("struct s { int a, b; };\nstatic const int t[] = {1, 3};\nextern int put(const "
                   "char *);\nint f(struct s *p) { return p->b + t[p->a] + put(\"one\"); }\n")
                .functions.at("f"));
  EXPECT_NE(base,
            hashes("struct s { int a, b; };\nstatic const int t[] = {1, 2};\nextern int put(const "
                   "char *);\nint f(struct s *p) { return p->b + t[p->a] + put(\"two\"); }\n")
                .functions.at("f"));
}

TEST_F(CodeTest, OptimizedHashSeesWhatCodeDoes) {
  const auto hash = [&](const std::string& source) {
    return optimized_hash(compile("o", source).bitcode, {"f"});
  };
  const std::string helper =
      "static int always(void) { return 1; }\nstatic int set = 1;\nextern void act(int);\n";
  const auto base = hash(helper + "int f(int a) { if (always()) act(a); return a + a; }\n");
  EXPECT_EQ(base, hash(helper + "int f(int a) { if (1) act(a); int b = 2; return b * a; }\n"));
  EXPECT_NE(base, hash(helper + "int f(int a) { if (!always()) act(a); return a + a; }\n"));
  EXPECT_NE(base, hash(helper + "int f(int a) { if (always()) act(a); return a + 1; }\n"));
  // nothing here writes to it, but a scenario may have
  EXPECT_NE(base, hash(helper + "int f(int a) { if (set) act(a); return a + a; }\n"));
}

TEST_F(CodeTest, StaticNamesOfUnitsAreKeptApart) {
  LinkedModule linked;
  linked.add(
      compile("one", "static int help(void) { return 1; }\nint first(void) { return help(); }\n"));
  linked.add(compile("two",
                     "static int help(void) { return 2; }\nint first(void);\nint second(void) { "
                     "return help() + first(); }\n"));
  EXPECT_NE(linked.get().getFunction("help"), nullptr);
  EXPECT_NE(linked.get().getFunction("help.two"), nullptr);
  linked.finish({"second"});
  EXPECT_TRUE(linked.get().getFunction("first")->hasInternalLinkage());
}

TEST_F(CodeTest, ConflictingDefinitionsAreAnError) {
  LinkedModule linked;
  linked.add(compile("one", "int f(void) { return 1; }\n"));
  const auto unit = compile("two", "int f(void) { return 2; }\n");
  const auto error = testing::error_of([&] { linked.add(unit); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->id(), "SGP-E0133");
}

TEST_F(CodeTest, MissingEntryIsAnError) {
  LinkedModule linked;
  linked.add(compile("one", "int f(void) { return 1; }\n"));
  EXPECT_EQ(testing::error_of([&] { linked.finish({"sgp_run"}); })->id(), "SGP-E0133");
}

TEST_F(CodeTest, FunctionsCallsLinesAndFactsAreListed) {
  LinkedModule linked;
  linked.add(
      compile("one",
              "const unsigned long long sgp_fact_A = 7, sgp_fact_Z = 0;\n"
              "static int leaf(int a)\n{\n\tif (a)\n\t\treturn 1;\n\treturn 2;\n}\n"
              "struct ops { int (*op)(int); };\nstatic const struct ops table = { leaf };\nint "
              "(*pick(void))(int)\n{\n\treturn table.op;\n}\n"
              "int root(int a)\n{\n\treturn pick()(a);\n}\nint lonely(void)\n{\n\treturn 0;\n}\n"));
  EXPECT_EQ(read_facts(linked.get()), (std::map<std::string, std::uint64_t>{{"A", 7}, {"Z", 0}}));
  const auto functions = list_functions(linked.get());
  ASSERT_EQ(functions.size(), 4U);
  EXPECT_EQ(functions[0].name, "leaf");
  EXPECT_EQ(functions[0].line, 2);
  EXPECT_EQ(functions[0].lines.begin()->second, (std::vector<int>{4, 5, 6, 7}));
  EXPECT_EQ(functions[2].takes, std::vector<std::string>{"leaf"});
  EXPECT_EQ(functions[3].calls, std::vector<std::string>{"pick"});
  EXPECT_EQ(reachable_names(functions, {"root"}), (std::set<std::string>{"leaf", "pick", "root"}));
}

/// What guards the calls of act() in `root`, by the functions of the source.
TEST_F(CodeTest, CallsThatAreMadeOnlyWhereAnotherHasSaidYesAreGuarded) {
  int units = 0;
  const auto guards = [&](const std::string& body) {
    const auto unit = compile("g" + std::to_string(++units),
                              "_Bool ask(int); int count(int); void act(int);\n"
                              "#define unlikely(x) __builtin_expect(!!(x), 0)\n"
                              "int root(int a)\n{\n" +
                                  body + "\nreturn 0; }\n");
    LinkedModule linked;
    linked.add(unit);
    const auto functions = list_functions(linked.get());
    EXPECT_EQ(functions.size(), 1U);
    const auto& guarded = functions.at(0).guarded;
    const auto found = guarded.find("act");
    return found == guarded.end() ? std::set<std::string>{} : found->second;
  };
  const std::set<std::string> asked = {"ask"}, counted = {"count"}, none;
  EXPECT_EQ(guards("if (ask(a)) act(a);"), asked);
  EXPECT_EQ(guards("if (count(a)) act(a);"), counted);
  EXPECT_EQ(guards("if (unlikely(ask(a))) act(a);"), asked);
  EXPECT_EQ(guards("if (unlikely(count(a))) act(a);"), counted);
  EXPECT_EQ(guards("if (!ask(a)) return 1; act(a);"), asked);
  EXPECT_EQ(guards("if (!count(a)) return 1; act(a);"), counted);
  EXPECT_EQ(guards("for (int i = 0; i < a; i++) { if (!ask(i)) continue; act(i); }"), asked);
  EXPECT_EQ(guards("if (a && ask(a)) switch (a) { case 1: act(1); break; default: act(2); }"),
            asked);
  EXPECT_EQ(guards("if (ask(a) && count(a)) act(a);"), (std::set<std::string>{"ask", "count"}));
  EXPECT_EQ(guards("if (ask(a)) act(a); if (count(a)) act(a);"), none) << "not by the same";
  EXPECT_EQ(guards("if (ask(a)) act(a); act(a);"), none) << "once it is not";
  EXPECT_EQ(guards("if (a || ask(a)) act(a);"), none);
  EXPECT_EQ(guards("if (!ask(a)) act(a);"), none);
  EXPECT_EQ(guards("if (ask(a)) return 1; act(a);"), none);
  EXPECT_EQ(guards("if (!!!ask(a)) act(a);"), none);
  EXPECT_EQ(guards("if (count(a) == 0) act(a);"), none);
  EXPECT_EQ(guards("if (count(a) == 2) act(a);"), none) << "another question";
  EXPECT_EQ(guards("if (count(a) < 0) act(a);"), none);
  EXPECT_EQ(guards("if ((char)count(a)) act(a);"), none) << "bits of it";
  EXPECT_EQ(guards("if (ask(a)) a++; act(a);"), none) << "behind it";
  EXPECT_EQ(guards("while (ask(a)) a++; act(a);"), none);
}

TEST_F(CodeTest, NeededFunctionsComeAloneWithWhatTheyUse) {
  LinkedModule linked;
  linked.add(compile("one", "int far(int);\nint root(int a) { return far(a); }\n"));
  linked.add_needed(
      compile("two",
              "int deep(int);\nstatic int help(int a) { return deep(a); }\nint far(int a) { return "
              "help(a); }\nint other(void) { return 3; }\nint root(int a) { return 9; }\n"),
      {"far"});
  EXPECT_FALSE(linked.get().getFunction("far")->isDeclaration());
  EXPECT_EQ(linked.get().getFunction("other"), nullptr);
  linked.finish({"root"});
  EXPECT_TRUE(linked.get().getFunction("deep")->isDeclaration());
}

std::unique_ptr<llvm::Module> parse(llvm::LLVMContext& context, const std::string& text) {
  llvm::SMDiagnostic diagnostic;
  auto module = llvm::parseAssemblyString(text, diagnostic, context);
  EXPECT_TRUE(module) << diagnostic.getMessage().str();
  return module;
}

const char* const kBug =
    R"(1:\09ud2\0A.pushsection __bug_table,\22aw\22\0A2:\09.long 1b - .\09# bug_entry::bug_addr\0A\09.word ${0:c}\09# bug_entry::flags\0A\09.org 2b+${1:c}\0A.popsection\0A)";

TEST(Native, BugAndWarnAreToldApartByTheFlags) {
  llvm::LLVMContext context;
  const auto module =
      parse(context, std::string("define void @f() {\n call void asm sideeffect \"") + kBug +
                         "\", \"i,i\"(i32 0, i64 8)\n call void asm sideeffect \"" + kBug +
                         "\", \"i,i\"(i32 2305, i64 8)\n call void asm sideeffect \"\", "
                         "\"~{memory}\"()\n call void asm sideeffect \"cli\", \"~{memory}\"()\n"
                         " call void asm sideeffect \"movq %gs:0, %rax\", \"\"()\n call void asm "
                         "sideeffect \"bsf $$1, %eax\", \"\"()\n ret void\n}\n");
  std::vector<AsmKind> kinds;
  for (const auto& instruction : module->getFunction("f")->getEntryBlock())
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction))
      kinds.push_back(classify_asm(*call));
  EXPECT_EQ(kinds,
            (std::vector<AsmKind>{AsmKind::Bug, AsmKind::Warn, AsmKind::Empty, AsmKind::Interrupts,
                                  AsmKind::Privileged, AsmKind::Other}));
}

TEST(Native, ATrapWithoutATableEntryIsABug) {
  llvm::LLVMContext context;
  const auto module = parse(context,
                            "define void @f() {\n call void asm sideeffect \".byte 0x0f, 0x0b\", "
                            "\"\"()\n ret void\n}\n");
  for (const auto& instruction : module->getFunction("f")->getEntryBlock())
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
      EXPECT_EQ(classify_asm(*call), AsmKind::Bug);
    }
}

// arch/riscv/include/asm/bug.h has the flags in a halfword, arch/arm/include/asm/bug.h has none.
TEST(Native, EntriesOfTheBugTableSayWhetherTheyWarn) {
  llvm::LLVMContext context;
  const auto module = parse(context, R"(
@file = private constant [2 x i8] c"f\00"
define void @f() {
 call void asm sideeffect "1:\0A\09ebreak\0A.pushsection __bug_table,\22aw\22\0A\092:\0A\09.word 1b - .\0A\09.word $0 - .\0A\09.half $1\0A\09.half $2\0A\09.org 2b + $3\0A\09.popsection", "i,i,i,i"(ptr @file, i32 7, i32 2305, i64 12)
 call void asm sideeffect "1:\0A\09ebreak\0A.pushsection __bug_table,\22aw\22\0A\092:\0A\09.word 1b - .\0A\09.word $0 - .\0A\09.half $1\0A\09.half $2\0A\09.org 2b + $3\0A\09.popsection", "i,i,i,i"(ptr @file, i32 7, i32 0, i64 12)
 call void asm sideeffect "1:\09.long ((0xe7f001f2) & 0xFFFFFFFF)\0A\09\0A.pushsection __bug_table,\22aw\22\0A.align 2\0A3:\09.word 1b, 2b\0A\09.hword 115, 0\0A.popsection", ""()
 ret void
}
)");
  std::vector<AsmKind> kinds;
  for (const auto& instruction : module->getFunction("f")->getEntryBlock())
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction))
      kinds.push_back(classify_asm(*call));
  EXPECT_EQ(kinds, (std::vector<AsmKind>{AsmKind::Warn, AsmKind::Bug, AsmKind::Bug}));
}

// arch/arm64/include/asm/bug.h has all in the text, arch/powerpc and arch/s390 the line before the
// flags.
TEST(Native, FlagsOfTheBugTableAreFoundInTheTextAndBehindTheLine) {
  llvm::LLVMContext context;
  const auto arm64 = [](const std::string& flags) {
    return R"( call void asm sideeffect ".pushsection __bug_table,\22aw\22; .align 2; 14470: )"
           R"(.long 14471f - .; .short 125; .short )" +
           flags + "; .align 2; .popsection; 14471: brk 0x800\", \"\"()\n";
  };
  const auto power = [](const std::string& flags) {
    return R"( call void asm sideeffect "1:\09twi 31, 0, 0\0A.section __bug_table,\22aw\22\0A)"
           R"(2:\09.4byte 1b - .\0A\09.4byte $0 - .\0A\09.short $1, $2\0A.org 2b+$3\0A", )"
           R"("i,i,i,i"(ptr @file, i32 7, i32 )" +
           flags + ", i64 12)\n";
  };
  const auto s390 = [](const std::string& flags) {
    return R"( call void asm sideeffect "0:\09mc\090,0\0A.section __bug_table,\22aw\22\0A2:)"
           R"(\09.long\090b-.\0A\09.long\091b-.\0A\09.short\09$0,$1\0A\09.org\092b+$2\0A", )"
           R"("i,i,i"(i32 7, i32 )" +
           flags + ", i64 12)\n";
  };
  const auto module = parse(
      context, "@file = private constant [2 x i8] c\"f\\00\"\ndefine void @f() {\n" + arm64("0") +
                   arm64("(1 << 0)|((1 << 3) | ((9) << 8))") + arm64("(1 << 1)") + power("0") +
                   power("2305") + s390("0") + s390("2305") + " ret void\n}\n");
  std::vector<AsmKind> kinds;
  for (const auto& instruction : module->getFunction("f")->getEntryBlock())
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction))
      kinds.push_back(classify_asm(*call));
  EXPECT_EQ(kinds,
            (std::vector<AsmKind>{AsmKind::Bug, AsmKind::Warn, AsmKind::Privileged, AsmKind::Bug,
                                  AsmKind::Warn, AsmKind::Bug, AsmKind::Warn}));
}

TEST(Native, BugOnOfMipsIsToldApartFromOtherTraps) {
  llvm::LLVMContext context;
  const auto module = parse(context,
                            "define void @f(i32 %c, i32 %n) {\n"
                            " call void asm sideeffect \"break $0\", \"i,~{$1}\"(i32 12)\n"
                            " call void asm sideeffect \"break $0\", \"i,~{$1}\"(i32 7)\n"
                            " call void asm sideeffect \"tne $$0, $0, $1\", "
                            "\"r,i,~{$1}\"(i32 %c, i32 12)\n"
                            " call void asm sideeffect \"tne $$0, $0, $1\", "
                            "\"r,i,~{$1}\"(i32 %c, i32 13)\n"
                            " call void asm sideeffect \"teq $$0, $0, $1\", "
                            "\"r,i,~{$1}\"(i32 %c, i32 12)\n ret void\n}\n");
  std::vector<AsmKind> kinds;
  for (const auto& instruction : module->getFunction("f")->getEntryBlock())
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction))
      kinds.push_back(classify_asm(*call));
  EXPECT_EQ(kinds, (std::vector<AsmKind>{AsmKind::Bug, AsmKind::Other, AsmKind::BugOn,
                                         AsmKind::Other, AsmKind::Other}));
}

/// The arguments of the calls of a function, where they are constant.
std::vector<std::uint64_t> first_arguments(const llvm::Module& module, const char* name) {
  std::vector<std::uint64_t> all;
  const auto* callee = module.getFunction(name);
  if (callee == nullptr) return all;
  for (const auto* user : callee->users())
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(user))
      if (const auto* number = llvm::dyn_cast<llvm::ConstantInt>(call->getArgOperand(0)))
        all.push_back(number->getZExtValue());
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Native, WhereBugOnIsAFunctionTheLineIsItsCallers) {
  llvm::LLVMContext context;
  const auto module = parse(context, R"(
define internal void @bug() !dbg !4 {
 call void asm sideeffect "break $0", "i"(i32 12), !dbg !10
 unreachable, !dbg !10
}
define internal void @bug_on(i32 %c) !dbg !5 {
 call void asm sideeffect "tne $$0, $0, $1", "r,i"(i32 %c, i32 12), !dbg !11
 call void @bug(), !dbg !11
 ret void, !dbg !11
}
define void @sgp_run(i32 %c) !dbg !6 {
 call void @bug_on(i32 %c), !dbg !12
 ret void, !dbg !12
}
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_C99, file: !1, emissionKind: LineTablesOnly)
!1 = !DIFile(filename: "lib/scatterlist.c", directory: "")
!2 = !DIFile(filename: "arch/mips/include/asm/bug.h", directory: "")
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = distinct !DISubprogram(name: "BUG", file: !2, line: 10, unit: !0, spFlags: DISPFlagDefinition)
!5 = distinct !DISubprogram(name: "__BUG_ON", file: !2, line: 20, unit: !0, spFlags: DISPFlagDefinition)
!6 = distinct !DISubprogram(name: "sgp_run", file: !1, line: 30, unit: !0, spFlags: DISPFlagDefinition)
!10 = !DILocation(line: 11, scope: !4)
!11 = !DILocation(line: 21, scope: !5)
!12 = !DILocation(line: 31, scope: !6)
)");
  EXPECT_TRUE(make_native(*module).empty());
  EXPECT_EQ(first_arguments(*module, "sgp_native_bug_on"), (std::vector<std::uint64_t>{21, 31}));
  EXPECT_EQ(first_arguments(*module, "sgp_native_bug"), (std::vector<std::uint64_t>{11, 31}));
}

TEST(Native, AFunctionThatIsTheBuiltinOfItsNameIsTheLibrarys) {
  llvm::LLVMContext context;
  const auto module = parse(context, R"(
declare void @llvm.memset.p0.i32(ptr, i8, i32, i1)
define ptr @memset(ptr %p, i32 %c, i32 %n) {
 %b = trunc i32 %c to i8
 call void @llvm.memset.p0.i32(ptr %p, i8 %b, i32 %n, i1 false)
 ret ptr %p
}
define ptr @strchr(ptr %p, i32 %c) {
 ret ptr %p
}
define void @sgp_run(ptr %p) {
 %r = call ptr @memset(ptr %p, i32 0, i32 8)
 %s = call ptr @strchr(ptr %p, i32 0)
 ret void
}
)");
  EXPECT_TRUE(make_native(*module).empty());
  EXPECT_TRUE(module->getFunction("memset")->isDeclaration());
  EXPECT_FALSE(module->getFunction("strchr")->isDeclaration());
}

TEST(Native, TransformationGivesAnOrdinaryModule) {
  llvm::LLVMContext context;
  const auto module = parse(context, std::string(R"(
target triple = "x86_64-unknown-linux-gnu"
@known = internal global i32 5, section ".data..ro_after_init"
@arbitrary = internal global i32 5, section "sgp_arbitrary"
@fixed = internal constant i32 5
@far = external global i64
@odd = external global [0 x i8]
declare void @sgp_event(i64)
declare ptr @memcpy(ptr inreg, ptr inreg, i64 inreg)
declare i32 @unknown(ptr) #0
define i32 @sgp_run(ptr %p) #0 section ".init.text" {
 %a = call i32 @unknown(ptr @odd)
 %c = call ptr @memcpy(ptr inreg %p, ptr inreg %p, i64 inreg 3)
 call void @sgp_event(i64 1)
 %b = load i64, ptr @far
 store i32 1, ptr @known
 store i32 1, ptr @arbitrary
 call void asm sideeffect ")") + kBug + R"(", "i,i"(i32 0, i64 8)
 unreachable
}
attributes #0 = { "target-features"="-sse" noreturn }
!llvm.module.flags = !{!0}
!0 = !{i32 1, !"Code Model", i32 2}
)");
  const auto unmodelled = make_native(*module);
  EXPECT_EQ(unmodelled, std::vector<std::string>{"unknown"});
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  EXPECT_FALSE(llvm::verifyModule(*module, &stream)) << problem;
  EXPECT_EQ(module->getNamedGlobal("known")->getSection(), "sgp_data");
  EXPECT_EQ(module->getNamedGlobal("arbitrary")->getSection(), "sgp_arbitrary");
  EXPECT_EQ(module->getNamedGlobal("fixed")->getSection(), "");
  EXPECT_TRUE(module->getNamedGlobal("far")->hasWeakAnyLinkage());
  EXPECT_TRUE(module->getNamedGlobal("odd")->hasInitializer());
  EXPECT_TRUE(module->getFunction("sgp_event")->isDeclaration());
  EXPECT_FALSE(module->getFunction("unknown")->isDeclaration());
  EXPECT_FALSE(module->getFunction("memcpy")->hasParamAttribute(0, llvm::Attribute::InReg));
  EXPECT_NE(module->getFunction("sgp_native_trap"), nullptr);
  EXPECT_EQ(module->getModuleFlagsMetadata(), nullptr);
  EXPECT_FALSE(module->getFunction("sgp_run")->hasSection());
}

}  // namespace
}  // namespace sgproof::extract
