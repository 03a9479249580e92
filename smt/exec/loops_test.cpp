// Loops over a list of any length: C that clang compiles, with the list of any_list.c.
#include "kernel-extract/harness/sgp_any_list.h"
#include "smt/exec/loops_program.hpp"
#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

constexpr std::uint64_t kArray = 0xffff900000000000ULL, kSlots = std::uint64_t{1} << 33;

/// A run on lists of every length, and what the observed entry is in the end.
struct AnyLength {
  explicit AnyLength(const std::string& subject) : symbolic(program_with(subject), {}, "") {
    symbolic.ex.add_page_array("list", kArray, 32, kSlots);
    symbolic.ex.write(symbolic.ex.address_of("sgp_list_array"), number(kArray));
    result = symbolic.run({symbolic.var("other", 64), symbolic.var("observed", 64)});
  }

  struct Seen {
    smt::Term dma_length, offset, result, position, nents;
  };

  /// Whether the condition holds of all lists; nothing is claimed where a path did not end.
  template <typename Claim>
  bool shows(Claim claim) {
    if (result.returned() == 0 || result.returned() != result.ends.size()) return false;
    for (const auto& end : result.ends) {
      const auto& e = *end.events.back();
      const Seen seen{e.a, e.b, e.c, e.d, e.ret};
      if (!symbolic.proves(end, claim(seen))) return false;
    }
    return true;
  }

  /// Whether there is a list of that length for which the condition holds.
  template <typename Claim>
  bool possible(Claim claim) {
    for (const auto& end : result.ends) {
      if (end.kind != EndKind::Returned) continue;
      const auto& e = *end.events.back();
      if (symbolic.possible(end, claim({e.a, e.b, e.c, e.d, e.ret}))) return true;
    }
    return false;
  }

  [[nodiscard]] std::string why_not() const {
    for (const auto& end : result.ends)
      if (end.kind == EndKind::Inconclusive)
        return std::string(to_string(end.reason)) + ": " + end.text + " in " + to_string(end.where);
    for (const auto& end : result.ends)
      if (end.kind != EndKind::Returned) return end.text + " in " + to_string(end.where);
    return "";
  }

  static smt::Term number(std::uint64_t v) { return smt::Term::constant(64, v); }

  Symbolic symbolic;
  Result<SymbolicDomain> result;
};

using Seen = AnyLength::Seen;

smt::Term is(const smt::Term& t, std::uint64_t v) { return smt::eq(t, AnyLength::number(v)); }

/// Every entry gets 7.
bool seven(AnyLength& run) {
  return run.shows([](const Seen& s) { return is(s.dma_length, 7); });
}

TEST(AnyLengthLoops, WhatIsDoneToEachEntryIsDoneToAll) {
  AnyLength run(R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg;
  int i;
  for_each_sg(sgl, sg, nents, i)
    sg->dma_length = 7;
  return i;
})");
  EXPECT_EQ(run.why_not(), "");
  EXPECT_TRUE(seven(run));
  EXPECT_TRUE(run.shows([](const Seen& s) { return smt::eq(s.result, s.nents); }));
  EXPECT_FALSE(run.shows([](const Seen& s) { return is(s.result, 3); }));
  EXPECT_EQ(run.result.stats.loops_cut, 1U);
  // lists of one entry, of two, and of as many as there can be
  for (const std::uint64_t n : std::vector<std::uint64_t>{1, 2, SGP_ANY_MAX_NENTS})
    EXPECT_TRUE(run.possible([&](const Seen& s) { return is(s.nents, n); })) << n;
  EXPECT_FALSE(run.possible([](const Seen& s) { return is(s.nents, 0); }));
}

TEST(AnyLengthLoops, OtherWaysToWriteTheLoop) {
  for (const char* loop : {"while (nents--) { sg->dma_length = 7; sg = sg_next(sg); }",
                           "for (; i < nents; sg = sg_next(sg)) { sg->dma_length = 7; ++i; }",
                           "for (; sg && i < nents; sg = sg_next(sg), i++) sg->dma_length = 7;"}) {
    AnyLength run(std::string("static long subject(struct scatterlist *sgl, int nents)\n"
                              "{ struct scatterlist *sg = sgl; int i = 0; ") +
                  loop + " return i; }");
    EXPECT_TRUE(seven(run)) << loop << ": " << run.why_not();
  }
}

TEST(AnyLengthLoops, ALoopThatAsksAtItsEndIsLeftOpen) {
  AnyLength run(R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg = sgl;
  int i = 0;
  do {
    sg->dma_length = 7;
    sg = sg_next(sg);
  } while (++i < nents);
  return i;
})");
  EXPECT_FALSE(seven(run));
  EXPECT_NE(run.why_not(), "");
}

TEST(AnyLengthLoops, AnEntryThatIsLeftOutIsSeen) {
  for (const char* loop :
       {"for_each_sg(sgl, sg, nents - 1, i) sg->dma_length = 7;",
        "for_each_sg(sgl, sg, nents < 1000 ? nents : 1000, i) sg->dma_length = 7;",
        "for_each_sg(sgl, sg, nents, i) if (i != 12345) sg->dma_length = 7;",
        "for_each_sg(sgl, sg, nents, i) { if (i == 99) break; sg->dma_length = 7; }",
        "for_each_sg(sg_next(sgl), sg, nents - 1, i) sg->dma_length = 7;",
        // what holds of the first iterations does not hold of all
        "for (i = 0, sg = sgl; i < nents; i += i > 10 ? 2 : 1, sg = sg_next(sg)) "
        "sg->dma_length = 7;",
        "for (i = 0, sg = sgl; i < nents; i++, sg = i < 10 ? sg_next(sg) : sg) "
        "sg->dma_length = 7;",
        "for_each_sg(sgl, sg, nents, i) { sg->dma_length = 7; if (i == 5) sg = sg_next(sg); }"}) {
    AnyLength run(std::string("static long subject(struct scatterlist *sgl, int nents)\n"
                              "{ struct scatterlist *sg; int i; ") +
                  loop + " return i; }");
    EXPECT_FALSE(seven(run)) << loop;
  }
}

TEST(AnyLengthLoops, WritingBesideTheEntryIsNotInductive) {
  AnyLength run(R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg;
  int i;
  for_each_sg(sgl, sg, nents, i) {
    sg->dma_length = 7;
    (sg + 1)->dma_address = 0;
  }
  return i;
})");
  EXPECT_FALSE(seven(run));
  EXPECT_EQ(run.why_not().find("not-inductive: an iteration writes beside its own entry"), 0U)
      << run.why_not();
  EXPECT_NE(run.why_not().find("in subject ("), std::string::npos) << run.why_not();
}

/// A value is carried from entry to entry, as that of p2pdma's state is.
TEST(AnyLengthLoops, WhatIsCarriedIsOfSomeEarlierEntry) {
  const std::string with = R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct { unsigned long key, value; } state = {0, 0};
  struct scatterlist *sg;
  int i;
  for_each_sg(sgl, sg, nents, i) {
    if (state.key != (sg->page_link & ~3UL)) {
      state.key = sg->page_link & ~3UL;
      state.value = VALUE;
    }
    sg->dma_length = state.value == state.key + 5 ? 7 : 8;
  }
  return i;
})";
  AnyLength right("#define VALUE (state.key + 5)" + with);
  EXPECT_TRUE(seven(right)) << right.why_not();
  AnyLength stale("#define VALUE (state.value + state.key + 5)" + with);
  EXPECT_FALSE(seven(stale));
}

TEST(AnyLengthLoops, WhatIsCarriedMustNotDependOnTwoEntries) {
  AnyLength run(R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct { unsigned long count, more; } state = {0, 0};
  struct scatterlist *sg;
  int i;
  for_each_sg(sgl, sg, nents, i) {
    sg->dma_length = state.count < 2 ? 7 : 8;
    state.count++;
  }
  return i;
})");
  EXPECT_FALSE(seven(run));
  EXPECT_NE(run.why_not().find("depends on more than one"), std::string::npos) << run.why_not();
}

TEST(AnyLengthLoops, WhatChangesFromSomeEntryOnIsNotKept) {
  AnyLength run(R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg;
  int i, value = 7;
  for_each_sg(sgl, sg, nents, i) {
    sg->dma_length = value;
    if (i == 20)
      value = 8;
  }
  return i;
})");
  EXPECT_FALSE(seven(run));
}

/// A flag in a word with others: cleared when something happens, and never set.
TEST(AnyLengthLoops, AFlagThatIsClearedTellsOfAnyEntryAndLeavesTheOthers) {
  const std::string with = R"(
static struct { unsigned long lock; unsigned char skip : 1, other : 1, third : 1; } dev = {1, 1, 1, 0};
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg;
  int i;
  for_each_sg(sgl, sg, nents, i) {
    sg->dma_length = dev.other && !dev.third ? 7 : 8;
    if (sg->offset == 4)
      CHANGE;
  }
  return dev.skip;
})";
  AnyLength run("#define CHANGE dev.skip = 0" + with);
  EXPECT_TRUE(seven(run)) << run.why_not();
  // the observed entry's own change is kept behind it; that of others may have happened
  EXPECT_TRUE(run.shows(
      [](const Seen& s) { return smt::bv_or(smt::bv_not(is(s.offset, 4)), is(s.result, 0)); }));
  EXPECT_TRUE(
      run.possible([](const Seen& s) { return smt::bv_and(is(s.offset, 5), is(s.result, 0)); }));
  EXPECT_TRUE(run.possible([](const Seen& s) { return is(s.result, 1); }));
  for (const char* change : {"dev.other = 0", "dev.third = 1", "dev.skip = dev.other = 0"}) {
    AnyLength wrong(std::string("#define CHANGE ") + change + with);
    EXPECT_FALSE(seven(wrong)) << change;
  }
  AnyLength set_again("#define CHANGE dev.skip = i & 1" + with);
  EXPECT_FALSE(set_again.shows(
      [](const Seen& s) { return smt::bv_or(smt::bv_not(is(s.offset, 4)), is(s.result, 0)); }));
}

/// A loop that ends with an entry that cannot be had, and one that undoes what it did.
TEST(AnyLengthLoops, WhatWasDoneBeforeAFailureIsUndone) {
  const std::string text = R"(
static void undo(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg;
  int i;
  for_each_sg(sgl, sg, nents, i)
    sg->dma_length -= 7;
}
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg;
  int i;
  for_each_sg(sgl, sg, nents, i) {
    if (sg->offset == 4)
      goto out;
    sg->dma_length += 7;
  }
  return 0;
out:
  undo(sgl, UNDONE);
  return -1;
})";
  const auto undone = [](const Seen& s) {
    return smt::ite(is(s.result, 0), is(s.dma_length, 7), is(s.dma_length, 0));
  };
  AnyLength right("#define UNDONE i" + text);
  EXPECT_TRUE(right.shows(undone)) << right.why_not();
  EXPECT_TRUE(right.possible([](const Seen& s) { return is(s.result, ~0ULL); }));
  for (const char* wrong : {"i + 1", "i - 1", "nents", "0"}) {
    AnyLength run(std::string("#define UNDONE ") + wrong + text);
    EXPECT_FALSE(run.shows(undone)) << wrong;
  }
}

/// Entries behind the one that the loop ended with are touched: only for them is that wrong.
TEST(AnyLengthLoops, WhatIsDoneToEntriesThatWereNotReachedIsSeen) {
  const std::string text = R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg;
  int i, failed;
  for_each_sg(sgl, sg, nents, failed) {
    if (sg->offset == 4)
      goto out;
    sg->dma_length += 7;
  }
  return 0;
out:
  for_each_sg(sgl, sg, nents, i) {
    if (i < failed)
      sg->dma_length -= 7;
    else if (i > failed)
      sg->dma_length = NOT_REACHED;
  }
  return -1;
})";
  const auto undone = [](const Seen& s) {
    return smt::ite(is(s.result, 0), is(s.dma_length, 7), is(s.dma_length, 0));
  };
  AnyLength right("#define NOT_REACHED 0" + text);
  EXPECT_TRUE(right.shows(undone)) << right.why_not();
  AnyLength wrong("#define NOT_REACHED 9" + text);
  EXPECT_FALSE(wrong.shows(undone));
}

TEST(AnyLengthLoops, ALoopWithinALoopIsLeftOpen) {
  AnyLength run(R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg, *other;
  int i, k;
  for_each_sg(sgl, sg, nents, i)
    for_each_sg(sgl, other, nents, k)
      if (sg->offset == 4 && other->offset == 5)
        return -1;
  return 0;
})");
  EXPECT_FALSE(run.shows(
      [](const Seen& s) { return smt::bv_or(smt::bv_not(is(s.offset, 0)), is(s.result, 0)); }));
  EXPECT_NE(run.why_not().find("within another"), std::string::npos) << run.why_not();
}

TEST(AnyLengthLoops, WhatIsReadBeforeItIsWrittenIsSeen) {
  AnyLength run(R"(
static long subject(struct scatterlist *sgl, int nents)
{
  struct scatterlist *sg;
  int i, last;
  for_each_sg(sgl, sg, nents, i) {
    sg->dma_length = i && last == 3 ? 7 : 7;
    if (sg->offset)
      last = 3;
  }
  return i;
})");
  EXPECT_FALSE(seven(run));
}

}  // namespace
}  // namespace sgproof::exec
