// Loops that work piece by piece: C that clang compiles.
#include <gmock/gmock.h>

#include "smt/exec/clang_program.hpp"
#include "smt/exec/test_support.hpp"

namespace sgproof::exec {
namespace {

constexpr const char* kProgram = R"(
#include <stdbool.h>
#include "sgp_pieces.h"
void sgp_assume(sgp_u64);
void sgp_havoc(void *, sgp_u64);
void sgp_event(sgp_u64, sgp_u64, sgp_u64, sgp_u64, sgp_u64, sgp_u64);
struct sgp_pieces sgp_pieces;
static sgp_u64 start, total, undone;
static bool wrong;

/* Does any number of units of the next `most` bytes. */
static sgp_u64 some(sgp_u64 at, sgp_u64 most)
{
  sgp_u64 n;
  sgp_havoc(&n, sizeof(n));
  sgp_assume(n && n <= most && !(n & 7));
  wrong |= at != start + sgp_pieces.done || most > total - sgp_pieces.done || !most || (most & 7);
  sgp_pieces.done += n;
  return n;
}
/* The same, but it can fail. */
static bool try_some(sgp_u64 at, sgp_u64 most, sgp_u64 *n)
{
  sgp_u64 fails;
  sgp_havoc(&fails, sizeof(fails));
  if (fails & 1) {
    *n = 0;
    return false;
  }
  *n = some(at, most);
  return true;
}
/* Takes some of what is done away again, from the start on. */
static sgp_u64 undo_some(sgp_u64 at, sgp_u64 most)
{
  sgp_u64 n;
  sgp_havoc(&n, sizeof(n));
  sgp_assume(n && n <= most && !(n & 7));
  wrong |= at != start + undone || most > sgp_pieces.done;
  sgp_pieces.done -= n;
  undone += n;
  return n;
}
static long subject(sgp_u64 at, sgp_u64 size);
long f(sgp_u64 at, sgp_u64 size)
{
  long result;
  sgp_assume(!((at | size) & 7) && size <= 1ULL << 48 && at <= 1ULL << 48);
  start = at;
  total = sgp_pieces.most = size;
  sgp_pieces.unit = 8;
  result = subject(at, size);
  sgp_pieces.unit = 0;
  sgp_event(1, sgp_pieces.done, wrong, result, undone, size);
  return result;
}
)";

/// A run on ranges of every size, cut into any pieces.
struct Pieces {
  explicit Pieces(const std::string& subject)
      : symbolic(clang_bitcode({{"test.c", kProgram + subject}}), {}, "") {
    result = symbolic.run({symbolic.var("at", 64), symbolic.var("size", 64)});
  }

  struct Seen {
    smt::Term done, wrong, result, undone, size;
  };

  /// Whether the condition holds of all; nothing is claimed where a path did not end.
  template <typename Claim>
  bool shows(Claim claim) {
    if (result.returned() == 0 || result.returned() != result.ends.size()) return false;
    for (const auto& end : result.ends)
      if (!symbolic.proves(end, claim(seen(end)))) return false;
    return true;
  }

  template <typename Claim>
  bool possible(Claim claim) {
    for (const auto& end : result.ends)
      if (end.kind == EndKind::Returned && symbolic.possible(end, claim(seen(end)))) return true;
    return false;
  }

  template <typename End>
  static Seen seen(const End& end) {
    const auto& e = *end.events.back();
    return {e.a, e.b, e.c, e.d, e.ret};
  }

  [[nodiscard]] std::string why_not() const {
    for (const auto& end : result.ends)
      if (end.kind != EndKind::Returned) return end.text + " in " + to_string(end.where);
    return "";
  }

  Symbolic symbolic;
  Result<SymbolicDomain> result;
};

using Seen = Pieces::Seen;

smt::Term is(const smt::Term& t, std::uint64_t v) { return smt::eq(t, smt::Term::constant(64, v)); }

/// Everything is done, in order.
bool all_done(Pieces& run) {
  return run.shows(
      [](const Seen& s) { return smt::bv_and(smt::eq(s.done, s.size), is(s.wrong, 0)); });
}

Pieces with_loop(const std::string& loop) {
  return Pieces(
      "static long subject(sgp_u64 at, sgp_u64 size)\n"
      "{ sgp_u64 n, end = at + size, done = 0; int i = 0; " +
      loop + " return i; }");
}

TEST(PieceLoops, AllIsDoneWhateverThePieces) {
  for (const char* loop : {"while (size) { n = some(at, size); at += n; size -= n; }",
                           "for (; at < end; at += n) n = some(at, end - at);",
                           "for (; at != end;) at += some(at, end - at);",
                           "while (done < size) { n = some(at + done, size - done); done += n; }",
                           "while (size) { n = some(end - size, size); size -= n; }"}) {
    Pieces run = with_loop(loop);
    EXPECT_TRUE(all_done(run)) << loop << ": " << run.why_not();
    EXPECT_EQ(run.result.stats.loops_cut, 1U);
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{8}, std::uint64_t{1} << 48})
      EXPECT_TRUE(run.possible([&](const Seen& s) { return is(s.size, size); })) << size;
  }
}

TEST(PieceLoops, WhatIsLeftOutOrDoneTwiceIsSeen) {
  for (const char* loop :
       {"while (size) { n = some(at, size); at += n; size = 0; }",
        "while (size) { n = some(at, size); at += size; size -= n; }",
        "while (size) { n = some(at, size); size -= n; }",
        "while (size > 8) { n = some(at, size); at += n; size -= n; }",
        "while (size) { n = some(at, size); at += n; size -= n; if (++i == 1000) break; }",
        "while (size) { if (at == 4096) break; n = some(at, size); at += n; size -= n; }",
        // what holds of the first piece does not hold of all
        "while (size) { n = some(at, size); at += n; size -= n; if (i++ == 3) at += 8; }",
        "while (size) { n = some(at, size); at += n; size -= n; if (at & 64) at += 8; }",
        "while (size) { n = some(at, size); at += n; size -= n; if (n == 80) size += 8; }"}) {
    Pieces run = with_loop(loop);
    EXPECT_FALSE(all_done(run)) << loop;
  }
}

TEST(PieceLoops, AnIterationThatNeedNotGetFurtherIsLeftOpen) {
  Pieces run = with_loop(
      "while (size) { if (size == 4096) continue; n = some(at, size); at += n; size -= n; }");
  EXPECT_EQ(run.result.returned(), 0U);
  EXPECT_THAT(run.why_not(), testing::HasSubstr("need not get further"));
}

TEST(PieceLoops, AFailureAndTheLoopThatUndoesIt) {
  const auto with_undo = [](const std::string& undo) {
    return Pieces(
        "static long subject(sgp_u64 at, sgp_u64 size)\n"
        "{ sgp_u64 n, left = size, from = at, undo;\n"
        "  while (left) {\n"
        "    if (!try_some(at, left, &n)) break;\n"
        "    at += n; left -= n; }\n"
        "  if (!left) return 0;\n"
        "  for (undo = " +
        undo +
        "; undo; undo -= n) { n = undo_some(from, undo); from += n; }\n"
        "  return 1; }");
  };
  Pieces run = with_undo("size - left");
  EXPECT_TRUE(run.shows([](const Seen& s) {
    return smt::bv_and(is(s.wrong, 0),
                       smt::ite(is(s.result, 0), smt::eq(s.done, s.size), is(s.done, 0)));
  })) << run.why_not();
  EXPECT_EQ(run.result.stats.loops_cut, 2U);
  EXPECT_TRUE(run.possible([](const Seen& s) { return is(s.undone, 4096); }));
  Pieces too_much = with_undo("size");
  EXPECT_FALSE(too_much.shows([](const Seen& s) { return is(s.wrong, 0); }));
  Pieces nothing = with_undo("0");
  EXPECT_FALSE(
      nothing.shows([](const Seen& s) { return smt::bv_or(is(s.result, 0), is(s.done, 0)); }));
}

TEST(PieceLoops, WithoutAUnitLoopsAreFollowed) {
  Pieces run(
      "static long subject(sgp_u64 at, sgp_u64 size)\n"
      "{ long i; sgp_pieces.unit = 0; for (i = 0; i < 3; i++) at += some(at, size); return i; }");
  EXPECT_EQ(run.result.stats.loops_cut, 0U);
  EXPECT_TRUE(run.shows([](const Seen& s) { return is(s.result, 3); })) << run.why_not();
}

}  // namespace
}  // namespace sgproof::exec
