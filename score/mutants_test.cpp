// Which changes are made of a function, and that each can be compiled.
#include "score/mutants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "score/testing.hpp"

namespace sgproof::score {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Not;

const std::string kCode = R"(#define EINVAL 22
#define EIO 5
#define ENOMEM 12
#define EREMOTEIO 121
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
struct entry { unsigned int offset, length; u64 address; };
#define FLAG(n) (1 << (n))
#define SMALL 1
#define BOTH (SMALL | FLAG(1))
#define FAIL_ON(condition) ({ int failed = !!(condition); failed; })
#define STOP_ON(condition) do { if (condition) note(0, 0); } while (0)
#define LOG(text, ...) note(sizeof(text), ##__VA_ARGS__)
void note(u64 a, u64 b);
int macros(struct entry *e, int flags)
{
	if (flags & FLAG(3))
		LOG("a ) in \"text\"", e->length);
	if (FAIL_ON(flags == FLAG (4) || flags & BOTH))
		return -EINVAL;
	unsigned long wide = flags;
	STOP_ON(wide & SMALL);
	e->length = flags | SMALL;
	return FLAG(2);
}
int function(struct entry *e, u64 base, u64 size, int flags)
{
	u64 end = base + size;
	int i;

	if (!size || end < base)
		return -EINVAL;
	for (i = 0; i < flags; i++) {
		if (flags & 2)
			continue;
		e->offset = 1;
		e->length += e->offset;
	}
	e->address = base;
	e->offset = flags;
	e->length = e->offset;
	note(base, end);
	return e->length > 4096 ? 0 : i;
}
)";

class MutantsTest : public ::testing::Test {
 protected:
  MutantsTest() : file(kCode), mutants(mutants_of(file.syntax("function"), kCode, "code.c")) {}

  std::set<std::string> after(const std::string& op) const {
    std::set<std::string> lines;
    for (const Mutant& m : mutants)
      if (m.op == op) lines.insert(m.after);
    return lines;
  }

  testing::CFile file;
  std::vector<Mutant> mutants;
};

TEST_F(MutantsTest, OfMacrosAreOfTheirWholeUse) {
  std::set<std::string> lines, dropped;
  for (const Mutant& m : mutants_of(file.syntax("macros"), kCode, "code.c")) {
    lines.insert(m.after);
    if (m.op == "drop statement") dropped.insert(m.before);
    testing::CFile changed(mutated(m, kCode));
    EXPECT_TRUE(changed.clang({}).ok()) << m.op << ": " << m.after;
  }
  EXPECT_THAT(
      lines, IsSupersetOf({"if (flags | FLAG(3))", "if ((!(flags & FLAG(3))))", "do { } while (0);",
                           "if ((!(FAIL_ON(flags == FLAG (4) || flags & BOTH))))",
                           "if (FAIL_ON(flags == FLAG (0) || flags & BOTH))",
                           "e->length = flags & SMALL;", "u32 wide = flags;"}));
}

TEST_F(MutantsTest, EveryKindIsThere) {
  EXPECT_THAT(
      after("operator"),
      IsSupersetOf({"u64 end = base - size;", "if (!size && end < base)",
                    "if (!size || end <= base)", "if (flags | 2)", "e->length -= e->offset;",
                    "for (i = 0; i <= flags; i++) {", "for (i = 0; i < flags; i--) {"}));
  EXPECT_THAT(after("drop operand"), IsSupersetOf({"u64 end = base;", "if (flags)"}));
  EXPECT_THAT(after("drop !"), Contains("if (size || end < base)"));
  EXPECT_THAT(after("constant"), IsSupersetOf({"e->offset = 0;", "for (i = 1; i < flags; i++) {",
                                               "return e->length > (4096 + 1) ? 0 : i;"}));
  EXPECT_THAT(after("negate condition"), Contains("if ((!(!size || end < base)))"));
  EXPECT_THAT(after("drop condition"), IsSupersetOf({"if (0)", "if (1)"}));
  EXPECT_THAT(after("drop statement"), IsSupersetOf({"do { } while (0);"}));
  EXPECT_THAT(after("swap arguments"), Contains("note(end, base);"));
  EXPECT_THAT(after("field"), IsSupersetOf({"e->length = 1;", "e->offset += e->offset;"}));
  EXPECT_THAT(after("variable"), Contains("u64 end = size + size;"));
  EXPECT_THAT(after("error code"), IsSupersetOf({"return -EIO;", "return -ENOMEM;"}));
  EXPECT_THAT(after("type"), IsSupersetOf({"u32 end = base + size;", "s8 i;"}));
  EXPECT_THAT(after("early return"), Contains("return 0; if (!size || end < base)"));
}

TEST_F(MutantsTest, HarmlessOnesAreMarked) {
  EXPECT_THAT(after("exchange operands"),
              IsSupersetOf({"u64 end = ((size) + (base));", "if (!size || ((base) > (end)))"}));
  EXPECT_THAT(after("negate twice"), Contains("if ((!!(flags & 2)))"));
  EXPECT_THAT(
      after("temporary"),
      IsSupersetOf({"if (({ __typeof__((flags & 2) + 0) sgp_value = (flags & 2); sgp_value; }))"}));
  const std::set<std::string> kHarmless = {"exchange operands", "negate twice", "temporary",
                                           "reorder"};
  for (const Mutant& m : mutants) EXPECT_EQ(m.harmless, kHarmless.count(m.op) != 0) << m.after;
}

/// The length is set from the offset, so only the two settings before it may change places.
TEST_F(MutantsTest, OnlyIndependentStatementsChangePlaces) {
  EXPECT_EQ(after("reorder"), std::set<std::string>{"e->offset = flags; e->address = base;"});
}

TEST_F(MutantsTest, EachDiffersCompilesAndHasItsOwnName) {
  std::set<std::string> ids, sources;
  for (const Mutant& m : mutants) {
    EXPECT_TRUE(ids.insert(m.id).second) << m.after;
    const std::string changed = mutated(m, kCode);
    EXPECT_NE(changed, kCode) << m.after;
    EXPECT_NE(m.before, m.after);
    EXPECT_TRUE(sources.insert(changed).second || m.op == "drop condition") << m.after;
    const testing::CFile mutant(changed);
    const auto compiled = mutant.clang({});
    EXPECT_TRUE(compiled.ok()) << m.op << ": " << m.after << "\n" << compiled.err;
  }
  EXPECT_GT(mutants.size(), 60U);
}

TEST_F(MutantsTest, AreTheSameEveryTime) {
  const auto again = mutants_of(file.syntax("function"), kCode, "code.c");
  ASSERT_EQ(again.size(), mutants.size());
  for (std::size_t i = 0; i < again.size(); ++i) EXPECT_EQ(again[i].id, mutants[i].id);
}

TEST_F(MutantsTest, KeepTheirIdentityWhenOtherCodeOfTheFileChanges) {
  const std::string longer = "/* a comment in front */\n" + kCode;
  testing::CFile changed(longer);
  const auto moved = mutants_of(changed.syntax("function"), longer, "code.c");
  ASSERT_EQ(moved.size(), mutants.size());
  std::set<std::string> ids;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    EXPECT_EQ(moved[i].id, mutants[i].id);
    EXPECT_EQ(moved[i].line, mutants[i].line + 1);
    ids.insert(moved[i].id);
  }
  EXPECT_EQ(ids.size(), moved.size());
}

TEST(Macros, NumbersOfNamedMacrosChange) {
  const std::string source = "#define SG_CHAIN\t0x01UL\n#define OTHER 3\n#define SG_END 0x02UL\n";
  std::set<std::string> lines;
  for (const Mutant& m : mutants_of_macros({"SG_CHAIN", "SG_END", "SG_NONE"}, source, "s.h")) {
    lines.insert(m.after);
    EXPECT_EQ(m.op, "macro");
    EXPECT_TRUE(m.line == 1 || m.line == 3);
  }
  EXPECT_THAT(lines, IsSupersetOf({"#define SG_CHAIN\t0x02UL", "#define SG_END 0x04UL"}));
  EXPECT_THAT(lines, Not(Contains("#define OTHER 4")));
}

}  // namespace
}  // namespace sgproof::score
