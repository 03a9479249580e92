// The code that a function has in its file, asked of clang's own programs on small files.
#include "kernel-extract/declarations.hpp"

#include <gmock/gmock.h>

#include "kernel-extract/process.hpp"
#include "kernel-extract/testing.hpp"

namespace sgproof::extract {
namespace {
using ::testing::ElementsAre;
using ::testing::Key;

class DeclarationsTest : public testing::Scratch {
 protected:
  Declarations read(const std::string& source, const std::vector<std::string>& flags = {}) {
    const auto file = put("a.c", source).string();
    std::vector<std::string> query{
        "clang-query-19",
        "-c",
        "set output dump",
        "-c",
        "match decl(hasParent(translationUnitDecl()), anyOf(functionDecl(isDefinition()), "
        "varDecl(), recordDecl(isDefinition()), enumDecl(), typedefDecl()))",
        file,
        "--",
        "-w"};
    query.insert(query.end(), flags.begin(), flags.end());
    const auto matches = run_process({.argv = query});
    EXPECT_TRUE(matches.ok()) << matches.err;
    EXPECT_EQ(matches.err.find(" error: "), std::string::npos) << matches.err;
    const auto tokens =
        run_process({.argv = {"clang-19", "-cc1", "-x", "c", "-dump-raw-tokens", file}});
    EXPECT_TRUE(tokens.ok()) << tokens.err;
    return read_declarations(matches.out, tokens.err, file);
  }
  std::string hash(const std::string& source, const std::string& function = "f",
                   const std::vector<std::string>& flags = {}) {
    const auto code = code_of(read(source, flags), function);
    EXPECT_TRUE(code.has_value()) << source;
    return code ? code->hash : "";
  }
};

const char* const kSmall =
    "static int helper(int a)\n{\n\treturn a + 1;\n}\n"
    "int f(int a)\n{\n\tif (a)\n\t\treturn helper(a);\n\treturn 0;\n}\n";

TEST_F(DeclarationsTest, CommentsLayoutAndPlacesDoNotChangeIt) {
  EXPECT_EQ(hash(kSmall),
            hash("/* new */\n\nint other(void) { return 7; }\n"
                 "static int helper(int a);\n"
                 "int f(int a) { // it's here\n if (a) return /* the */ helper(a); return 0; }\n"
                 "/* moved behind its caller */\nstatic int\nhelper(int a) { return a + 1; }\n"));
}

TEST_F(DeclarationsTest, AnyTokenOfTheBodyOrTheSignatureChangesIt) {
  const auto before = hash("unsigned long f(int a)\n{\n\treturn a + 1;\n}\n");
  EXPECT_NE(before, hash("unsigned long f(int a)\n{\n\treturn a - 1;\n}\n"));
  EXPECT_NE(before, hash("unsigned long f(char a)\n{\n\treturn a + 1;\n}\n"));
  EXPECT_NE(before, hash("unsigned int\nf(int a)\n{\n\treturn a + 1;\n}\n"));
}

TEST_F(DeclarationsTest, WhatItNamesInTheFileCounts) {
  const std::string text =
      "#define LIMIT 3\nstruct s { int a, b; };\nenum { RED, BLUE };\ntypedef int number;\n"
      "static number table[] = { 1, 2 };\n"
      "static int deep(struct s *p) { return p->a + table[0]; }\n"
      "static int helper(struct s *p) { return deep(p) + LIMIT; }\n"
      "static int unused(void) { return 5; }\n"
      "int f(struct s *p) { return helper(p) + BLUE; }\n";
  const auto code = code_of(read(text), "f");
  ASSERT_TRUE(code);
  EXPECT_EQ(code->line, 9);
  EXPECT_THAT(code->parts, ElementsAre(Key("BLUE"), Key("LIMIT"), Key("RED"), Key("deep"), Key("f"),
                                       Key("helper"), Key("number"), Key("s"), Key("table")));
  EXPECT_EQ(code->parts.at("deep").line, 6);
  const auto changed = [&](const std::string& from, const std::string& to) {
    auto other = text;
    other.replace(other.find(from), from.size(), to);
    return hash(other) != code->hash;
  };
  EXPECT_TRUE(changed("LIMIT 3", "LIMIT 4"));
  EXPECT_TRUE(changed("int a, b", "int b, a"));
  EXPECT_TRUE(changed("RED, BLUE", "BLUE, RED"));
  EXPECT_TRUE(changed("typedef int", "typedef long"));
  EXPECT_TRUE(changed("{ 1, 2 }", "{ 2, 2 }"));
  EXPECT_TRUE(changed("p->a +", "p->b +"));
  EXPECT_FALSE(changed("return 5", "return 6"));
}

TEST_F(DeclarationsTest, BodiesKeepWhatThePreprocessorLeavesOut) {
  const std::string text = "int f(void)\n{\n#ifdef CONFIG_X\n\treturn 1;\n#endif\n\treturn 0;\n}\n";
  EXPECT_EQ(hash(text), hash(text, "f", {"-DCONFIG_X"}));
  EXPECT_NE(hash(text),
            hash("int f(void)\n{\n#ifdef CONFIG_X\n\treturn 2;\n#endif\n\treturn 0;\n}\n"));
}

TEST_F(DeclarationsTest, OfTwoDefinitionsItIsTheOneThatIsCompiled) {
  const std::string text =
      "#ifdef CONFIG_X\nint f(void) { return 1; }\n#else\nint f(void) { return 2; }\n#endif\n";
  EXPECT_NE(hash(text), hash(text, "f", {"-DCONFIG_X"}));
  EXPECT_EQ(hash(text, "f", {"-DCONFIG_X"}), hash("int f(void) { return 1; }\n"));
}

TEST_F(DeclarationsTest, WhereADirectiveEndsMatters) {
  const auto with = [](const std::string& lines) {
    return "int f(void)\n{\n#if 0\n" + lines + "#endif\n#endif\n\treturn 2;\n}\n";
  };
  EXPECT_NE(hash(with("#if X\n\t(Y)++;\n")), hash(with("#if X (Y)++;\n\n")));
  EXPECT_EQ(hash(with("#if X\n\t(Y)++;\n")), hash(with("# if X /* now */\n(Y) ++ ;\n")));
}

TEST_F(DeclarationsTest, AFunctionThatAMacroMakesHasTheMacrosText) {
  const auto text = [](const std::string& body) {
    return "#define MAKE(name) int name(void) { " + body +
           " }\nMAKE(f)\nint g(void) { return f(); }\n";
  };
  EXPECT_NE(hash(text("return 1;")), hash(text("return 2;")));
  EXPECT_NE(hash(text("return 1;"), "g"), hash(text("return 2;"), "g"));
}

TEST_F(DeclarationsTest, AnAttributeOfAnotherFileDoesNotHideAFunction) {
  put("a.h", "#define __hidden __attribute__((visibility(\"hidden\")))\n");
  const std::string text = "#include \"a.h\"\n__hidden int f(void)\n{\n\treturn 1;\n}\n";
  EXPECT_NE(hash(text), hash("#include \"a.h\"\n__hidden int f(void)\n{\n\treturn 2;\n}\n"));
}

TEST_F(DeclarationsTest, TextThatLooksLikeATokenHidesNothing) {
  const auto with = [&](const std::string& place, const std::string& value) {
    return "int f(void)\n{\n\t/* 1'\t\tLoc=<" + (dir / "a.c").string() + ":" + place +
           ">\n'\t*/ return " + value + ";\n}\n";
  };
  EXPECT_NE(hash(with("3:9", "1")), hash(with("3:9", "2")));
  EXPECT_EQ(hash(with("here", "1")), hash("int f(void)\n{\n\treturn 1;\n}\n"));
}

TEST_F(DeclarationsTest, WhereLinesAreRenumberedAllOfTheFileCounts) {
  const std::string text = "int f(void) { return 1; }\n#line 90\nint g(void) { return 1; }\n";
  EXPECT_NE(hash(text), hash("int f(void) { return 1; }\n#line 90\nint g(void) { return 2; }\n"));
}

TEST_F(DeclarationsTest, WhatIsNoFunctionOfTheFileHasNoCode) {
  const auto all = read("int other(void);\nint variable;\nint f(void) { return other(); }\n");
  EXPECT_FALSE(code_of(all, "other"));
  EXPECT_FALSE(code_of(all, "variable"));
  EXPECT_FALSE(code_of(all, "absent"));
}

}  // namespace
}  // namespace sgproof::extract
