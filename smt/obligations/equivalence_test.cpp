// Code that does the same is proved to, and code that does not is not.
#include "smt/obligations/equivalence.hpp"

#include <gtest/gtest.h>

#include <cstddef>

#include "smt/obligations/testing.hpp"

namespace sgproof::smt {
namespace {

using testing::bitcode_of;
using testing::facts;

/// Stores a value that is computed from the page pointer of the family into the report.
std::unique_ptr<Bitcode> storing(const std::string& computation) {
  const auto raw = offsetof(sgp_scenario, ops) + sizeof(sgp_op) + offsetof(sgp_op, raw);
  return bitcode_of("  %p = getelementptr i8, ptr %in, i64 " + std::to_string(raw) +
                    "\n  %x = load i64, ptr %p\n" + computation +
                    "\n  %o = getelementptr i8, ptr %out, i64 64\n  store i64 %y, ptr %o\n"
                    "  ret void");
}

Equivalence compare(const std::string& a, const std::string& b) {
  const auto f = facts();
  return equivalent(*storing(a), *storing(b), f, f, model::families(f, 1).front(), {});
}

TEST(Equivalence, OfTwoWaysToComputeTheSame) {
  EXPECT_TRUE(
      compare("  %y = and i64 %x, -4", "  %s = lshr i64 %x, 2\n  %y = shl i64 %s, 2").proved);
  EXPECT_TRUE(compare("  %y = add i64 %x, %x", "  %y = mul i64 %x, 2").proved);
}

TEST(Equivalence, NotOfADifferenceOnOneInput) {
  const auto answer =
      compare("  %y = add i64 %x, 0",
              "  %c = icmp eq i64 %x, 81985529216486895\n  %y = select i1 %c, i64 0, i64 %x");
  EXPECT_FALSE(answer.proved);
  EXPECT_EQ(answer.reason, "an input shows a difference");
}

TEST(Equivalence, NotWhereAnEventIsMissing) {
  const std::string declare = "declare void @sgp_event(i64, i64, i64, i64, i64, i64)";
  const std::string event =
      "  call void @sgp_event(i64 1, i64 2, i64 3, i64 4, i64 5, i64 6)\n  ret void";
  const auto f = facts();
  const auto family = model::families(f, 1).front();
  EXPECT_TRUE(equivalent(*bitcode_of(event, declare), *bitcode_of(event, declare), f, f, family, {})
                  .proved);
  EXPECT_FALSE(
      equivalent(*bitcode_of(event, declare), *bitcode_of("  ret void"), f, f, family, {}).proved);
}

TEST(Equivalence, NotWhereAPathIsInconclusive) {
  const auto f = facts();
  const auto loop = bitcode_of("  br label %loop\nloop:\n  br label %loop");
  const auto again = bitcode_of("  br label %loop\nloop:\n  br label %loop");
  const auto answer = equivalent(*loop, *again, f, f, model::families(f, 1).front(), {});
  EXPECT_FALSE(answer.proved);
  EXPECT_NE(answer.reason.find("loop"), std::string::npos) << answer.reason;
}

}  // namespace
}  // namespace sgproof::smt
