// A version of a function that does the same at every call is told from one that does not.
#include "smt/obligations/local_equivalence.hpp"

#include <gtest/gtest.h>

#include <cstddef>

#include "smt/obligations/testing.hpp"

namespace sgproof::smt {
namespace {

using testing::bitcode_of;
using testing::facts;

constexpr const char* kEnvironment =
    "declare void @sgp_event(i64, i64, i64, i64, i64, i64)\n"
    "declare void @sgp_assume(i64)\ndeclare i64 @sgp_fresh(i64)\n"
    "@shared = internal global i64 0\n";

std::string defined(const std::string& name, const std::string& body) {
  return "define i64 @" + name + "(i64 %x, ptr %out) {\n" + body + "\n}\n";
}

/// Calls @work with the page pointer of the family, stores the result into the report.
std::vector<Equivalence> compare(const std::string& original,
                                 const std::vector<std::string>& versions,
                                 const std::string& more = {}) {
  const auto raw = offsetof(sgp_scenario, ops) + sizeof(sgp_op) + offsetof(sgp_op, raw);
  std::string functions = kEnvironment + more + defined("work", original);
  std::vector<VersionNames> names;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const std::string name = "work.version" + std::to_string(i);
    functions += defined(name, versions[i]);
    names.push_back({{"work", name}});
  }
  const auto joint = bitcode_of("  %p = getelementptr i8, ptr %in, i64 " + std::to_string(raw) +
                                    "\n  %x = load i64, ptr %p\n"
                                    "  %o = getelementptr i8, ptr %out, i64 64\n"
                                    "  %y = call i64 @work(i64 %x, ptr %o)\n"
                                    "  store i64 %y, ptr %o\n  ret void",
                                functions);
  const auto f = facts();
  return locally_equivalent(*joint, names, f, model::families(f, 1).front(), {});
}

TEST(LocalEquivalence, ManyVersionsAreToldApartInOneRun) {
  const auto answers =
      compare("  %y = and i64 %x, -4\n  ret i64 %y",
              {"  %s = lshr i64 %x, 2\n  %y = shl i64 %s, 2\n  ret i64 %y",
               "  %y = and i64 %x, -2\n  ret i64 %y",
               "  %c = icmp eq i64 %x, 81985529216486895\n  br i1 %c, label %a, label %b\n"
               "a:\n  ret i64 0\nb:\n  %y = and i64 %x, -4\n  ret i64 %y",
               "  %c = icmp eq i64 %x, 5\n  br i1 %c, label %a, label %b\n"
               "a:\n  ret i64 4\nb:\n  %y = and i64 %x, -4\n  ret i64 %y"});
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_TRUE(answers[0].proved) << answers[0].reason;
  EXPECT_FALSE(answers[1].proved);
  EXPECT_FALSE(answers[2].proved);
  EXPECT_TRUE(answers[3].proved) << answers[3].reason;
}

TEST(LocalEquivalence, WhatOutlivesTheCallIsCompared) {
  const auto answers =
      compare("  store i64 %x, ptr %out\n  store i64 1, ptr @shared\n  ret i64 0",
              {"  store i64 1, ptr @shared\n  store i64 %x, ptr %out\n  ret i64 0",
               "  store i64 %x, ptr %out\n  ret i64 0", "  store i64 1, ptr @shared\n  ret i64 0",
               // its own stack does not
               "  %t = alloca i64\n  store i64 %x, ptr %t\n  %v = load i64, ptr %t\n"
               "  store i64 %v, ptr %out\n  store i64 1, ptr @shared\n  ret i64 0"});
  EXPECT_TRUE(answers[0].proved) << answers[0].reason;
  EXPECT_FALSE(answers[1].proved);
  EXPECT_FALSE(answers[2].proved);
  EXPECT_TRUE(answers[3].proved) << answers[3].reason;
}

TEST(LocalEquivalence, TheCallersVariablesOutliveTheCall) {
  // the outer function's stack is written by the inner one, and never by the outer one itself
  const std::string outer =
      "define i64 @sum(i64 %x, ptr %out) {\n  %t = alloca i64\n"
      "  %r = call i64 @inner(i64 %x, ptr %t)\n  %v = load i64, ptr %t\n  ret i64 %v\n}\n"
      "define i64 @inner(i64 %x, ptr %t) {\n  store i64 %x, ptr %t\n  ret i64 0\n}\n"
      "define i64 @inner.same(i64 %x, ptr %t) {\n  store i64 0, ptr %t\n"
      "  store i64 %x, ptr %t\n  ret i64 0\n}\n"
      "define i64 @inner.other(i64 %x, ptr %t) {\n  store i64 0, ptr %t\n  ret i64 0\n}\n";
  const auto joint = bitcode_of("  %r = call i64 @sum(i64 7, ptr %out)\n  ret void", outer);
  const auto f = facts();
  const auto answers =
      locally_equivalent(*joint, {{{"inner", "inner.same"}}, {{"inner", "inner.other"}}}, f,
                         model::families(f, 1).front(), {});
  EXPECT_TRUE(answers[0].proved) << answers[0].reason;
  EXPECT_FALSE(answers[1].proved);
}

TEST(LocalEquivalence, EventsAreCompared) {
  const std::string event =
      "  call void @sgp_event(i64 1, i64 %x, i64 3, i64 4, i64 5, i64 6)\n  ret i64 0";
  const auto answers = compare(
      event, {event, "  ret i64 0",
              "  call void @sgp_event(i64 1, i64 2, i64 3, i64 4, i64 5, i64 6)\n  ret i64 0",
              // only where it is odd
              "  %o = and i64 %x, 1\n  %c = icmp eq i64 %o, 1\n  br i1 %c, label %a, label %b\n"
              "a:\n  call void @sgp_event(i64 1, i64 %x, i64 3, i64 4, i64 5, i64 6)\n"
              "  br label %b\nb:\n  ret i64 0"});
  EXPECT_TRUE(answers[0].proved) << answers[0].reason;
  EXPECT_FALSE(answers[1].proved);
  EXPECT_FALSE(answers[2].proved);
  EXPECT_FALSE(answers[3].proved);
}

TEST(LocalEquivalence, TheEnvironmentAnswersBothAlike) {
  const auto answers = compare(
      "  %y = call i64 @sgp_fresh(i64 1)\n  %z = call i64 @sgp_fresh(i64 2)\n"
      "  %d = sub i64 %y, %z\n  ret i64 %d",
      {"  %s = add i64 %x, 0\n  %y = call i64 @sgp_fresh(i64 1)\n"
       "  %z = call i64 @sgp_fresh(i64 2)\n  %n = sub i64 0, %z\n  %d = add i64 %n, %y\n"
       "  ret i64 %d",
       "  %z = call i64 @sgp_fresh(i64 2)\n  %y = call i64 @sgp_fresh(i64 1)\n"
       "  %d = sub i64 %z, %y\n  ret i64 %d"});
  EXPECT_TRUE(answers[0].proved) << answers[0].reason;
  EXPECT_FALSE(answers[1].proved);
}

TEST(LocalEquivalence, WhatAVersionAssumesIsNoProof) {
  // it differs where %x is 3, and says that this does not happen
  const auto answers =
      compare("  ret i64 %x", {"  %c = icmp ne i64 %x, 3\n  %w = zext i1 %c to i64\n"
                               "  call void @sgp_assume(i64 %w)\n  ret i64 %x"});
  EXPECT_FALSE(answers[0].proved);
  EXPECT_NE(answers[0].reason.find("same inputs"), std::string::npos) << answers[0].reason;
}

TEST(LocalEquivalence, AnEndlessOrBrokenVersionIsNotTheSame) {
  const auto answers =
      compare("  ret i64 0", {"  br label %loop\nloop:\n  br label %loop",
                              "  %v = load i64, ptr null\n  ret i64 0", "  unreachable"});
  for (const auto& answer : answers) EXPECT_FALSE(answer.proved);
}

TEST(LocalEquivalence, EndsForTheSameReasonAreTheSame) {
  // both read through a null pointer where %x is 0; or one does, and the other divides by it
  const std::string null_at_0 =
      "  %c = icmp eq i64 %x, 0\n  br i1 %c, label %a, label %b\n"
      "a:\n  %v = load i64, ptr null\n  ret i64 %v\nb:\n  ret i64 1";
  const auto answers =
      compare(null_at_0, {null_at_0,
                          "  %c = icmp eq i64 %x, 0\n  br i1 %c, label %a, label %b\n"
                          "a:\n  %v = udiv i64 1, %x\n  ret i64 %v\nb:\n  ret i64 1",
                          "  %c = icmp ule i64 %x, 1\n  br i1 %c, label %a, label %b\n"
                          "a:\n  %v = load i64, ptr null\n  ret i64 %v\nb:\n  ret i64 1"});
  EXPECT_TRUE(answers[0].proved) << answers[0].reason;
  EXPECT_FALSE(answers[1].proved);
  EXPECT_FALSE(answers[2].proved);
}

TEST(LocalEquivalence, VersionsInsideVersionsAreComparedWithTheirOwn) {
  // the variant changes both; the inner one is the same only for even arguments
  const std::string more =
      "define i64 @inner(i64 %x) {\n  %y = and i64 %x, -2\n  ret i64 %y\n}\n"
      "define i64 @inner.even(i64 %x) {\n  ret i64 %x\n}\n";
  const auto run = [&](const std::string& argument) {
    const std::string functions =
        more +
        "define i64 @outer(i64 %x) {\n  %y = call i64 @inner(i64 4)\n  ret i64 %y\n}\n"
        "define i64 @outer.version(i64 %x) {\n  %y = call i64 @inner(i64 " +
        argument + ")\n  %z = and i64 %y, -2\n  ret i64 %z\n}\n";
    const auto joint = bitcode_of("  %r = call i64 @outer(i64 7)\n  ret void", functions);
    const auto f = facts();
    return locally_equivalent(*joint, {{{"inner", "inner.even"}, {"outer", "outer.version"}}}, f,
                              model::families(f, 1).front(), {})
        .front();
  };
  EXPECT_TRUE(run("4").proved) << run("4").reason;
  EXPECT_FALSE(run("5").proved);  // only the version calls it so
}

TEST(LocalEquivalence, AVariantWithoutVersionsIsNotProved) {
  const auto joint = bitcode_of("  ret void");
  const auto f = facts();
  const auto answers = locally_equivalent(*joint, {{}}, f, model::families(f, 1).front(), {});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_FALSE(answers[0].proved);
}

TEST(LocalEquivalence, NothingIsShownWhereTheOriginalIsInconclusive) {
  const auto answers = compare("  br label %loop\nloop:\n  br label %loop",
                               {"  br label %loop\nloop:\n  br label %loop"});
  EXPECT_FALSE(answers[0].proved);
  EXPECT_NE(answers[0].reason.find("loop"), std::string::npos) << answers[0].reason;
}

}  // namespace
}  // namespace sgproof::smt
