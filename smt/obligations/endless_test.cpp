// A loop that no number of rounds ends is refuted; one that only takes long proves nothing.
#include "smt/obligations/endless.hpp"

#include <gtest/gtest.h>

#include "smt/obligations/testing.hpp"

namespace sgproof::smt {
namespace {

using testing::bitcode_of;
using testing::facts;

/// Goes round `%times` times, and then writes a report of one step that was done.
std::string rounds(const std::string& times) {
  return times + R"(
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %next = add i64 %i, 1
  %more = icmp ne i64 %i, %times
  br i1 %more, label %loop, label %end
end:
  ret void)";
}

ClaimResult ends(const std::string& body) {
  const auto bitcode = bitcode_of(body);
  const auto f = facts();
  const auto family = model::families(f, 1).front();
  const auto result = prove_family(*bitcode, f, family, {}, {});
  for (const auto& [id, claim] : result.claims)
    if (id.invariant == "SAF-5" && id.function == "sg_init_table") return claim;
  ADD_FAILURE() << "no claim of SAF-5";
  return {};
}

TEST(Endless, ALoopThatNeverEndsIsRefuted) {
  const auto claim = ends("  br label %loop\nloop:\n  br label %loop");
  EXPECT_EQ(claim.outcome, Outcome::Refuted) << claim.reason;
  ASSERT_FALSE(claim.counterexamples.empty());
}

TEST(Endless, ALoopThatTakesLongProvesNothing) {
  const auto claim = ends(rounds("  %times = add i64 500, 0"));
  EXPECT_EQ(claim.outcome, Outcome::Inconclusive);
  EXPECT_NE(claim.reason.find("loop"), std::string::npos) << claim.reason;
}

TEST(Endless, HowOftenALoopMayGoRoundIsLinearInTheList) {
  sgp_scenario s{};
  s.nents = 1;
  s.nops = 1;
  s.ops[0].code = SGP_OP_SET_PAGE;
  s.ops[0].length = 4096;
  const auto one = round_bound(s);
  s.ops[0].length = 4096 * 101;
  const auto hundred_more = round_bound(s);
  ASSERT_TRUE(one && hundred_more);
  EXPECT_EQ(*hundred_more - *one, 1600U);
  s.ops[0].length = 0xffffffff;
  EXPECT_FALSE(round_bound(s)) << "too many to execute";
}

TEST(Endless, EntriesOfATableCountAsEntries) {
  sgp_scenario s{};
  s.nops = 1;
  s.ops[0].code = SGP_OP_TABLE_ALLOC;
  s.ops[0].length = 10;
  const auto ten = round_bound(s);
  s.ops[0].length = 20;
  EXPECT_EQ(round_bound(s).value_or(0) - ten.value_or(0), 160U);
}

TEST(Endless, WhatEndsDoesNotGoOn) {
  const auto f = facts();
  auto s = model::families(f, 1).front().shape;
  EXPECT_FALSE(goes_on(*bitcode_of(rounds("  %times = add i64 500, 0")), f, s));
  EXPECT_TRUE(goes_on(*bitcode_of(rounds("  %times = add i64 -1, 0")), f, s));
  EXPECT_FALSE(goes_on(*bitcode_of("  ret void"), f, s));
}

}  // namespace
}  // namespace sgproof::smt
