// The second solver: asked in several ways, ended at its limit, and believed instead of the first.
#include "smt/solver/second_solver.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "smt/solver/solver.hpp"

namespace sgproof::smt {
namespace {

Term k(unsigned w, u128 v) { return Term::constant(w, v); }

class SecondSolverTest : public ::testing::Test {
 protected:
  /// A program that takes the place of cvc5.
  std::string program(const std::string& text) {
    std::ofstream(path_) << "#!/bin/sh\n" << text;
    chmod(path_.c_str(), 0700);
    return path_;
  }
  void TearDown() override { (void)std::remove(path_.c_str()); }

  /// x < y and y < x, which no terms of ours see through.
  static std::vector<Term> impossible(Terms& terms) {
    const Term x = terms.var("x", 16), y = terms.var("y", 16);
    return {ult(x, y), ult(y, x), ult(x, k(16, 99))};
  }
  SolverOptions with(const std::string& text) {
    SolverOptions options;
    options.second = std::make_shared<SecondSolver>(program(text));
    return options;
  }
  /// The product of two primes of 40 bits has no factors of less: hours for a solver of bits.
  static std::string endless() {
    Terms terms;
    const Term x = terms.var("x", 64), y = terms.var("y", 64);
    const Term n = k(64, u128{1099511627689ULL} * 1099511627609ULL);
    return to_smt2({eq(mul(x, y), n), ult(x, k(64, u128{1} << 41)), ult(y, k(64, u128{1} << 41)),
                    ugt(x, k(64, 1)), ugt(y, k(64, 1)), ult(x, y)});
  }

  // one file for each test process: tests run side by side
  std::string path_ =
      ::testing::TempDir() + "sgproof_second_solver_test_" + std::to_string(::getpid());
};

TEST_F(SecondSolverTest, IsKilledAtItsLimit) {
  std::ofstream(path_) << endless();
  EXPECT_EQ(SecondSolver().check_file(path_, 300).result, CheckResult::Timeout);
}

TEST_F(SecondSolverTest, IsKilledWhenTheRunIsStopped) {
  int asked = 0;
  const auto answer = SecondSolver(program("while :; do :; done")).check("", Trouble::Great, [&] {
    return ++asked > 2;
  });
  EXPECT_EQ(answer.result, CheckResult::Timeout);
  EXPECT_EQ(asked, 4) << "and no other way is tried";
}

TEST_F(SecondSolverTest, IsKilledThoughItAlwaysHasMoreToSay) {
  const SecondSolver talks(program("while :; do echo unsat; done"));
  const auto answer = talks.check_file(path_, 300);
  EXPECT_EQ(answer.result, CheckResult::Timeout);
  EXPECT_LT(answer.output.size(), 100'000U);
}

TEST_F(SecondSolverTest, GarbageAndMissingProgramsAreErrors) {
  std::ofstream(path_) << "(this is not smt)";
  EXPECT_EQ(SecondSolver().check_file(path_, 5000).result, CheckResult::Error);
  EXPECT_EQ(SecondSolver().check_file("/nonexistent/question", 5000).result, CheckResult::Error);
  const SecondSolver missing("/nonexistent/cvc5");
  EXPECT_EQ(missing.check_file(path_, 5000).result, CheckResult::Error);
  EXPECT_EQ(missing.check("(check-sat)", Trouble::Great).result, CheckResult::Error);
}

TEST_F(SecondSolverTest, AnAnswerOfAProgramThatFailedIsNone) {
  const SecondSolver failing(program("echo unsat; exit 1"));
  EXPECT_EQ(failing.check("", Trouble::Little).result, CheckResult::Error);
}

TEST_F(SecondSolverTest, WhatIsLeftOpenIsAskedInAnotherWay) {
  const auto answers_to = [this](const std::string& way) {
    return SecondSolver(program("case \"$*\" in " + way + ") echo unsat;; *) echo unknown;; esac"));
  };
  const auto integers = answers_to("*=iand*");
  EXPECT_EQ(integers.check("", Trouble::Little).result, CheckResult::Unsat);
  const auto bits = answers_to("*int=*|*eager*) echo unknown;; *");
  EXPECT_EQ(bits.check("", Trouble::Little).result, CheckResult::Unsat);
  for (const char* way : {"*=sum*", "*eager*"}) {
    const auto later = answers_to(way);
    EXPECT_EQ(later.check("", Trouble::Little).result, CheckResult::Unknown) << way;
    EXPECT_EQ(later.check("", Trouble::Great).result, CheckResult::Unsat) << way;
  }
}

TEST_F(SecondSolverTest, TheFirstAnswerIsTheAnswer) {
  const SecondSolver once(program("case \"$*\" in *=iand*) echo sat;; *) echo unsat;; esac"));
  EXPECT_EQ(once.check("", Trouble::Great).result, CheckResult::Sat);
}

TEST_F(SecondSolverTest, EveryWayGetsTheWholeQuestion) {
  const SecondSolver reads(
      program("test \"$(cat)\" = question || exit 1; case \"$*\" in "
              "*eager*) echo unsat;; *) echo unknown;; esac"));
  EXPECT_EQ(reads.check("question", Trouble::Great).result, CheckResult::Unsat);
}

TEST_F(SecondSolverTest, TheRealOneConfirmsInEveryWay) {
  Terms terms;
  const auto question = impossible(terms);
  const SecondSolver cvc5;
  EXPECT_EQ(cvc5.check(to_smt2(question), Trouble::Little).result, CheckResult::Unsat);
  EXPECT_EQ(cvc5.check(to_smt2({question[0]}), Trouble::Little).result, CheckResult::Sat);
  for (const std::string way :
       {"--solve-bv-as-int=iand", "--solve-bv-as-int=sum", "--bitblast=eager"}) {
    const SecondSolver one(program("case \"$*\" in *" + way +
                                   "*) exec /usr/bin/cvc5 \"$@\";; *) echo unknown;; esac"));
    EXPECT_EQ(one.check(to_smt2(question), Trouble::Great).result, CheckResult::Unsat) << way;
    EXPECT_EQ(one.check(to_smt2({question[0]}), Trouble::Great).result, CheckResult::Sat) << way;
  }
}

TEST_F(SecondSolverTest, AConfirmedAnswerIsOne) {
  Terms terms;
  SolverOptions options;
  options.second = std::make_shared<SecondSolver>();
  Solver solver(terms, options);
  EXPECT_EQ(solver.check(impossible(terms)), CheckResult::Unsat);
  EXPECT_EQ(solver.stats().confirmed, 1U);
}

TEST_F(SecondSolverTest, WhatItLeavesOpenIsNotUnsat) {
  Terms terms;
  Solver solver(terms, with("echo unknown"));
  for (int round = 0; round < 2; ++round) {  // nor is it remembered as such
    EXPECT_EQ(solver.check(impossible(terms)), CheckResult::Unknown);
    EXPECT_NE(solver.reason().find("second solver answers unknown"), std::string::npos);
    const auto all = impossible(terms);
    EXPECT_EQ(solver.check_briefly({all[0], all[1]}, all[2]), CheckResult::Unknown);
    EXPECT_EQ(solver.check_at_once(bv_and(all[0], all[1])), CheckResult::Unknown);
  }
  EXPECT_EQ(solver.stats().confirmed, 0U);
  EXPECT_EQ(solver.stats().unconfirmed, 6U);
}

TEST_F(SecondSolverTest, WhatItLeavesOpenIsAskedInCases) {
  // decided where no choice is left, but for the side with a 2
  const auto but_for = [this](const std::string& answer) {
    return with("q=$(cat); case $q in *ite*) echo unknown;; *00000000000010*) echo " + answer +
                ";; *) echo unsat;; esac");
  };
  Terms terms;
  const Term x = terms.var("x", 16), y = terms.var("y", 16), c = terms.var("c", 1);
  const Term either = ite(c, add(x, k(16, 1)), add(x, k(16, 2)));
  const std::vector<Term> question{ult(x, k(16, 8)), ult(y, k(16, 4)),
                                   ult(add(y, k(16, 20)), either)};
  Solver agrees(terms, but_for("unsat"));
  EXPECT_EQ(agrees.check(question), CheckResult::Unsat);
  EXPECT_EQ(agrees.stats().confirmed, 1U);
  Solver open(terms, but_for("unknown"));
  EXPECT_EQ(open.check(question), CheckResult::Unknown);
  Solver disagrees(terms, but_for("sat"));
  EXPECT_THROW((void)disagrees.check(question), SolversDisagree);
}

TEST_F(SecondSolverTest, ARunThatIsStoppedBetweenTwoCasesHasNoAnswer) {
  const auto first_case = path_ + ".first";
  auto options = with("q=$(cat); case $q in *ite*) echo unknown;; *) : >" + first_case +
                      "; echo unsat;; esac");
  options.stopped = [&] { return std::filesystem::exists(first_case); };
  Terms terms;
  const Term x = terms.var("x", 16), c = terms.var("c", 1);
  const Term either = ite(c, add(x, k(16, 1)), add(x, k(16, 2)));
  Solver solver(terms, options);
  EXPECT_EQ(solver.check({ult(x, k(16, 8)), ult(k(16, 20), either)}), CheckResult::Unknown);
  EXPECT_TRUE(std::filesystem::remove(first_case)) << "one case was asked";
}

TEST_F(SecondSolverTest, ADisagreementIsThrownWithTheQuestion) {
  Terms terms;
  Solver solver(terms, with("echo sat"));
  try {
    (void)solver.check(impossible(terms));
    FAIL() << "nothing was thrown";
  } catch (const SolversDisagree& e) {
    EXPECT_EQ(SecondSolver().check(e.question(), Trouble::Little).result, CheckResult::Unsat);
  }
}

TEST_F(SecondSolverTest, AMissingProgramConfirmsNothing) {
  Terms terms;
  SolverOptions options;
  options.second = std::make_shared<SecondSolver>("/nonexistent/cvc5");
  Solver solver(terms, options);
  EXPECT_EQ(solver.check(impossible(terms)), CheckResult::Unknown);
  EXPECT_NE(solver.reason().find("/nonexistent/cvc5"), std::string::npos) << solver.reason();
}

}  // namespace
}  // namespace sgproof::smt
