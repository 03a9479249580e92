// Which lines of a file can be compiled once for all variants of the rest.
#include "kernel-extract/preamble.hpp"

#include <gtest/gtest.h>

namespace sgproof::extract {
namespace {

TEST(Preamble, EndsAfterTheLastDirective) {
  const std::string head =
      "// SPDX\n/*\n * #include <no.h>\n */\n\n#define pr_fmt(f) \"x: \" \\\n\tf\n#include <a.h> "
      "/* for "
      "a */\n#include \"b.h\"\n";
  EXPECT_EQ(leading_directives(head + "\n/* a comment */\nint x;\n#include <c.h>\n"), head.size());
  EXPECT_EQ(leading_directives("int x;\n#include <a.h>\n"), 0U);
  EXPECT_EQ(leading_directives(""), 0U);
}

TEST(Preamble, NeverCutsACondition) {
  const std::string head = "#include <a.h>\n#ifdef X\n#include <b.h>\n#endif\n";
  EXPECT_EQ(leading_directives(head + "int x;\n"), head.size());
  const std::string open = "#include <a.h>\n";
  EXPECT_EQ(leading_directives(open + "#ifdef X\n#include <b.h>\nint x;\n#endif\n"), open.size());
}

TEST(Preamble, StopsAtACommentThatGoesOn) {
  const std::string head = "#include <a.h>\n";
  EXPECT_EQ(leading_directives(head + "#include <b.h> /* for\n b */\nint x;\n"), head.size());
}

class Before : public testing::Test {
 protected:
  std::size_t before(const std::string& file) const {
    return directives_before(source, listing, "/src/lib/x.c", file);
  }
  const std::string first = "#include <linux/a.h>\n";
  const std::string source = first + "#include <linux/b.h>\n#include \"x.h\"\nint x;\n";
  const std::string listing =
      ". /src/include/linux/kconfig.h\n. /src/lib/x.c\n.. /src/include/linux/a.h\n... "
      "/src/include/linux/deep.h\n.. /src/include/linux/b.h\n... /src/include/linux/list.h\n.... "
      "/src/include/linux/scatterlist.h\n.. /src/lib/x.h\n";
};

TEST_F(Before, TheIncludeThatLeadsToTheFile) {
  EXPECT_EQ(before("include/linux/scatterlist.h"), first.size());
  EXPECT_EQ(before("include/linux/b.h"), first.size());
  EXPECT_EQ(before("lib/x.h"), source.find("#include \"x.h\""));
  EXPECT_EQ(before("include/linux/deep.h"), 0U);
}

TEST_F(Before, NothingIfTheFileComesBeforeAll) { EXPECT_EQ(before("include/linux/kconfig.h"), 0U); }

TEST_F(Before, EverythingIfTheFileIsNotNeeded) {
  EXPECT_EQ(before("include/linux/other.h"), source.find("int x"));
}

}  // namespace
}  // namespace sgproof::extract
